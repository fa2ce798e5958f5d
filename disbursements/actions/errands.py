"""Carrying out an errand of the outbox: claim it, do its one step, write down how it went."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from disbursements.actions.answers import Next, ask_instruction, submit_instruction
from disbursements.actions.dispute_answers import submit_dispute_answer
from disbursements.actions.disputes import ask_dispute
from disbursements.actions.donations import ask_gift, send_receipt
from disbursements.actions.giving_back import submit_giving_back
from disbursements.actions.messages import apply_message
from disbursements.actions.outbox import claim_errand, finish_errand, is_free, is_poison, park_errand, postpone_errand
from disbursements.models import Outbox
from disbursements.states import Errand
from fundmgmt.tasks import MONEY, beat

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    Clock = Callable[[], dt.datetime]

logger = logging.getLogger("disbursements.errands")
WORK: dict[str, Callable[..., Next]] = {
    Errand.SUBMIT: submit_instruction,
    Errand.ASK: ask_instruction,
    Errand.EVENT: apply_message,
    Errand.GIFT: ask_gift,
    Errand.REFUND: submit_giving_back,
    Errand.DISPUTE: ask_dispute,
    Errand.ANSWER: submit_dispute_answer,
    Errand.RECEIPT: send_receipt,
}


def run_errand(ident: int, *, clock: Clock) -> str:
    """One try at one errand; says how it went. Harmless however often it is called."""
    beat(MONEY, clock())
    row = claim_errand(ident, at=clock())
    if row is None:
        return "not mine"
    if is_poison(row, at=clock()):
        park_errand(row, at=clock())
        return "parked"
    try:
        step = WORK[row.kind](row.subject, clock=clock)
    except Exception as error:
        logger.exception("errand %s failed", row.key)
        step = Next(problem=f"{type(error).__name__}: {error}")
    if step.over:
        finish_errand(row, at=clock())
        return "done"
    postpone_errand(row, at=clock(), wait_seconds=step.wait_seconds, problem=step.problem)
    return "waits"


def run_due(*, clock: Clock, seconds: int = 20, limit: int = 1000) -> int:
    """Errands that are due and nobody's: what a lost wake-up, a crash or a wait left behind. How many were tried.

    It begins none after `seconds`, so that it ends long before a worker's time is up; the next run takes the rest.
    """
    begun, done = clock(), 0
    due = Outbox.objects.filter(is_free(begun)).order_by("not_before", "pk")
    for ident in list(due.values_list("pk", flat=True)[:limit]):
        if (clock() - begun).total_seconds() > seconds:
            break
        run_errand(ident, clock=clock)
        done += 1
    return done
