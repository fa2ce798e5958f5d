"""A slice of the bench: copies are whole stories, nothing points nowhere, and a page can be measured."""

from typing import Any

import pytest
from django.db import connection

from applications.models import Application, Review
from disbursements.models import Grant
from fundmgmt import triggers
from fundmgmt.models import JournalEntry
from tests.bench.measure import Meter
from tests.bench.multiply import multiply
from tests.bench.telling import Line
from tests.house.visitors import client_of, visitor

pytestmark = [pytest.mark.usefixtures("fund"), pytest.mark.django_db(transaction=True)]


def test_copies_are_whole_and_apart() -> None:
    before = [model.objects.count() for model in (Application, Review, Grant)]
    threads = Application.objects.values("thread").distinct().count()
    multiply(2)
    applications, reviews, grants = (model.objects.count() for model in (Application, Review, Grant))
    assert [applications, reviews] == [3 * before[0], 3 * before[1]]
    assert grants == 2 * before[2]  # the second copy stops at the decision
    assert Application.objects.values("thread").distinct().count() == 3 * threads
    connection.check_constraints()
    assert triggers.missing() == []


def test_a_copied_story_is_told_in_its_own_thread() -> None:
    multiply(1)
    copy = Application.objects.order_by("-pk").first()
    assert copy is not None
    told = JournalEntry.objects.filter(thread=copy.thread, kind="applications.application.begin")
    assert [entry.subject for entry in told] == [f"applications.application:{copy.pk}"]


def test_a_page_is_measured() -> None:
    client = client_of(visitor("officer"))
    figure = Meter().measure("list", "officer", client, "/applications/", runs=2)
    assert figure is not None
    assert figure.queries > 0
    assert figure.rows > 0
    assert 0 < figure.gzip_bytes < 14 * 1024
    export = Meter().measure("export", "officer", client, "/applications/?format=csv", runs=1)
    assert export is not None
    assert export.rows > figure.rows


def figure(ms: float, **more: float) -> dict[str, Any]:
    return {"ms": ms, "sql_ms": 5.0, "queries": 9, "first_ms": 90.0, "grown_mb": 1.0, **more}


@pytest.mark.parametrize(
    ("page", "first", "last", "missed"),
    [
        ("fundmgmt:rules as officer", figure(20), figure(25), []),
        ("fundmgmt:rules as officer", figure(10), figure(14), ["growth"]),
        ("fundmgmt:rules as officer", figure(26), figure(26), ["SQL"]),
        ("applications:list as officer", figure(20, queries=16), figure(20, queries=16), ["queries"]),
        ("applications:list as officer", figure(32, sql_ms=9.0), figure(32, sql_ms=9.0), ["peer"]),
        ("fundmgmt:journal (csv)", figure(10), figure(9000), []),
        ("fundmgmt:journal (csv)", figure(10), figure(9000, first_ms=501.0), ["first byte"]),
        ("fundmgmt:journal (csv)", figure(10), figure(9000, grown_mb=9.1), ["memory"]),
    ],
)
def test_what_is_missed_is_said(page: str, first: dict[str, Any], last: dict[str, Any], missed: list[str]) -> None:
    assert Line(page, {1000: first, 10_000: last}, bare_ms=10.0).missed() == missed
