"""What evaluation tells the close-out list: of before it was laid out, and of each step since."""

from typing import TYPE_CHECKING

import pytest

from disbursements.actions import closing, grants
from disbursements.queries.closing import closure_of
from evaluation.actions import evaluating, judging
from fundmgmt import journal
from fundmgmt.models import StepRefused
from tests.evaluation.conftest import LATER
from tests.telling import refused

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


def close_out(world: "World") -> None:
    grants.end_grant(world.grant, by=world.officer, at=LATER)
    closing.begin_closing(world.grant, by=world.officer, at=LATER)
    journal.sweep()


def settled(world: "World") -> set[str]:
    return {line.code for line in closure_of(world.grant) if line.settled_at and not line.by_hand}


@pytest.mark.parametrize("before", [True, False])
def test_reports_and_evaluations_settle_their_lines_before_or_after(world: "World", before: bool) -> None:
    if not before:
        close_out(world)
        assert settled(world) == set()
    world.accept_all()
    world.evaluate()
    if before:
        close_out(world)
    assert settled(world) == {"final_report", "evaluation_decision", "practice_note"}
    judging.reopen_report(world.reports[-1], by=world.officer, at=LATER, reason="One line was wrong.")
    assert settled(world) == {"evaluation_decision", "practice_note"}


def note(world: "World") -> list[bool]:
    """Whether the settled line of the practice note was ticked by hand; empty while it is open."""
    return [line.by_hand for line in closure_of(world.grant) if line.code == "practice_note" and line.settled_at]


def tick_note(world: "World") -> None:
    about = {"codes": ["practice_note"], "note": "It stands in the report."}
    closing.settle_closure(world.grant, by=world.officer, at=LATER, **about)


def test_the_practice_note_is_by_hand_only_where_nobody_evaluates(world: "World") -> None:
    close_out(world)
    world.accept_all()
    tick_note(world)
    assert note(world) == [True]
    evaluation = world.hand_in()
    assert note(world) == []
    with refused(StepRefused, "Evaluators are named for this project", world.grant):
        tick_note(world)
    evaluating.make_final(evaluation, by=world.evaluator, at=LATER)
    assert note(world) == [False]
