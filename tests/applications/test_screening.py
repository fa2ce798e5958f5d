"""Screening: what binds, what is sent back, what cannot be considered, and how a mistake is put right."""

import datetime as dt

import pytest
from django.utils import translation

from applications.actions import awards, intake, screening, sections
from applications.models import Application, Call
from applications.queries.checks import computed_checks
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, Organisation, Rule, StaleObject, StepRefused, User
from fundmgmt.rules import working_days_after
from fundmgmt.workflow import perform, steps_for
from tests.factories import applications as make

pytestmark = pytest.mark.django_db
AT = make.SCREENED


def written(application: Application) -> tuple[str, int, int]:
    fresh = Application.objects.get(pk=application.pk)
    return fresh.state, fresh.version, JournalEntry.objects.filter(thread=application.thread).count()


@pytest.fixture
def checked(submitted: Application, officer: User) -> Application:
    return make.in_check(submitted, officer)


def test_every_question_is_answered_before_review(checked: Application, officer: User) -> None:
    before = written(checked)
    with pytest.raises(screening.QuestionsOpen):
        screening.accept_for_review(checked, by=officer, at=AT)
    screening.answer_items(checked, {"EL-01": ("unclear", "Statutes are hard to read")}, by=officer, at=AT)
    with pytest.raises(screening.QuestionsOpen):
        screening.accept_for_review(checked, by=officer, at=AT)
    assert written(checked)[0] == before[0]
    make.answer_all(checked, officer)
    screening.accept_for_review(checked, by=officer, at=AT)
    assert (checked.state, checked.decided_by) == ("in_review", officer)
    entry = JournalEntry.objects.filter(thread=checked.thread).latest("id")
    assert entry.facts == {
        "round": 1,
        "items_met": 10,
        "items": 10,
        "window": "micro",
        "amount_minor": 598_000,
        "currency": "USD",
    }


def test_an_answer_that_is_not_yes_needs_its_note(checked: Application, officer: User) -> None:
    before = written(checked)
    with pytest.raises(StepRefused) as refused:
        screening.answer_item(checked, "EL-06", "no", by=officer, at=AT)
    assert refused.value.field == "EL-06-note"
    with pytest.raises(StepRefused):
        screening.answer_item(checked, "SC-01", "yes", by=officer, at=AT)
    with pytest.raises(StepRefused):
        screening.answer_item(checked, "EL-06", "perhaps", note="x", by=officer, at=AT)
    assert written(checked) == before


def test_answers_given_twice_are_written_once(checked: Application, officer: User) -> None:
    make.answer_all(checked, officer)
    before = written(checked)
    make.answer_all(checked, officer)
    assert written(checked) == before
    with pytest.raises(StaleObject):
        screening.answer_items(checked, {"EL-01": ("yes", "")}, by=officer, at=AT, expected_version=1)


def test_window_and_caps_warn_at_submission_and_bind_at_screening(
    catalogues: None, call: Call, organisation: Organisation, writer: User, officer: User
) -> None:
    application = make.fill(make.draft(call, organisation, writer), writer)
    line = application.budget_lines.get(category="ADM")
    sections.save_row(application, "lines", row=line.pk, by=writer, at=make.WRITTEN, unit_cost_minor=10_000)
    intake.submit_application(application, declared=True, by=writer, at=make.SUBMITTED)
    entry = JournalEntry.objects.get(thread=application.thread, kind="applications.application.submit")
    assert entry.facts["warnings"] == ["ADM"]
    make.answer_all(make.in_check(application, officer), officer)
    before = written(application)
    with translation.override("en"), pytest.raises(screening.NotEligible) as refused:
        screening.accept_for_review(application, by=officer, at=AT)
    assert "Administration (13.8 % of the budget; at most 10 %)" in str(refused.value).replace("\xa0", " ")
    assert written(application) == before
    with translation.override("en"):
        spoke = next(one for one in computed_checks(application, AT.date()) if one.code == "ADM")
    assert spoke.rule == "Administration: largest share of the budget (the fund's starting rule)"


def test_a_large_line_needs_its_reason(catalogues: None, draft: Application, writer: User) -> None:
    make.fill(draft, writer)
    line = draft.budget_lines.get(category="ACT")
    sections.save_row(draft, "lines", row=line.pk, by=writer, at=make.WRITTEN, quantity=20)
    found = {one.code: one.met for one in computed_checks(draft, AT.date())}
    assert found["line-2"] is False
    sections.save_row(draft, "lines", row=line.pk, by=writer, at=make.WRITTEN, justification="One classroom")
    found = {one.code: one.met for one in computed_checks(draft, AT.date())}
    assert found["line-2"] is True


