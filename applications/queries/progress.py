"""How far the writing is: what each section still needs, and which sections may be changed now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from applications.models import COUNTS, Application
from applications.states import ApplicationState, FileRole, Section
from fundmgmt.formats import words
from fundmgmt.states import LegalStatus

if TYPE_CHECKING:
    from collections.abc import Callable


NEEDED_COLUMNS = {
    Section.PROJECT: ("pillar", "start_date", "end_date"),
    Section.PLACE: ("province", "territory", "settings"),
    Section.PROBLEM: ("problem", "summary"),
    Section.PARTICIPANTS: COUNTS,
    Section.RISKS: ("focal_person_named", "code_signed", "referral_route", "feedback_channel", "safeguarding_plan"),
}
ALL_OF_IT = 10_000  # basis points


@dataclass(frozen=True)
class Missing:
    """One thing that is needed before submitting: where, and what in words."""

    section: str
    field: str
    what: str
    url: str


@dataclass(frozen=True)
class SectionState:
    """One section as the overview shows it."""

    code: str
    label: object
    url: str
    done: bool
    open: bool
    note: str = ""
    reason: str = ""
    current: bool = False
    needs: int = 0


def section_url(application: Application, section: str) -> str:
    """Where a section is written."""
    return reverse("applications:section", args=[application.ref, str(section)])


def missing_parts(application: Application) -> list[Missing]:
    """Everything still needed, in the order of the form (one query for each kind of row)."""
    found: list[Missing] = []

    def need(section: str, field: str, what: object) -> None:
        anchor = f"{section_url(application, section)}#id_{field}" if field else section_url(application, section)
        found.append(Missing(str(section), field, capfirst(str(what)), anchor))

    if not (application.title_en or application.title_fr or application.title_sw):
        need(Section.PROJECT, f"title_{application.language}", _("a title"))
    for section, columns in NEEDED_COLUMNS.items():
        for name in columns:
            if getattr(application, name) in (None, "", []):
                need(section, name, Application._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    if not application.activities.exists():
        need(Section.ACTIVITIES, "", _("at least one activity"))
    if not application.budget_lines.exists():
        need(Section.BUDGET, "", _("at least one budget line"))
    _need_indicators(application, need)
    shares = sum(application.planned_tranches.values_list("share_bp", flat=True))
    if shares != ALL_OF_IT:
        so_far = _("tranches that make 100 %% together: now they make %(share)s") % {"share": words.percent(shares)}
        need(Section.MILESTONES, "", so_far if shares else _("tranches that make 100 % together"))
    hosted = application.organisation.legal_status == LegalStatus.FISCAL_HOST
    if hosted and not application.files.filter(role=FileRole.HOST, removed_at__isnull=True).exists():
        need(Section.FILES, "file", FileRole.HOST.label)
    order = list(Section.values)
    return sorted(found, key=lambda one: order.index(one.section))


def _need_indicators(application: Application, need: Callable[[str, str, object], None]) -> None:
    rows = list(application.indicators.select_related("indicator"))
    if not rows:
        need(Section.INDICATORS, "", _("at least one indicator"))
    for row in rows:
        starts = row.baseline_value is not None or row.baseline_num is not None
        if row.indicator.unit == "percent" and not starts:
            need(Section.INDICATORS, "", _("where %(code)s stands today") % {"code": row.indicator.code})
        if row.target_value is None:
            need(Section.INDICATORS, "", _("where %(code)s should get") % {"code": row.indicator.code})


def open_returns(application: Application) -> dict[str, str]:
    """Sections asked back and not answered yet: code to reason (one query)."""
    return dict(application.section_returns.filter(answered_at__isnull=True).values_list("section", "reason"))


def open_sections(application: Application, returns: dict[str, str] | None = None) -> set[str]:
    """Codes of the sections that may be changed now: all of a draft, the asked ones of a return."""
    if application.state == ApplicationState.DRAFT:
        return set(Section.values)
    if application.state == ApplicationState.RETURNED:
        return set(open_returns(application) if returns is None else returns)
    return set()


def sections_of(
    application: Application, *, current: str = "", missing: list[Missing] | None = None
) -> list[SectionState]:
    """Every section with its mark: done, open to change, what it still needs."""
    missing = missing_parts(application) if missing is None else missing
    returns = open_returns(application) if application.state == ApplicationState.RETURNED else {}
    may_change = open_sections(application, returns)
    needs: dict[str, list[str]] = {}
    for one in missing:
        needs.setdefault(one.section, []).append(one.what)
    return [
        SectionState(
            code=str(code),
            label=Section(code).label,
            url=section_url(application, code),
            done=code not in needs and code not in returns,
            open=code in may_change,
            note=_("asked back") if code in returns else "",
            reason=returns.get(code, ""),
            current=code == current,
            needs=len(needs.get(code, ())),
        )
        for code in Section.values
    ]
