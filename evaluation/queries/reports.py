"""Reads for reports: what is asked, what is given, what is still missing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Sum, TextField
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.queries.budgets import budget_lines
from disbursements.queries.calendar import Planned
from disbursements.states import ChangePart
from evaluation.models import Expenditure, IndicatorValue, Report
from evaluation.models.reports import BOXES
from evaluation.queries.arithmetic import exceeds_by_more_than
from evaluation.queries.receipts import variances, why_receipts
from evaluation.states import ReportKind, ReportState
from fundmgmt.journal import subject_of
from fundmgmt.models import Paper
from fundmgmt.rules import rules, working_days_after

if TYPE_CHECKING:
    from disbursements.models import Grant
    from fundmgmt.models import Indicator


@dataclass(frozen=True)
class Asked:
    """One indicator the organisation promised, with what was answered now and last time."""

    promise: Any
    value: IndicatorValue | None
    last: IndicatorValue | None

    @property
    def indicator(self) -> Indicator:
        """The catalogue's measure."""
        return self.promise.indicator

    @property
    def answered(self) -> bool:
        """Counts, or words why there are none."""
        return self.value is not None and (self.value.numerator is not None or bool(self.value.note.strip()))


@dataclass(frozen=True)
class Line:
    """One budget line: what was planned, spent before and spent now."""

    no: int
    description: str
    budget_minor: int
    before_minor: int
    spent_minor: int | None
    note: str = ""

    @property
    def total_minor(self) -> int:
        """Spent until now."""
        return self.before_minor + (self.spent_minor or 0)


@dataclass
class Gap:
    """Something to do before the report can be handed in; `part` names the screen."""

    part: str
    text: object


@dataclass
class Filled:
    """A report with everything its pages show."""

    report: Report
    asked: list[Asked]
    lines: list[Line]
    gaps: list[Gap] = field(default_factory=list)


def question_of(box: str) -> object:
    """The question that a box answers, in the reader's language."""
    field = Report._meta.get_field(box)
    assert isinstance(field, TextField)
    return field.verbose_name


def asked_of(report: Report) -> list[Asked]:
    """Indicators of the project (the Fund's own are computed), with this answer and the last accepted one."""
    promises = report.grant.application.indicators.select_related("indicator").exclude(indicator__level="fund")
    values = {v.indicator_id: v for v in report.values.prefetch_related("cells")}
    last: dict[int, IndicatorValue] = {}
    earlier = IndicatorValue.objects.filter(report__grant=report.grant, report__no__lt=report.no)
    for value in earlier.filter(report__state=ReportState.ACCEPTED, numerator__isnull=False).order_by("report__no"):
        last[value.indicator_id] = value
    return [Asked(p, values.get(p.indicator_id), last.get(p.indicator_id)) for p in promises.order_by("id")]


def movable_reports(grant: Grant) -> list[Planned]:
    """Due days of reports that nobody has handed in; the final one follows the end of the grant by itself."""
    rows = Report.objects.filter(grant=grant, state__in=[ReportState.DUE, ReportState.DRAFT]).order_by("no")
    return [
        Planned(
            ChangePart.REPORT_DATE,
            str(row.no),
            str(row.get_kind_display()),
            row.due_date,
            follows=row.kind == ReportKind.FINAL,
        )
        for row in rows
    ]


def terms_of(report: Report) -> int:
    """The terms it is held against: those in force while it is written, those of its day once it is handed in."""
    return report.grant.terms_no if report.is_writable else report.terms_no


def lines_of(report: Report) -> list[Line]:
    """Budget lines with spending before this report and in it."""
    before = dict(
        Expenditure.objects.filter(report__grant=report.grant, report__no__lt=report.no)
        .values_list("line_no")
        .annotate(total=Sum("spent_minor"))
        .order_by()
    )
    now = {row.line_no: row for row in report.expenditures.all()}
    return [
        Line(
            line.no,
            line.description,
            line.total_minor,
            before.get(line.no, 0),
            now[line.no].spent_minor if line.no in now else None,
            now[line.no].note if line.no in now else "",
        )
        for line in budget_lines(report.grant, terms_of(report))
    ]


def overspent(line: Line, day: dt.date) -> object | None:
    """Why a line's spending is refused, or None."""
    limit = rules(["report_overspend_bp"], day)["report_overspend_bp"].value
    if not exceeds_by_more_than(line.budget_minor, line.total_minor, limit):
        return None
    return _t(
        "Line %(no)s would be overspent by more than a tenth. Ask the fund to change the budget before you report this."
    ) % {"no": line.no}


def gaps_of(report: Report, day: dt.date) -> list[Gap]:
    """What is still missing, in the order of the screens."""
    gaps = [
        Gap(box, _("Write a few words: %(question)s") % {"question": question_of(box)})
        for box in BOXES
        if not getattr(report, box).strip() and _is_asked(report, box)
    ]
    final = report.kind == ReportKind.FINAL
    for asked in asked_of(report) if final else []:
        if not asked.answered:
            text = _("Give the counts for “%(name)s”, or say why there are none.") % {"name": asked.indicator.label}
            gaps.append(Gap(asked.indicator.code, text))
    if not report.spending_given:
        gaps.append(Gap("spending", _("Say what was spent on each budget line; nothing is written as 0.")))
        return gaps
    lines = lines_of(report)
    due = why_receipts(report, day)
    if due and any(line.spent_minor for line in lines) and not report.receipts.exists():
        gaps.append(Gap("spending", _t("%(why)s Count each payment as a receipt.") % {"why": due}))
    for row in variances(report, lines, day):
        if row.word != "ok" and not row.line.note.strip():
            text = _("Line %(no)s differs from the budget by more than a tenth: say why.") % {"no": row.line.no}
            gaps.append(Gap("spending", text))
    return gaps


def _is_asked(report: Report, box: str) -> bool:
    if box == "not_done":
        return False
    return box != "why" or bool(report.not_done.strip())


def filled(report: Report, day: dt.date) -> Filled:
    """Everything of one report."""
    return Filled(report, asked_of(report), lines_of(report), gaps_of(report, day))


def files_of(report: Report) -> list[dict[str, Any]]:
    """Files handed in with the report, as the page lists them."""
    papers = Paper.objects.filter(thread=report.thread, subject=subject_of(report))
    return [
        {"url": reverse("fundmgmt:paper", args=[p.uid]), "title": p.title, "size": p.size, "at": p.added_at}
        for p in papers
    ]


def answer_by(report: Report, day: dt.date) -> dt.date | None:
    """The day until which the fund has to answer; None when nothing waits."""
    if report.state != ReportState.SUBMITTED or report.resubmitted_at is None:
        return None
    days = rules(["report_review_days"], day)["report_review_days"].value
    return working_days_after(timezone.localdate(report.resubmitted_at), days)


def reports_of(grant: Grant) -> list[Report]:
    """All reports of a grant, by number."""
    return list(Report.objects.filter(grant=grant).select_related("grant").order_by("no"))
