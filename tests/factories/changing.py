"""Shifts of a grant's budget of any size, for tests."""

from disbursements.models import Grant
from disbursements.queries.budgets import budget_lines


def amounts(grant: Grant, terms: int | None = None) -> dict[int, int]:
    """Budget lines in force under these terms: number to minor units."""
    return {line.no: line.total_minor for line in budget_lines(grant, terms)}


def shifted(grant: Grant, share_bp: int) -> dict[int, int]:
    """So much of the whole budget moves to the smallest line, from the largest ones in turn."""
    now = amounts(grant)
    moved = left = sum(now.values()) * share_bp // 10_000
    low, *others = sorted(now, key=lambda no: now[no])
    after = {low: now[low] + moved}
    for no in reversed(others):
        after[no] = now[no] - min(now[no], left)
        left -= now[no] - after[no]
    return after
