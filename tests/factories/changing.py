"""Shifts of a grant's budget of any size, and close-out lists with nothing open, for tests."""

import datetime as dt

from disbursements.actions import closing
from disbursements.models import Grant
from disbursements.queries.budgets import budget_lines
from disbursements.states import BY_HAND, ClosureCode
from tests.factories.grants import Cast


def amounts(grant: Grant, terms: int | None = None) -> dict[int, int]:
    """Budget lines in force under these terms: number to minor units."""
    return {line.no: line.total_minor for line in budget_lines(grant, terms)}


def shifted(grant: Grant, share_bp: int) -> dict[int, int]:
    """So much of the whole budget moves to the smallest line of direct costs, from the largest ones in turn."""
    lines = budget_lines(grant)
    now = {line.no: line.total_minor for line in lines if line.category == "DIR"}
    moved = left = sum(line.total_minor for line in lines) * share_bp // 10_000
    low, *others = sorted(now, key=lambda no: now[no])
    after = {low: now[low] + moved}
    for no in reversed(others):
        after[no] = now[no] - min(now[no], left)
        left -= now[no] - after[no]
    return after


def settle_list(people: Cast, grant: Grant, at: dt.datetime) -> None:
    """Each line but the refund, as those would who settle it: report accepted, evaluated, opinion given, ticks."""
    for code in (ClosureCode.FINAL_REPORT, ClosureCode.EVALUATION, ClosureCode.PRACTICE):
        closing.settle_known(grant, code, at=at)
    closing.give_feedback(grant, by=people.owner, at=at, clear=5, in_time=4, heard=5)
    closing.settle_closure(grant, by=people.officer, at=at, codes=list(BY_HAND), note="Done.")
