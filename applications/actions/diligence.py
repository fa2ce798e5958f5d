"""Due diligence: rate an item with evidence, note and close open items, clear sanctions leads, finish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.actions.reviewing import lock
from applications.models import Application, Check, DueDiligence, OpenItem, SanctionsLead
from applications.queries import diligence as read
from applications.states import ApplicationState, Risk, Window
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import NoSuchStep, StaleObject, StepRefused
from fundmgmt.rules import month_after
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User

WORRYING = {"DD-": 3, "PS-": 1}  # ratings that need a note: DD from significant, PS when absent


def _at_work(application: Application, by: User | None) -> Application:
    """The row, locked, while due diligence is under way and this person may work on it."""
    fresh = lock(application)
    require(by, "applications.record_check", fresh)
    if fresh.state != ApplicationState.DUE_DILIGENCE:
        raise NoSuchStep(_("Due diligence is not under way on this proposal now."))
    return fresh


def _tell(step: str, row: Any, by: User | None, at: dt.datetime, **facts: Any) -> None:
    kind = f"applications.{row._meta.model_name}.{step}"
    journal.record(kind, row, by=by, at=at, facts=facts, thread=row.application.thread)


def record_check(
    application: Application,
    *,
    item: str,
    rating: int,
    by: User,
    at: dt.datetime,
    evidence: str = "",
    note: str = "",
) -> Check:
    """Rate one item of the rubric (DD-01..12: 1 low to 4 high; PS-01..06: 1 absent to 3 adequate)."""
    with transaction.atomic():
        fresh = _at_work(application, by)
        book = read.diligence_rules(fresh.window, timezone.localdate(at))
        top = len(Risk) if item.startswith("DD-") else 3
        if item not in {*book.items, *read.PSEA_ITEMS} or not 1 <= rating <= top:
            raise StepRefused(_("Choose a rating on the scale of this item."), field=f"{item}_rating")
        worrying = rating >= WORRYING["DD-"] if item.startswith("DD-") else rating <= WORRYING["PS-"]
        if worrying and not note.strip():
            raise StepRefused(_("Say in a sentence what was found."), field=f"{item}_note")
        row, _made = Check.objects.update_or_create(
            application=fresh,
            item=item,
            defaults={
                "rating": rating,
                "evidence": evidence.strip(),
                "note": note.strip(),
                "checked_by": by,
                "checked_at": at,
            },
        )
        _tell("record", row, by, at, item=item, rating=rating, evidence=bool(row.evidence))
    return row


def open_item(application: Application, *, item: str, text: str, by: User, at: dt.datetime) -> OpenItem:
    """Note what is still missing, under the rubric's code."""
    with transaction.atomic():
        fresh = _at_work(application, by)
        row = OpenItem.objects.create(application=fresh, item=item, text=text.strip(), opened_by=by, opened_at=at)
        _tell("open", row, by, at, item=item)
    return row


def close_item(row: OpenItem, *, note: str, by: User, at: dt.datetime, as_condition: bool = False) -> OpenItem:
    """Settle an open item, or carry it into a condition of the award."""
    with transaction.atomic():
        _at_work(row.application, by)
        row = OpenItem.objects.select_for_update(of=("self",), no_key=True).select_related("application").get(pk=row.pk)
        if row.closed_at is not None:
            raise NoSuchStep(_("This item is closed already."))
        if not note.strip():
            raise StepRefused(_("Say how it was settled."), field="note")
        row.closed_by, row.closed_at = by, at
        row.closing_note, row.as_condition = note.strip(), as_condition
        row.save()
        _tell("close", row, by, at, item=row.item, as_condition=as_condition)
    return row


