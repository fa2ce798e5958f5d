"""What is booked when a second person confirms what a line of a statement is. The line is the cause of each entry."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from disbursements.actions.funding import record_contribution
from disbursements.actions.ledger import change_purse, pair, post_entry, purse_code, spend
from disbursements.actions.paid_late import book_late_payment, book_overpaid, book_recovered
from disbursements.actions.spending import record_refund
from disbursements.actions.tranches import reverse_tranche
from disbursements.models import LedgerEntry, PaymentInstruction, StatementLine, Tranche
from disbursements.states import MONEY_LEFT, AccountCode, EntryKind, LineKind
from fundmgmt import journal
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundmgmt.models import User

Booked = dict[str, Any]


def book_line(line: StatementLine, *, by: User, at: dt.datetime, reason: str) -> Booked:
    """Book a proposed line by its kind, in the caller's transaction; what it is tied to from now on."""
    return BOOKS[line.kind](line, by, at, reason)


def _reference(line: StatementLine) -> str:
    """The bank's reference, or one that names the line: two lines never share it."""
    return line.bank_reference or f"line {line.pk}"


def _cost(line: StatementLine, by: User, at: dt.datetime, amount_minor: int, *, fee: bool) -> LedgerEntry:
    """A fee or a cost leaves unrestricted money."""
    kind, account = (EntryKind.FEE, AccountCode.FEES) if fee else (EntryKind.COST, AccountCode.COSTS)
    change_purse(line.currency, {purse_code(None): amount_minor}, costs=1)
    lines = spend(account, AccountCode.BANK, amount_minor, line.currency, earmark=None)
    return post_entry(kind, line, lines, by=by, at=at, day=line.booked)


def _fee(line: StatementLine, by: User, at: dt.datetime, _reason: str) -> Booked:
    return {"entry": _cost(line, by, at, -line.amount_minor, fee=True)}


def _own_cost(line: StatementLine, by: User, at: dt.datetime, _reason: str) -> Booked:
    return {"entry": _cost(line, by, at, -line.amount_minor, fee=False)}


def _interest(line: StatementLine, by: User, at: dt.datetime, _reason: str) -> Booked:
    change_purse(line.currency, {purse_code(None): line.amount_minor}, received=1)
    lines = pair(AccountCode.BANK, AccountCode.INTEREST, line.amount_minor, line.currency)
    return {"entry": post_entry(EntryKind.INTEREST, line, lines, by=by, at=at, day=line.booked)}


def _exchange(line: StatementLine, by: User, at: dt.datetime, _reason: str) -> Booked:
    """One side of an exchange between own accounts. The other side is a line of the other account's statement."""
    change_purse(line.currency, {purse_code(None): -line.amount_minor}, costs=1)
    loss = AccountCode.EXCHANGE, AccountCode.BANK, -line.amount_minor, line.currency
    gain = AccountCode.BANK, AccountCode.EXCHANGE, line.amount_minor, line.currency
    lines = spend(*loss, earmark=None) if line.amount_minor < 0 else pair(*gain)
    return {"entry": post_entry(EntryKind.EXCHANGE, line, lines, by=by, at=at, day=line.booked)}


def _contribution(line: StatementLine, by: User, at: dt.datetime, _reason: str) -> Booked:
    if line.donor is None:
        raise StepRefused(_("Say which donor gave it."))
    row = record_contribution(
        line.donor,
        by=by,
        at=at,
        amount_minor=line.amount_minor,
        currency=line.currency,
        received_date=line.booked,
        bank_reference=_reference(line),
        pledge=line.pledge,
    )
    return {"contribution": row, "entry": row.entry}


def _refund(line: StatementLine, by: User, at: dt.datetime, reason: str) -> Booked:
    if line.grant is None:
        raise StepRefused(_("Say which grant it comes from."))
    row = record_refund(
        line.grant,
        by=by,
        at=at,
        amount_minor=line.amount_minor,
        received_date=line.booked,
        bank_reference=_reference(line),
        reason=reason or str(_("The bank's statement shows it.")),
    )
    return {"refund": row, "entry": row.entry}


def _returned(line: StatementLine, by: User, at: dt.datetime, reason: str) -> Booked:
    """The bank sent a payment back: its tranche is reversed and another stands in its place."""
    tranche = Tranche.objects.select_related("grant__application").get(pk=_payment(line).tranche_id)
    if tranche.state not in MONEY_LEFT:
        raise StepRefused(_("%(ref)s has not left, or is recorded as sent back already.") % {"ref": tranche.ref})
    why = reason or str(_("The bank sent it back (statement of %(day)s).") % {"day": line.booked.isoformat()})
    reverse_tranche(tranche, by=by, at=at, bank_date=line.booked, reason=why)
    return {"entry": LedgerEntry.objects.get(kind=EntryKind.RETURN, source=journal.subject_of(tranche))}


def _payment_with_fee(line: StatementLine, by: User, at: dt.datetime, _reason: str) -> Booked:
    """The bank took more than was ordered: the rest is its fee."""
    rest = -line.amount_minor - _payment(line).amount_minor
    if rest <= 0:
        raise StepRefused(_("The bank took less than was ordered. Ask the bank before anything is booked."))
    return {"entry": _cost(line, by, at, rest, fee=True)}


def _payment(line: StatementLine) -> PaymentInstruction:
    if line.instruction is None:
        raise StepRefused(_("Say which payment it is."))
    return line.instruction


BOOKS: dict[str, Callable[[StatementLine, User, dt.datetime, str], Booked]] = {
    LineKind.FEE: _fee,
    LineKind.COST: _own_cost,
    LineKind.INTEREST: _interest,
    LineKind.EXCHANGE: _exchange,
    LineKind.CONTRIBUTION: _contribution,
    LineKind.REFUND: _refund,
    LineKind.RETURNED: _returned,
    LineKind.PAYMENT: _payment_with_fee,
    LineKind.LATE: book_late_payment,
    LineKind.OVERPAID: book_overpaid,
    LineKind.RECOVERED: book_recovered,
}
