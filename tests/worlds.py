"""States of the database that tests start from: empty, or the sample fund loaded once for the whole run.

The journal refuses every delete, so Django's flush cannot empty the database after a test that commits; the
state that was kept is put back instead.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.db.transaction import atomic, set_rollback
from django.utils import translation

PutBack = Callable[[], None]


class Worlds:
    """Puts worlds in place, and knows which one a test that commits must find again."""

    present: ClassVar["Worlds"]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = connections["default"]
        self.connection.ensure_connection()
        sqlite = self.connection.vendor == "sqlite"
        self.empty: PutBack = self._keep_sqlite() if sqlite else self._keep_postgresql("empty")
        self._make_new = self._make_shared if sqlite else self._make_own
        self.now = self.empty
        self._made: dict[str, PutBack] = {}

    def put_back(self) -> None:
        """Make the database what the present world says."""
        self.now()
        ContentType.objects.clear_cache()
        cache.clear()

    def enter(self, world: PutBack) -> None:
        """Make this world the one to come back to."""
        self.now = world
        self.put_back()

    def fund(self) -> PutBack:
        """The sample fund; the first of several test processes loads it, the others copy."""
        return self._make("fund", _load_fund)

    def workday(self) -> PutBack:
        """The sample fund on a day on which everybody has a form before them."""
        return self._make("workday", lambda: _workday(self))

    def crowd(self) -> PutBack:
        """The sample fund thirty times over, with the same people: everybody sees much."""
        return self._make("crowd", lambda: _crowd(self))

    def _make(self, name: str, load: Callable[[], None]) -> PutBack:
        if name not in self._made:
            self._made[name] = self._make_new(name, load)
        return self._made[name]

    def _make_shared(self, name: str, load: Callable[[], None]) -> PutBack:
        kept = self.folder / f"{name}.sqlite3"
        with one_at_a_time(self.folder / f"{name}.lock"):
            if not kept.exists():
                load()
                self._save(kept)
                self.empty()
        return self._from_file(kept)

    def _make_own(self, name: str, load: Callable[[], None]) -> PutBack:
        load()
        kept = self._keep_postgresql(name)
        self.empty()
        return kept

    def _save(self, kept: Path) -> None:
        fresh = kept.with_suffix(".new")
        with sqlite3.connect(fresh) as copy:
            self.connection.connection.backup(copy)
        copy.close()
        fresh.rename(kept)

    def _from_file(self, path: Path) -> PutBack:
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        with sqlite3.connect(path) as kept:
            kept.backup(memory)
        kept.close()
        return lambda: self._overwrite(memory)

    def _keep_sqlite(self) -> PutBack:
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        self.connection.connection.backup(memory)
        return lambda: self._overwrite(memory)

    def _overwrite(self, memory: sqlite3.Connection) -> None:
        self.connection.close()
        self.connection.ensure_connection()
        memory.backup(self.connection.connection)

    def _keep_postgresql(self, name: str) -> PutBack:
        tables = [name for name in self.connection.introspection.table_names() if name != "django_migrations"]
        refill = ["TRUNCATE " + ", ".join(f'"{table}"' for table in tables)]
        with self.connection.cursor() as cursor:
            cursor.execute(f'CREATE SCHEMA "kept_{name}"')
            for table in tables:
                cursor.execute(f'CREATE TABLE "kept_{name}"."{table}" AS TABLE "{table}"')
                cursor.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
                    " AND table_name = %s AND is_generated = 'NEVER'",
                    [table],
                )
                columns = ", ".join(f'"{column}"' for (column,) in cursor.fetchall())
                refill.append(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM "kept_{name}"."{table}"')

        def put_back() -> None:
            self.connection.close()
            with atomic(), self.connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")  # triggers rest meanwhile
                cursor.execute("; ".join(refill))

        return put_back


def standing(blocker: Any, build: Callable[[], Any]) -> Iterator[Any]:
    """For a fixture of a module: what `build` makes stands around the transactions of its tests, none of which commits.

    A test takes a deep copy of it, so that what it does to the rows or to the objects is gone after it.
    """
    with ExitStack() as stack:
        with blocker.unblock(), translation.override("en"):
            stack.enter_context(atomic())
            made = build()
        yield made
        with blocker.unblock():
            set_rollback(True)
            stack.close()


def _load_fund() -> None:
    call_command("load_catalogues", verbosity=0)
    call_command("load_sample_fund", verbosity=0, stdout=StringIO())


def _workday(worlds: Worlds) -> None:
    from tests.factories import workday

    worlds.fund()()
    workday.begin()


def _crowd(worlds: Worlds) -> None:
    from evaluation.models import Report
    from fundmgmt import triggers
    from tests.bench.multiply import multiply

    worlds.fund()()
    multiply(29, same_people=True)
    triggers.remove()
    table = Report._meta.db_table  # the sample has no report that waits for an answer; some of the copies do
    with worlds.connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET state = 'submitted' WHERE state = 'accepted' AND id % 3 = 0")
    triggers.lay()


@contextmanager
def one_at_a_time(path: Path) -> Iterator[Any]:
    """Of all the processes of a run, one is inside; the others wait."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield os.getpid()
