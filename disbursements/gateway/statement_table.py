"""Statements as a plain table (CSV), for banks that send a spreadsheet, and how to find out what a file is.

Columns: kind (opening, line, closing), day, value_day, amount, currency, account, statement, end_to_end_id,
bank_reference, party, text. One opening row begins a statement, one closing row ends it.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from disbursements.gateway.camt053 import read_camt053
from disbursements.gateway.mt940_file import read_mt940
from disbursements.gateway.statement import BadFile, Complaint, Complaints, ReadLine, ReadStatement, known_id, tidy
from disbursements.states import StatementFormat

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = (
    "kind", "day", "value_day", "amount", "currency", "account", "statement", "end_to_end_id", "bank_reference",
    "party", "text",
)  # fmt: skip
Row = dict[str, str]


def read_table(content: bytes) -> list[ReadStatement]:
    """Whole statements that add up, or BadFile."""
    complaints, found = Complaints(), []
    opening: tuple[int, Row] | None = None
    lines: list[ReadLine] = []
    for number, row in _rows(content):
        kind = row["kind"].strip().lower()
        if kind == "opening":
            if opening is not None:
                complaints.add(number, _("a statement opens before the one above it is closed"))
            opening, lines = (number, row), []
        elif opening is None:
            complaints.add(number, _("before this row an opening balance is missing"))
        elif kind == "line":
            lines.append(_line(number, row, opening[1], complaints))
        elif kind == "closing":
            found.append(_statement(opening, (number, row), lines, complaints))
            opening = None
        else:
            complaints.add(number, _("“%(kind)s” is none of: opening, line, closing") % {"kind": kind[:16]})
    if opening is not None:
        complaints.add(opening[0], _("the closing balance of this statement is missing"))
    return complaints.settle(found)


def _rows(content: bytes) -> list[tuple[int, Row]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    try:
        headers = [(name or "").strip().lower() for name in reader.fieldnames or []]
        missing = [name for name in COLUMNS[:7] if name not in headers]
        if missing:
            said = _("the columns %(names)s are missing in the first row") % {"names": ", ".join(missing)}
            raise BadFile([Complaint(1, str(said))])
        reader.fieldnames = headers
        return [
            (reader.line_num, {name: row.get(name) or "" for name in COLUMNS})
            for row in reader
            if any(isinstance(value, str) and value.strip() for value in row.values())
        ]
    except csv.Error as error:
        raise BadFile(
            [Complaint(reader.line_num, str(_("this table cannot be read; save it again as CSV")))]
        ) from error


def _same(number: int, row: Row, opening: Row, complaints: Complaints) -> None:
    """Every row of a statement is of its account and currency."""
    for name in ("account", "currency", "statement"):
        if row[name].strip() not in {"", opening[name].strip()}:
            complaints.add(number, _("another %(name)s than on the opening row") % {"name": name})


def _line(number: int, row: Row, opening: Row, complaints: Complaints) -> ReadLine:
    _same(number, row, opening, complaints)
    booked = complaints.day(number, row["day"])
    return ReadLine(
        place=number,
        booked=booked,
        value=complaints.day(number, row["value_day"]) if row["value_day"].strip() else booked,
        amount_minor=complaints.amount(number, row["amount"], opening["currency"].strip()),
        end_to_end_id=known_id(row["end_to_end_id"]),
        bank_reference=tidy(row["bank_reference"], 64),
        party=tidy(row["party"], 140),
        text=tidy(row["text"]),
    )


def _statement(
    opening: tuple[int, Row], closing: tuple[int, Row], lines: list[ReadLine], complaints: Complaints
) -> ReadStatement:
    place, row = opening
    currency = row["currency"].strip()
    _same(closing[0], closing[1], row, complaints)
    if not row["account"].strip():
        complaints.add(place, _("the statement does not say which account it is of"))
    return ReadStatement(
        place=place,
        account=tidy(row["account"], 40),
        currency=currency,
        name=tidy(row["statement"], 64),
        start=complaints.day(place, row["day"]),
        end=complaints.day(closing[0], closing[1]["day"]),
        opening_minor=complaints.amount(place, row["amount"], currency),
        closing_minor=complaints.amount(closing[0], closing[1]["amount"], currency),
        lines=tuple(lines),
    )


READERS: dict[str, Callable[[bytes], list[ReadStatement]]] = {
    StatementFormat.CAMT053: read_camt053,
    StatementFormat.MT940: read_mt940,
    StatementFormat.TABLE: read_table,
}


def format_of(content: bytes) -> str:
    """What a file is, by its content; empty when it is none of ours."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith((b"<", b"<\x00", b"\x00<")):
        return StatementFormat.CAMT053
    head = content[:65536]
    if b":20:" in head and b":25:" in head:
        return StatementFormat.MT940
    first = start.split(b"\n", 1)[0].lower()
    return StatementFormat.TABLE if b"kind" in first and b"amount" in first else ""


def read_statements(content: bytes) -> tuple[str, list[ReadStatement]]:
    """The format of a file and its statements, or BadFile."""
    form = format_of(content)
    if not form:
        said = _("This is no bank statement that can be read here: hand in camt.053 (XML), MT940 or the table (CSV).")
        raise BadFile([Complaint(0, str(said))])
    return form, READERS[form](content)