def test_only_the_parts_sent_back_open_again(checked: Application, officer: User, writer: User) -> None:
    with pytest.raises(StepRefused):
        screening.return_application(checked, sections={"problem": " "}, by=officer, at=AT)
    with pytest.raises(StepRefused):
        screening.return_application(checked, sections={"problem": "x"}, by=officer, at=AT, answer_by_date=AT.date())
    screening.return_application(checked, sections={"problem": "How many?"}, by=officer, at=AT)
    assert (checked.state, checked.answer_by_date) == ("returned", dt.date(2026, 4, 10))
    with pytest.raises(sections.SectionShut):
        sections.save_section(checked, "risks", by=writer, at=AT, code_signed=False)
    with pytest.raises(sections.SectionShut):
        sections.save_row(checked, "activities", by=writer, at=AT, title="x", start_month=1, end_month=1)
    sections.save_section(checked, "problem", by=writer, at=AT, problem="Soixante enfants.")
    intake.submit_application(checked, declared=True, by=writer, at=AT + make.DAY)
    assert (checked.state, checked.submissions, checked.submitted_at) == ("submitted", 2, make.SUBMITTED)
    assert checked.section_returns.filter(answered_at__isnull=True).count() == 0
    make.in_check(checked, officer, AT + make.DAY)
    assert screening.answers_of(checked) == {}


def test_a_return_is_answered_even_when_the_call_is_closed(checked: Application, officer: User, writer: User) -> None:
    screening.return_application(checked, sections={"problem": "How many?"}, by=officer, at=AT)
    intake.submit_application(checked, declared=True, by=writer, at=make.CLOSES + make.DAY)
    assert checked.state == "submitted"


def test_ineligible_names_what_failed_and_the_last_day_to_appeal(checked: Application, officer: User) -> None:
    make.answer_all(checked, officer)
    with pytest.raises(screening.NothingFailed):
        screening.find_ineligible(checked, reason="x", by=officer, at=AT)
    screening.answer_items(checked, {"EL-06": ("no", "Patrols bring children to the police")}, by=officer, at=AT)
    screening.find_ineligible(checked, reason="A harmful method.", by=officer, at=AT)
    assert (checked.state, checked.appeal_until_date) == ("ineligible", dt.date(2026, 4, 3))
    entry = JournalEntry.objects.filter(thread=checked.thread).latest("id")
    assert entry.facts == {"failed": ["EL-06"], "caps": [], "appeal_until": "2026-04-03", "round": 1}


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (dt.date(2025, 4, 18), 10, dt.date(2025, 5, 2)),
        (dt.date(2026, 3, 20), 1, dt.date(2026, 3, 23)),
        (dt.date(2026, 3, 21), 1, dt.date(2026, 3, 23)),
        (dt.date(2026, 3, 20), 0, dt.date(2026, 3, 20)),
    ],
)
def test_working_days_leave_out_the_weekend(db: None, day: dt.date, count: int, expected: dt.date) -> None:
    assert working_days_after(day, count) == expected


def test_working_days_leave_out_public_holidays(db: None) -> None:
    day = dt.date(2026, 6, 29)  # a Monday; the day after is the country's
    assert working_days_after(day, 2) == dt.date(2026, 7, 1)
    Rule.objects.create(
        key="public_holidays", value=["2026-06-30"], valid_from=day, decided_in="SC-2026-01/1", added_at=AT
    )
    assert working_days_after(day, 2) == dt.date(2026, 7, 2)


def test_nobody_screens_their_own_organisation(submitted: Application, organisation: Organisation) -> None:
    tied = make.person("tied@example.org", "officer")
    organisation.memberships.create(user=tied, role="viewer", valid_from=dt.date(2026, 1, 1))
    with pytest.raises(Refused):
        screening.begin_check(submitted, by=tied, at=AT)


# Corrections ---------------------------------------------------------------------------------------


def test_a_second_officer_puts_a_mistake_right(checked: Application, officer: User, second_officer: User) -> None:
    make.answer_all(checked, officer)
    screening.accept_for_review(checked, by=officer, at=AT)
    before = written(checked)
    with pytest.raises(Refused):
        screening.correct_application(checked, "correct_to_check", reason="Too quick", by=officer, at=AT)
    with pytest.raises(StepRefused):
        screening.correct_application(checked, "correct_to_check", reason=" ", by=second_officer, at=AT)
    assert written(checked) == before
    screening.correct_application(checked, "correct_to_check", reason="Too quick", by=second_officer, at=AT)
    assert (checked.state, checked.decided_by) == ("eligibility_check", None)


def test_a_withdrawal_by_mistake_comes_back(submitted: Application, writer: User, officer: User) -> None:
    intake.withdraw_application(submitted, reason="Mistake", by=writer, at=AT)
    screening.correct_application(submitted, "correct_to_submitted", reason="They called", by=officer, at=AT)
    assert submitted.state == "submitted"


