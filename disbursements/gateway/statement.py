"""A bank statement as it was read: balances and lines in minor units, each with its place in the file.

A reader gives whole statements that add up, or `BadFile` with every complaint and its line; never a part.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import number
from fundmgmt.money import MINOR_DIGITS

MOST_COMPLAINTS = 50
LONGEST_TEXT = 500
FURTHEST = dt.date(2100, 1, 1)
FIRST = dt.date(2000, 1, 1)
WRITTEN = re.compile(r"[+-]?\d{1,15}(\.\d{0,5})?")


@dataclass(frozen=True)
class Complaint:
    """What is wrong, and on which line of the file (0: the file as a whole)."""

    line: int
    text: str

    def __str__(self) -> str:
        """With its line."""
        return str(_("line %(line)s: %(text)s") % {"line": self.line, "text": self.text}) if self.line else self.text


class BadFile(Exception):
    """A file that is not taken; nothing of it was kept."""

    def __init__(self, complaints: list[Complaint]) -> None:
        """Every complaint, in the order of the file."""
        self.complaints = sorted(dict.fromkeys(complaints), key=lambda one: one.line)[:MOST_COMPLAINTS]
        super().__init__("; ".join(map(str, self.complaints)))


@dataclass(frozen=True)
class ReadLine:
    """One booked movement: plus came in, minus went out."""

    place: int
    booked: dt.date
    value: dt.date
    amount_minor: int
    end_to_end_id: str = ""
    bank_reference: str = ""
    party: str = ""
    text: str = ""
    code: str = ""


@dataclass(frozen=True)
class ReadStatement:
    """One statement of one account."""

    place: int
    account: str
    currency: str
    name: str
    start: dt.date
    end: dt.date
    opening_minor: int
    closing_minor: int
    lines: tuple[ReadLine, ...]


@dataclass
class Complaints:
    """Collects what is wrong while a file is read, so that all of it is told at once."""

    found: list[Complaint] = field(default_factory=list)

    def add(self, line: int, text: object) -> None:
        """One more."""
        self.found.append(Complaint(line, str(text)))

    def amount(self, line: int, text: str | None, currency: str) -> int:
        """Minor units of a written amount; 0 and a complaint when it is none."""
        digits = MINOR_DIGITS.get(currency)
        if digits is None:
            self.add(line, _("the fund keeps no money in “%(code)s”") % {"code": currency[:8]})
            return 0
        written = (text or "").strip()
        scaled = Decimal(written).scaleb(digits) if WRITTEN.fullmatch(written) else None
        if scaled is None or scaled != scaled.to_integral_value():
            self.add(line, _("“%(text)s” is no amount in %(code)s") % {"text": (text or "")[:24], "code": currency})
            return 0
        return int(scaled)

    def day(self, line: int, text: str | None) -> dt.date:
        """A day (ISO, a moment is cut); the first day there is and a complaint when it is none."""
        try:
            day = dt.date.fromisoformat((text or "").strip()[:10])
        except ValueError:
            self.add(line, _("“%(text)s” is no day; write it like 2026-11-30") % {"text": (text or "")[:24]})
            return FIRST
        if not FIRST <= day < FURTHEST:
            self.add(line, _("the day %(day)s cannot be right") % {"day": day.isoformat()})
            return FIRST
        return day

    def adds_up(self, one: ReadStatement) -> None:
        """Opening balance and lines make the closing balance; days lie within the statement."""
        total = one.opening_minor + sum(line.amount_minor for line in one.lines)
        if total != one.closing_minor:
            difference = Decimal(one.closing_minor - total).scaleb(-MINOR_DIGITS.get(one.currency, 2))
            rest = number(difference, MINOR_DIGITS.get(one.currency, 2))
            self.add(
                one.place,
                _("statement %(name)s does not add up: opening balance and lines miss the closing balance by %(rest)s")
                % {"name": one.name or "?", "rest": f"{rest}\u00a0{one.currency}"},
            )
        if one.start > one.end:
            self.add(one.place, _("statement %(name)s ends before it begins") % {"name": one.name or "?"})
        for line in one.lines:
            if not one.start <= line.booked <= one.end:
                self.add(line.place, _("%(day)s lies outside the statement's days") % {"day": in_words(line.booked)})
            if line.amount_minor == 0:
                self.add(line.place, _("a line without an amount"))

    def settle(self, statements: list[ReadStatement]) -> list[ReadStatement]:
        """The statements when nothing is wrong; else BadFile."""
        if not self.found:
            for one in statements:
                self.adds_up(one)
        if not self.found and not statements:
            self.add(0, _("there is no statement in this file"))
        if self.found:
            raise BadFile(self.found)
        return statements


def tidy(text: str | None, longest: int = LONGEST_TEXT) -> str:
    """A text of the bank on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text or "").split())[:longest]


def known_id(text: str | None) -> str:
    """An end-to-end id, empty when the bank says that there is none."""
    found = tidy(text, 35)
    return "" if found.upper() in {"NOTPROVIDED", "NONREF", "NOTAVAILABLE"} else found
