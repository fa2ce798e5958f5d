"""Receipts of a report: each counted once, in its own money, and the totals of the report follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.queries.rates import rate_of_day
from evaluation.actions.reporting import fill_part
from evaluation.models import Expenditure, ExpenseReceipt, Report
from evaluation.queries.receipts import (
    by_line,
    counted,
    currencies_of,
    pair_of,
    receipt_key,
    same_paper,
)
from evaluation.queries.reports import lines_of
from evaluation.states import RateSource
from fundmgmt.actions.papers import discard_paper, store_upload
from fundmgmt.formats.words import day as in_words
from fundmgmt.rules import rule
from fundmgmt.workflow import StepRefused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from django.core.files.uploadedfile import UploadedFile

    from fundmgmt.models import User


@dataclass(frozen=True)
class Paid:
    """One receipt as a person gives it. Without a rate the fund's own of that day is taken."""

    line_no: int
    spent_date: dt.date
    payee: str
    description: str
    receipt_no: str
    amount_minor: int
    currency: str
    rate: Decimal | None = None
    rate_source: str = ""


def add_receipt(
    report: Report,
    *,
    by: User,
    at: dt.datetime,
    paid: Paid,
    photo: UploadedFile | None = None,
    shows_minor: bool | None = None,
    instead_of_totals: bool = False,
    expected_version: int | None = None,
) -> ExpenseReceipt:
    """Count one receipt, with its picture if there is one. StepRefused names the field and what to do.

    A report counts receipts or gives totals by line, never both: `instead_of_totals` lets receipts take their place.
    """
    with transaction.atomic():
        fill_part(report, by, at, "receipts", expected_version, spending_given=True)
        _take_the_place_of_totals(report, agreed=instead_of_totals)
        row = _row(report, checked(report, paid, at, _numbers(report)), by, at)
        if photo is not None:
            _keep_picture(row, photo, shows_minor, by, at)
        _count(report)
    return row


def add_picture(
    report: Report,
    *,
    by: User,
    at: dt.datetime,
    receipt: ExpenseReceipt,
    photo: UploadedFile,
    shows_minor: bool | None = None,
    expected_version: int | None = None,
) -> ExpenseReceipt:
    """A picture of the paper for a receipt that is counted already; a newer one takes the place of the old."""
    with transaction.atomic():
        fill_part(report, by, at, "receipts", expected_version)
        _keep_picture(receipt, photo, shows_minor, by, at)
    return receipt


def _keep_picture(
    row: ExpenseReceipt, photo: UploadedFile, shows_minor: bool | None, by: User, at: dt.datetime
) -> None:
    title = str(_("Receipt %(no)s") % {"no": row.receipt_no})
    policy, before = "evaluation.view_report", row.paper
    row.paper = store_upload(row, photo, title=title, policy=policy, by=by, at=at, shows_minor=shows_minor)
    row.save(update_fields=["paper"])
    if before is not None:
        discard_paper(before, by=by, at=at)


def add_receipts(
    report: Report,
    *,
    by: User,
    at: dt.datetime,
    paid: Sequence[Paid],
    instead_of_totals: bool = False,
    expected_version: int | None = None,
) -> list[ExpenseReceipt]:
    """Count the receipts of a sheet, all of them or none. Those that this report has already stay as they are."""
    with transaction.atomic():
        fill_part(report, by, at, "receipts", expected_version, spending_given=True)
        _take_the_place_of_totals(report, agreed=instead_of_totals)
        new = [one for one in paid if not is_there(report, one)]
        lines = _numbers(report)
        rows = [_row(report, checked(report, one, at, lines), by, at) for one in new]
        _count(report)
    return rows


def take_out_receipt(
    report: Report, *, by: User, at: dt.datetime, receipt: ExpenseReceipt, expected_version: int | None = None
) -> Report:
    """It does not belong here; another report, or the right amount, may show it then. Its picture goes with it."""
    with transaction.atomic():
        last = report.receipts.count() == 1
        fill_part(report, by, at, "receipts", expected_version, spending_given=not last)
        row = report.receipts.select_related("paper").get(pk=receipt.pk)
        row.delete()
        if row.paper is not None:
            discard_paper(row.paper, by=by, at=at)
        _count(report)
    return report


def explain_spending(
    report: Report, *, by: User, at: dt.datetime, notes: Mapping[int, str], expected_version: int | None = None
) -> Report:
    """Why lines differ from the budget, in a report that counts its receipts."""
    with transaction.atomic():
        fill_part(report, by, at, "spending", expected_version)
        for no, note in notes.items():
            Expenditure.objects.filter(report=report, line_no=no).update(note=note.strip())
    return report


