"""What runs on the timetable for the ground floor."""

from django.utils import timezone

from fundmgmt import journal


def sweep_journal() -> int:
    """Deliver entries that a crash or a failing consumer left behind."""
    return journal.sweep()


def seal_journal() -> str:
    """Seal the chain heads that moved since the last hour."""
    checkpoint = journal.seal_checkpoint(timezone.now())
    return checkpoint.root if checkpoint else ""
