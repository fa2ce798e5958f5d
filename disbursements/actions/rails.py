"""Instructions to a rail: one open instruction for a tranche, under a key that never changes its meaning."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.gateway.paper_order import PaperOrder
from disbursements.gateway.protocol import Accepted, Instruction, PaymentRail
from disbursements.models import PaymentInstruction, Tranche
from disbursements.states import ORDER_OUT, InstructionState, RailCode
from fundmgmt.actions.papers import store_pdf
from fundmgmt.models import StepRefused
from fundmgmt.states import PaperKind
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import Paper, User

RAILS: dict[str, PaymentRail] = {RailCode.PAPER_ORDER: PaperOrder()}
DEAD = (InstructionState.FAILED, InstructionState.RETURNED)


def _facts(instruction: PaymentInstruction) -> dict[str, object]:
    return {
        "no": instruction.tranche.no,
        "amount_minor": instruction.amount_minor,
        "currency": instruction.currency,
        "rail": instruction.rail,
        "key": instruction.key,
    }


def open_instruction(
    tranche: Tranche, *, by: User, at: dt.datetime, rail: str = RailCode.PAPER_ORDER
) -> PaymentInstruction:
    """The tranche's open instruction; prepared now when there is none. Call inside the step's transaction.

    A new key (v2, v3 …) is only ever given after the one before is proven failed or returned. An instruction made for
    another amount or payee than what is approved now is refused: the bank may still pay it.
    """
    standing = tranche.instructions.exclude(state__in=DEAD).first()
    if standing is not None:
        if standing.payload_hash != tranche.approved_hash:
            raise StepRefused(
                _("Order %(key)s was made before the approval changed. First record what the bank did with it.")
                % {"key": standing.key}
            )
        return standing
    detail = tranche.bank_detail
    if detail is None:
        raise StepRefused(_("There are no bank details to pay to."))
    key = f"{tranche.grant.ref}-{tranche.no}-v{tranche.instructions.count() + 1}"
    row = PaymentInstruction(
        tranche=tranche,
        thread=tranche.thread,
        rail=rail,
        key=key,
        amount_minor=tranche.amount_minor,
        currency=tranche.currency,
        bank_detail=detail,
        payload_hash=tranche.approved_hash,
        prepared_by=by,
        prepared_at=at,
    )
    told = _told(row, at)
    answer = RAILS[rail].submit(told, key)
    if not isinstance(answer, Accepted):
        raise StepRefused(_("The payment order could not be made: %(why)s") % {"why": answer.reason})
    begin(row, by=by, at=at, facts=_facts(row))
    if answer.document:
        row.paper = _keep_order(row, answer.document, by=by, at=at)
        row.save(update_fields=["paper"])
    return row


def _told(row: PaymentInstruction, at: dt.datetime) -> Instruction:
    """The instruction as the rail is told it."""
    tranche, detail = row.tranche, row.bank_detail
    return Instruction(
        key=row.key,
        amount_minor=row.amount_minor,
        currency=row.currency,
        payee=detail.holder,
        account=detail.account_number,
        bank=detail.bank_name,
        purpose=f"{tranche.grant.ref}, {tranche.no}",
        on_date=timezone.localdate(at),
        facts={
            "approved_by": tranche.approved_by.name if tranche.approved_by else "",
            "issued_by": row.prepared_by.name,
            "payload": row.payload_hash,
        },
    )


def _keep_order(row: PaymentInstruction, document: bytes, *, by: User, at: dt.datetime) -> Paper:
    frozen = {
        "key": row.key,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "payload": row.payload_hash,
    }
    return store_pdf(
        row,
        document,
        snapshot=frozen,
        kind=PaperKind.PAYMENT_ORDER,
        title=f"{_('Payment order')} {row.key}",
        policy="disbursements.view_paymentinstruction",
        by=by,
        at=at,
    )


def settle_instruction(
    instruction: PaymentInstruction, *, bank_reference: str, by: User, at: dt.datetime
) -> PaymentInstruction:
    """The bank's reference proves that it is paid."""
    return perform(
        instruction, "settle", by=by, at=at, facts=_facts(instruction), rail_reference=bank_reference.strip()[:64]
    )


def hand_in_order(
    instruction: PaymentInstruction,
    *,
    by: User,
    at: dt.datetime,
    bank_reference: str = "",
    expected_version: int | None = None,
) -> PaymentInstruction:
    """The bank has taken the order and not yet paid it; its stamp may bear a number."""
    return perform(
        instruction,
        "accept",
        by=by,
        at=at,
        facts=_facts(instruction),
        expected_version=expected_version,
        rail_reference=bank_reference.strip()[:64],
    )


def lose_order(
    instruction: PaymentInstruction, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> PaymentInstruction:
    """Nobody can say whether the bank has it: the key stays, and no other is given."""
    facts = _facts(instruction)
    return perform(
        instruction, "lose_sight", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version
    )


def fail_order(
    instruction: PaymentInstruction, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> PaymentInstruction:
    """The bank did not pay it and never will; how this is known is the reason, and a new key may be given."""
    if not reason.strip():
        raise StepRefused(_("Write how you know that it was not paid."), field="reason")
    facts = _facts(instruction)
    return perform(instruction, "fail", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)


def refuse_while_order_is_out(tranche: Tranche) -> None:
    """StepRefused while the bank may still pay for this tranche."""
    standing = tranche.instructions.filter(state__in=ORDER_OUT).first()
    if standing is not None:
        raise StepRefused(
            _("Payment order %(key)s is out. A treasurer first records that the bank did not pay it.")
            % {"key": standing.key}
        )
