"""Journal entries to work of this stage: each looks whether there is something to do and enqueues it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from applications.models import AgendaItem
from disbursements.actions import closing, decisions
from disbursements.models import Grant
from fundmgmt import mail
from fundmgmt.tasks import enqueue

if TYPE_CHECKING:
    from fundmgmt.models import JournalEntry


def on_decision(entry: JournalEntry) -> None:
    """The Committee decided: what is about a grant takes effect on it."""
    item = AgendaItem.objects.select_related("meeting").get(pk=entry.subject.rpartition(":")[2])
    decisions.carry_out(item, at=entry.at)


def on_tranche_over(entry: JournalEntry) -> None:
    """The last tranche arrived or will not be paid: the close-out list may know that all is accounted for."""
    grant = Grant.objects.filter(thread=entry.thread).first()
    if grant is not None:
        closing.look_at_refund(grant, at=entry.at)


def on_news(entry: JournalEntry) -> None:
    """Write to those whom a step concerns, unless it happened too long ago."""
    if mail.is_news(entry.at, timezone.now()):
        enqueue("disbursements.tasks.send_letters", entry.pk)
