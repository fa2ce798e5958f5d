"""What the steps of this stage tell the grantee by mail: from a journal entry to letters and their readers.

Amounts and days come from the entry. Of a safeguarding hold the letter says only that payments are on hold.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from disbursements.models import Amendment, BankDetail, Grant, Hold, Outbox, Tranche
from disbursements.queries.release import checks_of
from disbursements.states import HoldKind
from fundmgmt.mail import Letter, subject_id, words_of
from fundmgmt.models import User
from fundmgmt.money import Money
from fundmgmt.queries.readers import holders_of, writers_of
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundmgmt.models import JournalEntry


def letters_for(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """The letters of one entry; `day` decides who belongs to the organisation."""
    return LETTERS[entry.kind](entry, day) if entry.kind in LETTERS else []


def _about_grant(
    template: str, action: object, more: Callable[[JournalEntry], dict[str, Any]] | None = None
) -> Callable[[JournalEntry, dt.date], list[Letter]]:
    def write(entry: JournalEntry, day: dt.date) -> list[Letter]:
        grant = Grant.objects.get(pk=subject_id(entry))
        context = {
            "ref": grant.ref,
            "amount": Money(grant.amount_minor, grant.currency),
            "url": grant.get_absolute_url(),
            "action": action,
        }
        context |= more(entry) if more else {}
        return [Letter(f"disbursements/{template}", writers_of(grant.organisation_id, day), context)]

    return write


def _about_tranche(
    template: str, action: object, more: Callable[[JournalEntry, Tranche], dict[str, Any]]
) -> Callable[[JournalEntry, dt.date], list[Letter]]:
    def write(entry: JournalEntry, day: dt.date) -> list[Letter]:
        tranche = Tranche.objects.select_related("grant__application", "bank_detail").get(pk=subject_id(entry))
        context = {
            "ref": tranche.grant.ref,
            "no": tranche.no,
            "amount": Money(entry.facts["amount_minor"], entry.facts["currency"]),
            "url": tranche.get_absolute_url(),
            "action": action,
            **more(entry, tranche),
        }
        return [Letter(f"disbursements/{template}", writers_of(tranche.grant.organisation_id, day), context)]

    return write


def _bank_changed(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """Those who write for the organisation, and those who were known to the fund before this change."""
    detail = BankDetail.objects.select_related("organisation").get(pk=subject_id(entry))
    earlier = BankDetail.objects.filter(organisation=detail.organisation, no__lt=detail.no)
    if not earlier.exists():
        return []
    known = set(earlier.values_list("entered_by_id", flat=True))
    known |= set(Grant.objects.filter(organisation=detail.organisation).values_list("grantee_signed_by_id", flat=True))
    readers = writers_of(detail.organisation_id, day) | User.objects.filter(pk__in=known - {None}, is_active=True)
    context = {
        "organisation": str(detail.organisation),
        "url": detail.get_absolute_url(),
        "action": _("Look at the bank details"),
        "hours": rule("bank_change_wait_hours", day).value,
        "from_moment": detail.usable_from if detail.verified_at else None,
    }
    return [Letter("disbursements/bank_changed", readers.distinct().order_by("id"), context)]


def _why_on_hold(entry: JournalEntry) -> dict[str, Any]:
    hold = Hold.objects.get(pk=entry.facts["hold"])
    if hold.kind == HoldKind.SAFEGUARDING:
        return {}
    return {"kind": HoldKind(hold.kind).label, "reason": words_of(entry)}


def _unmet(entry: JournalEntry, tranche: Tranche) -> dict[str, Any]:
    codes = entry.facts["unmet"]
    return {"checks": lambda: [check for check in checks_of(tranche, entry.at) if check.code in codes]}


def _sent(entry: JournalEntry, tranche: Tranche) -> dict[str, Any]:
    return {"on": dt.date.fromisoformat(entry.facts["bank_date"])}


def _reason(entry: JournalEntry, tranche: Tranche) -> dict[str, Any]:
    return {"reason": words_of(entry)}


def _errand_parked(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """Work for a rail stands still: treasurers and administrators look at it."""
    errand = Outbox.objects.get(pk=subject_id(entry))
    context = {"number": errand.key, "what": errand.get_kind_display, "tries": entry.facts["attempts"]}
    context |= {"url": errand.get_absolute_url(), "action": _("Look at it")}
    return [Letter("disbursements/errand_parked", holders_of(["treasurer", "administrator"], day), context)]


def _about_change(
    template: str, readers: Callable[[Amendment, dt.date], Any]
) -> Callable[[JournalEntry, dt.date], list[Letter]]:
    def write(entry: JournalEntry, day: dt.date) -> list[Letter]:
        change = Amendment.objects.select_related("grant").get(pk=subject_id(entry))
        context = {"ref": change.grant.ref, "what": change.get_kind_display, "reason": words_of(entry)}
        context |= {"url": change.get_absolute_url(), "action": _("Look at the change")}
        return [Letter(f"disbursements/{template}", readers(change, day), context)]

    return write


def _its_writers(change: Amendment, day: dt.date) -> Any:
    return writers_of(change.grant.organisation_id, day)


_APPROVED = _about_change("amendment_approved", _its_writers)
_OPEN = _("Open the grant")
_G, _T, _C = "disbursements.grant", "disbursements.tranche", "disbursements.amendment"
_GOES_ON = _about_grant("hold_lifted", _OPEN)
LETTERS: dict[str, Callable[[JournalEntry, dt.date], list[Letter]]] = {
    f"{_G}.prepare": _about_grant("agreement_ready", _("Read and sign the agreement")),
    f"{_G}.countersign": _about_grant("agreement_signed", _OPEN),
    f"{_G}.suspend": _about_grant("on_hold", _OPEN, _why_on_hold),
    f"{_G}.resume_draft": _GOES_ON,
    f"{_G}.resume_signed": _GOES_ON,
    f"{_G}.resume_active": _GOES_ON,
    f"{_G}.resume_ended": _GOES_ON,
    f"{_G}.resume_closing": _GOES_ON,
    "disbursements.bankdetail.enter": _bank_changed,
    "disbursements.bankdetail.verify": _bank_changed,
    f"{_C}.notify": _about_change("amendment_noticed", lambda _change, day: holders_of(["officer"], day)),
    f"{_C}.approve": _APPROVED,
    f"{_C}.approve_by_committee": _APPROVED,
    f"{_C}.refuse": _about_change("amendment_refused", _its_writers),
    f"{_T}.return_request": _about_tranche("tranche_returned", _("Open the tranche"), _reason),
    f"{_T}.block": _about_tranche("tranche_blocked", _("Look at what is open"), _unmet),
    f"{_T}.release": _about_tranche("tranche_sent", _("Confirm that the money arrived"), _sent),
    f"{_T}.unsend": _about_tranche("tranche_unsent", _("Open the tranche"), lambda _entry, _tranche: {}),
    "disbursements.outbox.park": _errand_parked,
    f"{_T}.send": _about_tranche("tranche_sent", _("Confirm that the money arrived"), _sent),
}
