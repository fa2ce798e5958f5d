"""What the journal tells of a row, and that a refused step changed nothing and told nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models import Model

from fundmgmt.journal import subject_of
from fundmgmt.models import JournalEntry


def last_of(row: Model) -> JournalEntry:
    return JournalEntry.objects.filter(subject=subject_of(row)).latest("id")


def told(row: Model) -> tuple[str, str, str, Any]:
    """Step, from where, to where and by whom, of the newest entry about a row."""
    entry = last_of(row)
    return entry.kind.rpartition(".")[2], entry.from_state, entry.to_state, entry.actor


@contextmanager
def refused(error: type[Exception], match: str, *rows: Model) -> Iterator[pytest.ExceptionInfo[Any]]:
    """This is refused with these words; the rows and the journal stay as they are."""
    before = [type(row)._base_manager.filter(pk=row.pk).values().get() for row in rows]
    entries = JournalEntry.objects.count()
    with pytest.raises(error, match=match) as caught:
        yield caught
    assert [type(row)._base_manager.filter(pk=row.pk).values().get() for row in rows] == before
    assert JournalEntry.objects.count() == entries
