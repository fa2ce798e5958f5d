"""Spreadsheets of receipts: the sheet a grantee fills in, and what stands in one that comes back, cell by cell."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from tablib import Databook, Dataset
from tablib.exceptions import TablibException

from evaluation.models import ExpenseReceipt
from evaluation.queries.reports import lines_of
from evaluation.states import Payee, RateSource
from fundmgmt.actions.sifting import sift
from fundmgmt.formats import words
from fundmgmt.money import Money
from fundmgmt.workflow import StepRefused

if TYPE_CHECKING:
    from evaluation.models import Report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}
MOST_ROWS = 500
FORMULA = re.compile(r"^[=+\-@\t\r]")
LINE_NAME = _("name of the line (not read)")
COLUMNS: dict[str, Any] = {
    "line_no": _("budget line"),
    "name": LINE_NAME,
    **{
        name: ExpenseReceipt._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        for name in (
            "spent_date",
            "payee",
            "description",
            "receipt_no",
            "amount_minor",
            "currency",
            "rate",
            "rate_source",
        )
    },
}
NEEDED = ("line_no", "spent_date", "payee", "description", "receipt_no", "amount_minor", "currency")


@dataclass(frozen=True)
class SheetRow:
    """One filled row: its number as the spreadsheet shows it, and what stands in each column, as text."""

    number: int
    cells: dict[str, str]


def write_sheet(report: Report, kind: str) -> bytes:
    """The receipts counted so far, then a row for each budget line to begin with; in XLSX the budget beside it."""
    lines = {line.no: line for line in lines_of(report)}
    rows = [_written(row, lines[row.line_no].description) for row in report.receipts.all() if row.line_no in lines]
    rows += [[no, line.description] + [""] * (len(COLUMNS) - 2) for no, line in lines.items()]
    if kind == "csv":
        return _csv([heads(), *rows])
    sheet = Dataset(*rows, headers=heads(), title=_t("Receipts")[:31])
    currency = report.grant.currency
    budget = Dataset(
        *[
            [no, line.description, *(_major(one, currency) for one in (line.budget_minor, line.total_minor))]
            for no, line in lines.items()
        ],
        headers=[_t("Line"), _t("Name"), f"{_t('Budget')} ({currency})", f"{_t('Spent')} ({currency})"],
        title=_t("Budget")[:31],
    )
    written: bytes = Databook([sheet, budget]).export("xlsx", escape=True)
    return written


def heads() -> list[str]:
    """The heading of each column in the reader's language."""
    return [str(capfirst(label)) for label in COLUMNS.values()]


def _major(minor: int, currency: str) -> Decimal:
    return Money(minor, currency).decimal


def _written(row: ExpenseReceipt, name: str) -> list[Any]:
    return [
        row.line_no,
        name,
        row.spent_date,
        str(row.get_payee_display()),
        row.description,
        row.receipt_no,
        _major(row.amount_minor, row.currency),
        row.currency,
        row.rate_text.replace(".", ","),
        str(row.get_rate_source_display()) if row.rate_source else "",
    ]


def _csv(rows: list[list[Any]]) -> bytes:
    """With semicolons and decimal commas, as spreadsheets here read them; nothing in it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: Any) -> str:
    if isinstance(cell, Decimal):
        return words.written(cell).replace("\u202f", "").replace("\u00a0", "")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return FORMULA.sub("'", str(cell)) if FORMULA.match(str(cell)) else str(cell)


def read_sheet(name: str, content: bytes) -> list[SheetRow]:
    """The filled rows of a sheet. UploadRefused or StepRefused when it is no sheet, or lacks a column."""
    kind = sift(name, content).suffix
    if kind not in FORMATS:
        raise StepRefused(_("Hand in the sheet as XLSX or CSV."), field="file")
    table = _read_csv(content) if kind == "csv" else _read_xlsx(content)
    if not table:
        raise StepRefused(_("This sheet is empty. Download ours, fill it in and hand it in again."), field="file")
    columns = _columns(table[0])
    rows = []
    for number, cells in enumerate(table[1:], 2):
        row = {column: cells[at] if at < len(cells) else "" for column, at in columns.items()}
        if any(row[column] for column in row if column not in {"line_no", "name", "currency"}):
            rows.append(SheetRow(number, {**row, "line_no": _leading(row["line_no"])}))
    if not rows:
        raise StepRefused(_("No row of this sheet is filled in."), field="file")
    if len(rows) > MOST_ROWS:
        raise StepRefused(_("Hand in at most %(n)s rows at once.") % {"n": MOST_ROWS}, field="file")
    return rows


def _read_xlsx(content: bytes) -> list[list[str]]:
    try:
        book = Dataset().load(io.BytesIO(content), format="xlsx", headers=False)
    except (TablibException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StepRefused(_("This file cannot be opened. Save it again without a password."), field="file") from error
    return [[_said(cell) for cell in row] for row in book]


def _read_csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.split("\n", 1)[0]
    mark = max(";\t,", key=first.count)
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark)]


def _said(cell: Any) -> str:
    """A cell as somebody would type it. A computed number never looks like one with thousands."""
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        text = f"{Decimal(repr(cell)):f}"
        return text.removesuffix(".0") + ("0" if re.search(r"\.\d{3}$", text) else "")
    return str(cell).strip()


def _leading(text: str) -> str:
    """The number of a line, when somebody wrote its name behind it."""
    found = re.match(r"\d+", text)
    return found.group() if found else text


def _columns(headings: list[str]) -> dict[str, int]:
    """Where each column stands: headings in any of the fund's languages, in any order."""
    names: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            names |= {_folded(label): column for column, label in COLUMNS.items()}
    found = {names[_folded(text)]: at for at, text in enumerate(headings) if _folded(text) in names}
    missing = [str(capfirst(COLUMNS[column])) for column in NEEDED if column not in found]
    if missing:
        raise StepRefused(_("These columns are missing: %(names)s.") % {"names": ", ".join(missing)}, field="file")
    return found


def _folded(label: Any) -> str:
    return " ".join(str(label).casefold().split())


def choice_of(text: str, choices: type[Payee | RateSource]) -> str:
    """The code of a choice that is written as its code or as its name in one of the languages; else the text."""
    wanted = _folded(text)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for code, label in choices.choices:
                if wanted in {code, _folded(label)}:
                    return str(code)
    return text
