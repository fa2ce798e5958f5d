"""HTML: every page, for everybody who sees it, is what browsers and screen readers expect."""

import json
import shutil
import subprocess
from pathlib import Path

import html5lib
import pytest
from django.urls import reverse

from fundmgmt.env import BASE_DIR
from tests.house.visitors import ANONYMOUS, VISITORS, client_of, visitor
from tests.house.walks import walk

pytestmark = pytest.mark.usefixtures("workday", "db")

CHECKER = BASE_DIR / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
ACCOUNT_PAGES = ("account_login", "account_signup", "account_reset_password")
# What the checker says of style sheets written after it was, which no reader meets.
NOT_ABOUT_HTML = ("CSS:",)


def pages(who: str) -> dict[str, bytes]:
    """Every page that this person sees, by address."""
    found = {met.url: met.page for met in walk(who) if met.is_page}
    if who == ANONYMOUS:
        client = client_of(visitor(who))
        found |= {url: client.get(url).content for url in map(reverse, ACCOUNT_PAGES)}
    return found


@pytest.mark.parametrize("who", VISITORS)
def test_pages_are_well_formed(who: str) -> None:
    """The strict reading of an HTML5 parser: no stray tag, no wrong nesting, no double attribute or id."""
    for url, page in pages(who).items():
        parser = html5lib.HTMLParser(strict=False)
        document = parser.parse(page)
        assert [code for _position, code, _data in parser.errors] == [], url
        ids = [element.get("id") for element in document.iter() if element.get("id")]
        assert sorted(ids) == sorted(set(ids)), f"{url}: an id stands twice"


@pytest.mark.html
def test_pages_are_valid(tmp_path: Path) -> None:
    """The Nu HTML checker over every page of everybody, in one go."""
    names: dict[str, str] = {}
    for who in VISITORS:
        for url, page in pages(who).items():
            if page not in names:
                path = tmp_path / f"{len(names)}.html"
                path.write_bytes(page)
                names[f"file:{path}"] = f"{who} at {url}"
    java = shutil.which("java")
    assert java
    run = subprocess.run(
        [java, "-jar", str(CHECKER), "--format", "json", "--errors-only", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    messages = json.loads(run.stderr)["messages"]
    wrong = {
        f"{names.get(one.get('url', ''), one.get('url'))}: {one['message']}"
        for one in messages
        if not one["message"].startswith(NOT_ABOUT_HTML)
    }
    assert sorted(wrong) == []
