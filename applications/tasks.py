"""What workers do for this stage: read the row by its id, call one action."""

from __future__ import annotations

from django.utils import timezone

from applications.actions.calls import close_due_calls
from applications.actions.papers import write_submission_paper
from applications.models import Submission
from applications.queries.letters import letters_for
from fundmgmt import mail
from fundmgmt.models import JournalEntry


def write_application_paper(submission_id: int) -> None:
    """The PDF of one submission; nothing when it is there already."""
    write_submission_paper(Submission.objects.select_related("application").get(pk=submission_id))


def close_calls() -> int:
    """Close the calls whose closing moment has come."""
    return close_due_calls(at=timezone.now())


def send_letters(entry_id: int) -> None:
    """The letters of one journal entry, each once to each reader."""
    entry = JournalEntry.objects.select_related("remark").get(pk=entry_id)
    mail.send_letters(entry, letters_for(entry, timezone.localdate()))
