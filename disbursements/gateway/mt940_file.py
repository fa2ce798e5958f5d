"""Statements in MT940, the older form many banks still send. The library mt-940 reads; places and balances are checked.

A file may hold many statements: each from `:20:` on is read by itself.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import mt940
from django.utils.translation import gettext_lazy as _

from disbursements.gateway.statement import BadFile, Complaint, Complaints, ReadLine, ReadStatement, known_id, tidy
from fundmgmt.money import MINOR_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

START = re.compile(r"^:20:", re.MULTILINE)
TAG = re.compile(r"^:(\d{2}[A-Z]?):")
MOVEMENT = re.compile(r":61:\d{6}(\d{4})?R?[DC][A-Z]?\d{1,13}(,\d{0,3})?[A-Z][A-Z0-9]{3}.*")
BALANCE = re.compile(r":6[02][FM]:[DC]\d{6}[A-Z]{3}\d{1,13},\d{0,3}\s*")
NEEDED = {"20": _("reference"), "25": _("account"), "60": _("opening balance"), "62": _("closing balance")}
SUBFIELD = re.compile(r"\?\d{2}")


def read_mt940(content: bytes) -> list[ReadStatement]:
    """Whole statements that add up, or BadFile."""
    text = _decoded(content)
    complaints = Complaints()
    found = [one for place, part in _parts(text) if (one := _statement(place, part, complaints)) is not None]
    return complaints.settle(found)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\x00" in text:
        raise BadFile([Complaint(0, str(_("this is no text")))])
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with the number of its first line; what the bank's system wraps round it is left out."""
    starts = [match.start() for match in START.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        body = [
            line for line in text[start:end].split("\n") if not line.startswith(("{", "-}")) and line.strip() != "-"
        ]
        yield text.count("\n", 0, start) + 1, "\n".join(body)


def _statement(place: int, part: str, complaints: Complaints) -> ReadStatement | None:
    places = _places(place, part, complaints)
    if places is None:
        return None
    try:
        read = mt940.parse(part)
    except Exception as error:  # noqa: BLE001 -- the library raises whatever its patterns meet
        complaints.add(place, _("this statement cannot be read (%(why)s)") % {"why": type(error).__name__})
        return None
    data = read.data
    opening = data.get("final_opening_balance") or data.get("intermediate_opening_balance")
    closing = data.get("final_closing_balance") or data.get("intermediate_closing_balance")
    rows = [one.data for one in read if "amount" in one.data]
    if opening is None or closing is None or len(rows) != len(places):
        complaints.add(place, _("this statement cannot be read (%(why)s)") % {"why": "balances"})
        return None
    currency = str(closing.amount.currency)
    if str(opening.amount.currency) != currency:
        complaints.add(place, _("balances and entries stand in different currencies"))
    lines = tuple(_line(at, row, currency, complaints) for at, row in zip(places, rows, strict=True))
    return ReadStatement(
        place=place,
        account=tidy(str(data.get("account_identification") or ""), 40),
        currency=currency,
        name=tidy(f"{data.get('transaction_reference') or ''} {data.get('statement_number') or ''}", 64),
        start=min([_plain(opening.date), *(line.booked for line in lines)]),
        end=_plain(closing.date),
        opening_minor=_minor(place, opening.amount.amount, currency, complaints),
        closing_minor=_minor(place, closing.amount.amount, currency, complaints),
        lines=lines,
    )


def _places(place: int, part: str, complaints: Complaints) -> list[int] | None:
    """Lines of the file where movements stand; None, and complaints, when a field has not its form."""
    before, places, seen = len(complaints.found), [], set()
    for number, line in enumerate(part.split("\n"), place):
        tag = TAG.match(line)
        if not tag:
            continue
        seen.add(tag[1][:2])
        if tag[1] == "61":
            places.append(number)
            if not MOVEMENT.fullmatch(line):
                complaints.add(number, _("this movement (:61:) has not the form of MT940"))
        if tag[1][:2] in {"60", "62"} and not BALANCE.fullmatch(line):
            complaints.add(number, _("this balance has not the form of MT940"))
    for code, label in NEEDED.items():
        if code not in seen:
            complaints.add(place, _("there is no field :%(code)s: (%(label)s)") % {"code": code, "label": label})
    return places if len(complaints.found) == before else None


def _plain(day: Any) -> Any:
    """The library's day as a plain one."""
    return type(day).__mro__[1](day.year, day.month, day.day) if type(day).__module__.startswith("mt940") else day


def _minor(place: int, amount: Decimal, currency: str, complaints: Complaints) -> int:
    return complaints.amount(place, str(amount), currency) if currency in MINOR_DIGITS else 0


def _line(place: int, row: dict[str, Any], currency: str, complaints: Complaints) -> ReadLine:
    details = str(row.get("transaction_details") or "")
    text = " ".join(filter(None, [row.get("purpose"), row.get("extra_details"), SUBFIELD.sub(" ", details)]))
    return ReadLine(
        place=place,
        booked=_plain(row.get("entry_date") or row["date"]),
        value=_plain(row["date"]),
        amount_minor=_minor(place, row["amount"].amount, currency, complaints),
        end_to_end_id=known_id(row.get("end_to_end_reference") or row.get("customer_reference")),
        bank_reference=tidy(row.get("bank_reference"), 64),
        party=tidy(row.get("applicant_name"), 140),
        text=tidy(text),
        code=tidy(row.get("id"), 16),
    )
