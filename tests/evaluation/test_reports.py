"""Reports: planned by rule, filled honestly, judged once, and what they set free."""

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from disbursements.models import ReportedSpend
from evaluation.actions import checking, judging, reporting
from evaluation.actions.reporting import Given
from evaluation.models import IndicatorValue, Visit, VisitFinding
from evaluation.queries.checks import milestones_of
from evaluation.queries.results import public_totals, results_of, totals
from fundmgmt.access import Refused
from fundmgmt.models import Indicator, JournalEntry, StepRefused
from tests.evaluation.conftest import BOXES, LATER

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


def oc_04() -> Indicator:
    return Indicator.objects.get(code="OC-04")


def test_reports_and_visits_are_planned_when_the_grant_becomes_active(world: "World") -> None:
    *progress, final = world.reports
    assert [report.kind for report in progress] == ["progress"] * len(progress)
    assert final.kind == "final"
    assert (final.period_start, final.period_end) == (world.grant.start_date, world.grant.end_date)
    assert all(report.due_date == report.period_end + dt.timedelta(days=15) for report in progress)
    assert final.due_date == final.period_end + dt.timedelta(days=30)
    assert set(Visit.objects.values_list("kind", "rule")) == {
        ("visit", "visit_from_minor"),
        ("spot_check", "spot_check_from_minor"),
    }


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Given(131, 124), "numerator"),
        (Given(10, None), "denominator"),
        (Given(10, 0), "denominator"),
        (Given(None, 124), "numerator"),
        (Given(100, 124, {("sex", "F"): (60, 64), ("sex", "M"): (41, 60)}), "sex_M_num"),
        (Given(100, 124, {("sex", "F"): (60, 64), ("sex", "M"): (40, 61)}), "sex_M_den"),
        (Given(100, 124, {("sex", "F"): (65, 64), ("sex", "M"): (35, 60)}), "sex_F_num"),
    ],
)
def test_counts_that_do_not_fit_are_told_at_their_field(world: "World", given: Given, field: str) -> None:
    with pytest.raises(StepRefused) as refused:
        reporting.give_value(world.reports[0], by=world.owner, at=LATER, indicator=oc_04(), given=given)
    assert refused.value.field == field
    assert not IndicatorValue.objects.exists()


def test_nothing_is_not_zero(world: "World") -> None:
    report = world.reports[-1]
    world.write(report)
    given = Given(None, note="")
    reporting.give_value(report, by=world.owner, at=LATER, indicator=oc_04(), given=given)
    assert IndicatorValue.objects.get(report=report).numerator is None
    with pytest.raises(StepRefused, match=r"(?i)say why|pourquoi"):
        reporting.submit_report(report, by=world.owner, at=LATER)
    assert results_of(world.grant)[0].actual is None


