"""Errands of the outbox: put in with the change that asks for them, taken by one worker, parked when they fail."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.models import Outbox
from disbursements.states import Errand, ErrandState
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import StepRefused
from fundmgmt.rules import rule
from fundmgmt.tasks import MONEY, enqueue

if TYPE_CHECKING:
    import uuid

    from django.db.models import QuerySet

    from fundmgmt.models import User

LONGEST_WAIT = 3600  # seconds between two tries
MARGIN = 10  # seconds a lease outlives the longest task


def put_errand(
    kind: Errand, key: str, subject: int, *, thread: uuid.UUID, at: dt.datetime, wait_seconds: int = 0
) -> Outbox:
    """Ask for work in the caller's transaction; the same key asks once. A worker is woken after commit."""
    not_before = at + dt.timedelta(seconds=wait_seconds)
    values = {"kind": kind, "subject": subject, "thread": thread, "not_before": not_before, "added_at": at}
    row, new = Outbox.objects.get_or_create(key=key, defaults=values)
    if new and not wait_seconds:
        enqueue("disbursements.tasks.run_errand", row.pk, MONEY)
    return row


def is_free(at: dt.datetime) -> Q:
    """Waiting, due, and nobody works on it."""
    return Q(state=ErrandState.WAITING, not_before__lte=at) & (Q(lease_until=None) | Q(lease_until__lt=at))


def claim_errand(ident: int, *, at: dt.datetime) -> Outbox | None:
    """Take it for the length of a lease; None when it is done, not due or somebody else's. The try counts from now."""
    lease = at + dt.timedelta(seconds=settings.TASK_SECONDS + MARGIN)
    taken = Outbox.objects.filter(is_free(at), pk=ident).update(attempts=F("attempts") + 1, lease_until=lease)
    return Outbox.objects.get(pk=ident) if taken else None


def finish_errand(row: Outbox, *, at: dt.datetime) -> None:
    """It is done."""
    _still_mine(row).update(state=ErrandState.DONE, settled_at=at, lease_until=None, last_error="")


def postpone_errand(row: Outbox, *, at: dt.datetime, wait_seconds: int = 0, problem: str = "") -> None:
    """Not done yet. A problem keeps its tries and waits longer each time; an answer starts to count anew."""
    if problem:
        wait_seconds = min(settings.RETRY_SECONDS * 2 ** (row.attempts - 1), LONGEST_WAIT)
    values = {"attempts": row.attempts if problem else 0, "last_error": problem[:2000]}
    not_before = at + dt.timedelta(seconds=wait_seconds)
    _still_mine(row).update(not_before=not_before, lease_until=None, **values)


def _still_mine(row: Outbox) -> QuerySet[Outbox]:
    return Outbox.objects.filter(pk=row.pk, state=ErrandState.WAITING, lease_until=row.lease_until)


def is_poison(row: Outbox, *, at: dt.datetime) -> bool:
    """Whether it was tried as often as the rule allows."""
    return row.attempts > rule("errand_attempts", timezone.localdate(at)).value


def park_errand(row: Outbox, *, at: dt.datetime) -> None:
    """Tried too often without an answer: it stands still, and people are told."""
    with transaction.atomic():
        parked = {"state": ErrandState.PARKED, "settled_at": at, "lease_until": None}
        if Outbox.objects.filter(pk=row.pk, state=ErrandState.WAITING).update(**parked):
            facts = {"code": row.kind, "key": row.key[:64], "attempts": row.attempts - 1}
            journal.record("disbursements.outbox.park", row, by=None, at=at, facts=facts)


def retry_errand(row: Outbox, *, by: User, at: dt.datetime, reason: str = "") -> Outbox:
    """A person looked at a parked errand and lets it be tried again, under the same key."""
    with transaction.atomic():
        require(by, "disbursements.retry_outbox", row)
        again = {"state": ErrandState.WAITING, "settled_at": None, "attempts": 0, "not_before": at}
        if not Outbox.objects.filter(pk=row.pk, state=ErrandState.PARKED).update(**again):
            raise StepRefused(_("This is not parked any more: it is waiting or done. Look at where it stands now."))
        facts = {"code": row.kind, "key": row.key[:64]}
        journal.record("disbursements.outbox.retry", row, by=by, at=at, facts=facts, reason=reason)
        enqueue("disbursements.tasks.run_errand", row.pk, MONEY)
    row.refresh_from_db()
    return row
