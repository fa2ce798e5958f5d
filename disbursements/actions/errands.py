"""Carrying out an errand of the outbox: claim it, do its one step, write down how it went."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from disbursements.actions.answers import Next, apply_event, ask_instruction, submit_instruction
from disbursements.actions.outbox import claim_errand, finish_errand, is_free, is_poison, park_errand, postpone_errand
from disbursements.models import Outbox
from disbursements.states import Errand

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    Clock = Callable[[], dt.datetime]

logger = logging.getLogger("disbursements.errands")
WORK: dict[str, Callable[..., Next]] = {
    Errand.SUBMIT: submit_instruction,
    Errand.ASK: ask_instruction,
    Errand.EVENT: apply_event,
}


def run_errand(ident: int, *, clock: Clock) -> str:
    """One try at one errand; says how it went. Harmless however often it is called."""
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


def run_due(*, clock: Clock, limit: int = 200) -> int:
    """Every errand that is due and nobody's: what a lost wake-up, a crash or a wait left behind."""
    due = Outbox.objects.filter(is_free(clock())).order_by("not_before", "pk")
    found = list(due.values_list("pk", flat=True)[:limit])
    for ident in found:
        run_errand(ident, clock=clock)
    return len(found)
