"""Instructions to a rail: one open instruction for a tranche, under a key that never changes its meaning."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.gateway.protocol import Accepted, Instruction
from disbursements.gateway.registry import rail as rail_of
from disbursements.models import PaymentInstruction, Tranche
from disbursements.queries.checkpoints import copy_for_papers
from disbursements.queries.requests import request_of
from disbursements.states import InstructionState, RailCode
from fundmgmt.actions.papers import store_pdf
from fundmgmt.models import StepRefused
from fundmgmt.states import PaperKind
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import Paper, User

DEAD = (InstructionState.FAILED, InstructionState.RETURNED)


def instruction_facts(instruction: PaymentInstruction, **more: Any) -> dict[str, Any]:
    """Facts every entry about an instruction carries."""
    return {
        "no": instruction.tranche.no,
        "amount_minor": instruction.amount_minor,
        "currency": instruction.currency,
        "rail": instruction.rail,
        "key": instruction.key,
        **more,
    }


def live_instruction(tranche: Tranche) -> PaymentInstruction | None:
    """The instruction that is open or paid; there is at most one."""
    return tranche.instructions.exclude(state__in=DEAD).select_related("tranche__grant", "bank_detail").first()


def prepare_instruction(tranche: Tranche, *, by: User, at: dt.datetime, rail: str) -> PaymentInstruction:
    """A new instruction of an approved tranche under the next key. Call inside the step's transaction.

    A key above v1 follows only a proven failure and a person's decision (`decide_again`).
    """
    detail = tranche.bank_detail
    if detail is None:
        raise StepRefused(_("There are no bank details to pay to."))
    before = list(tranche.instructions.order_by("pk"))
    if before and not before[-1].again_at:
        raise StepRefused(
            _("The attempt before failed. First somebody looks at why and decides that it is tried again.")
        )
    row = PaymentInstruction(
        tranche=tranche,
        thread=tranche.thread,
        rail=rail,
        key=f"disb:{tranche.pk}:v{len(before) + 1}",
        amount_minor=tranche.amount_minor,
        currency=tranche.currency,
        bank_detail=detail,
        payload_hash=tranche.approved_hash,
        prepared_by=by,
        prepared_at=at,
    )
    return begin(row, by=by, at=at, facts=instruction_facts(row))


def open_instruction(tranche: Tranche, *, by: User, at: dt.datetime) -> PaymentInstruction:
    """The tranche's order on paper; printed now when there is none. Call inside the step's transaction."""
    standing = live_instruction(tranche)
    if standing is not None:
        if standing.rail != RailCode.PAPER_ORDER or standing.payload_hash != tranche.approved_hash:
            raise StepRefused(_("An order with other details is out. Withdraw it before you print another."))
        return standing
    row = prepare_instruction(tranche, by=by, at=at, rail=RailCode.PAPER_ORDER)
    order = told(row)
    if seal := copy_for_papers():  # so that the bank and the files hold a copy of it
        order = replace(order, facts={**order.facts, "checkpoint": seal})
    answer = rail_of(row.rail).submit(order, row.key)
    if not isinstance(answer, Accepted):
        raise StepRefused(_("The payment order could not be made: %(why)s") % {"why": answer.reason})
    row.paper = _keep_order(row, answer.document, by=by, at=at)
    row.save(update_fields=["paper"])
    return row


def told(row: PaymentInstruction) -> Instruction:
    """The instruction as the rail is told it, the same each time."""
    tranche, detail = row.tranche, row.bank_detail
    asked = request_of(tranche)
    return Instruction(
        key=row.key,
        amount_minor=row.amount_minor,
        currency=row.currency,
        payee=detail.holder,
        account=detail.account_number,
        bank=detail.bank_name,
        purpose=f"{tranche.grant.ref}, {tranche.no}",
        on_date=timezone.localdate(row.prepared_at),
        facts={
            "approved_by": tranche.approved_by.name if tranche.approved_by else "",
            "issued_by": row.prepared_by.name,
            "payload": row.payload_hash,
            "request": asked.sha256 if asked else "",
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
        policy="disbursements.view_order",
        by=by,
        at=at,
    )


def settle_instruction(
    instruction: PaymentInstruction, *, bank_reference: str, by: User, at: dt.datetime
) -> PaymentInstruction:
    """The bank's reference proves that it is paid."""
    return perform(
        instruction,
        "settle",
        by=by,
        at=at,
        facts=instruction_facts(instruction),
        rail_reference=bank_reference.strip()[:64],
    )
