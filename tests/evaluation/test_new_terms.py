"""What a change of the terms means for reports and results: those handed in keep theirs, those to come follow."""

from typing import TYPE_CHECKING

import pytest

from disbursements.actions import amending, decisions
from disbursements.queries.calendar import movable_days
from evaluation.actions import judging, reporting
from evaluation.queries.checks import milestones_of
from evaluation.queries.reports import lines_of
from evaluation.queries.results import results_of
from fundmgmt import journal
from fundmgmt.models import StepRefused
from tests.evaluation.conftest import LATER
from tests.factories import grants as make
from tests.factories.changing import amounts, shifted
from tests.telling import refused

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


def test_a_report_keeps_the_budget_it_was_handed_in_against(world: "World") -> None:
    first = world.reports[0]
    signed = amounts(world.grant)
    wished = shifted(world.grant, 900)
    low = next(iter(wished))
    extra = max(signed) + 1
    with pytest.raises(StepRefused, match="Ask the fund to change the budget"):
        reporting.give_spending(first, by=world.owner, at=LATER, spent={low: wished[low]})
    reporting.submit_report(world.write(world.reports[0], share=3), by=world.owner, at=LATER)
    most = max(wished, key=lambda no: wished[no])
    wished[most] -= 5_000
    line = amending.NewLine("TRN", "Training of guards", 5_000)
    change = amending.ask_budget_shift(
        world.grant, by=world.owner, at=LATER, lines=wished, new_line=line, reason="Prices rose."
    )
    amending.notify_amendment(change, by=world.owner, at=LATER)
    judging.accept_report(world.reports[0], by=world.officer, at=LATER)
    kept, open_still = world.reports[:2]
    assert (kept.terms_no, {line.no: line.budget_minor for line in lines_of(kept)}) == (1, signed)
    assert {line.no: line.budget_minor for line in lines_of(open_still)} == signed | wished | {extra: 5_000}
    reporting.submit_report(world.write(world.reports[1], share=3), by=world.owner, at=LATER)
    assert world.reports[1].terms_no == 2


def test_a_later_end_moves_the_days_that_were_picked_and_no_others(world: "World") -> None:
    grant, at, more = world.grant, make.ASKED, 30 * make.DAY
    end = grant.end_date + more
    before = {(row.part, row.key): row.day for row in movable_days(grant)}
    asked = {"by": world.owner, "at": at, "end_date": end, "reason": "Rain."}
    for moves, why in (
        ([("report_date", "1")], "Due day of report: a later one would come before"),
        ([("tranche_date", "2")], "Day of tranche: a later one would come before"),
        ([("milestone_date", "M99")], "has passed or cannot move"),
    ):
        with refused(StepRefused, why, grant):
            amending.ask_extension(grant, moves=moves, **{**asked, "end_date": grant.end_date + 110 * make.DAY})
    last = str(len(world.reports))
    picked = {("report_date", "2"), ("tranche_date", "3"), ("milestone_date", "M1")}
    change = amending.ask_extension(grant, moves=picked, **asked)
    moved = picked | {("report_date", last)}
    assert {(one.part, one.key): (one.before, one.after) for one in change.changes.all() if one.key} == {
        one: (before[one], before[one] + more) for one in moved
    }
    assert {(row.part, row.key): row.day for row in movable_days(grant)} == before, "nothing moves before"
    first = world.reports[0]
    amending.approve_amendment(change, by=world.officer, at=at)
    journal.sweep()
    grant.refresh_from_db()
    after = before | {one: before[one] + more for one in moved}
    assert {(row.part, row.key): row.day for row in movable_days(grant)} == after
    assert [(row.period_start, row.period_end) for row in world.reports[:1]] == [(first.period_start, first.period_end)]
    assert {seen.milestone.code: seen.due for seen in milestones_of(grant)}["M1"] == after["milestone_date", "M1"]
    due = dict(grant.conditions.filter(due_date__isnull=False).values_list("code", "due_date"))
    assert due["2"] == after["report_date", "2"]


def test_a_later_end_moves_the_final_report_and_a_decided_target_the_results(world: "World") -> None:
    due, at = world.reports[-1].due_date, make.ASKED
    later = world.grant.end_date + 40 * make.DAY
    change = amending.ask_extension(world.grant, by=world.owner, at=at, end_date=later, reason="Rain.")
    amending.approve_amendment(change, by=world.officer, at=at)
    journal.sweep()
    final = world.reports[-1]
    assert (final.period_end, final.due_date) == (later, due + 40 * make.DAY)
    world.grant.refresh_from_db()
    before = results_of(world.grant)[0]
    code = before.indicator.code
    moved = amending.ask_results(world.grant, by=world.owner, at=at, targets={code: 7_550}, reason="Fewer places.")
    assert moved.decider == "committee"
    decisions.decide_amendment(world.grant, decision_ref="SC-2026-02/1", carried=True, at=at)
    world.grant.refresh_from_db()
    assert (str(before.target), str(results_of(world.grant)[0].target)) == ("80.00", "75.50")
