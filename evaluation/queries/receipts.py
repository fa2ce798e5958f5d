"""Reads for receipts: what they come to, line by line and to the unit, and how far that lies from the budget."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from disbursements.queries.rates import PLACES, SCALE, nearest
from evaluation.models import ExpenseReceipt, Report
from evaluation.queries.arithmetic import differs_by_more_than, exceeds_by_more_than
from evaluation.states import ReportKind
from fundmgmt.charts import Chart, bars
from fundmgmt.formats import words
from fundmgmt.money import MINOR_DIGITS, minor_digits
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from evaluation.queries.reports import Line

LOCAL = "CDF"
ROWS = 20
VARIANCE_RULES = ["report_variance_bp", "report_overspend_bp"]


def receipt_key(number: str) -> str:
    """A number as it is compared: letters and figures only, so that "No 12/a" and "no12A" are one."""
    return "".join(c for c in number.casefold() if c.isalnum())[:40]


def currencies_of(grant_currency: str) -> list[str]:
    """What receipts may be in: the grant's currency, then what people pay with."""
    return [code for code in dict.fromkeys([grant_currency, "USD", LOCAL]) if code in MINOR_DIGITS]


def pair_of(currency: str, grant_currency: str) -> tuple[str, str]:
    """Which unit costs the rate, and in which currency."""
    return (currency, grant_currency) if grant_currency == LOCAL else (grant_currency, currency)


def counted(amount_minor: int, currency: str, grant_currency: str, rate: Decimal | None) -> int:
    """An amount of a receipt in the grant's currency, to the nearest unit."""
    if rate is None:
        return amount_minor
    digits = (minor_digits(currency), minor_digits(grant_currency))
    return nearest(amount_minor, digits, *_fraction(currency, grant_currency, rate))


def _fraction(currency: str, grant_currency: str, rate: Decimal) -> tuple[int, int]:
    scaled = int(rate.scaleb(PLACES))
    return (SCALE, scaled) if pair_of(currency, grant_currency)[0] == grant_currency else (scaled, SCALE)


def rounding_of(rows: Iterable[ExpenseReceipt], grant_currency: str) -> Fraction:
    """What the roundings of all receipts come to together, in units of the grant's currency: counted less exact."""
    off = Fraction(0)
    for row in rows:
        if row.rate is not None:
            top, bottom = _fraction(row.currency, grant_currency, row.rate)
            scale = Fraction(10 ** minor_digits(grant_currency), 10 ** minor_digits(row.currency))
            off += row.counted_minor - row.amount_minor * scale * Fraction(top, bottom)
    return off


def rounding_said(rows: Iterable[ExpenseReceipt], grant_currency: str) -> str:
    """The same in words, in whole money with four decimals; nothing when there is nothing to say."""
    off = rounding_of(rows, grant_currency) / 10 ** minor_digits(grant_currency)
    parts = round(off * 10_000)
    return words.number(Decimal(parts).scaleb(-4), 4) if parts else ""


def by_line(rows: Iterable[ExpenseReceipt]) -> dict[int, int]:
    """Line number to what its receipts come to."""
    found: dict[int, int] = {}
    for row in rows:
        found[row.line_no] = found.get(row.line_no, 0) + row.counted_minor
    return found


@dataclass(frozen=True)
class CurrencySum:
    """All receipts in one currency."""

    currency: str
    count: int
    amount_minor: int
    counted_minor: int


def sums_of(report: Report) -> list[CurrencySum]:
    """What was paid in each currency, and what it is in the grant's (one query)."""
    rows = report.receipts.order_by().values("currency")
    sums = rows.annotate(n=Count("pk"), paid=Sum("amount_minor"), counted=Sum("counted_minor")).order_by("-currency")
    return [CurrencySum(row["currency"], row["n"], row["paid"], row["counted"]) for row in sums]