def find_lead(
    application: Application,
    *,
    matched: str,
    list_name: str,
    list_date: dt.date,
    note: str,
    by: User,
    at: dt.datetime,
) -> SanctionsLead:
    """A name resembles one on a dated list. It is a lead to clear, never a verdict."""
    with transaction.atomic():
        fresh = _at_work(application, by)
        if list_date > timezone.localdate(at):
            raise StepRefused(_("The list cannot be from a day to come."), field="list_date")
        row = SanctionsLead.objects.create(
            application=fresh,
            matched=matched,
            list_name=list_name.strip(),
            list_date=list_date,
            note=note.strip(),
            found_by=by,
            found_at=at,
        )
        _tell("find", row, by, at, matched=matched, list_date=list_date)
    return row


def clear_lead(row: SanctionsLead, *, same_person: bool, note: str, by: User, at: dt.datetime) -> SanctionsLead:
    """A person compares birth year and place and says whether it is the same. If it is, no award is made."""
    with transaction.atomic():
        _at_work(row.application, by)
        row = (
            SanctionsLead.objects.select_for_update(of=("self",), no_key=True)
            .select_related("application")
            .get(pk=row.pk)
        )
        if row.cleared_at is not None:
            raise NoSuchStep(_("This lead is cleared already."))
        if not note.strip():
            raise StepRefused(_("Write what you compared: birth year, place, and the source."), field="note")
        row.cleared_by, row.cleared_at = by, at
        row.same_person, row.clearing_note = same_person, note.strip()
        row.save()
        _tell("clear", row, by, at, same_person=same_person)
    return row


def finish_due_diligence(
    application: Application,
    *,
    by: User,
    at: dt.datetime,
    note: str = "",
    to_committee: bool | None = None,
    expected_version: int | None = None,
) -> Application:
    """Fix the overall risk and its last valid days from the rules, then send the proposal to the Committee.

    A micro grant stays for a second officer to approve, unless `to_committee`.
    """
    with transaction.atomic():
        fresh = _at_work(application, by)
        if expected_version is not None and fresh.version != expected_version:
            raise StaleObject
        require(by, "applications.finish_due_diligence", fresh)
        on = timezone.localdate(at)
        standing = read.standing_of(fresh, on)
        if standing.obstacles:
            raise StepRefused(" ".join(str(sentence) for sentence in standing.obstacles))
        row = _fix(fresh, standing, note, by, at)
        if to_committee or (to_committee is None and fresh.window != Window.MICRO):
            rating = Risk(row.overall).name.lower()
            perform(application, "send_to_committee", by=by, at=at, facts={"risk": rating}, risk_rating=rating)
    return application


def _fix(application: Application, standing: read.Standing, note: str, by: User, at: dt.datetime) -> DueDiligence:
    book, overall, on = standing.book, standing.overall, timezone.localdate(at)
    assert overall is not None
    carried = sum(item.as_condition for item in standing.open_items)
    row, _made = DueDiligence.objects.update_or_create(
        application=application,
        defaults={
            "overall": overall,
            "psea_total": standing.psea_total,
            "psea_band": read.psea_band(standing.psea_total, book),
            "valid_until_date": month_after(on, book.valid_months),
            "psea_valid_until_date": month_after(on, book.psea_valid_months),
            "needs_conditions": overall >= book.conditions_from or carried > 0,
            "no_award": overall >= book.no_award_from or standing.matched,
            "finished_by": by,
            "finished_at": at,
            "note": note.strip(),
        },
    )
    _tell(
        "finish",
        row,
        by,
        at,
        overall=row.overall,
        psea_total=row.psea_total,
        psea_band=row.psea_band,
        valid_until=row.valid_until_date,
        psea_valid_until=row.psea_valid_until_date,
        conditions=carried,
    )
    return row


def send_to_committee(
    application: Application,
    *,
    by: User,
    at: dt.datetime,
    note: str = "",
    expected_version: int | None = None,
) -> Application:
    """On to the Committee: from due diligence by finishing it, from a deferral as it stands."""
    if application.state == ApplicationState.DEFERRED:
        return perform(application, "send_to_committee", by=by, at=at, expected_version=expected_version)
    return finish_due_diligence(
        application, by=by, at=at, note=note, to_committee=True, expected_version=expected_version
    )
