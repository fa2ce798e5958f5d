"""What a change of the terms means for reports and results: those handed in keep theirs, those to come follow."""

from typing import TYPE_CHECKING

import pytest

from disbursements.actions import amending, decisions
from evaluation.actions import judging, reporting
from evaluation.queries.reports import lines_of
from evaluation.queries.results import results_of
from fundmgmt import journal
from fundmgmt.models import StepRefused
from tests.evaluation.conftest import LATER
from tests.factories import grants as make
from tests.factories.changing import amounts, shifted

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


def test_a_report_keeps_the_budget_it_was_handed_in_against(world: "World") -> None:
    first = world.reports[0]
    signed = amounts(world.grant)
    wished = shifted(world.grant, 900)
    low = next(iter(wished))
    with pytest.raises(StepRefused, match="Ask the fund to change the budget"):
        reporting.give_spending(first, by=world.owner, at=LATER, spent={low: wished[low]})
    reporting.submit_report(world.write(world.reports[0], share=3), by=world.owner, at=LATER)
    change = amending.ask_budget_shift(world.grant, by=world.owner, at=LATER, lines=wished, reason="Prices rose.")
    amending.notify_amendment(change, by=world.owner, at=LATER)
    judging.accept_report(world.reports[0], by=world.officer, at=LATER)
    kept, open_still = world.reports[:2]
    assert (kept.terms_no, {line.no: line.budget_minor for line in lines_of(kept)}) == (1, signed)
    assert {line.no: line.budget_minor for line in lines_of(open_still)} == signed | wished
    reporting.submit_report(world.write(world.reports[1], share=3), by=world.owner, at=LATER)
    assert world.reports[1].terms_no == 2


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
