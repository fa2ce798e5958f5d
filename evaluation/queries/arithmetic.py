"""Laws of counting: shares from their parts, sums in any order, periods and working days. No query, no clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fundmgmt.formats import words
from fundmgmt.money import split
from fundmgmt.rules import MONTHS, month_after

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Share:
    """A share kept as its two counts; `denominator` None is a plain count."""

    numerator: int
    denominator: int | None = None

    def __add__(self, other: Share) -> Share:
        """Sum of the parts: never a mean of percentages."""
        if (self.denominator is None) != (other.denominator is None):
            raise ValueError("a count and a share cannot be added")
        both = None if self.denominator is None else self.denominator + (other.denominator or 0)
        return Share(self.numerator + other.numerator, both)

    @property
    def percent(self) -> Decimal:
        """Per cent with one decimal, halves up; only for drawing, never stored and never summed."""
        whole = self.denominator or 1
        return Decimal((2000 * self.numerator + whole) // (2 * whole)).scaleb(-1)

    def __str__(self) -> str:
        """As people read it."""
        if self.denominator is None:
            return words.number(self.numerator)
        return words.percent(self.numerator, self.denominator)


def roll_up(values: Iterable[Share]) -> Share | None:
    """Sum of all, in whatever order; None when there is nothing to sum (missing is not zero)."""
    total: Share | None = None
    for value in values:
        total = value if total is None else total + value
    return total


def mean_in_tenths(total: int, n: int) -> int:
    """A mean in tenths, halves up, from its sum and its count: 28/9 is 31, read 3.1."""
    return (20 * total + n) // (2 * n)


def reaches(total: int, n: int, hundredths: int) -> bool:
    """Whether total/n is at least so many hundredths, without rounding."""
    return n > 0 and total * 100 >= hundredths * n


def differs_by_more_than(budget: int, spent: int, share_bp: int) -> bool:
    """Whether spending lies further from the budget than a share of it (basis points), exactly."""
    return abs(spent - budget) * 10_000 > share_bp * budget


def exceeds_by_more_than(budget: int, spent: int, share_bp: int) -> bool:
    """Whether spending lies above the budget by more than a share of it (basis points), exactly."""
    return (spent - budget) * 10_000 > share_bp * budget


def per_head(total_minor: int, people: int) -> int:
    """Minor units for each person, halves up."""
    return (2 * total_minor + people) // (2 * people)


def periods(start: dt.date, end: dt.date, parts: int) -> list[tuple[dt.date, dt.date]]:
    """Cut start..end into whole months as even as can be; they touch and cover everything."""
    months = max((end.year - start.year) * MONTHS + end.month - start.month + (1 if end.day >= start.day else 0), 1)
    parts = min(parts, months)
    cuts, begun = [], 0
    for length in split(months, [1] * parts):
        cuts.append((month_after(start, begun), month_after(start, begun + length) - dt.timedelta(days=1)))
        begun += length
    cuts[-1] = (cuts[-1][0], end)
    return cuts
