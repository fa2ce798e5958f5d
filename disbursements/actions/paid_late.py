"""Money that the bank paid although the payment counted as failed or withdrawn. The line of the statement is the cause.

When nothing else went out for the tranche it is the tranche's payment, by the same people and conditions as any other.
Else it was paid once too often: the payee owes it, and the books say so until it has come back.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from disbursements.actions.ledger import change_purse, pair, post_entry, purse_code, spend
from disbursements.actions.rails import instruction_facts, live_instruction
from disbursements.actions.taking import post_release
from disbursements.actions.tranches import facts_of, locked_tranche, require_still_good
from disbursements.models import Grant, PaymentInstruction, StatementLine, Tranche
from disbursements.queries.funds import owed_back
from disbursements.queries.sources import give_back_to
from disbursements.states import AccountCode, EntryKind, InstructionState, LineKind, TrancheState
from fundmgmt.formats.words import money
from fundmgmt.models import StepRefused
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from fundmgmt.models import User


def _failed(line: StatementLine) -> tuple[Tranche, PaymentInstruction]:
    """The tranche and the payment as they stand now, under the grant's lock."""
    if line.instruction is None:
        raise StepRefused(_("Say which payment it is."))
    tranche = locked_tranche(line.instruction.tranche)
    row = PaymentInstruction.objects.select_related("tranche__grant").get(pk=line.instruction.pk)
    booked = StatementLine.objects.filter(instruction=row, kind__in=[LineKind.LATE, LineKind.OVERPAID])
    if row.state != InstructionState.FAILED or booked.exclude(pk=line.pk).exists():
        raise StepRefused(_("This payment does not count as failed any more. Look at the line again."))
    return tranche, row


def book_late_payment(line: StatementLine, by: User, at: dt.datetime, reason: str) -> dict[str, Any]:
    """It is the payment of its tranche: sent by whoever confirms, past every condition, on the bank's day."""
    tranche, row = _failed(line)
    if live_instruction(tranche) is not None:
        raise StepRefused(
            _(
                "Another payment of this tranche is out. If that is an order on paper that has not reached the bank, "
                "withdraw it; otherwise this money is too much, and the payee gives it back."
            )
        )
    if tranche.state != TrancheState.APPROVED or tranche.approved_hash != row.payload_hash:
        raise StepRefused(
            _(
                "The tranche is not approved for this amount and payee now. Approve it again, or propose that the "
                "payee gives the money back."
            )
        )
    require_still_good(tranche, at)
    told, reference = instruction_facts(row), line.bank_reference or f"line {line.pk}"
    perform(row, "pay_late", by=by, at=at, facts=told, reason=reason, rail_reference=reference)
    entry = post_release(tranche, cause=line, by=by, at=at, day=line.booked)
    facts = facts_of(tranche, bank_date=line.booked, entry=entry.no, rail=row.rail)
    about: dict[str, Any] = {"payer": by, "when": at, "bank_reference": reference, "bank_date": line.booked}
    perform(tranche, "send", by=by, at=at, facts=facts, reason=reason, **about)
    return {"entry": entry}


def book_overpaid(line: StatementLine, by: User, at: dt.datetime, _reason: str) -> dict[str, Any]:
    """It was paid once too often: unrestricted money stands in for it until the payee has given it back."""
    tranche, _row = _failed(line)
    amount, currency = -line.amount_minor, line.currency
    change_purse(currency, {purse_code(None): amount}, costs=1)
    about = {"grant": tranche.grant, "tranche": tranche}
    lines = spend(AccountCode.OWED, AccountCode.BANK, amount, currency, earmark=None, **about)
    entry = post_entry(EntryKind.OVERPAID, line, lines, by=by, at=at, day=line.booked)
    return {"entry": entry, "grant": tranche.grant}


def book_recovered(line: StatementLine, by: User, at: dt.datetime, _reason: str) -> dict[str, Any]:
    """The payee gave back what was paid once too often, or a part: it is free money again."""
    if line.grant is None:
        raise StepRefused(_("Say which grant it comes from."))
    grant = Grant.objects.select_for_update(of=("self",), no_key=True).get(pk=line.grant_id)
    owed, amount = owed_back(grant).get(grant.pk, 0), line.amount_minor
    if amount > owed or line.currency != grant.currency:
        left = money(owed, grant.currency)
        raise StepRefused(
            _("Only %(amount)s is still to be given back. The rest is something else.") % {"amount": left}
        )
    lines = []
    for donor, part in give_back_to(grant, None, amount, accounts=(AccountCode.OWED,)):
        lines += pair(AccountCode.BANK, AccountCode.OWED, part, line.currency, donor=donor, grant=grant)
    entry = post_entry(EntryKind.RECOVERED, line, lines, by=by, at=at, day=line.booked)
    change_purse(line.currency, {purse_code(None): -amount}, costs=1)
    return {"entry": entry}
