"""Journal entries to actions: each fetches by id and calls one action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from disbursements.models import Grant
from evaluation.actions import closing, gathering, scheduling
from fundmgmt import mail
from fundmgmt.tasks import enqueue

if TYPE_CHECKING:
    from fundmgmt.models import JournalEntry


def on_case_worthy_entry(entry: JournalEntry) -> None:
    """A moment for the case record."""
    gathering.gather_moment(entry)


def on_grant_active(entry: JournalEntry) -> None:
    """Plan the reports and visits of a grant that begins."""
    grant = Grant.objects.select_related("application").get(pk=entry.subject.rpartition(":")[2])
    scheduling.schedule_reports(grant, by=None, at=entry.at)
    scheduling.plan_visits(grant, by=None, at=entry.at)


def on_new_terms(entry: JournalEntry) -> None:
    """A grant that ends later: its final report too, and the reports that move with it."""
    if entry.facts.get("end_date"):
        grant = Grant.objects.get(pk=entry.subject.rpartition(":")[2])
        scheduling.follow_new_end(grant, at=entry.at)
        scheduling.follow_new_days(grant, entry.facts["terms"], at=entry.at)


def on_closing(entry: JournalEntry) -> None:
    """What was settled before the close-out list was laid out."""
    closing.tell_what_is_settled(Grant.objects.get(pk=entry.subject.rpartition(":")[2]), at=entry.at)


def on_news(entry: JournalEntry) -> None:
    """Write to those whom a step concerns, unless it happened too long ago."""
    if mail.is_news(entry.at, timezone.now()):
        enqueue("evaluation.tasks.send_letters", entry.pk)