def is_there(report: Report, paid: Paid) -> bool:
    """Whether this report has exactly this receipt on this line: a sheet that comes twice counts once."""
    same = same_paper(report.organisation_id, vars(paid))
    return same is not None and (same.report_id, same.line_no) == (report.pk, paid.line_no)


def _numbers(report: Report) -> set[int]:
    return {line.no for line in lines_of(report)}


def checked(report: Report, paid: Paid, at: dt.datetime, lines: set[int]) -> Paid:
    """The receipt with its rate, or StepRefused with what is wrong and what to do. `lines`: numbers of the budget."""
    grant = report.grant
    if paid.line_no not in lines:
        raise StepRefused(_("The budget has no line %(no)s.") % {"no": paid.line_no}, field="line_no")
    if not receipt_key(paid.receipt_no):
        raise StepRefused(_("Write the number on the receipt. If it has none, number it yourself."), field="receipt_no")
    if paid.amount_minor <= 0:
        raise StepRefused(_("Write an amount above zero."), field="amount_minor")
    if paid.currency not in currencies_of(grant.currency):
        names = ", ".join(currencies_of(grant.currency))
        raise StepRefused(_("Receipts are counted in %(list)s.") % {"list": names}, field="currency")
    last = min(report.period_end, timezone.localdate(at))
    if not grant.start_date <= paid.spent_date <= last:
        said = {"start": in_words(grant.start_date), "end": in_words(last)}
        raise StepRefused(
            _("This report counts what was paid from %(start)s to %(end)s.") % said,
            field="spent_date",
        )
    same = same_paper(report.organisation_id, vars(paid))
    if same is not None:
        raise _counted_already(same)
    return _with_rate(report, paid)


def _counted_already(same: ExpenseReceipt) -> StepRefused:
    told: dict[str, Any] = {"no": same.receipt_no, "day": in_words(same.spent_date)}
    told |= {"report": same.report.ref, "line": same.line_no}
    text = _("Receipt %(no)s of %(day)s with this amount is counted already: report %(report)s, line %(line)s.")
    return StepRefused(text % told, field="receipt_no")


def _with_rate(report: Report, paid: Paid) -> Paid:
    into = report.grant.currency
    if paid.currency == into:
        return replace(paid, rate=None, rate_source="")
    if paid.rate is not None:
        if paid.rate <= 0:
            raise StepRefused(_("A rate is above zero."), field="rate")
        return replace(paid, rate_source=paid.rate_source or str(RateSource.SLIP))
    base, quote = pair_of(paid.currency, into)
    days = rule("rate_max_days", paid.spent_date).value
    found = rate_of_day(base, quote, paid.spent_date, days)
    if found is None:
        said = {"base": base, "quote": quote}
        raise StepRefused(
            _("Write how many %(quote)s one %(base)s was: the fund has no rate of these days.") % said, field="rate"
        )
    return replace(paid, rate=found.rate, rate_source=str(RateSource.FUND))


def _row(report: Report, paid: Paid, by: User, at: dt.datetime) -> ExpenseReceipt:
    """Counted; refused when another report of the organisation counted the same paper in the same moment."""
    row = ExpenseReceipt(
        **vars(paid),
        report=report,
        organisation_id=report.organisation_id,
        receipt_key=receipt_key(paid.receipt_no),
        counted_minor=counted(paid.amount_minor, paid.currency, report.grant.currency, paid.rate),
        added_by=by,
        added_at=at,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        same = same_paper(report.organisation_id, vars(paid))
        if same is None:
            raise
        raise _counted_already(same) from error
    return row


def _take_the_place_of_totals(report: Report, *, agreed: bool) -> None:
    totals = report.expenditures.filter(spent_minor__gt=0)
    if not agreed and not report.receipts.exists() and totals.exists():
        raise StepRefused(
            _("This report gives totals by line. Tick that receipts take their place, or go on with the totals."),
            field="instead_of_totals",
        )


def _count(report: Report) -> None:
    """The totals of the report are the sums of its receipts; words about a line stay."""
    spent: dict[int, int] = by_line(ExpenseReceipt.objects.filter(report=report))
    for line in lines_of(report):
        now: dict[str, Any] = {"spent_minor": spent.get(line.no, 0)}
        Expenditure.objects.update_or_create(report=report, line_no=line.no, defaults=now)
