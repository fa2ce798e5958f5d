"""Exact money: whole minor units and a currency, never a float.

A minor unit is the smallest unit the currency's ledger keeps (one cent of USD, one centime of CDF).
How many decimals a payment rail takes is a property of the rail, not of the currency.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Sequence

MINOR_DIGITS = {"USD": 2, "EUR": 2, "CDF": 2, "GBP": 2, "CHF": 2}
CURRENCIES = [(code, code) for code in MINOR_DIGITS]
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_AMOUNT = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


class MoneyError(ValueError):
    """A text or a sum that is no amount; `message` tells the person who typed it what to change."""

    def __init__(self, message: object) -> None:
        """Keep the lazy text."""
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, order=True)
class Money:
    """An amount of one currency. Adding two currencies raises MoneyError."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Money:
        """Major units ("12.50") to Money; more decimals than the currency has raise MoneyError."""
        digits = minor_digits(currency)
        try:
            scaled = Decimal(amount).scaleb(digits)
        except InvalidOperation as error:
            raise MoneyError(_("Write an amount in figures, for example 1250.50.")) from error
        if scaled != scaled.to_integral_value():
            raise MoneyError(_("Use at most %(digits)s decimals.") % {"digits": digits})
        return cls(int(scaled), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with all decimals of the currency."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise MoneyError(_("Two currencies cannot be added: convert one of them first."))

    def __add__(self, other: Money) -> Money:
        """Sum of one currency."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Difference of one currency."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        """The same amount the other way."""
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        """Plain technical form; people get fundmgmt.formats.words.money."""
        return f"{self.decimal} {self.currency}"


class MinorField(models.BigIntegerField):
    """A column of whole minor units; the currency stands on the same row or on its parent."""


def minor_digits(currency: str) -> int:
    """Decimals of a currency; an unknown one raises MoneyError."""
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise MoneyError(_("The fund does not know this currency: %(code)s.") % {"code": currency}) from None


def parse_amount(text: str, currency: str) -> Money:
    """What a person typed ("13 396,00", "13,396.00", "13396") to Money.

    Refuses two currencies, letters, signs and a separator that could mean two things ("1.250"), with the way out.
    """
    cleaned = _SPACES.sub("", text.strip())
    for code in MINOR_DIGITS:
        if code in cleaned.upper() and code != currency:
            raise MoneyError(_("This amount is asked in %(code)s only.") % {"code": currency})
    cleaned = re.sub(re.escape(currency), "", cleaned, flags=re.IGNORECASE)
    if currency == "USD":
        cleaned = cleaned.replace("$", "")
    if not _AMOUNT.fullmatch(cleaned):
        raise MoneyError(_("Write an amount in figures, for example 1250.50."))
    separators = [c for c in cleaned if c in ".,"]
    if not separators:
        return Money.of(cleaned, currency)
    last = separators[-1]
    whole, _sep, tail = cleaned.rpartition(last)
    grouped = re.split("[.,]", cleaned)
    if len(set(separators)) == 1 and len(tail) == 3:  # noqa: PLR2004 -- groups of three digits
        if len(separators) == 1:
            raise MoneyError(
                _("%(typed)s can be read in two ways. Write %(big)s, or %(small)s.")
                % {"typed": text.strip(), "big": cleaned.replace(last, ""), "small": f"{whole}.{tail[:2]}"}
            )
        if all(len(part) == 3 for part in grouped[1:]):  # noqa: PLR2004 -- groups of three digits
            return Money.of("".join(grouped), currency)
    groups = re.split("[.,]", whole)
    if last in whole or any(len(part) != 3 for part in groups[1:]):  # noqa: PLR2004 -- groups of three digits
        raise MoneyError(_("Write an amount in figures, for example 1250.50."))
    return Money.of("".join(groups) + "." + tail, currency)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` minor units by weights (largest remainder); the parts sum to `total` exactly."""
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise MoneyError(_("The shares must be positive and sum to more than nothing."))
    parts = [total * weight // whole for weight in weights]
    rest = total - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[:rest]:
        parts[index] += 1
    return parts
