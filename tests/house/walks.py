"""One walk for each visitor: what they meet at every door, asked once in the whole run, whichever process asks."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, transaction

from tests.house.visitors import client_of, look_at, our_calls, visitor
from tests.worlds import Worlds, one_at_a_time

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
# Signing in and counting attempts write; that is not what a page does.
MAY_WRITE = ("django_session", "account_", "mfa_", "fundmgmt_user")


@dataclass(frozen=True)
class Met:
    """An answer, as it came over the wire; what is no page has no body here."""

    url: str
    status: int
    location: str
    encoding: str
    body: bytes
    template: str = ""
    wrote: str = ""

    @property
    def is_page(self) -> bool:
        return bool(self.body)

    @property
    def page(self) -> bytes:
        return gzip.decompress(self.body) if self.encoding == "gzip" else self.body


class Wrote(AssertionError):
    """A page that was only looked at wrote."""


@contextmanager
def nothing_written() -> Iterator[None]:
    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES) and not any(f'"{table}' in sql for table in MAY_WRITE):
            raise Wrote(f"a page that was only looked at wrote: {sql[:120]}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


@cache
def walk(who: str) -> list[Met]:
    """What stands behind our_calls(), one after the other, in the world of a working day."""
    kept = Worlds.present.folder / f"walk-{who.replace(':', '-')}.pickle"
    with one_at_a_time(kept.with_suffix(".lock")):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(_walk(who)))
    return pickle.loads(kept.read_bytes())  # noqa: S301 -- written by this run, in its own folder


def _walk(who: str) -> list[Met]:
    """Taken back at its end: what a sample makes on the way does not stand there when the doors are counted again."""
    with transaction.atomic():
        client = client_of(visitor(who))
        found = [knock(client, call.url) for call in our_calls()]
        transaction.set_rollback(True)
    return found


def knock(client: Any, url: str) -> Met:
    """Ask for one address."""
    try:
        with nothing_written():
            response = look_at(client, url, HTTP_ACCEPT_ENCODING="gzip")
    except Wrote as said:
        return Met(url, 500, "", "", b"", wrote=str(said))
    is_page = not response.streaming and response.get("Content-Type", "").startswith("text/html")
    return Met(
        url,
        response.status_code,
        response.get("Location", ""),
        response.get("Content-Encoding", ""),
        response.content if is_page and response.status_code != 404 else b"",
        response.templates[0].name if response.templates else "",
    )
