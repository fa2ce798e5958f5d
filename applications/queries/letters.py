"""What the steps of this stage tell people by mail: from a journal entry to letters and their readers.

Codes, amounts and days come from the entry; of people's own words only those written for this reader: the reason of
the step, what should change in a part sent back, the conditions of an award.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import AgendaItem, Appeal, Application, AwardCondition, Meeting, Review
from applications.queries.appeals import readers_of_new, reasons_given
from applications.queries.checks import computed_checks
from applications.states import DecisionType, ItemResult
from fundmgmt.mail import Letter, subject_id, words_of
from fundmgmt.models import RubricItem
from fundmgmt.money import Money
from fundmgmt.queries.readers import seat_holders, writers_of
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundmgmt.models import JournalEntry


def letters_for(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """The letters of one entry; `day` decides who belongs to an organisation or holds a seat."""
    return LETTERS[entry.kind](entry, day) if entry.kind in LETTERS else []


def _to_organisation(
    template: str, more: Callable[[JournalEntry, Application], dict[str, Any]], action: object
) -> Callable[[JournalEntry, dt.date], list[Letter]]:
    def write(entry: JournalEntry, day: dt.date) -> list[Letter]:
        rows = Application.objects.select_related("call", "organisation")
        application = rows.get(pk=subject_id(entry))
        context = {"ref": application.ref, "on": timezone.localdate(entry.at), "reason": words_of(entry)}
        context |= {"url": application.get_absolute_url(), "action": action, **more(entry, application)}
        return [Letter(f"applications/{template}", writers_of(application.organisation_id, day), context)]

    return write


def _received(entry: JournalEntry, application: Application) -> dict[str, Any]:
    return {
        "again": entry.kind.endswith(".resubmit"),
        "amount": Money(entry.facts["amount_minor"], entry.facts["currency"]),
        "days": rule("screening_working_days", timezone.localdate(entry.at)).value,
    }


def _returned(entry: JournalEntry, application: Application) -> dict[str, Any]:
    rows = application.section_returns.filter(returned_at=entry.at, section__in=entry.facts["sections"])
    return {"parts": list(rows), "until": dt.date.fromisoformat(entry.facts["answer_by"])}


def _ineligible(entry: JournalEntry, application: Application) -> dict[str, Any]:
    items = RubricItem.objects.filter(code__in=entry.facts["failed"]).order_by("code")
    caps, on = entry.facts["caps"], timezone.localdate(entry.at)
    return {
        "items": list(items),
        "checks": lambda: [check for check in computed_checks(application, on) if check.code in caps],
        "until": dt.date.fromisoformat(entry.facts["appeal_until"]),
    }


def _awarded(entry: JournalEntry, application: Application) -> dict[str, Any]:
    ref, _slash, number = entry.facts.get("decision", "").partition("/")
    conditions = AwardCondition.objects.filter(application=application)
    if ref:
        conditions = AwardCondition.objects.filter(item__meeting__ref=ref, item__no=int(number))
    return {
        "amount": Money(entry.facts["amount_minor"], entry.facts["currency"]),
        "conditions": list(conditions) if entry.facts.get("conditions") else [],
    }


def _rejected(entry: JournalEntry, application: Application) -> dict[str, Any]:
    return {"until": dt.date.fromisoformat(entry.facts["appeal_until"])}


def _nothing_more(entry: JournalEntry, application: Application) -> dict[str, Any]:
    return {}


def _to_reviewer(template: str) -> Callable[[JournalEntry, dt.date], list[Letter]]:
    def write(entry: JournalEntry, day: dt.date) -> list[Letter]:
        review = Review.objects.select_related("application", "reviewer").get(pk=subject_id(entry))
        context = {
            "ref": review.application.ref,
            "until": review.due_date,
            "reason": words_of(entry),
            "url": review.get_absolute_url(),
            "action": _("Open the review"),
        }
        return [Letter(f"applications/{template}", [review.reviewer], context)]

    return write


def _meeting_called(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """To each seat, with the items this person may see: what they have a link with is not on their list."""
    meeting = Meeting.objects.get(pk=subject_id(entry))
    rows = meeting.items.select_related("application").order_by("no")
    context = {
        "meeting": meeting,
        "url": meeting.get_absolute_url(),
        "action": _("Read the agenda and the papers"),
    }
    return [
        Letter("applications/meeting_called", [reader], {**context, "items": list(rows.visible_to(reader))})
        for reader in seat_holders(day)
    ]


def _decided(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """To each seat that may see the item."""
    rows = AgendaItem.objects.select_related("meeting", "application")
    item = rows.get(pk=subject_id(entry))
    context = {
        "item": item,
        "decision": DecisionType(entry.facts["decision_type"]).label,
        "result": ItemResult(entry.facts["result"]).label,
        "url": item.get_absolute_url(),
        "action": _("Look at the decision"),
    }
    readers = [one for one in seat_holders(day) if rows.visible_to(one).filter(pk=item.pk).exists()]
    return [Letter("applications/item_decided", readers, context)]


def _appealed(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """To those who may decide."""
    appeal = Appeal.objects.select_related("application").get(pk=subject_id(entry))
    context = {"ref": appeal.application.ref, "on": timezone.localdate(entry.at), "url": appeal.get_absolute_url()}
    return [
        Letter("applications/appeal_lodged", readers_of_new(appeal, day), {**context, "action": _("Read the appeal")})
    ]


def _appeal_decided(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """To the organisation, with the reasons of those who decided."""
    appeal = Appeal.objects.select_related("application").get(pk=subject_id(entry))
    context = {
        "ref": appeal.application.ref,
        "upheld": entry.kind.endswith(".uphold"),
        "reasons": [opinion.reason for opinion in reasons_given(appeal)],
        "url": appeal.get_absolute_url(),
        "action": _("Open the appeal"),
    }
    return [Letter("applications/appeal_decided", writers_of(appeal.organisation_id, day), context)]


_OPEN = _("Open the application")
_A, _R = "applications.application", "applications.review"
LETTERS: dict[str, Callable[[JournalEntry, dt.date], list[Letter]]] = {
    f"{_A}.submit": _to_organisation("received", _received, _OPEN),
    f"{_A}.resubmit": _to_organisation("received", _received, _OPEN),
    f"{_A}.return_to_applicant": _to_organisation("returned", _returned, _("Change these parts")),
    f"{_A}.find_ineligible": _to_organisation("ineligible", _ineligible, _OPEN),
    f"{_A}.approve": _to_organisation("approved", _awarded, _OPEN),
    f"{_A}.approve_with_conditions": _to_organisation("approved", _awarded, _OPEN),
    f"{_A}.defer": _to_organisation("deferred", _nothing_more, _OPEN),
    f"{_A}.reject": _to_organisation("rejected", _rejected, _OPEN),
    f"{_A}.withdraw": _to_organisation("withdrawn", _nothing_more, _OPEN),
    f"{_R}.begin": _to_reviewer("review_invited"),
    f"{_R}.reopen": _to_reviewer("review_reopened"),
    "applications.appeal.begin": _appealed,
    "applications.appeal.uphold": _appeal_decided,
    "applications.appeal.dismiss": _appeal_decided,
    "applications.meeting.call": _meeting_called,
    "applications.agendaitem.decide": _decided,
}
