"""Weight: what an applicant, a grantee, a reviewer, a treasurer or a visitor meets is small and needs no script."""

import gzip
import re
from functools import cache
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests.house.visitors import ANONYMOUS, STRANGER, client_of, look_at, our_calls, visitor

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
    user = visitor(who)
    client = client_of(user)
    urls = [str(call.url) for call in our_calls() if call.opens_for(user)]
    if who == ANONYMOUS:
        urls += [reverse("account_login"), reverse("account_signup")]
    heavy = {}
    for url in urls:
        response = look_at(client, url, HTTP_ACCEPT_ENCODING="gzip")
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        assert response["Content-Encoding"] == "gzip", f"{url} is sent uncompressed"
        page = gzip.decompress(response.content)
        weight = len(response.content) + sum(style_bytes(name.decode()) for name in STYLE.findall(page))
        if weight > MOST_BYTES:
            heavy[url] = weight
    assert heavy == {}


@pytest.mark.parametrize("who", LIGHT)
def test_pages_work_without_scripts(who: str) -> None:
    """A script may help, never carry: from our own files, deferred, and no handler inside the page."""
    user = visitor(who)
    client = client_of(user)
    for call in our_calls():
        if not call.opens_for(user):
            continue
        response = look_at(client, call.url)
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        assert not ONLY_BY_SCRIPT.search(response.content), call.url
        for attributes, inside in SCRIPT.findall(response.content):
            later = b"defer" in attributes or b'type="module"' in attributes  # a module waits by itself
            helps = b'src="/static/' in attributes and later and not inside.strip()
            assert helps or b'type="application/json"' in attributes, call.url
