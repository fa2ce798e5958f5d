"""What evaluation tells the close-out list: of before it was laid out, and of each step since."""

from typing import TYPE_CHECKING

import pytest

from disbursements.actions import closing, grants
from disbursements.queries.closing import closure_of
from evaluation.actions import judging
from fundmgmt import journal
from tests.evaluation.conftest import LATER

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
