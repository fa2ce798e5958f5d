"""Moving the fund's own money between the places where it lies: the bank, and the card provider."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.funding import FUND_THREAD
from disbursements.actions.ledger import pair, post_entry
from disbursements.actions.locking import lock_books
from disbursements.queries.ledger import held_in
from disbursements.states import HELD_AT, AccountCode, EntryKind
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.formats.words import money
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from disbursements.models import LedgerEntry
    from fundmgmt.models import User


def move_own_money(
    *,
    by: User,
    at: dt.datetime,
    source: str,
    target: str,
    amount_minor: int,
    currency: str,
    moved_date: dt.date,
    reference: str,
) -> LedgerEntry:
    """Record that money moved between the fund's own accounts, with the proof on paper. No purse changes."""
    if source not in HELD_AT or target not in HELD_AT or source == target:
        raise StepRefused(_("Choose two different accounts of the fund."), field="target")
    if amount_minor <= 0:
        raise StepRefused(_("Write an amount above zero."), field="amount")
    if moved_date > timezone.localdate(at):
        raise StepRefused(_("The day on the bank's statement cannot lie ahead."), field="moved_date")
    with transaction.atomic():
        require(by, "disbursements.move_own_money")
        lock_books([currency])  # nobody posts between look and entry
        there = held_in(AccountCode(source), currency)
        if there < amount_minor:
            text = _("There are only %(amount)s on the account the money leaves.") % {"amount": money(there, currency)}
            raise StepRefused(text, field="amount")
        lines = pair(AccountCode(target), AccountCode(source), amount_minor, currency)
        entry = post_entry(EntryKind.MOVED, f"move:{reference.strip()}"[:96], lines, by=by, at=at, day=moved_date)
        facts = {"amount_minor": amount_minor, "currency": currency, "source": source, "target": target}
        journal.record(
            "disbursements.own_money.move", entry, by=by, at=at, facts={**facts, "entry": entry.no}, thread=FUND_THREAD
        )
    return entry
