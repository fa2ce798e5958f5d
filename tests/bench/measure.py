"""Measure every main page of a database that is already filled: queries, time, own SQL alone, bytes, memory."""

import gc
import json
import logging
import resource
import sys
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import django

RUNS = 20
SQL_RUNS = 5
ANSWERS = 200
LONG_MS = 3000  # an export that takes this long is timed once, while its queries are counted
CHUNK = 2000
LONGEST_S = 60  # an export is read no longer than this: its rate is that of what was read
STATUS = Path("/proc/self/status")
DESKS = ("officer", "reviewer", "voter", "treasurer", "evaluator", "member:owner", "nobody")
FORMS = ("applications:section", "applications:review_scores", "evaluation:report_part")
OTHERS = ("fundmgmt:dossier", "disbursements:fund", "evaluation:library", "evaluation:results", "applications:calls")


@dataclass
class Figure:
    """What one page costs; `first_ms` until its first byte, `grown_mb` what memory it took beside what was held."""

    page: str
    reader: str
    queries: int
    ms: float
    cpu_ms: float
    sql_ms: float
    first_ms: float
    gzip_bytes: int
    rows: int
    peak_mb: float
    grown_mb: float
    whole: bool = True


def memory_mb(line: str) -> float:
    """What the kernel says of this process: VmRSS now, VmHWM at its peak since `forget_peak`."""
    if not STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = next(row for row in STATUS.read_text().splitlines() if row.startswith(line))
    return int(found.split()[1]) / 1024


def forget_peak() -> None:
    """Let the peak start again from what is held now; where the kernel has no such file, peaks only rise."""
    if STATUS.exists():
        STATUS.with_name("clear_refs").write_text("5")


def swallow(response: Any) -> tuple[int, int, float]:
    """Read the answer without keeping it: compressed bytes, table rows or lines, the moment of the first byte."""
    end, squeeze, size, rows, first = perf_counter() + LONGEST_S, zlib.compressobj(6, wbits=31), 0, 0, 0.0
    mark = b"\n" if response.streaming else b'<th scope="row"'
    for part in response.streaming_content if response.streaming else [response.content]:
        first = first or perf_counter()
        size += len(squeeze.compress(part))
        rows += part.count(mark)
        if perf_counter() > end:
            break
    for close in response._resource_closers:
        close()
    return size + len(squeeze.flush()), rows, first


class Meter:
    """Asks for pages as one reader after another."""

    def __init__(self) -> None:
        from django.db import connection

        self.connection = connection

    def measure(self, name: str, reader: str, client: Any, url: str, runs: int = RUNS) -> Figure | None:
        """The figure of one address; nothing when it does not answer with a page.

        The first answer is not timed: it counts queries and fills what is kept between requests.
        """
        asked: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            asked.append((sql, params))
            return execute(sql, params, many, context)

        gc.collect()
        forget_peak()
        held, begun, busy = memory_mb("VmRSS"), perf_counter(), process_time()
        with self.connection.execute_wrapper(note):
            response = client.get(url)
            if response.status_code != ANSWERS:
                return None
            size, rows, first = swallow(response)
        whole, first_ms = (perf_counter() - begun) * 1000, (first - begun) * 1000
        peak = memory_mb("VmHWM")
        times, alone = [(whole, (process_time() - busy) * 1000)], 1
        if whole < LONG_MS:
            times = [self._time(lambda: swallow(client.get(url))) for _ in range(runs)]
            alone = min(SQL_RUNS, runs)
        own = [self._time(lambda: self._run(asked, parts=response.streaming)) for _ in range(alone)]
        return Figure(
            name,
            reader,
            len(asked),
            round(median(wall for wall, _cpu in times), 1),
            round(median(cpu for _wall, cpu in times), 1),
            round(median(wall for wall, _cpu in own), 1),
            round(first_ms, 1),
            size,
            rows,
            round(peak),
            round(max(peak - held, 0), 1),
            whole < LONGEST_S * 1000,
        )

    @staticmethod
    def _time(work: Any) -> tuple[float, float]:
        """Milliseconds on the wall and of this process."""
        begun, busy = perf_counter(), process_time()
        work()
        return (perf_counter() - begun) * 1000, (process_time() - busy) * 1000

    def _run(self, asked: list[tuple[str, Any]], *, parts: bool) -> None:
        """The same statements without Django's models; a long answer is read as the export reads it, in parts."""
        end = perf_counter() + LONGEST_S
        for sql, params in asked:
            if sql.lstrip().upper().startswith("SELECT"):
                with self.connection.chunked_cursor() if parts else self.connection.cursor() as cursor:
                    cursor.execute(sql, params)
                    while cursor.fetchmany(CHUNK) and perf_counter() < end:
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
    return round(median(wall for wall, _cpu in times), 1)


def run(pages: list[tuple[str, str, Any, str]], bare: float) -> dict[str, Any]:
    """Every figure of this database."""
    meter, found = Meter(), []
    for name, who, client, url in pages:
        figure = meter.measure(name, who, client, url, runs=3 if "(csv)" in name else RUNS)
        if figure:
            found.append(asdict(figure))
    return {"bare_ms": bare, "figures": found}


if __name__ == "__main__":
    django.setup()
    from django.test import override_settings
    from django.test.utils import setup_test_environment, teardown_test_environment

    logging.disable(logging.WARNING)  # pages that turn a reader away while readers are looked for
    plain = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=plain):
        setup_test_environment()
        pages = list(main_pages())
        teardown_test_environment()  # it copies the context of each template it draws: no server does
        json.dump(run(pages, bare_ms()), sys.stdout)
