"""The rows of a section as tables on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from applications.queries.checks import add_up
from applications.states import Section
from fundmgmt.formats import words
from fundmgmt.money import Money, split

if TYPE_CHECKING:
    from applications.models import Application

WHOLE = 10_000

TABLES_OF = {
    Section.ACTIVITIES: ("activities",),
    Section.BUDGET: ("lines",),
    Section.INDICATORS: ("indicators",),
    Section.MILESTONES: ("milestones", "tranches"),
    Section.RISKS: ("risks",),
}
TITLES = {
    "lines": (_("Budget lines"), _("Add a budget line"), _("No line yet. Begin with the largest cost.")),
    "activities": (_("Activities"), _("Add an activity"), _("No activity yet. What will you do first?")),
    "indicators": (_("Indicators"), _("Add an indicator"), _("No indicator yet. Choose what should change.")),
    "milestones": (
        _("Milestones"),
        _("Add a milestone"),
        _("No milestone yet. What can be seen to be done, and when?"),
    ),
    "tranches": (_("Tranches"), _("Add a tranche"), _("No tranche yet. All tranches make 100 % together.")),
    "risks": (_("Risks"), _("Add a risk"), _("No risk yet. What could go wrong?")),
}
COLUMNS = {
    "lines": (_("Cost"), _("Kind"), (_("How many"), "num"), (_("Cost of one"), "num"), (_("Total"), "num")),
    "activities": (_("Activity"), (_("From month"), "num"), (_("To month"), "num")),
    "indicators": (_("Indicator"), (_("Today"), "num"), (_("At the end"), "num")),
    "milestones": (_("Milestone"), _("By when"), (_("Releases tranche"), "num")),
    "tranches": (_("Tranche"), (_("Share"), "num"), (_("Amount"), "num"), _("Planned for")),
    "risks": (_("Risk"), _("How serious"), _("What you will do")),
}


def row_url(application: Application, table: str, row: int) -> str:
    """Where one row is changed; row 0 adds one."""
    return reverse("applications:row", args=[application.ref, table, row])


def starts_at(row: Any) -> str:
    """Today's value in words: 10 of 60 (16.7 %), a number, or a dash."""
    if row.baseline_num is not None:
        share = words.percent(row.baseline_num, row.baseline_den)
        return _t("%(part)s of %(whole)s (%(share)s)") % {
            "part": row.baseline_num,
            "whole": row.baseline_den,
            "share": share,
        }
    return words.number(row.baseline_value)


def _lines(application: Application) -> tuple[list[list[Any]], list[Any]]:
    rows = list(application.budget_lines.all())
    currency = application.currency
    cells = [
        [
            (f"{row.no}. {row.description}", row_url(application, "lines", row.pk)),
            row.get_category_display(),
            f"{words.number(row.quantity)} {row.unit}",
            Money(row.unit_cost_minor, currency),
            Money(row.total_minor, currency),
        ]
        for row in rows
    ]
    return cells, [_("Total"), "", "", "", Money(add_up(rows).total, currency)]


def _activities(application: Application) -> tuple[list[list[Any]], list[Any]]:
    rows = application.activities.all()
    return [[(str(r), row_url(application, "activities", r.pk)), r.start_month, r.end_month] for r in rows], []


def _indicators(application: Application) -> tuple[list[list[Any]], list[Any]]:
    rows = application.indicators.select_related("indicator")
    cells = [
        [
            (f"{row.indicator.code} {row.indicator.label}", row_url(application, "indicators", row.pk)),
            starts_at(row),
            words.number(row.target_value) + (" %" if row.indicator.unit == "percent" else ""),
        ]
        for row in rows
    ]
    return cells, []


def _milestones(application: Application) -> tuple[list[list[Any]], list[Any]]:
    rows = application.milestones.all()
    return [[(str(r), row_url(application, "milestones", r.pk)), r.due_date, r.releases_tranche] for r in rows], []


def _tranches(application: Application) -> tuple[list[list[Any]], list[Any]]:
    rows = list(application.planned_tranches.all())
    shares = [row.share_bp for row in rows]
    parts = split(application.requested_minor, [*shares, max(WHOLE - sum(shares), 0)])
    cells = [
        [
            (_t("Tranche %(no)s") % {"no": row.no}, row_url(application, "tranches", row.pk)),
            words.percent(row.share_bp),
            Money(part, application.currency),
            row.planned_date,
        ]
        for row, part in zip(rows, parts, strict=False)
    ]
    return cells, [_("Total"), words.percent(sum(shares)), "", ""]


def _risks(application: Application) -> tuple[list[list[Any]], list[Any]]:
    rows = application.risks.all()
    return [[(r.risk, row_url(application, "risks", r.pk)), r.get_level_display(), r.response] for r in rows], []


READ = {
    "lines": _lines,
    "activities": _activities,
    "indicators": _indicators,
    "milestones": _milestones,
    "tranches": _tranches,
    "risks": _risks,
}


def rows_of(application: Application, table: str, *, links: bool = True) -> dict[str, Any]:
    """One table as a section page draws it (one query); without links for those who only read."""
    rows, total = READ[table](application)
    if not links:
        rows = [[cell[0] if isinstance(cell, tuple) else cell for cell in row] for row in rows]
    title, add, empty = TITLES[table]
    return {
        "code": table,
        "title": title,
        "add": add,
        "add_url": row_url(application, table, 0),
        "empty": empty,
        "columns": COLUMNS[table],
        "rows": rows,
        "total": total if rows else None,
    }
