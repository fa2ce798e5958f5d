"""Starting, writing and submitting: what is asked, what is refused, and that a refusal changes nothing."""

import datetime as dt
from functools import partial

import pytest
from django.utils import translation

from applications.actions import calls, intake, sections
from applications.models import Application, Call, Submission
from applications.queries.progress import missing_parts
from fundmgmt.access import Refused
from fundmgmt.models import Indicator, JournalEntry, NoSuchStep, Organisation, StaleObject, StepRefused, User
from tests.factories import applications as make

pytestmark = pytest.mark.django_db


def written(application: Application) -> tuple[int, int]:
    """What a refused step may not move."""
    fresh = Application.objects.get(pk=application.pk)
    return fresh.version, JournalEntry.objects.filter(thread=application.thread).count()


def test_a_draft_has_a_number_and_a_thread(draft: Application) -> None:
    assert (draft.ref, draft.state, draft.version, draft.submissions) == ("APP-2026-0001", "draft", 0, 0)
    entry = JournalEntry.objects.get(thread=draft.thread)
    assert entry.kind == "applications.application.begin"
    assert entry.facts == {
        "ref": "APP-2026-0001",
        "call": "CALL-2026-01",
        "organisation": "ORG-2026-0001",
        "external_ref": "",
    }


def test_a_second_draft_in_the_same_call_leads_to_the_first(
    draft: Application, call: Call, organisation: Organisation, writer: User
) -> None:
    with pytest.raises(intake.DraftExists) as refused:
        make.draft(call, organisation, writer)
    assert refused.value.application == draft
    assert Application.objects.count() == 1


def test_a_closed_call_takes_nothing(call: Call, organisation: Organisation, writer: User, officer: User) -> None:
    calls.close_call(call, by=officer, at=make.WRITTEN)
    with pytest.raises(intake.CallNotOpen):
        make.draft(call, organisation, writer)
    assert Application.objects.count() == 0


def test_a_call_past_its_closing_moment_takes_nothing(call: Call, organisation: Organisation, writer: User) -> None:
    with pytest.raises(intake.CallNotOpen):
        make.draft(call, organisation, writer, at=make.CLOSES)


def test_strangers_do_not_write(draft: Application, call: Call, organisation: Organisation) -> None:
    stranger = make.person("stranger@example.org")
    before = written(draft)
    with pytest.raises(Refused):
        sections.save_section(draft, "problem", by=stranger, at=make.WRITTEN, problem="x")
    with pytest.raises(Refused):
        make.draft(call, organisation, stranger)
    assert written(draft) == before


def test_a_section_is_kept_and_told(draft: Application, writer: User) -> None:
    sections.save_section(draft, "problem", by=writer, at=make.WRITTEN, **make.PROBLEM)
    assert draft.problem == make.PROBLEM["problem"]
    entry = JournalEntry.objects.filter(thread=draft.thread).latest("id")
    assert entry.facts == {"section": "problem", "fields": ["problem", "summary"]}
    before = written(draft)
    sections.save_section(draft, "problem", by=writer, at=make.WRITTEN, **make.PROBLEM)
    assert written(draft) == before


def test_a_stale_form_changes_nothing(draft: Application, writer: User) -> None:
    sections.save_section(draft, "problem", by=writer, at=make.WRITTEN, expected_version=0, problem="First")
    before = written(draft)
    with pytest.raises(StaleObject):
        sections.save_section(draft, "problem", by=writer, at=make.WRITTEN, expected_version=0, problem="Second")
    with pytest.raises(StaleObject):
        sections.save_row(
            draft, "risks", by=writer, at=make.WRITTEN, expected_version=0, risk="r", level="low", response="x"
        )
    assert written(draft) == before


