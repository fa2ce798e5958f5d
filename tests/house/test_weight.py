"""Weight: what an applicant, a grantee, a reviewer, a treasurer or a visitor meets is small and needs no script."""

import gzip
import re
from functools import cache
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests.house.visitors import ANONYMOUS, STRANGER, client_of, visitor
from tests.house.walks import Met, knock, walk

pytestmark = pytest.mark.usefixtures("workday", "db")

MOST_BYTES = 14 * 1024
LIGHT = [ANONYMOUS, STRANGER, "member:owner", "reviewer", "treasurer", "evaluator"]
STYLE = re.compile(rb"""<link\b[^>]*rel=["']stylesheet["'][^>]*href=["']/static/([^"']+)["']""")
SCRIPT = re.compile(rb"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
ONLY_BY_SCRIPT = re.compile(rb"""\son\w+\s*=|href=["']javascript:""")


@cache
def style_bytes(name: str) -> int:
    path = finders.find(name)
    assert path, name
    return len(gzip.compress(Path(path).read_bytes(), 9))


@pytest.mark.parametrize("who", LIGHT)
def test_a_first_visit_is_light(who: str) -> None:
    heavy = {}
    for met in pages(who):
        assert met.encoding == "gzip", f"{met.url} is sent uncompressed"
        weight = len(met.body) + sum(style_bytes(name.decode()) for name in STYLE.findall(met.page))
        if weight > MOST_BYTES:
            heavy[met.url] = weight
    assert heavy == {}


@pytest.mark.parametrize("who", LIGHT)
def test_pages_work_without_scripts(who: str) -> None:
    """A script may help, never carry: from our own files, deferred, and no handler inside the page."""
    for met in pages(who):
        assert not ONLY_BY_SCRIPT.search(met.page), met.url
        for attributes, inside in SCRIPT.findall(met.page):
            later = b"defer" in attributes or b'type="module"' in attributes  # a module waits by itself
            helps = b'src="/static/' in attributes and later and not inside.strip()
            assert helps or b'type="application/json"' in attributes, met.url


def pages(who: str) -> list[Met]:
    """The pages that open for this visitor; for nobody in particular also the way in."""
    found = [met for met in walk(who) if met.is_page and met.status == 200]
    if who == ANONYMOUS:
        client = client_of(visitor(who))
        found += [knock(client, reverse(name)) for name in ("account_login", "account_signup")]
    assert found
    return found
