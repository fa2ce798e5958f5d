"""Electronic rails: a release, its proven failure, and a person's decision to try again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.ledger import change_purse, reverse_entry, shares_of
from disbursements.actions.outbox import put_errand
from disbursements.actions.rails import instruction_facts, live_instruction, prepare_instruction
from disbursements.actions.taking import post_release
from disbursements.actions.tranches import facts_of, locked_tranche, require_still_good
from disbursements.models import LedgerEntry, PaymentInstruction, Tranche
from disbursements.queries.rails import why_not
from disbursements.states import AccountCode, EntryKind, Errand, InstructionState, RailCode
from fundmgmt import journal
from fundmgmt.models import StepRefused
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from fundmgmt.models import User


def release_tranche(
    tranche: Tranche, *, by: User, at: dt.datetime, rail: str, expected_version: int | None = None
) -> Tranche:
    """Another treasurer releases an approved tranche to an electronic rail.

    Under the grant's lock every condition is asked again. Ledger, state, instruction and the errand that tells the
    rail are written in one transaction; the rail is told after it.
    """
    with transaction.atomic():
        row = locked_tranche(tranche)
        require_still_good(row, at)
        if live_instruction(row) is not None:
            raise StepRefused(_("A payment of this tranche is out already. An order on paper is withdrawn first."))
        refusal = why_not(rail, row, timezone.localdate(at))
        if refusal:
            raise StepRefused(refusal, field="rail")
        day = timezone.localdate(at)
        instruction = prepare_instruction(row, by=by, at=at, rail=rail)
        entry = post_release(row, cause=instruction, by=by, at=at, day=day)
        facts = facts_of(row, rail=rail, key=instruction.key, bank_date=day, entry=entry.no)
        perform(
            tranche,
            "release",
            by=by,
            at=at,
            facts=facts,
            expected_version=expected_version,
            payer=by,
            key=instruction.key,
            day=day,
            when=at,
        )
        put_errand(Errand.SUBMIT, f"submit:{instruction.key}", instruction.pk, thread=row.thread, at=at)
    return tranche


def withdraw_order(
    tranche: Tranche, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Tranche:
    """The printed order did not reach the bank: whoever says so decides that another may follow."""
    with transaction.atomic():
        row = locked_tranche(tranche)
        order = live_instruction(row)
        if order is None or order.rail != RailCode.PAPER_ORDER:
            raise StepRefused(_("No payment order on paper is out for this tranche."))
        facts = facts_of(row, key=order.key, rail=order.rail)
        perform(tranche, "withdraw_order", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
        told = instruction_facts(order)
        perform(order, "fail", by=by, at=at, facts=told | {"code": "withdrawn"})
        perform(order, "allow_again", by=by, at=at, facts=told, decider=by, when=at)
    return tranche


def decide_again(
    tranche: Tranche, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Tranche:
    """A person looked at a proven failure and lets the next version of the instruction be released."""
    with transaction.atomic():
        row = locked_tranche(tranche)
        failed = row.instructions.select_related("tranche__grant").order_by("pk").last()
        if failed is None or failed.state != InstructionState.FAILED:
            raise StepRefused(_("No payment of this tranche has failed. There is nothing to decide."))
        facts = facts_of(row, key=failed.key, rail=failed.rail)
        perform(tranche, "decide_again", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
        perform(failed, "allow_again", by=by, at=at, facts=instruction_facts(failed), decider=by, when=at)
    return tranche


def unsend_tranche(instruction: PaymentInstruction, *, at: dt.datetime, code: str, reason: str = "") -> Tranche:
    """The rail has proven that it did not pay: the entry is reversed and the tranche is approved again.

    The system's own step, in one transaction; call it under the grant's lock.
    """
    tranche = instruction.tranche
    with transaction.atomic():
        facts = instruction_facts(instruction)
        perform(instruction, "fail", by=None, at=at, facts=facts | {"code": code[:64]}, reason=reason)
        entry = LedgerEntry.objects.get(kind=EntryKind.IN_TRANSIT, source=journal.subject_of(instruction))
        mirror = reverse_entry(entry, by=None, at=at, cause=instruction)
        lines = entry.lines.filter(account__code=AccountCode.TRANSIT).select_related("earmark")
        change_purse(tranche.currency, shares_of(lines), paid=-1)
        told = facts_of(tranche, rail=instruction.rail, key=instruction.key, entry=mirror.no)
        return perform(tranche, "unsend", by=None, at=at, facts=told)
