"""The budget of a grant: the lines of the agreement, as changes have moved them up to a version of its terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disbursements.models import Change
from disbursements.states import AmendmentState, ChangePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disbursements.models import Grant

AS_SIGNED = 1


@dataclass(frozen=True)
class BudgetLine:
    """One line as it stood. `no` never changes: spending is told by it."""

    no: int
    category: str
    description: str
    total_minor: int


def budget_lines(grant: Grant, terms_no: int | None = None) -> list[BudgetLine]:
    """The lines in force under these terms (1 is the agreement as signed); None is today's."""
    until = grant.terms_no if terms_no is None else terms_no
    rows = grant.application.budget_lines.all()
    lines = {row.no: BudgetLine(row.no, row.category, row.description, row.total_minor) for row in rows}
    return list(with_changes(lines, changes_in_force(grant, until, ChangePart.LINE, ChangePart.NEW_LINE)).values())


def with_changes(lines: Mapping[int, BudgetLine], changes: Iterable[Change]) -> dict[int, BudgetLine]:
    """Lines by number, after these changes in their order."""
    after = dict(lines)
    for change in changes:
        no, minor = int(change.key), change.after_number or 0
        if change.part == ChangePart.NEW_LINE:
            after[no] = BudgetLine(no, change.category, change.after_text, minor)
        elif change.part == ChangePart.LINE:
            after[no] = replace(after[no], total_minor=minor)
    return after


def changed_numbers(grant: Grant, part: str, until: int) -> dict[str, int]:
    """What changes in force made of numbers of one part, by key; no query for terms as signed."""
    changes = changes_in_force(grant, until, part)
    return {change.key: change.after_number for change in changes if change.after_number is not None}


def changes_in_force(grant: Grant, until: int, *parts: str) -> Iterable[Change]:
    """Changes of these parts up to a version of the terms, in their order; no query for terms as signed."""
    if until == AS_SIGNED:
        return ()
    about = {"amendment__state": AmendmentState.APPLIED, "amendment__terms_no__lte": until, "part__in": parts}
    return Change.objects.filter(amendment__grant=grant, **about).order_by("amendment__terms_no", "id")
