"""The whole sample, noted stage by stage, then told in the order of its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluation.management.sample_fund.applying import note_applications
from evaluation.management.sample_fund.book import Book
from evaluation.management.sample_fund.calls import note_calls
from evaluation.management.sample_fund.people import note_people
from evaluation.management.sample_fund.timeline import Timeline

if TYPE_CHECKING:
    import datetime as dt


def tell(loaded_at: dt.datetime, password: str) -> int:
    """Let everything in the sample happen; how many happenings there were."""
    book, timeline = Book.open(loaded_at), Timeline()
    note_people(book, timeline, password)
    note_calls(book, timeline)
    note_applications(book, timeline)
    return timeline.run()
