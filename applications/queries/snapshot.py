"""An application frozen as plain data at the moment it is handed in; PDF and print page are written from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from applications.models import COUNTS

if TYPE_CHECKING:
    import datetime as dt

    from applications.models import Application

VERSION = 1
PLAIN = (
    "ref",
    "external_ref",
    "language",
    "currency",
    "title_en",
    "title_fr",
    "title_sw",
    "pillar",
    "province",
    "territory",
    "commune",
    "settings",
    "tags",
    "standards",
    "public_precision",
    "problem",
    "summary",
    *COUNTS,
    "requested_minor",
    "cofinance_cash_minor",
    "cofinance_kind_minor",
    "window",
    "focal_person_named",
    "code_signed",
    "referral_route",
    "feedback_channel",
    "safeguarding_plan",
    "submissions",
)
ROWS = {
    "activities": ("code", "title", "start_month", "end_month"),
    "budget_lines": (
        "no",
        "category",
        "description",
        "unit",
        "quantity",
        "unit_cost_minor",
        "total_minor",
        "justification",
    ),
    "milestones": ("code", "title", "due_date", "releases_tranche"),
    "planned_tranches": ("no", "share_bp", "planned_date"),
    "risks": ("risk", "level", "response"),
}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool | list):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def freeze(application: Application, at: dt.datetime | None) -> dict[str, Any]:
    """Everything the application says, as JSON: days as ISO, decimals as text, money in minor units."""
    organisation = application.organisation
    frozen: dict[str, Any] = {name: _plain(getattr(application, name)) for name in PLAIN}
    frozen |= {
        "version": VERSION,
        "at": at.isoformat() if at else "",
        "start": _plain(application.start_date),
        "end": _plain(application.end_date),
        "months": application.months,
        "call": {"ref": application.call.ref, "title": application.call.title},
        "organisation": {
            "ref": organisation.ref,
            "name": organisation.name,
            "acronym": organisation.acronym,
            "kind": organisation.kind,
            "legal_status": organisation.legal_status,
            "host": organisation.fiscal_host.name if organisation.fiscal_host else "",
        },
    }
    for relation, columns in ROWS.items():
        frozen[relation] = [
            {name: _plain(getattr(row, name)) for name in columns} for row in getattr(application, relation).all()
        ]
    frozen["indicators"] = [
        {
            "code": row.indicator.code,
            "names": {code: getattr(row.indicator, f"name_{code}") for code in ("en", "fr", "sw")},
            "unit": row.indicator.unit,
            "baseline_num": row.baseline_num,
            "baseline_den": row.baseline_den,
            "baseline_value": _plain(row.baseline_value),
            "target": _plain(row.target_value),
        }
        for row in application.indicators.select_related("indicator")
    ]
    frozen["files"] = [
        {"role": row.role, "title": row.paper.title, "sha256": row.paper.sha256}
        for row in application.files.filter(removed_at__isnull=True).select_related("paper")
    ]
    return frozen