def same_paper(organisation_id: int, values: Mapping[str, Any]) -> ExpenseReceipt | None:
    """The receipt that already shows this paper: same number, day and amount, in any report of the organisation."""
    rows = ExpenseReceipt.objects.filter(
        organisation=organisation_id,
        receipt_key=receipt_key(values["receipt_no"]),
        spent_date=values["spent_date"],
        amount_minor=values["amount_minor"],
        currency=values["currency"],
    )
    return rows.select_related("report__grant").first()


@dataclass(frozen=True)
class Variance:
    """A budget line against what was spent on it. `word` is ok, explain or beyond."""

    line: Line
    word: str

    @property
    def percent(self) -> int:
        """How much of the line is spent, in whole per cent, halves up."""
        whole = self.line.budget_minor or 1
        return (200 * self.line.total_minor + whole) // (2 * whole)

    @property
    def left_minor(self) -> int:
        """What is still there; below zero when more was spent."""
        return self.line.budget_minor - self.line.total_minor


def variances(report: Report, lines: Sequence[Line], day: dt.date) -> list[Variance]:
    """Each line against the budget, by the rules of the day. Before the end only spending above the budget counts."""
    book = rules(VARIANCE_RULES, day)
    explain, band = (book[key].value for key in VARIANCE_RULES)
    off = differs_by_more_than if report.kind == ReportKind.FINAL else exceeds_by_more_than
    found = []
    for line in lines:
        beyond = exceeds_by_more_than(line.budget_minor, line.total_minor, band)
        differs = off(line.budget_minor, line.total_minor, explain)
        found.append(Variance(line, "beyond" if beyond else "explain" if differs else "ok"))
    return found


def variance_chart(rows: Sequence[Variance]) -> Chart:
    """How much of each line is spent; the heading says how many lines need words."""
    off = sum(1 for row in rows if row.word != "ok")
    title = ngettext(
        "One budget line differs by more than the rule allows without words",
        "%(n)s budget lines differ by more than the rule allows without words",
        off,
    ) % {"n": off}
    if not off:
        title = _t("Spent of each budget line; none differs by more than the rule allows")
    return bars(title, [(f"{row.line.no}. {row.line.description}", row.percent) for row in rows], "%")


def page_of(report: Report, asked: str) -> tuple[list[ExpenseReceipt], int, int]:
    """One page of receipts, newest day first, its number and how many pages there are."""
    count = report.receipts.count()
    pages = max(-(-count // ROWS), 1)
    number = min(max(int(asked), 1), pages) if asked.isdecimal() and asked.isascii() else 1
    rows = report.receipts.select_related("paper").order_by("-spent_date", "-id")
    return list(rows[(number - 1) * ROWS : number * ROWS]), number, pages


def why_receipts(report: Report, day: dt.date) -> str:
    """Why this report must count receipts, in words for both sides; nothing where totals will do."""
    grant, limit = report.grant, rules(["receipts_from_minor"], day)["receipts_from_minor"].value
    if grant.amount_minor <= limit:
        return ""
    said = {"amount": words.money(grant.amount_minor, grant.currency), "limit": words.money(limit, grant.currency)}
    return _t("Receipts are due because this grant of %(amount)s is over %(limit)s.") % said


def spending_facts(report: Report, lines: Sequence[Line], day: dt.date) -> list[tuple[str, str]]:
    """What somebody who judges the report should know of its spending before saying yes."""
    rows = report.receipts.aggregate(all=Count("pk"), pictured=Count("paper"))
    due = why_receipts(report, day)
    found = [(_t("Receipts"), f"{words.number(rows['all'])}. {due}" if due else words.number(rows["all"]))]
    if rows["all"]:
        found.append((_t("With a picture"), words.number(rows["pictured"])))
    for row in variances(report, lines, day):
        if row.word != "ok":
            label = _t("An amendment is needed") if row.word == "beyond" else _t("Differs from the budget")
            share = words.percent(row.line.total_minor, row.line.budget_minor)
            found.append((label, words.says(f"{row.line.no}. {row.line.description}", share)))
    return found
