"""Reads the fund's versioned rules: which value holds on a day, since when, and who decided it.

The shipped values stand in data/rules.json, each with its source; a row of models.rules.Rule replaces one from a day
on. Rules marked locked (age at a mine) cannot be replaced.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fundmgmt.formats.words import day as in_words
from fundmgmt.models.rules import Rule

SHIPPED = Path(__file__).parent / "data" / "rules.json"
SHIPPED_FROM = dt.date(2024, 1, 1)
MONTHS = 12


@dataclass(frozen=True)
class RuleSpec:
    """What a rule is.

    `type`: int, hundredths, bp (basis points, 10000 = all), minor (minor units), days, hours, text, json.
    """

    key: str
    type: str
    value: Any
    label: str
    help: str
    source: str
    group: str
    locked: bool = False


@dataclass(frozen=True)
class RuleValue:
    """A value and where it comes from."""

    spec: RuleSpec
    value: Any
    valid_from: dt.date
    decided_in: str

    def __str__(self) -> str:
        """The rule in words."""
        return self.label

    @property
    def label(self) -> str:
        """The rule in words, in the reader's language."""
        return gettext(self.spec.label)

    @property
    def origin(self) -> str:
        """Who decided, since when."""
        if self.decided_in:
            return gettext("decided in %(ref)s, in force since %(day)s") % {
                "ref": self.decided_in,
                "day": in_words(self.valid_from),
            }
        return gettext("the fund's starting rule")


class UnknownRule(KeyError):
    """Programming error: no rule has this key."""


class RuleValueError(ValueError):
    """A value that does not fit its rule; `message` is for the administrator."""

    def __init__(self, message: object) -> None:
        """Keep the lazy text."""
        super().__init__(str(message))
        self.message = message


@cache
def specs() -> dict[str, RuleSpec]:
    """Every rule by key, as shipped."""
    rows = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return {row["key"]: RuleSpec(**row) for row in rows}


def rule(key: str, on: dt.date) -> RuleValue:
    """The value of a rule on a day (one query, or none within `kept_rules`)."""
    return rules([key], on)[key]


def rules(keys: list[str], on: dt.date) -> dict[str, RuleValue]:
    """Values of several rules on a day (one query for all)."""
    book = specs()
    for key in keys:
        if key not in book:
            raise UnknownRule(key)
    found = {key: RuleValue(book[key], book[key].value, SHIPPED_FROM, "") for key in keys}
    for row in _versions(keys):
        if row.valid_from <= on and not book[row.key].locked:
            found[row.key] = RuleValue(book[row.key], row.value, row.valid_from, row.decided_in)
    return found


_kept: ContextVar[dict[str, list[Rule]] | None] = ContextVar("kept rules", default=None)


def _versions(keys: list[str]) -> list[Rule]:
    """The rows of these rules, oldest first."""
    rows = Rule.objects.order_by("valid_from")
    kept = _kept.get()
    if kept is None:
        return list(rows.filter(key__in=keys))
    if not kept:
        kept.update({key: [] for key in specs()})
        for row in rows:
            kept.setdefault(row.key, []).append(row)
    return [row for key in keys for row in kept[key]]


@contextmanager
def kept_rules() -> Iterator[None]:
    """Read the rules once while this lasts (one query, whatever is asked): for a page that only reads."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def check_value(key: str, value: Any) -> Any:
    """The value as it will be stored, or RuleValueError."""
    spec = specs()[key]
    if spec.locked:
        raise RuleValueError(_("This rule is fixed by law and cannot be changed here."))
    if spec.type in {"int", "hundredths", "minor", "days", "hours", "bp"}:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise RuleValueError(_("Give a whole number, zero or more."))
        if spec.type == "bp" and value > 10_000:  # noqa: PLR2004 -- basis points of a whole
            raise RuleValueError(_("A share is at most 10000 basis points (100 %)."))
    elif spec.type == "text" and not isinstance(value, str):
        raise RuleValueError(_("Give a text."))
    elif spec.type == "json" and type(value) is not type(spec.value):
        raise RuleValueError(_("Keep the shape of the value that is there now."))
    elif isinstance(value, dict):
        _check_parts(value, spec.value)
    return value


def _check_parts(value: dict[str, Any], shipped: dict[str, Any]) -> None:
    """Where each part of the shipped value has the same names with numbers, each new part has them too."""
    first = next(iter(shipped.values()), None)
    if not isinstance(first, dict):
        return
    for part in value.values():
        numbers = isinstance(part, dict) and all(type(one) is int and one >= 0 for one in part.values())
        if not numbers or set(part) != set(first):
            said = _("Each part needs these names, each with a whole number: %(names)s.")
            raise RuleValueError(said % {"names": ", ".join(first)})


def working_days_after(day: dt.date, count: int) -> dt.date:
    """The `count`-th working day after `day`: Saturdays, Sundays and the fund's public holidays are left out."""
    holidays = set(rule("public_holidays", day).value)
    while count > 0:
        day += dt.timedelta(days=1)
        if day.weekday() < 5 and day.isoformat() not in holidays:  # noqa: PLR2004 -- Monday to Friday
            count -= 1
    return day


def month_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last day of that month."""
    index = day.year * MONTHS + day.month - 1 + months
    year, month = divmod(index, MONTHS)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
