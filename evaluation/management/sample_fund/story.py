"""The whole sample, noted stage by stage, then told in the order of its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluation.management.sample_fund.applying import note_applications
from evaluation.management.sample_fund.banking import note_bank
from evaluation.management.sample_fund.book import Book
from evaluation.management.sample_fund.calls import note_calls
from evaluation.management.sample_fund.changing import note_changes
from evaluation.management.sample_fund.funding import note_funding
from evaluation.management.sample_fund.granting import note_ends, note_grants
from evaluation.management.sample_fund.learning import note_learning
from evaluation.management.sample_fund.meeting import note_meetings
from evaluation.management.sample_fund.people import note_people
from evaluation.management.sample_fund.publishing import note_evaluations
from evaluation.management.sample_fund.receipting import note_receipts
from evaluation.management.sample_fund.releasing import note_tranches
from evaluation.management.sample_fund.reviewing import note_reviews
from evaluation.management.sample_fund.timeline import Timeline

if TYPE_CHECKING:
    import datetime as dt

STAGES = (
    note_calls,
    note_applications,
    note_reviews,
    note_meetings,
    note_funding,
    note_grants,
    note_learning,
    note_receipts,
    note_tranches,
    note_changes,
    note_ends,
    note_evaluations,
    note_bank,
)


def tell(loaded_at: dt.datetime, password: str) -> int:
    """Let everything in the sample happen; how many happenings there were."""
    book, timeline = Book.open(loaded_at), Timeline()
    note_people(book, timeline, password)
    for note in STAGES:
        note(book, timeline)
    return timeline.run()
