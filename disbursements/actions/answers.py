"""What rails answer, and what follows from it. Applied under the grant's lock, and never back from paid.

A rail is asked outside of any transaction. `Next` says whether the errand is over; a `problem` counts as a failed try.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from disbursements.actions.locking import lock_payees
from disbursements.actions.outbox import put_errand
from disbursements.actions.rails import instruction_facts, told
from disbursements.actions.releasing import unsend_tranche
from disbursements.actions.tranches import reverse_tranche
from disbursements.gateway.protocol import Accepted, Rejected, Status, Unknown
from disbursements.gateway.registry import RAILS
from disbursements.gateway.registry import rail as rail_of
from disbursements.models import PaymentInstruction, RailEventRecord
from disbursements.states import LIVE, ON_ITS_WAY, Errand, EventOutcome, InstructionState, TrancheState
from fundmgmt.rules import rule
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from disbursements.gateway.protocol import Answer

    Clock = Callable[[], dt.datetime]

PENDING, PAID, FAILED, RETURNED, ABSENT = "pending", "paid", "failed", "returned", "absent"


@dataclass(frozen=True)
class Next:
    """What becomes of an errand: over, or asked again after some seconds; `problem` when there was no good answer."""

    over: bool = False
    wait_seconds: int = 0
    problem: str = ""


OVER = Next(over=True)


def submit_instruction(ident: int, *, clock: Clock) -> Next:
    """Tell the rail. One that may have been told before is asked first; the key is the same for ever."""
    row = _read(ident)
    if row.state not in ON_ITS_WAY:
        return OVER
    carrier = rail_of(row.rail)
    if row.submitted_at is not None:
        status = carrier.status(row.key)
        if status.state != ABSENT:
            return apply_status(row, status, at=clock())
    PaymentInstruction.objects.filter(pk=row.pk, submitted_at=None).update(submitted_at=clock())
    answer = carrier.submit(told(row), row.key)
    if isinstance(answer, Rejected) and row.submitted_at is not None:
        status = carrier.status(row.key)  # refused now, but an earlier try may have been taken
        if status.state != ABSENT:
            return apply_status(row, status, at=clock())
    return apply_answer(row, answer, at=clock())


def ask_instruction(ident: int, *, clock: Clock) -> Next:
    """Ask the rail where an accepted payment stands, or whether a paid one came back."""
    row = _read(ident)
    if row.state not in LIVE:
        return OVER
    status = rail_of(row.rail).status(row.key)
    if status.state == ABSENT:
        return Next(problem="the rail accepted this payment and knows it no longer")
    return apply_status(row, status, at=clock())


def apply_event(ident: int, *, clock: Clock) -> Next:
    """A message came: ask the rail about the payment it names, whatever the message says."""
    record = RailEventRecord.objects.get(pk=ident)
    if record.applied_at is not None:
        return OVER
    row = _joined().filter(rail=record.rail, key=record.key).first()
    if row is None:
        return _applied(record, EventOutcome.NOT_OURS, clock())
    before = row.state
    step = apply_status(row, rail_of(row.rail).status(row.key), at=clock())
    if step.problem:
        return step
    row.refresh_from_db()
    return _applied(record, EventOutcome.NOTHING_NEW if row.state == before else EventOutcome.APPLIED, clock())


def _applied(record: RailEventRecord, outcome: EventOutcome, at: dt.datetime) -> Next:
    RailEventRecord.objects.filter(pk=record.pk, applied_at=None).update(applied_at=at, outcome=outcome)
    return OVER


def _joined() -> QuerySet[PaymentInstruction]:
    return PaymentInstruction.objects.select_related(
        "tranche__grant__application", "tranche__approved_by", "bank_detail", "prepared_by"
    )


def _read(ident: int) -> PaymentInstruction:
    return _joined().get(pk=ident)


def _lock(row: PaymentInstruction) -> PaymentInstruction:
    """The grant first, as every step of a tranche does; then the row as it stands now."""
    lock_payees([row.tranche.grant_id])
    return _read(row.pk)


def _other_amount(row: PaymentInstruction, answer: Accepted | Status) -> str:
    said = (row.amount_minor if answer.amount_minor is None else answer.amount_minor, answer.currency or row.currency)
    if said == (row.amount_minor, row.currency):
        return ""
    return f"the rail speaks of {said[0]} {said[1]}, the instruction of {row.amount_minor} {row.currency} (minor units)"


def apply_answer(row: PaymentInstruction, answer: Answer, *, at: dt.datetime) -> Next:
    """What a rail answered when it was told."""
    if isinstance(answer, Accepted) and (problem := _other_amount(row, answer)):
        answer = Unknown(problem)
    with transaction.atomic():
        row = _lock(row)
        if row.state not in ON_ITS_WAY:
            return OVER  # a message of the rail was quicker
        facts = instruction_facts(row)
        if isinstance(answer, Rejected):
            unsend_tranche(row, at=at, code=_code(answer.code), reason=str(answer.reason))
            return OVER
        if isinstance(answer, Unknown):
            if row.state != InstructionState.UNKNOWN:
                perform(row, "lose_sight", by=None, at=at, facts=facts)
            return Next(problem=str(answer.reason) or "no certain answer")
        if row.state != InstructionState.ACCEPTED:
            perform(row, "accept", by=None, at=at, facts=facts, rail_reference=answer.reference[:64])
        _ask_later(row, at)
    return OVER


def _ask_later(row: PaymentInstruction, at: dt.datetime) -> None:
    wait = rail_of(row.rail).capabilities().ask_after_seconds
    if wait:
        put_errand(Errand.ASK, f"ask:{row.key}", row.pk, thread=row.thread, at=at, wait_seconds=wait)


def apply_status(row: PaymentInstruction, status: Status, *, at: dt.datetime) -> Next:
    """Where a rail says a payment stands. Applied twice or late it changes nothing."""
    if problem := _other_amount(row, status):
        return Next(problem=problem)
    with transaction.atomic():
        row = _lock(row)
        if status.state == PENDING:
            return _pending(row, status, at)
        if status.state == PAID:
            return _paid(row, status, at)
        if status.state == FAILED:
            return _failed(row, status, at)
        if status.state == RETURNED:
            return _returned(row, status, at)
    return Next(problem=status.reason or f"no certain answer ({status.state})")


def _pending(row: PaymentInstruction, status: Status, at: dt.datetime) -> Next:
    if row.state not in ON_ITS_WAY:
        return OVER
    if row.state != InstructionState.ACCEPTED:
        facts = instruction_facts(row)
        perform(row, "accept", by=None, at=at, facts=facts, rail_reference=status.reference[:64])
    _ask_later(row, at)
    return Next(wait_seconds=_wait(row, at))


def _wait(row: PaymentInstruction, at: dt.datetime) -> int:
    """A tenth of the time since it was told: often at first, then less and less; a day at most."""
    first = rail_of(row.rail).capabilities().ask_after_seconds or 3600
    age = int((at - (row.submitted_at or at)).total_seconds())
    return min(max(first, age // 10), 24 * 3600)


def _paid(row: PaymentInstruction, status: Status, at: dt.datetime) -> Next:
    if row.state in ON_ITS_WAY:
        facts = instruction_facts(row)
        perform(row, "settle", by=None, at=at, facts=facts, rail_reference=status.reference[:64])
    if row.state == InstructionState.FAILED:
        return Next(problem="the rail says paid, after it had said for certain that it did not pay")
    return OVER


def _failed(row: PaymentInstruction, status: Status, at: dt.datetime) -> Next:
    if row.state == InstructionState.PAID:
        return Next(problem="the rail says failed, after it had said paid; it may have been returned")
    if row.state in ON_ITS_WAY:
        if row.tranche.state != TrancheState.SENT:
            return Next(problem="the rail says failed, and the grantee has confirmed that the money arrived")
        unsend_tranche(row, at=at, code=_code(status.reference or FAILED), reason=status.reason)
    return OVER


def _returned(row: PaymentInstruction, status: Status, at: dt.datetime) -> Next:
    if row.state == InstructionState.FAILED:
        return Next(problem="the rail says returned, after it had said for certain that it did not pay")
    if row.state != InstructionState.RETURNED:
        reverse_tranche(row.tranche, by=None, at=at, bank_date=timezone.localdate(at), reason=status.reason)
    return OVER


def _code(text: str) -> str:
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c in ".:/+-_"))[:64]


def look_again(*, at: dt.datetime) -> int:
    """Ask once more about what was paid in the last weeks: a message that money came back may have been lost.

    How many are asked. Rails that nobody can ask are left out: their proof is the bank's statement.
    """
    day = timezone.localdate(at)
    since = at - dt.timedelta(days=rule("rail_look_again_days", day).value)
    rows = PaymentInstruction.objects.filter(state=InstructionState.PAID, prepared_at__gte=since)
    asked = 0
    for row in rows.order_by("pk"):
        if row.rail in RAILS and rail_of(row.rail).capabilities().ask_after_seconds:
            put_errand(Errand.ASK, f"ask:{row.key}:{day}", row.pk, thread=row.thread, at=at)
            asked += 1
    return asked
