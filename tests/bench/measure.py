"""Measure every main page of a database that is already filled: queries, time, own SQL alone, bytes, memory."""

import gc
import gzip
import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

import django

RUNS = 20
SQL_RUNS = 5


@dataclass
class Figure:
    """What one page costs."""

    page: str
    reader: str
    queries: int
    ms: float
    sql_ms: float
    gzip_bytes: int
    rows: int
    peak_mb: float


def peak_mb() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def body_of(response: Any) -> bytes:
    """The whole answer, a streamed one too."""
    return b"".join(response.streaming_content) if response.streaming else response.content


class Meter:
    """Asks for pages as one reader after another."""

    def __init__(self) -> None:
        from django.db import connection

        self.connection = connection

    def measure(self, name: str, reader: str, client: Any, url: str, runs: int = RUNS) -> Figure | None:
        """The figure of one address; nothing when it does not answer with a page."""
        asked: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            asked.append((sql, params))
            return execute(sql, params, many, context)

        response = client.get(url)
        if response.status_code != 200:
            return None
        with self.connection.execute_wrapper(note):
            body = body_of(client.get(url))
        gc.collect()
        times = [self._time(lambda: body_of(client.get(url))) for _ in range(runs)]
        alone = [self._time(lambda: self._run(asked)) for _ in range(min(SQL_RUNS, runs))]
        shown = (response.context or {}).get("objects") if not response.streaming else None
        return Figure(
            name,
            reader,
            len(asked),
            round(median(times), 1),
            round(median(alone), 1),
            len(gzip.compress(body, 6)),
            len(shown) if shown is not None else body.count(b"\n") if response.streaming else 0,
            round(peak_mb()),
        )

    @staticmethod
    def _time(work: Any) -> float:
        begun = perf_counter()
        work()
        return (perf_counter() - begun) * 1000

    def _run(self, asked: list[tuple[str, Any]]) -> None:
        with self.connection.cursor() as cursor:
            for sql, params in asked:
                if sql.lstrip().upper().startswith("SELECT"):
                    cursor.execute(sql, params)
                    cursor.fetchall()


def main_pages() -> Iterator[tuple[str, str, Any, str]]:
    """Name, reader, client and address of each page worth measuring: lists, rows, desks; and each list's export."""
    from fundmgmt.pages import ListPage, StepPage
    from tests.house.reading import our_doors
    from tests.house.visitors import VISITORS, calls_at, client_of, visitor

    readers = {who: visitor(who) for who in VISITORS}
    clients = {who: client_of(user) for who, user in readers.items()}
    for door in our_doors():
        if door.page is None or issubclass(door.page, StepPage):
            continue
        for call in calls_at(door)[:1]:
            who = next((who for who, user in readers.items() if call.opens_for(user)), None)
            if door.name.startswith("applications:") and call.opens_for(readers["officer"]):
                who = "officer"
            if who is None:
                continue
            yield door.name, who, clients[who], call.url
            if issubclass(door.page, ListPage):
                yield f"{door.name} (csv)", who, clients[who], call.url + "?format=csv"


def frame_ms() -> float:
    """What a page costs that asks nothing of the database: the frame alone."""
    from django.contrib.auth.models import AnonymousUser
    from django.template.loader import render_to_string
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.session = {}
    times = [Meter._time(lambda: render_to_string("base.html", {}, request)) for _ in range(RUNS)]
    return round(median(times), 1)


def run() -> dict[str, Any]:
    """Every figure of this database."""
    meter, found = Meter(), []
    for name, who, client, url in main_pages():
        figure = meter.measure(name, who, client, url, runs=3 if "(csv)" in name else RUNS)
        if figure:
            found.append(asdict(figure))
    return {"frame_ms": frame_ms(), "figures": found}


if __name__ == "__main__":
    django.setup()
    from django.test import override_settings
    from django.test.utils import setup_test_environment

    setup_test_environment()
    plain = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=plain):
        if len(sys.argv) > 1:
            from tests.bench.multiply import multiply

            multiply(int(sys.argv[1]))
        json.dump(run(), sys.stdout)
