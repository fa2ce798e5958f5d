"""Measure every main page of a database that is already filled: queries, time, own SQL alone, bytes, memory."""

import gc
import json
import resource
import sys
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

import django

RUNS = 20
SQL_RUNS = 5
ANSWERS = 200
LONG_MS = 3000  # an export that takes this long is timed once
DESKS = ("officer", "reviewer", "voter", "treasurer", "evaluator", "member:owner", "nobody")
FORMS = ("applications:section", "applications:review_scores", "evaluation:report_part")
OTHERS = ("fundmgmt:dossier", "disbursements:fund", "evaluation:library", "evaluation:results", "applications:calls")


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


def swallow(response: Any) -> tuple[int, int]:
    """Read the whole answer without keeping it: compressed bytes, and lines if it comes as a stream."""
    squeeze, size, lines = zlib.compressobj(6, wbits=31), 0, 0
    for part in response.streaming_content if response.streaming else [response.content]:
        size += len(squeeze.compress(part))
        lines += part.count(b"\n") if response.streaming else 0
    for close in response._resource_closers:
        close()
    return size + len(squeeze.flush()), lines


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
        if response.status_code != ANSWERS:
            return None
        shown = (response.context or {}).get("objects") if not response.streaming else None
        swallow(response)
        with self.connection.execute_wrapper(note):
            size, lines = swallow(client.get(url))
        gc.collect()
        times = [self._time(lambda: swallow(client.get(url)))]
        runs = 1 if times[0] > LONG_MS else runs
        times += [self._time(lambda: swallow(client.get(url))) for _ in range(runs - 1)]
        alone = [self._time(lambda: self._run(asked)) for _ in range(min(SQL_RUNS, runs))]
        return Figure(
            name,
            reader,
            len(asked),
            round(median(times), 1),
            round(median(alone), 1),
            size,
            len(shown) if shown is not None else lines,
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
                    while cursor.fetchmany(1000):
                        pass


def main_pages() -> Iterator[tuple[str, str, Any, str]]:
    """Name, reader, client and address of each page worth measuring: desks, lists and their exports, rows, forms."""
    from fundmgmt.management.commands.doors import doors
    from fundmgmt.pages import DetailPage, EditPage, ListPage
    from tests.house.visitors import VISITORS, calls_at, client_of, visitor

    readers = {who: visitor(who) for who in VISITORS}
    clients = {who: client_of(user) for who, user in readers.items()}
    for door in doors():
        if door.name == "fundmgmt:home":
            for who in DESKS:
                yield f"{door.name} of {who}", who, clients[who], calls_at(door)[0].url
        if not door.ours or (issubclass(door.page, EditPage) and door.name not in FORMS):
            continue
        kind = (DetailPage, ListPage) if door.name not in {*FORMS, *OTHERS} else object
        if not issubclass(door.page, kind):
            continue
        for who, call in first_readers(calls_at(door), readers, clients):
            yield f"{door.name} as {who}", who, clients[who], call.url
            if issubclass(door.page, ListPage):
                yield from list_variants(door, who, clients[who], call.url)


def first_readers(calls: list[Any], readers: dict[str, Any], clients: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The officer, or whoever else sees it; and the applicant, if it is theirs too."""
    for group in (("officer", "treasurer", "evaluator", "auditor", "reviewer", "voter"), ("member:owner", "nobody")):
        for who in group:
            seen = (call for call in calls if call.opens_for(readers[who]))
            call = next((call for call in seen if clients[who].get(call.url).status_code == ANSWERS), None)
            if call is not None:
                yield who, call
                break


def list_variants(door: Any, who: str, client: Any, url: str) -> Iterator[tuple[str, str, Any, str]]:
    """A list's export; and for the list of all applications its last page, a search and a filter."""
    if door.name == "applications:list":
        from applications.models import Application
        from fundmgmt.pages.lists import _key

        end = Application.objects.order_by(*(name.lstrip("-") for name in door.page.order))[door.page.page_size]
        yield f"{door.name} last page", who, client, f"{url}?after={_key(end, door.page.order)}"
        yield f"{door.name} two-word search", who, client, f"{url}?q=kolwezi+enfants"
        yield f"{door.name} filter", who, client, f"{url}?state=in_review"
    if who not in {"member:owner", "nobody"}:
        yield f"{door.name} (csv)", who, client, f"{url}?format=csv"


def bare_ms() -> float:
    """What a page costs that shows the frame alone, to somebody signed in, through all of Django."""
    from django.test import override_settings
    from django.urls import path

    from fundmgmt.pages import Page
    from fundmgmt.urls import urlpatterns
    from tests.house.visitors import client_of, visitor

    class Bare(Page):
        policy = "fundmgmt.view_public"
        template_name = "base.html"

    urls = type("Urls", (), {"urlpatterns": [path("bare/", Bare.as_view()), *urlpatterns]})
    with override_settings(ROOT_URLCONF=urls):
        client = client_of(visitor("officer"))
        client.get("/bare/")
        times = [Meter._time(lambda: client.get("/bare/")) for _ in range(RUNS)]
    return round(median(times), 1)


def run() -> dict[str, Any]:
    """Every figure of this database."""
    meter, found = Meter(), []
    for name, who, client, url in main_pages():
        figure = meter.measure(name, who, client, url, runs=3 if "(csv)" in name else RUNS)
        if figure:
            found.append(asdict(figure))
    return {"bare_ms": bare_ms(), "figures": found}


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
        json.dump(run(), sys.stdout)
