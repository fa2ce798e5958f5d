"""Money, numbers, shares, days and moments in the reader's language; used by pages, mail and PDF alike."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fundmgmt.money import Money, minor_digits

LOCALES = {"fr": "fr", "sw": "sw", "en": "en_GB"}
NOTHING = "–"
SAID_LATELY = 4096  # days and numbers kept in words: one page says the same ones often
MINUS = "\u2212"


def locale() -> str:
    """Return Babel's name for the language that is active now."""
    return LOCALES.get((get_language() or "fr")[:2], "fr")


def says(who: Any, what: Any) -> str:
    """Return "who: what", with the colon as the reader's language sets it."""
    return _("%(who)s: %(what)s") % {"who": who, "what": what}


def money(minor: Any, currency: str = "USD") -> str:
    """Return minor units (or a Money) as an amount with its currency: 10,978.00 USD."""
    if minor is None or minor == "":
        return NOTHING
    amount = minor if isinstance(minor, Money) else Money(int(minor), currency)
    places = minor_digits(amount.currency)
    return f"{number(amount.decimal, places)}\u00a0{amount.currency}"


def number(value: Decimal | int | str | None, places: int | None = None) -> str:
    """Return a number as the reader writes it; nothing is a dash, never a zero."""
    if value is None or value == "":
        return NOTHING
    pattern = None if places is None else "#,##0" + ("." + "0" * places if places else "")
    return _number_in(value, pattern, locale())


@lru_cache(SAID_LATELY)
def _number_in(value: Decimal | int | str, pattern: str | None, language: str) -> str:
    return format_decimal(value, format=pattern, locale=language).replace("-", MINUS)


@lru_cache(SAID_LATELY)
def _day_in(value: date, length: str, language: str) -> str:
    return format_date(value, format=length, locale=language)


def tenths(value: int | None) -> str:
    """Return a number kept in tenths with its one decimal: 813 is 81.3, in French 81,3."""
    return NOTHING if value is None else number(Decimal(value).scaleb(-1), 1)


def written(value: Decimal, places: int = 0) -> str:
    """Return a number for a box to type in: as the reader writes it, without groups; at least so many decimals."""
    return format_decimal(value, format="0." + "0" * places + "#" * (2 - places), locale=locale())


def percent(part: Any, whole: Any = None) -> str:
    """Return a share with one decimal at most: of ``whole`` if given, else ``part`` is in basis points."""
    if part is None or part == "" or whole == 0:
        return NOTHING
    share = Decimal(part) / (Decimal(10000) if whole is None else Decimal(whole))
    share = share.quantize(Decimal("0.001"), ROUND_HALF_UP)  # 50 of 160 is 31.3 %, as people count
    return format_percent(share, format="#,##0.#\u00a0%", locale=locale())


def day(value: date | datetime | None, length: str = "long") -> str:
    """Return a day in words: 5 December 2025, 5 décembre 2025, 5 Desemba 2025; "medium" is shorter."""
    if not value:
        return NOTHING
    return _day_in(day_of(value), length, locale())


def moment(value: date | datetime | None) -> str:
    """Return a day and a time in words, on the fund's clock."""
    if not isinstance(value, datetime):
        return day(value)
    clock = format_datetime(_local(value), format="HH:mm", locale=locale())
    return _("%(day)s at %(clock)s") % {"day": day(value), "clock": clock}


SAID: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (SafeString, str),  # stays what it is: safe
    (bool, lambda value: _("yes") if value else _("no")),
    (Money, money),
    (date, moment),
    ((int, Decimal), number),
)


def show(value: Any) -> str:
    """Return any value as people read it: money, day, moment, number, yes or no, a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    for kinds, say in SAID:
        if isinstance(value, kinds):
            return say(value)
    return str(value)


def day_of(value: date | datetime) -> date:
    """Return the calendar day on the fund's clock."""
    local = _local(value)
    return local.date() if isinstance(local, datetime) else local


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value
