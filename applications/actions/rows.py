"""What must hold in one row of a section, and among its neighbours."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from fundmgmt.formats import words
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from applications.models import Application

WHOLE = 10_000
PER_CENT = 100
LARGEST = 10**15  # minor units: beyond it a typing mistake is certain


def line_total(quantity: Decimal, unit_cost_minor: int) -> int:
    """Quantity times unit cost in whole minor units, halves rounded up."""
    return int((Decimal(quantity) * unit_cost_minor).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def check_line(application: Application, row: Any) -> None:
    """A cost above zero; its total follows from quantity and unit cost."""
    row.quantity = Decimal(row.quantity)
    if row.quantity <= 0:
        raise StepRefused(_("How many? Write a number above zero."), field="quantity")
    if row.unit_cost_minor <= 0:
        raise StepRefused(_("Write an amount above zero."), field="unit_cost_minor")
    row.total_minor = line_total(row.quantity, row.unit_cost_minor)
    if row.total_minor <= 0 or row.total_minor > LARGEST:
        raise StepRefused(_("Quantity and cost of one do not make a usable total."), field="quantity")
    _once(application.budget_lines, row, "no", _("This line number is taken."))


def check_activity(application: Application, row: Any) -> None:
    """Months in order, counted from 1."""
    if row.start_month < 1:
        raise StepRefused(_("The first month of the project is month 1."), field="start_month")
    if row.end_month < row.start_month:
        raise StepRefused(_("The last month is before the first. Change one of the two."), field="end_month")
    if application.months is not None and row.end_month > application.months:
        raise StepRefused(
            _("The project lasts %(months)s months. Choose an earlier month, or change the days of the project.")
            % {"months": application.months},
            field="end_month",
        )
    _once(application.activities, row, "code", _("This activity's code is taken."))


def check_indicator(application: Application, row: Any) -> None:
    """A part is not more than its whole, and a share not more than 100 %."""
    num, den = row.baseline_num, row.baseline_den
    if (num is None) != (den is None):
        field = "baseline_den" if den is None else "baseline_num"
        raise StepRefused(_("Give both numbers: how many of how many."), field=field)
    if den is not None and den == 0:
        raise StepRefused(_("Counted in all: write a number above zero, or leave both empty."), field="baseline_den")
    if num is not None and num > den:
        raise StepRefused(
            _("%(part)s is more than the %(total)s counted in all. Check one of the two numbers.")
            % {"part": num, "total": den},
            field="baseline_num",
        )
    for field in ("baseline_value", "target_value"):
        value = getattr(row, field)
        if value is not None and value < 0:
            raise StepRefused(_("Write zero or a number above it."), field=field)
        if value is not None and row.indicator.unit == "percent" and value > PER_CENT:
            raise StepRefused(_("A share is at most 100 %. Check this number."), field=field)
    if num is not None:
        row.baseline_value = None
    _once(application.indicators, row, "indicator_id", _("This indicator is chosen already: change it in the list."))


def check_milestone(application: Application, row: Any) -> None:
    """Inside the days of the project, when they are known."""
    if (application.start_date and row.due_date < application.start_date) or (
        application.end_date and row.due_date > application.end_date
    ):
        raise StepRefused(_("This day is outside the days of the project."), field="due_date")
    _once(application.milestones, row, "code", _("This milestone's code is taken."))


def check_tranche(application: Application, row: Any) -> None:
    """Shares above zero that make at most 100 % together."""
    if row.share_bp <= 0:
        raise StepRefused(_("Write a share above zero."), field="share")
    others = sum(application.planned_tranches.exclude(pk=row.pk).values_list("share_bp", flat=True))
    if others + row.share_bp > WHOLE:
        raise StepRefused(_("All tranches together make more than 100 %. Make one of them smaller."), field="share")
    _once(application.planned_tranches, row, "no", _("This tranche number is taken."))
    _in_order(application, row)


def _in_order(application: Application, row: Any) -> None:
    """Tranches follow one another: the numbers and the days run the same way."""
    others = application.planned_tranches.exclude(pk=row.pk)
    earlier = others.filter(no__lt=row.no, planned_date__gt=row.planned_date).order_by("-no").first()
    later = others.filter(no__gt=row.no, planned_date__lt=row.planned_date).order_by("no").first()
    for other, said in (
        (earlier, _("Tranche %(no)s is planned for %(day)s: this one comes after it. Change one of the two days.")),
        (later, _("Tranche %(no)s is planned for %(day)s: this one comes before it. Change one of the two days.")),
    ):
        if other is not None:
            raise StepRefused(said % {"no": other.no, "day": words.day(other.planned_date)}, field="planned_date")


def check_risk(application: Application, row: Any) -> None:
    """Nothing beyond the columns."""


def _once(rows: Any, row: Any, column: str, message: object) -> None:
    if rows.filter(**{column: getattr(row, column)}).exclude(pk=row.pk).exists():
        raise StepRefused(message, field=column.removesuffix("_id"))


CHECKS: dict[str, Callable[[Application, Any], None]] = {
    "lines": check_line,
    "activities": check_activity,
    "indicators": check_indicator,
    "milestones": check_milestone,
    "tranches": check_tranche,
    "risks": check_risk,
}
