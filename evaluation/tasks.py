"""What workers do for this stage: read the row by its id, call one thing."""

from __future__ import annotations

from django.utils import timezone

from evaluation.queries.letters import letters_for
from fundmgmt import mail
from fundmgmt.models import JournalEntry


def send_letters(entry_id: int) -> None:
    """The letters of one journal entry, each once to each reader."""
    entry = JournalEntry.objects.select_related("remark").get(pk=entry_id)
    mail.send_letters(entry, letters_for(entry, timezone.localdate()))
