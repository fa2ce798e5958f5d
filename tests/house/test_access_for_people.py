"""Access for people: axe finds nothing on any page, on a phone and on a desk; nothing runs off the side."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from tests.house.reading import Door, our_doors
from tests.house.visitors import VISITORS, Call, calls_at, client_of, visitor
from tests.house.walks import knock, walk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("workday"),
    pytest.mark.django_db(transaction=True),
]

WIDTHS = (360, 1280)
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
FORM_NAMES = ("section", "table", "part")  # what in an address decides which form stands there
ACCOUNT_PAGES = ("account_login", "account_signup", "account_reset_password")


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Any]:
    """One window for all pages: who looks changes with the cookie."""
    with browser.new_context(locale="fr-FR") as context, context.new_page() as opened:
        yield opened


def problems(window: Any, url: str, session: str) -> list[str]:
    """What axe and a ruler find on one page at both widths."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[str] = []

    def note(error: Any) -> None:
        found.append(f"script: {error}")

    window.context.clear_cookies()
    if session:
        window.context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    window.on("pageerror", note)
    window.set_viewport_size({"width": WIDTHS[0], "height": 800})
    window.goto(url, wait_until="load")
    for width in WIDTHS:
        window.set_viewport_size({"width": width, "height": 800})
        for one in Axe().run(window, options=RULES).response["violations"]:
            where = [" ".join(map(str, node["target"])) for node in one["nodes"][:3]]
            found.append(f"{width} px: {one['id']}: {one['help']} {where}")
        too_wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if too_wide > 0:
            found.append(f"{width} px: the page is {too_wide} px wider than the screen")
    window.remove_listener("pageerror", note)
    return found


def kinds(door: Door) -> Iterator[list[Call]]:
    """Calls at a door by the form that stands behind them: each section, each table, each form of a step."""
    found: dict[Any, list[Call]] = {}
    for call in calls_at(door):
        if "step" in call.kwargs:
            spec = door.page.steps[call.kwargs["step"]]
            kind: Any = (spec.form, spec.template)
        else:
            kind = tuple(call.kwargs.get(name) for name in FORM_NAMES)
        found.setdefault(kind, []).append(call)
    yield from found.values()


def shown(calls: list[Call]) -> dict[str, tuple[str, str]]:
    """Address and session of a page as it stands before who sees most of it; more than one where templates differ.

    The walk met most of them; an address that holds a token or a row made on the way is asked for anew.
    """
    found: dict[str, tuple[str, str]] = {}
    for who in reversed(VISITORS):
        user, known = visitor(who), {met.url: met for met in walk(who)}
        client = client_of(user)
        opened = (known.get(call.url) or knock(client, call.url) for call in calls if call.opens_for(user))
        page = next((met for met in opened if met.status == 200 and met.is_page), None)
        if page and page.template not in found:
            session = client.cookies["sessionid"].value if user.is_authenticated else ""
            found[page.template] = (page.url, session)
    return found


@pytest.mark.parametrize("door", our_doors(), ids=str)
def test_a_page_can_be_used_by_everybody(door: Door, window: Any, live_server: Any) -> None:
    """One reader for each kind of page behind a door."""
    wrong = {}
    for calls in kinds(door):
        for template, (url, session) in shown(calls).items():
            wrong[template, url] = problems(window, live_server.url + url, session)
    assert {page: found for page, found in wrong.items() if found} == {}


@pytest.mark.parametrize("name", ACCOUNT_PAGES)
def test_the_way_in_can_be_used_by_everybody(name: str, window: Any, live_server: Any) -> None:
    assert problems(window, live_server.url + reverse(name), "") == []
