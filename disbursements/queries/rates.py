"""Amounts in the currency the fund counts in, by the dated rates on file, in whole numbers only."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from disbursements.models import Rate
from fundmgmt.money import minor_digits

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES = 10  # decimals of a stored rate
SCALE = 10**PLACES


def scaled(rate: Rate) -> int:
    """A rate as a whole number of its last decimals."""
    return int(rate.rate.scaleb(PLACES))


def convert(amount_minor: int, digits: tuple[int, int], top: int, bottom: int) -> int:
    """Minor units times top through bottom, rounded up: no threshold is slipped under by a rounding.

    `digits` are the decimals of the currency it comes from and of the one it goes to.
    """
    before, after = digits
    return -(-(amount_minor * top * 10**after) // (bottom * 10**before))


def nearest(amount_minor: int, digits: tuple[int, int], top: int, bottom: int) -> int:
    """Minor units times top through bottom to the nearest unit, halves up: an amount that was really paid."""
    before, after = digits
    whole = bottom * 10**before
    return (2 * amount_minor * top * 10**after + whole) // (2 * whole)


def rate_of_day(base: str, quote: str, on: dt.date, max_days: int) -> Rate | None:
    """The newest rate of a pair on a day (one query); None when none of these days is on file."""
    rows = Rate.objects.filter(base=base, quote=quote, on_date__lte=on, on_date__gte=on - dt.timedelta(days=max_days))
    return rows.order_by("on_date", "id").last()


class Rates:
    """The newest rate of each currency on a day, into one currency; read once (one query)."""

    def __init__(self, into: str, on: dt.date, max_days: int, currencies: Iterable[str]) -> None:
        """Rates older than `max_days` are not used."""
        self.into = into
        foreign = {currency for currency in currencies if currency != into}
        rows = Rate.objects.filter(on_date__lte=on, on_date__gte=on - dt.timedelta(days=max_days)).order_by(
            "on_date", "id"
        )
        self._direct: dict[str, Rate] = {}
        self._inverse: dict[str, Rate] = {}
        if foreign:
            for row in rows.filter(base__in=foreign, quote=into) | rows.filter(base=into, quote__in=foreign):
                if row.quote == into:
                    self._direct[row.base] = row
                else:
                    self._inverse[row.quote] = row

    def functional(self, amount_minor: int, currency: str) -> int | None:
        """The amount in the fund's own currency; None when no rate of these days is on file."""
        if currency == self.into:
            return amount_minor
        digits = (minor_digits(currency), minor_digits(self.into))
        if currency in self._direct:
            return convert(amount_minor, digits, scaled(self._direct[currency]), SCALE)
        if currency in self._inverse:
            return convert(amount_minor, digits, SCALE, scaled(self._inverse[currency]))
        return None
