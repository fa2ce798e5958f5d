"""A rail's message to what it is about: a payment of ours, a gift, a dispute of one, or nothing of ours."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from disbursements.actions.answers import OVER, Next, apply_event
from disbursements.actions.disputes import hear_of_dispute
from disbursements.actions.donations import ask_gift
from disbursements.actions.giving_back import ask_refunds
from disbursements.gateway.stripe_messages import DISPUTE
from disbursements.models import Dispute, Donation, RailEventRecord
from disbursements.states import EventOutcome

if TYPE_CHECKING:
    from collections.abc import Callable

    Clock = Callable[[], dt.datetime]

GIFT = "don:"


def apply_message(ident: int, *, clock: Clock) -> Next:
    """Ask about what a message names, whatever the message says. A second time it changes nothing."""
    record = RailEventRecord.objects.get(pk=ident)
    if record.applied_at is not None:
        return OVER
    if record.key.startswith(DISPUTE):
        return _apply_dispute(record, clock=clock)
    if not record.key.startswith(GIFT):
        return apply_event(ident, clock=clock)
    number = record.key.removeprefix(GIFT)
    gift = Donation.objects.filter(pk=int(number)).first() if number.isdigit() else None
    if gift is None:
        return _applied(record, EventOutcome.NOT_OURS, clock())
    before = (gift.state, gift.version)
    step = ask_gift(gift.pk, clock=clock)
    gift.refresh_from_db()
    if not step.problem:
        step = ask_refunds(gift, clock=clock)
    if step.problem:
        return step
    gift.refresh_from_db()
    same = before == (gift.state, gift.version)
    return _applied(record, EventOutcome.NOTHING_NEW if same else EventOutcome.APPLIED, clock())


def _apply_dispute(record: RailEventRecord, *, clock: Clock) -> Next:
    reference = record.key.removeprefix(DISPUTE)
    before = _standing(reference)
    step, row = hear_of_dispute(reference, clock=clock)
    if step.problem:
        return step
    if row is None:
        return _applied(record, EventOutcome.NOT_OURS, clock())
    same = before == _standing(reference)
    return _applied(record, EventOutcome.NOTHING_NEW if same else EventOutcome.APPLIED, clock())


def _standing(reference: str) -> tuple[object, ...]:
    row = Dispute.objects.filter(reference=reference).first()
    return (row.state, row.version, row.movements.count()) if row else ()


def _applied(record: RailEventRecord, outcome: EventOutcome, at: dt.datetime) -> Next:
    RailEventRecord.objects.filter(pk=record.pk, applied_at=None).update(applied_at=at, outcome=outcome)
    return OVER