@pytest.mark.parametrize(
    ("section", "values", "field", "message"),
    [
        (
            "project",
            {"start_date": dt.date(2026, 7, 1), "end_date": dt.date(2026, 6, 1)},
            "end_date",
            "The last day is before the first day. Change one of the two.",
        ),
        (
            "participants",
            {"children_total": 10, "girls": 6, "boys": 5},
            "boys",
            "Girls and boys make 11, the total says 10. Check the numbers.",
        ),
        (
            "participants",
            {"children_total": 10, "age_5_11": 6, "age_12_14": 2, "age_15_17": 1},
            "age_15_17",
            "The three ages make 9, the total says 10. Check the numbers.",
        ),
        (
            "participants",
            {"children_total": 10, "with_disability": 11},
            "with_disability",
            "11 is more than the 10 children in all. Check one of the two numbers.",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field(  # noqa: PLR0917 -- each is one fact of the case
    draft: Application, writer: User, section: str, values: dict[str, object], field: str, message: str
) -> None:
    before = written(draft)
    with translation.override("en"), pytest.raises(StepRefused) as refused:
        sections.save_section(draft, section, by=writer, at=make.WRITTEN, **values)
    assert (refused.value.field, str(refused.value.message)) == (field, message)
    assert written(draft) == before


LINE = {"category": "PER", "description": "x", "unit": "month", "quantity": 1, "unit_cost_minor": 100}


@pytest.mark.parametrize(
    ("table", "values", "field"),
    [
        ("lines", {**LINE, "quantity": 0}, "quantity"),
        ("lines", {**LINE, "unit_cost_minor": 0}, "unit_cost_minor"),
        ("activities", {"title": "x", "start_month": 4, "end_month": 3}, "end_month"),
        ("activities", {"title": "x", "start_month": 0, "end_month": 3}, "start_month"),
        ("tranches", {"share_bp": 10_001, "planned_date": dt.date(2026, 7, 5)}, "share"),
        ("indicators", {"baseline_num": 4, "baseline_den": 3, "target_value": 80}, "baseline_num"),
        ("indicators", {"baseline_num": 4, "target_value": 80}, "baseline_den"),
        ("indicators", {"baseline_num": 0, "baseline_den": 0}, "baseline_den"),
        ("indicators", {"target_value": 101}, "target_value"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_at_its_field(  # noqa: PLR0917 -- each is one fact of the case
    catalogues: None, draft: Application, writer: User, table: str, values: dict[str, object], field: str
) -> None:
    if table == "indicators":
        values = {**values, "indicator": Indicator.objects.get(code="OC-04")}
    before = written(draft)
    with pytest.raises(StepRefused) as refused:
        sections.save_row(draft, table, by=writer, at=make.WRITTEN, **values)
    assert refused.value.field == field
    assert written(draft) == before
    assert sections.TABLES[table].model._default_manager.count() == 0


def test_tranches_make_at_most_the_whole(draft: Application, writer: User) -> None:
    day = dt.date(2026, 7, 5)
    sections.save_row(draft, "tranches", by=writer, at=make.WRITTEN, share_bp=8000, planned_date=day)
    with pytest.raises(StepRefused) as refused:
        sections.save_row(draft, "tranches", by=writer, at=make.WRITTEN, share_bp=2001, planned_date=day)
    assert refused.value.field == "share"
    last = sections.save_row(draft, "tranches", by=writer, at=make.WRITTEN, share_bp=2000, planned_date=day)
    assert last.no == 2


def test_tranches_follow_one_another(draft: Application, writer: User) -> None:
    first, between, last = dt.date(2026, 7, 5), dt.date(2026, 10, 5), dt.date(2027, 1, 5)
    save = partial(sections.save_row, draft, "tranches", by=writer, at=make.WRITTEN, share_bp=3000)
    one, two = save(planned_date=first), save(planned_date=last)
    with translation.override("en"), pytest.raises(StepRefused) as early:
        save(planned_date=between)
    assert early.value.field == "planned_date"
    assert "Tranche 2 is planned for 5 January 2027: this one comes after it." in str(early.value.message)
    with translation.override("en"), pytest.raises(StepRefused) as late:
        save(row=one.pk, planned_date=last + dt.timedelta(days=1))
    assert "this one comes before it" in str(late.value.message)
    save(row=two.pk, planned_date=between)
    assert [row.planned_date for row in draft.planned_tranches.order_by("no")] == [first, between]


def test_numbers_of_lines_stay_when_one_goes(draft: Application, writer: User) -> None:
    first = sections.save_row(draft, "lines", by=writer, at=make.WRITTEN, **LINE)
    second = sections.save_row(draft, "lines", by=writer, at=make.WRITTEN, **LINE)
    sections.remove_row(draft, "lines", row=first.pk, by=writer, at=make.WRITTEN)
    third = sections.save_row(draft, "lines", by=writer, at=make.WRITTEN, **LINE)
    assert (second.no, third.no, draft.requested_minor) == (2, 3, 200)
    with pytest.raises(sections.NoSuchRow):
        sections.remove_row(draft, "lines", row=first.pk, by=writer, at=make.WRITTEN)


def test_an_empty_draft_names_everything_that_is_missing(catalogues: None, draft: Application, writer: User) -> None:
    before = written(draft)
    with pytest.raises(intake.PartsMissing) as refused:
        intake.submit_application(draft, declared=True, by=writer, at=make.SUBMITTED)
    assert {one.section for one in refused.value.missing} == {
        "project",
        "place",
        "problem",
        "participants",
        "activities",
        "budget",
        "indicators",
        "milestones",
        "risks",
    }
    url = "/applications/APP-2026-0001/write/problem/#id_summary"
    assert url in [one.url for one in refused.value.missing]
    assert written(draft) == before


def test_a_hosted_organisation_hands_in_the_hosts_letter(
    catalogues: None, call: Call, officer: User, writer: User
) -> None:
    hosted = make.organisation(writer, name="Hosted", legal_status="fiscal_host")
    application = make.fill(make.draft(call, hosted, writer), writer)
    assert [(one.section, one.field) for one in missing_parts(application)] == [("files", "file")]


def test_submitting_freezes_what_was_said(submitted: Application) -> None:
    assert (submitted.state, submitted.submissions, submitted.window) == ("submitted", 1, "micro")
    assert submitted.requested_minor == 598_000
    assert submitted.submitted_at == make.SUBMITTED
    frozen = Submission.objects.get(application=submitted).snapshot
    assert (frozen["ref"], frozen["requested_minor"], frozen["problem"]) == (
        submitted.ref,
        598_000,
        make.PROBLEM["problem"],
    )
    assert [line["total_minor"] for line in frozen["budget_lines"]] == [
        180_000,
        200_000,
        132_000,
        30_000,
        20_000,
        36_000,
    ]
    entry = JournalEntry.objects.get(thread=submitted.thread, kind="applications.application.submit")
    assert entry.facts["warnings"] == []
    assert entry.facts["amount_minor"] == 598_000


def test_without_the_declaration_nothing_is_sent(catalogues: None, draft: Application, writer: User) -> None:
    make.fill(draft, writer)
    before = written(draft)
    with pytest.raises(StepRefused) as refused:
        intake.submit_application(draft, declared=False, by=writer, at=make.SUBMITTED)
    assert refused.value.field == "declared"
    assert written(draft) == before


def test_submitting_twice_is_refused_kindly(submitted: Application, writer: User) -> None:
    before = written(submitted)
    with translation.override("en"), pytest.raises(intake.AlreadySubmitted) as refused:
        intake.submit_application(submitted, declared=True, by=writer, at=make.SUBMITTED)
    assert str(refused.value) == "This application was submitted on 16 March 2026. Nothing was sent twice."
    assert written(submitted) == before
    assert Submission.objects.count() == 1


def test_a_draft_of_a_closed_call_stays_a_draft(catalogues: None, draft: Application, writer: User) -> None:
    make.fill(draft, writer)
    before = written(draft)
    with pytest.raises(StepRefused, match="closed"), translation.override("en"):
        intake.submit_application(draft, declared=True, by=writer, at=make.CLOSES)
    assert written(draft) == before


def test_what_is_submitted_cannot_be_changed(submitted: Application, writer: User) -> None:
    before = written(submitted)
    with pytest.raises(NoSuchStep):
        sections.save_section(submitted, "problem", by=writer, at=make.SUBMITTED, problem="Other")
    assert written(submitted) == before


def test_withdrawing_needs_the_organisation(submitted: Application, officer: User, writer: User) -> None:
    with pytest.raises(Refused):
        intake.withdraw_application(submitted, reason="x", by=officer, at=make.SCREENED)
    intake.withdraw_application(submitted, reason="We have other money.", by=writer, at=make.SCREENED)
    assert submitted.state == "withdrawn"
