"""Writing an application, section by section: each save goes through the gate, against the version that was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from applications.actions.rows import CHECKS
from applications.models import (
    Activity,
    Application,
    ApplicationFile,
    ApplicationIndicator,
    BudgetLine,
    Milestone,
    PlannedTranche,
    ProjectRisk,
)
from applications.queries.progress import NEEDED_COLUMNS, open_sections
from applications.states import PERSONAL_FILES, Section
from fundmgmt.access import require
from fundmgmt.actions.papers import store_upload
from fundmgmt.models import StaleObject, StepRefused
from fundmgmt.workflow import NoSuchStep, perform

if TYPE_CHECKING:
    import datetime as dt

    from django.core.files.uploadedfile import UploadedFile

    from fundmgmt.models import User

COLUMNS = {
    Section.PROJECT: (
        "title_en",
        "title_fr",
        "title_sw",
        "language",
        "pillar",
        "start_date",
        "end_date",
        "tags",
        "standards",
    ),
    Section.PLACE: ("province", "territory", "commune", "settings", "public_precision"),
    Section.PROBLEM: NEEDED_COLUMNS[Section.PROBLEM],
    Section.PARTICIPANTS: NEEDED_COLUMNS[Section.PARTICIPANTS],
    Section.BUDGET: ("cofinance_cash_minor", "cofinance_kind_minor"),
    Section.RISKS: NEEDED_COLUMNS[Section.RISKS],
}


class SectionShut(StepRefused):
    """The section may not be changed now."""


class NoSuchRow(StepRefused):
    """The row was taken out meanwhile."""


@dataclass(frozen=True)
class RowTable:
    """Rows of one section: the model, and how a new row is numbered (column and letter)."""

    section: str
    model: type[models.Model]
    numbered: str = ""
    letter: str = ""


TABLES = {
    "lines": RowTable(Section.BUDGET, BudgetLine, "no"),
    "activities": RowTable(Section.ACTIVITIES, Activity, "code", "A"),
    "indicators": RowTable(Section.INDICATORS, ApplicationIndicator),
    "milestones": RowTable(Section.MILESTONES, Milestone, "code", "M"),
    "tranches": RowTable(Section.MILESTONES, PlannedTranche, "no"),
    "risks": RowTable(Section.RISKS, ProjectRisk),
}


def _locked(application: Application, section: str, by: User | None, expected_version: int | None) -> Application:
    """The row as it stands, locked; refuses a person, a stale form, a wrong state, a section that is shut."""
    fresh = (
        Application.objects.select_for_update(of=("self",), no_key=True)
        .select_related("call", "organisation")
        .get(pk=application.pk)
    )
    require(by, "applications.edit_section", fresh)
    if expected_version is not None and fresh.version != expected_version:
        raise StaleObject
    may_change = open_sections(fresh)
    if not may_change:
        raise NoSuchStep(_("The application is submitted. Only parts the fund sends back can be changed."))
    if section not in may_change:
        raise SectionShut(_("This part was not sent back: only the parts the fund asks about can be changed now."))
    return fresh


def save_section(
    application: Application,
    section: str,
    *,
    by: User | None,
    at: dt.datetime,
    expected_version: int | None = None,
    **values: Any,
) -> Application:
    """Keep columns of one section (names in COLUMNS). Saving what stands there already writes nothing.

    Raises StaleObject, SectionShut, or StepRefused with the field that cannot be right.
    """
    unknown = values.keys() - set(COLUMNS[Section(section)])
    if unknown:
        raise ValueError(f"{section} has no {', '.join(sorted(unknown))}")
    with transaction.atomic():
        fresh = _locked(application, section, by, expected_version)
        changed = {name: value for name, value in values.items() if getattr(fresh, name) != value}
        if not changed:
            return application
        _refuse_wrong(fresh, changed)
        facts = {"section": str(section), "fields": sorted(changed)}
        return perform(application, "edit_section", by=by, at=at, facts=facts, edited_at=at, **changed)


def _refuse_wrong(fresh: Application, changed: dict[str, Any]) -> None:
    """What cannot be right together, with the field where it shows."""

    def now(name: str) -> Any:
        return changed.get(name, getattr(fresh, name))

    start, end = now("start_date"), now("end_date")
    if start and end and end <= start:
        raise StepRefused(_("The last day is before the first day. Change one of the two."), field="end_date")
    total = now("children_total")
    if total is None:
        return
    for names, words in (
        (("girls", "boys"), _("Girls and boys")),
        (("age_5_11", "age_12_14", "age_15_17"), _("The three ages")),
    ):
        parts = [now(name) for name in names]
        if None not in parts and sum(parts) != total:
            raise StepRefused(
                _("%(parts)s make %(sum)s, the total says %(total)s. Check the numbers.")
                % {"parts": words, "sum": sum(parts), "total": total},
                field=names[-1],
            )
    disabled = now("with_disability")
    if disabled is not None and disabled > total:
        raise StepRefused(
            _("%(part)s is more than the %(total)s children in all. Check one of the two numbers.")
            % {"part": disabled, "total": total},
            field="with_disability",
        )


def _number(table: RowTable, application: Application) -> dict[str, Any]:
    if not table.numbered:
        return {}
    taken = table.model._default_manager.filter(application=application).values_list(table.numbered, flat=True)
    numbers = [
        int(str(value).lstrip(table.letter) or 0) for value in taken if str(value).lstrip(table.letter).isdigit()
    ]
    following = max(numbers, default=0) + 1
    return {table.numbered: f"{table.letter}{following}" if table.letter else following}


def save_row(
    application: Application,
    name: str,
    *,
    by: User | None,
    at: dt.datetime,
    row: int | None = None,
    expected_version: int | None = None,
    **values: Any,
) -> models.Model:
    """Add a row to a table of TABLES, or change the one with this id; returns the row.

    Raises StepRefused with the field that cannot be right, NoSuchRow when it is gone.
    """
    table = TABLES[name]
    with transaction.atomic():
        fresh = _locked(application, table.section, by, expected_version)
        if row is None:
            kept = table.model(application=fresh, **{**_number(table, fresh), **values})
        else:
            kept = _row(table, fresh, row)
            for column, value in values.items():
                setattr(kept, column, value)
        CHECKS[name](fresh, kept)
        kept.save()
        _note(application, fresh, table, what="change" if row else "add", row=kept.pk, by=by, at=at)
    return kept


def remove_row(
    application: Application,
    name: str,
    *,
    row: int,
    by: User | None,
    at: dt.datetime,
    expected_version: int | None = None,
) -> Application:
    """Take a row out. Numbers of the others stay, so that people can talk about "line 4"."""
    table = TABLES[name]
    with transaction.atomic():
        fresh = _locked(application, table.section, by, expected_version)
        _row(table, fresh, row).delete()
        _note(application, fresh, table, what="remove", row=row, by=by, at=at)
    return application


def _row(table: RowTable, application: Application, row: int) -> models.Model:
    found = table.model._default_manager.filter(application=application, pk=row).first()
    if found is None:
        raise NoSuchRow(_("Somebody took this line out meanwhile. Look at the list again."))
    return found


def _note(
    application: Application,
    fresh: Application,
    table: RowTable,
    *,
    what: str,
    row: int,
    by: User | None,
    at: dt.datetime,
) -> None:
    changed: dict[str, Any] = {}
    if table.model is BudgetLine:
        total = fresh.budget_lines.aggregate(total=models.Sum("total_minor"))["total"] or 0
        changed = {"requested_minor": total}
    facts = {"section": str(table.section), "action": what, "row": row}
    perform(application, "edit_section", by=by, at=at, facts=facts, edited_at=at, **changed)


def add_file(
    application: Application,
    upload: UploadedFile,
    *,
    role: str,
    by: User | None,
    at: dt.datetime,
    title: str = "",
    shows_minor: bool | None = None,
    expected_version: int | None = None,
) -> ApplicationFile:
    """Keep a document with what it proves. Raises UploadRefused with what to hand in instead."""
    with transaction.atomic():
        _locked(application, Section.FILES, by, expected_version)
        paper = store_upload(
            application,
            upload,
            title=title,
            policy="applications.view_annex" if role in PERSONAL_FILES else "applications.view_application",
            by=by,
            at=at,
            shows_minor=shows_minor,
        )
        kept = ApplicationFile.objects.create(application=application, paper=paper, role=role)
        facts = {"section": str(Section.FILES), "action": "add", "row": kept.pk}
        perform(application, "edit_section", by=by, at=at, facts=facts, edited_at=at)
    return kept


def remove_file(
    application: Application, *, row: int, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> Application:
    """Take a document out of the application; the paper itself is kept, because the journal names it."""
    with transaction.atomic():
        _locked(application, Section.FILES, by, expected_version)
        found = application.files.filter(pk=row, removed_at__isnull=True).first()
        if found is None:
            raise NoSuchRow(_("Somebody took this document out meanwhile. Look at the list again."))
        found.removed_at = at
        found.save(update_fields=["removed_at"])
        facts = {"section": str(Section.FILES), "action": "remove", "row": row}
        return perform(application, "edit_section", by=by, at=at, facts=facts, edited_at=at)