def test_a_draft_that_was_withdrawn_stays_so(draft: Application, writer: User, officer: User) -> None:
    intake.withdraw_application(draft, reason="", by=writer, at=AT)
    with pytest.raises(Refused):
        screening.correct_application(draft, "correct_to_submitted", reason="x", by=officer, at=AT)


@pytest.fixture
def awarded(checked: Application, officer: User, second_officer: User) -> Application:
    """A micro grant that an officer approved."""
    make.answer_all(checked, officer)
    screening.accept_for_review(checked, by=officer, at=AT)
    perform(checked, "begin_due_diligence", by=officer, at=AT)
    body = {"decided_at": AT, "amount_minor": 598_000, "decided_by": second_officer}
    return perform(checked, "approve", by=second_officer, at=AT, **body)


def test_an_officers_award_goes_back_to_due_diligence_by_another(
    awarded: Application, officer: User, second_officer: User
) -> None:
    with pytest.raises(Refused):
        screening.correct_application(awarded, "correct_to_due_diligence", reason="x", by=second_officer, at=AT)
    with pytest.raises(Refused):
        screening.correct_application(awarded, "correct_to_committee", reason="x", by=officer, at=AT)
    screening.correct_application(awarded, "correct_to_due_diligence", reason="Wrong amount", by=officer, at=AT)
    assert (awarded.state, awarded.awarded_minor) == ("due_diligence", None)


def test_the_agreement_ends_withdrawing_and_correcting(awarded: Application, officer: User, writer: User) -> None:
    awards.mark_agreed(awarded, at=AT, grant="GR-2026-0001")
    version = awarded.version
    assert awards.mark_agreed(awarded, at=AT).version == version
    with pytest.raises(Refused):
        intake.withdraw_application(awarded, reason="x", by=writer, at=AT)
    with pytest.raises(Refused):
        screening.correct_application(awarded, "correct_to_due_diligence", reason="x", by=officer, at=AT)


def test_conditions_of_an_award_are_confirmed_by_an_officer(
    checked: Application, officer: User, second_officer: User
) -> None:
    make.answer_all(checked, officer)
    screening.accept_for_review(checked, by=officer, at=AT)
    perform(checked, "begin_due_diligence", by=officer, at=AT)
    body = {"decided_at": AT, "amount_minor": 500_000, "decided_by": second_officer}
    perform(checked, "approve_with_conditions", by=second_officer, at=AT, **body)
    awards.meet_award_conditions(checked, by=officer, at=AT, conditions=2)
    assert (checked.state, checked.awarded_minor) == ("approved", 500_000)


def test_the_award_is_never_more_than_was_asked_for(checked: Application, officer: User, second_officer: User) -> None:
    make.answer_all(checked, officer)
    screening.accept_for_review(checked, by=officer, at=AT)
    perform(checked, "begin_due_diligence", by=officer, at=AT)
    before = written(checked)
    for amount in (598_001, 0):
        body = {"decided_at": AT, "amount_minor": amount, "decided_by": second_officer}
        with pytest.raises(StepRefused) as refused:
            perform(checked, "approve", by=second_officer, at=AT, **body)
        assert refused.value.field == "amount"
    assert written(checked) == before


def test_only_the_system_applies_what_the_committee_decided(
    checked: Application, officer: User, second_officer: User
) -> None:
    make.answer_all(checked, officer)
    screening.accept_for_review(checked, by=officer, at=AT)
    perform(checked, "begin_due_diligence", by=officer, at=AT)
    perform(checked, "send_to_committee", by=officer, at=AT, risk_rating="low")
    body = {"decided_at": AT, "amount_minor": 598_000, "decision_ref": "SC-2026-01/3"}
    with pytest.raises(Refused):
        perform(checked, "approve", by=second_officer, at=AT, **body)
    with pytest.raises(StepRefused):
        perform(checked, "approve", by=None, at=AT, decided_at=AT, amount_minor=598_000)
    perform(checked, "approve", by=None, at=AT, **body)
    screening.correct_application(checked, "correct_to_committee", reason="Miscounted", by=officer, at=AT)
    assert (checked.state, checked.decision_ref) == ("in_committee", "")
    perform(checked, "defer", by=None, at=AT, decided_at=AT, decision_ref="SC-2026-01/3")
    screening.return_application(checked, sections={"budget": "Two quotes"}, by=officer, at=AT)
    assert checked.state == "returned"


def test_steps_tell_officers_why_not(checked: Application, officer: User) -> None:
    make.answer_all(checked, officer)
    screening.accept_for_review(checked, by=officer, at=AT)
    refused = {step.name: str(step.allowed.reason) for step in steps_for(checked, officer) if not step.allowed}
    assert "correct_to_check" in refused
    assert all(refused.values())
