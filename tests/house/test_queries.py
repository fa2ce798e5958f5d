"""Queries: a list and its export cost the same with one row, with three and with thirty."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fundmgmt.pages import ListPage
from tests.house.reading import Door, our_doors
from tests.house.samples import gifts
from tests.house.visitors import VISITORS, calls_at, client_of, look_at, visitor

pytestmark = pytest.mark.usefixtures("crowd", "db")

LISTS = [door for door in our_doors() if door.page and issubclass(door.page, ListPage)]
SIZES = (1, 3, 30)
ALIKE = 2  # two queues may differ in a state alone


@pytest.fixture(autouse=True)
def _gifts_too(crowd: None, db: None) -> None:
    """Nobody gives by card in the sample fund."""
    gifts()


@pytest.mark.parametrize("door", LISTS, ids=str)
def test_a_list_costs_the_same_with_more_rows(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    who, url = reader_of(door)
    client = client_of(visitor(who))
    cost = costs(door, monkeypatch, lambda: look_at(client, url))
    assert len(set(cost.values())) == 1, f"{door}: queries by number of rows {cost}"


@pytest.mark.parametrize("door", LISTS, ids=str)
def test_an_export_costs_the_same_with_more_rows(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    who, url = reader_of(door)
    client = client_of(visitor(who))
    cost = costs(door, monkeypatch, lambda: b"".join(client.get(url, {"format": "csv"}).streaming_content))
    assert len(set(cost.values())) == 1, f"{door}: queries by number of rows {cost}"


@pytest.mark.parametrize("who", VISITORS)
def test_a_first_page_asks_nothing_row_by_row(who: str) -> None:
    client = client_of(visitor(who))
    look_at(client, "/")
    asked: Counter[str] = Counter()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked[sql] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        look_at(client, "/")
    often = {sql: times for sql, times in asked.items() if times > ALIKE}
    assert often == {}


def costs(door: Door, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Any]) -> dict[int, int]:
    """Queries by number of rows, the same question asked each time of so many rows and no more."""
    whole = door.page.get_queryset
    keys: list[Any] = []

    def few(page: Any, size: int) -> Any:
        rows = whole(page)
        keys[:] = keys or list(rows.values_list("pk", flat=True)[: max(SIZES)])
        return rows.filter(pk__in=keys[:size])

    found = {}
    for size in (SIZES[-1], *SIZES):  # the first time fills what is kept between requests
        monkeypatch.setattr(door.page, "get_queryset", lambda page, size=size: few(page, size))
        with CaptureQueriesContext(connection) as queries:
            ask()
        found[min(size, len(keys))] = len(queries)
    assert max(found) >= SIZES[1], f"{door}: only {max(found)} rows could be shown"
    return found


@cache
def reader_of(door: Door) -> tuple[str, str]:
    """Who sees most rows of this list, and at which address."""
    best = (0, "", "")
    for who in VISITORS:
        user = visitor(who)
        for call in calls_at(door)[:3]:
            if call.opens_for(user):
                response = look_at(client_of(user), call.url)
                rows = len(response.context["objects"]) if response.status_code == 200 else 0
                best = max(best, (rows, who, call.url))
    assert best[0], f"{door}: nobody sees a row here"
    return best[1:]
