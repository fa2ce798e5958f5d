"""Taking one protection out, in a process of a race or in the test's own database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

LOCK, CONDITION, CONSTRAINT = "lock", "conditional update", "constraint"
ALL = frozenset({LOCK, CONDITION, CONSTRAINT})


def in_this_process(without: Iterable[str]) -> None:
    """No row locks, no condition on an update: for the rest of this process, which is one runner of a race."""
    from disbursements.actions import ledger
    from fundmgmt.models import WorkflowModel

    if LOCK in without:
        QuerySet.select_for_update = lambda self, *_args, **_kwargs: self.all()  # type: ignore[method-assign]
    if CONDITION in without:
        ledger._room_for = lambda *_args: Q()  # type: ignore[assignment]
        plain = super(WorkflowModel, WorkflowModel)._do_update  # type: ignore[misc]
        WorkflowModel._do_update = plain


def after(module: Any, name: str, then: Callable[[], None]) -> None:
    """Let something happen between what this function reads and what follows it."""
    swift: Callable[..., Any] = getattr(module, name)

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = swift(*args, **kwargs)
        then()
        return found

    setattr(module, name, slow)


def arrive(place: str, name: str) -> None:
    """Tell the others of the race that this one is here."""
    (Path(place) / name).touch()


def await_others(place: str, count: int, seconds: float = 8) -> None:
    """Until so many are here; not for ever, because a lock may keep them from coming."""
    deadline = time.monotonic() + seconds
    while len(list(Path(place).iterdir())) < count and time.monotonic() < deadline:
        time.sleep(0.02)


@contextmanager
def constraints_gone(wanted: list[tuple[str, str]], put_back: Callable[[], None]) -> Iterator[None]:
    """Without what matches (table, part of its definition): unique indexes, unique and check constraints.

    `put_back` empties the database of what the constraints would refuse, before they are laid again.
    """
    again: list[str] = []
    with connection.cursor() as cursor:
        for table, part in wanted:
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype IN ('u', 'c') AND pg_get_constraintdef(oid) LIKE %s",
                [table, f"%{part}%"],
            )
            for name, definition in cursor.fetchall():
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
                again.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes"
                " WHERE tablename = %s AND schemaname = 'public'"
                " AND indexdef LIKE 'CREATE UNIQUE%%' AND indexdef LIKE %s",
                [table, f"%{part}%"],
            )
            for name, definition in cursor.fetchall():
                cursor.execute(f'DROP INDEX "{name}"')
                again.append(definition)
    assert len(again) >= len(wanted), again
    try:
        yield
    finally:
        put_back()
        with connection.cursor() as cursor:
            for statement in again:
                cursor.execute(statement)
