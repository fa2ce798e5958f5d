"""What a person wrote into the ledger by mistake: taken back by a second person, by a mirror image of the entry."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import transaction

from disbursements.actions.closing import look_at_refund
from disbursements.actions.funding import FUND_THREAD
from disbursements.actions.ledger import change_purse, purse_code, reverse_entry
from disbursements.actions.locking import lock_grant
from disbursements.models import Contribution, LedgerEntry, Pledge, Purse, Refund
from disbursements.queries.corrections import why_not_taken_back
from disbursements.queries.funds import received_of
from disbursements.states import AccountCode, EntryKind
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import StepRefused
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from fundmgmt.models import User


def take_back_entry(entry: LedgerEntry, *, by: User, at: dt.datetime, reason: str) -> LedgerEntry:
    """Reverse what was recorded by mistake, on the bank's day it was given; the right amount may be recorded then.

    Whatever the entry had changed goes back with it: purses, what is committed, the state of a pledge. Refuses what
    another step must correct, and says which.
    """
    with transaction.atomic():
        _lock_rows(entry)
        require(by, "disbursements.take_back_entry", entry)
        currencies = entry.lines.values("currency")
        purses = Purse.objects.select_for_update(no_key=True).filter(currency__in=currencies)
        list(purses.order_by("currency", "code"))
        refusal = why_not_taken_back(entry)  # under the purses' lock: nobody spends between look and entry
        if refusal:
            raise StepRefused(refusal)
        thread, facts = UNDO[EntryKind(entry.kind)](entry, by, at)
        mirror = reverse_entry(entry, by=by, at=at, day=entry.day)
        journal.record(
            "disbursements.entry.take_back",
            entry,
            by=by,
            at=at,
            facts={"entry": entry.no, "kind": entry.kind, "reversal": mirror.no, **facts},
            reason=reason,
            thread=thread,
        )
        _look_again(entry, at)
    return mirror


def _lock_rows(entry: LedgerEntry) -> None:
    """The grant or the pledge it moved, before any money (actions/locking.py); then the entry."""
    refund = Refund.objects.filter(entry=entry).first()
    if refund is not None:
        lock_grant(refund.grant_id)
    Pledge.objects.select_for_update(no_key=True, of=("self",)).filter(contributions__entry=entry).first()
    LedgerEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)


Undone: TypeAlias = tuple[uuid.UUID, dict[str, Any]]  # the thread it belongs to, and facts for the journal


def _contribution(entry: LedgerEntry, by: User, at: dt.datetime) -> Undone:
    row = Contribution.objects.select_for_update(no_key=True, of=("self",)).get(entry=entry)
    change_purse(row.currency, {purse_code(row.earmark): row.amount_minor}, received=-1)
    row.taken_back_at = at
    row.save(update_fields=["taken_back_at"])
    facts = {"amount_minor": row.amount_minor, "currency": row.currency}
    if row.pledge is not None:
        step = "lose_part" if received_of(row.pledge) else "lose_all"
        perform(row.pledge, step, by=by, at=at, facts={**facts, "entry": entry.no})
    return FUND_THREAD, facts


def _refund(entry: LedgerEntry, by: User, at: dt.datetime) -> Undone:
    row = Refund.objects.select_related("grant").get(entry=entry)
    memo = LedgerEntry.objects.get(kind=EntryKind.DECOMMITMENT, source=entry.source)
    freed = memo.lines.filter(account__code=AccountCode.COMMITTED).select_related("earmark")
    currency, shares = row.grant.currency, {purse_code(line.earmark): -line.amount_minor for line in freed}
    change_purse(currency, shares, committed=1)
    change_purse(currency, shares, paid=1)
    reverse_entry(memo, by=by, at=at, day=memo.day)
    row.taken_back_at = at
    row.save(update_fields=["taken_back_at"])
    return row.grant.thread, {"amount_minor": row.amount_minor, "currency": currency}


def _cost(entry: LedgerEntry, by: User, at: dt.datetime) -> Undone:
    line = entry.lines.get(account__code=AccountCode.BANK)
    change_purse(line.currency, {purse_code(None): -line.amount_minor}, costs=-1)
    return FUND_THREAD, {"amount_minor": -line.amount_minor, "currency": line.currency}


def _moved(entry: LedgerEntry, by: User, at: dt.datetime) -> Undone:
    line = entry.lines.get(amount_minor__gt=0)
    return FUND_THREAD, {"amount_minor": line.amount_minor, "currency": line.currency}


UNDO = {
    EntryKind.RECEIPT: _contribution,
    EntryKind.REFUND: _refund,
    EntryKind.COST: _cost,
    EntryKind.FEE: _cost,
    EntryKind.MOVED: _moved,
}


def _look_again(entry: LedgerEntry, at: dt.datetime) -> None:
    """Money that did not come back is not accounted for any more."""
    if entry.kind == EntryKind.REFUND:
        look_at_refund(Refund._base_manager.get(entry=entry).grant, at=at)