def test_a_line_is_never_overspent_beyond_the_rule(world: "World") -> None:
    report = world.reports[0]
    line = world.grant.application.budget_lines.first()
    reporting.give_spending(report, by=world.owner, at=LATER, spent={line.no: line.total_minor * 11 // 10})
    with pytest.raises(StepRefused) as refused:
        reporting.give_spending(report, by=world.owner, at=LATER, spent={line.no: line.total_minor * 11 // 10 + 1})
    assert refused.value.field == f"line_{line.no}"
    with pytest.raises(StepRefused):
        reporting.give_spending(report, by=world.owner, at=LATER, spent={99: 1})


def test_a_difference_of_more_than_a_tenth_is_explained_in_the_final_report(world: "World") -> None:
    for report in world.reports[:-1]:
        world.write(report, share=2)
    final = world.reports[-1]
    world.write(final, share=2)
    with pytest.raises(StepRefused):
        reporting.submit_report(final, by=world.owner, at=LATER)
    lines = world.grant.application.budget_lines.all()
    spent = {line.no: line.total_minor * 2 // 10 for line in lines}
    notes = {line.no: "Cheaper" for line in lines}
    reporting.give_spending(final, by=world.owner, at=LATER, spent=spent, notes=notes)
    assert reporting.submit_report(final, by=world.owner, at=LATER).state == "submitted"


def test_an_accepted_report_frees_what_waits_for_it_and_a_reopened_one_takes_it_back(world: "World") -> None:
    report = world.reports[0]
    world.write(report, share=4)
    reporting.submit_report(report, by=world.owner, at=LATER)
    assert report.days_late == (LATER.date() - report.due_date).days
    judging.send_back_report(report, by=world.officer, at=LATER, reason="Please count again.")
    reporting.submit_report(report, by=world.owner, at=LATER)
    with pytest.raises(Refused):
        judging.accept_report(report, by=world.owner, at=LATER)
    judging.accept_report(report, by=world.officer, at=LATER)
    condition = world.grant.conditions.filter(kind="report_accepted", code="1").first()
    assert condition.met_at == LATER
    assert sum(ReportedSpend.objects.values_list("spent_minor", flat=True)) > 0
    judging.reopen_report(report, by=world.officer, at=LATER, reason="One line was wrong.")
    condition.refresh_from_db()
    assert condition.met_at is None
    assert not ReportedSpend.objects.exists()


def test_a_milestone_is_verified_and_taken_back(world: "World") -> None:
    milestone = world.grant.application.milestones.first()
    condition = world.grant.conditions.get(kind="milestones_verified", code=milestone.code)
    seen = {"by": world.officer, "at": LATER, "checked_date": LATER.date()}
    with pytest.raises(StepRefused):
        checking.verify_milestone(world.grant, milestone, evidence=" ", **seen)
    with pytest.raises(Refused):
        checking.verify_milestone(world.grant, milestone, evidence="Seen", **{**seen, "by": world.owner})
    checking.verify_milestone(world.grant, milestone, evidence="Register seen", **seen)
    condition.refresh_from_db()
    assert condition.met_at is not None
    checking.unverify_milestone(world.grant, milestone, reason="Another class", **seen)
    condition.refresh_from_db()
    assert condition.met_at is None


def test_days_of_milestones_move_with_the_start_of_the_grant(world: "World") -> None:
    grant, wait = world.grant, dt.timedelta(days=40)
    days = [milestone.due_date for milestone in grant.application.milestones.all()]
    assert [one.due for one in milestones_of(grant)] == days
    grant.start_date += wait
    assert [one.due for one in milestones_of(grant)] == [day + wait for day in days]
    milestone = grant.application.milestones.first()
    checking.verify_milestone(
        grant, milestone, by=world.officer, at=LATER, checked_date=LATER.date(), evidence="Register seen"
    )
    told = JournalEntry.objects.filter(kind="evaluation.milestone.verify").get()
    assert told.facts["due_date"] == (milestone.due_date + wait).isoformat()


def test_totals_come_from_the_parts_of_the_last_accepted_reports(world: "World") -> None:
    world.accept_all()
    (total,) = totals([world.grant], public=True)
    assert (total.indicator.code, total.share.numerator, total.share.denominator) == ("OC-04", 48, 60)
    assert results_of(world.grant)[0].cells["sex"][0].numerator == 24


def test_the_public_totals_follow_each_report_that_is_accepted_or_reopened(world: "World") -> None:
    assert public_totals() == []
    world.accept_all()
    first = public_totals()
    assert first == totals([world.grant], public=True)
    assert public_totals() == first
    judging.reopen_report(world.reports[-1], by=world.officer, at=LATER, reason="One count was wrong.")
    assert public_totals() == totals([world.grant], public=True)
    Indicator.objects.filter(code="OC-04").update(public=False)
    assert public_totals() == []


def test_a_small_count_never_reaches_the_public_total(world: "World") -> None:
    report = world.reports[0]
    world.write(report, numerator=55)
    reporting.submit_report(report, by=world.owner, at=LATER)
    judging.accept_report(report, by=world.officer, at=LATER)
    assert totals([world.grant], public=True) == []
    assert totals([world.grant], public=False)[0].share.numerator == 55


def test_a_box_holds_only_so_many_words(world: "World") -> None:
    with pytest.raises(StepRefused) as refused:
        reporting.write_boxes(world.reports[0], by=world.owner, at=LATER, boxes={"done": "word " * 200})
    assert refused.value.field == "done"
    assert set(BOXES) == {
        "done",
        "not_done",
        "why",
        "children_and_families",
        "safeguarding",
        "money",
        "learning",
        "next_steps",
    }


def test_what_a_visit_found_is_named_and_only_the_serious_stops_payments(world: "World") -> None:
    visit = Visit.objects.get(kind="spot_check")
    seen = {"by": world.officer, "at": LATER, "done_date": LATER.date(), "finding": "Two papers lack a number."}
    for wrong, field in (
        ({"satisfactory": True, "serious": ["proof"]}, "satisfactory"),
        ({"satisfactory": False, "serious": ["proof"], "minor": ["proof", "tax"]}, "minor"),
    ):
        with pytest.raises(StepRefused) as refused:
            checking.finish_visit(Visit.objects.get(pk=visit.pk), **seen, **wrong)
        assert refused.value.field == field
    assert not VisitFinding.objects.exists()
    checking.finish_visit(visit, **seen, satisfactory=True, minor=["support"])
    assert not world.grant.findings.exists()
    other = Visit.objects.get(kind="visit")
    checking.finish_visit(other, **seen, satisfactory=False, serious=["purpose"], minor=["records"])
    assert [(row.category, row.serious) for row in other.findings.all()] == [("purpose", True), ("records", False)]
    assert world.grant.findings.get().answered_at is None
    told = JournalEntry.objects.filter(kind="evaluation.visit.finish").latest("id")
    assert (told.facts["serious"], told.facts["minor"]) == (["purpose"], ["records"])
