"""Verification of the journal as work that can be left: one run at a time, with progress and a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from fundmgmt import journal, tasks
from fundmgmt.access import require
from fundmgmt.models import JournalEntry, Verification

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from fundmgmt.models import User


def start_verification(*, by: User, at: dt.datetime) -> Verification:
    """Begin a run, or return the one that is under way."""
    require(by, "fundmgmt.verify_journal")
    with transaction.atomic():
        running = Verification.objects.select_for_update(no_key=True).filter(finished_at=None).first()
        if running is not None and not running.given_up:
            return running
        run = Verification.objects.create(started_by=by, started_at=at, total=JournalEntry.objects.count())
        tasks.enqueue("fundmgmt.listeners.verify_journal", run.pk)
    return run


def run_verification(run: Verification, *, clock: Callable[[], dt.datetime]) -> Verification:
    """Recompute everything and keep the verdict; a run that is finished stays as it is. `clock` tells the end."""
    if run.finished_at is not None:
        return run
    verdict = journal.verify(progress=lambda done: _note(run, done))
    run.done, run.threads, run.checkpoints = verdict.entries, verdict.threads, verdict.checkpoints
    run.root, run.problems = verdict.root, verdict.problems[:200]
    run.finished_at = clock()
    run.save()
    return run


def _note(run: Verification, done: int) -> None:
    Verification.objects.filter(pk=run.pk).update(done=done)
