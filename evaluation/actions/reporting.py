"""Writing, handing in and judging reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import spending
from evaluation.models import Expenditure, IndicatorCell, IndicatorValue, Report
from evaluation.models.reports import BOX_WORDS, BOXES
from evaluation.queries.reports import gaps_of, lines_of, overspent, terms_of
from evaluation.states import CELL_LABELS, Facet, Method, ReportState
from fundmgmt.actions.papers import store_upload
from fundmgmt.workflow import StepRefused, perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from django.core.files.uploadedfile import UploadedFile

    from fundmgmt.models import Indicator, Paper, User

Cells = dict[tuple[str, str], tuple[int, int | None]]


@dataclass(frozen=True)
class Given:
    """An answer to one indicator. `cells`: (facet, code) to numerator and denominator."""

    numerator: int | None
    denominator: int | None = None
    cells: Cells = field(default_factory=dict)
    method: str = Method.REGISTERED
    note: str = ""
    lost_to_follow_up: int | None = None


def fill_part(report: Report, by: User, at: dt.datetime, part: str, version: int | None, **boxes: Any) -> Report:
    """Begin the report if need be, then write a part of it."""
    if report.state == ReportState.DUE:
        perform(report, "begin_writing", by=by, at=at, facts={"no": report.no}, expected_version=version)
        version = None
    facts = {"no": report.no, "part": part}
    return perform(report, "fill_part", by=by, at=at, facts=facts, expected_version=version, **boxes)


def write_boxes(
    report: Report, *, by: User, at: dt.datetime, boxes: Mapping[str, str], expected_version: int | None = None
) -> Report:
    """Write one or more of the eight boxes. StepRefused when a text is longer than the box holds."""
    for name, text in boxes.items():
        if name in BOXES and len(text.split()) > BOX_WORDS:
            raise StepRefused(_("Keep it to %(n)s words at most.") % {"n": BOX_WORDS}, field=name)
    part = next(iter(boxes)) if len(boxes) == 1 else "narrative"
    with transaction.atomic():
        return fill_part(report, by, at, part, expected_version, **{k: v.strip() for k, v in boxes.items()})


def give_value(
    report: Report,
    *,
    by: User,
    at: dt.datetime,
    indicator: Indicator,
    given: Given,
    expected_version: int | None = None,
) -> Report:
    """Keep the counts of one indicator. StepRefused names the field when two numbers do not fit each other."""
    check_value(indicator, given)
    with transaction.atomic():
        fill_part(report, by, at, indicator.code, expected_version)
        value, _new = IndicatorValue.objects.update_or_create(
            report=report,
            indicator=indicator,
            defaults={
                "numerator": given.numerator,
                "denominator": given.denominator if indicator.has_denominator else None,
                "method": given.method,
                "note": given.note.strip(),
                "lost_to_follow_up": given.lost_to_follow_up,
            },
        )
        value.cells.all().delete()
        IndicatorCell.objects.bulk_create(
            IndicatorCell(value=value, facet=facet, code=code, numerator=num, denominator=den)
            for (facet, code), (num, den) in given.cells.items()
        )
    return report


def check_value(indicator: Indicator, given: Given) -> None:
    """What must hold in one answer: nothing negative, parts within wholes, cells that sum. Raises StepRefused."""
    num, den = given.numerator, given.denominator
    if num is None:
        if den is not None or given.cells:
            raise StepRefused(_("Give this number too, or leave the others empty."), field="numerator")
        return
    if num < 0 or (den is not None and den < 0):
        raise StepRefused(_("Counts start at zero."), field="numerator")
    if indicator.has_denominator:
        if den is None or den == 0:
            raise StepRefused(_("Say out of how many; this cannot be zero."), field="denominator")
        if indicator.unit == "percent" and num > den:
            said = {"part": num, "whole": den}
            text = _("%(part)s is more than the %(whole)s counted in all. Check one of the two numbers.") % said
            raise StepRefused(text, field="numerator")
    for facet in Facet.values:
        _check_facet(indicator, given, facet)


def _check_facet(indicator: Indicator, given: Given, facet: str) -> None:
    cells = {code: pair for (one, code), pair in given.cells.items() if one == facet}
    if not cells:
        return
    for code, (num, den) in cells.items():
        if (facet, code) not in CELL_LABELS:
            raise StepRefused(_("There is no such group: %(code)s.") % {"code": code})
        if num < 0 or (den is not None and num > den):
            label = str(CELL_LABELS[facet, code])
            raise StepRefused(
                _("%(group)s: the part is more than the whole. Check one of the two numbers.") % {"group": label},
                field=cell_field(facet, code),
            )
        if indicator.has_denominator and den is None:
            raise StepRefused(_("Say out of how many in this group."), field=cell_field(facet, code, whole=True))
    parts = [("numerator", sum(num for num, _den in cells.values()), given.numerator)]
    if indicator.has_denominator:
        parts.append(("denominator", sum(den or 0 for _num, den in cells.values()), given.denominator))
    for name, total, whole in parts:
        if total != whole:
            last = list(cells)[-1]
            said = {"total": total, "whole": whole}
            text = _("The groups make %(total)s together, not %(whole)s. Check the numbers.") % said
            raise StepRefused(text, field=cell_field(facet, last, whole=name == "denominator"))


def cell_field(facet: str, code: str, *, whole: bool = False) -> str:
    """Name of a cell's form field."""
    return f"{facet}_{code}_{'den' if whole else 'num'}".replace("-", "_").replace("+", "_up")


