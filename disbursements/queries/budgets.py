"""The budget of a grant: the lines of the agreement, as changes have moved them up to a version of its terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disbursements.models import Change
from disbursements.states import AmendmentState, ChangePart

if TYPE_CHECKING:
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
    moved = changed_numbers(grant, ChangePart.LINE, until)
    rows = grant.application.budget_lines.all()
    lines = [BudgetLine(row.no, row.category, row.description, row.total_minor) for row in rows]
    return [replace(line, total_minor=moved.get(str(line.no), line.total_minor)) for line in lines]


def changed_numbers(grant: Grant, part: str, until: int) -> dict[str, int]:
    """What changes in force made of numbers of one part, by key; no query for terms as signed."""
    if until == AS_SIGNED:
        return {}
    rows = Change.objects.filter(
        amendment__grant=grant, amendment__state=AmendmentState.APPLIED, amendment__terms_no__lte=until, part=part
    )
    told = rows.order_by("amendment__terms_no").values_list("key", "after_number")
    return {key: number for key, number in told if number is not None}