def give_spending(
    report: Report,
    *,
    by: User,
    at: dt.datetime,
    spent: Mapping[int, int],
    notes: Mapping[int, str] | None = None,
    expected_version: int | None = None,
) -> Report:
    """Spending by budget line since the report before, in minor units; lines left out count as nothing spent.

    StepRefused when a line is not in the budget, or would be overspent beyond the rule.
    """
    if report.receipts.exists():
        raise StepRefused(_("This report counts its receipts. Add or take out receipts; the totals follow."))
    lines = {line.no: line for line in lines_of(report)}
    for no, minor in spent.items():
        if no not in lines:
            raise StepRefused(_("The budget has no line %(no)s.") % {"no": no})
        if minor < 0:
            raise StepRefused(_("Spending starts at zero."), field=f"line_{no}")
    with transaction.atomic():
        fill_part(report, by, at, "spending", expected_version, spending_given=True)
        for no, line in lines.items():
            now = {"spent_minor": spent.get(no, 0), "note": (notes or {}).get(no, line.note)}
            Expenditure.objects.update_or_create(report=report, line_no=no, defaults=now)
        for line in lines_of(report):
            refused = overspent(line, timezone.localdate(at))
            if refused is not None:
                raise StepRefused(refused, field=f"line_{line.no}")
    return report


def add_file(
    report: Report,
    *,
    by: User,
    at: dt.datetime,
    upload: UploadedFile,
    title: str = "",
    shows_minor: bool | None = None,
    expected_version: int | None = None,
) -> Paper:
    """Keep a file with the report. UploadRefused says what to hand in instead; pictures show no face of a child."""
    with transaction.atomic():
        fill_part(report, by, at, "files", expected_version)
        return store_upload(
            report, upload, title=title, policy="evaluation.view_report", by=by, at=at, shows_minor=shows_minor
        )


def submit_report(report: Report, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Report:
    """Hand it in; StepRefused tells the first thing that is missing."""
    with transaction.atomic():
        gaps = gaps_of(report, timezone.localdate(at))
        if gaps:
            more = "" if len(gaps) == 1 else _t(" (and %(n)s more things)") % {"n": len(gaps) - 1}
            raise StepRefused(f"{gaps[0].text}{more}")
        late = max((timezone.localdate(report.submitted_at or at) - report.due_date).days, 0)
        facts = {"no": report.no, "report_kind": report.kind, "due_date": report.due_date, "days_late": late}
        facts["terms"] = terms = terms_of(report)
        perform(
            report,
            "submit",
            by=by,
            at=at,
            facts=facts,
            expected_version=expected_version,
            submitted_at=at,
            terms_no=terms,
        )
        spent = dict(report.expenditures.values_list("line_no", "spent_minor"))
        spending.state_spent(report.grant, report.no, spent, by=by, at=at)
    return report
