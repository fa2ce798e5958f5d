"""The first page: of each queue the first few, the most urgent first, and a word when there are more."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from fundmgmt import inbox
from fundmgmt.inbox import READ, SHOWN, Item, waiting_for

TODAY = dt.date(2026, 3, 2)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> dict[str, inbox.Provider]:
    """An inbox with no providers but those of the test."""
    own: dict[str, inbox.Provider] = {}
    monkeypatch.setattr(inbox, "_providers", own)
    return own


def queue_of(count: int, what: str, **more: Any) -> inbox.Provider:
    def found(user: Any, today: dt.date) -> Iterator[Item]:
        for number in range(count):
            yield Item(what, f"{what} {number}", f"/{number}/", **more)

    return found


@pytest.mark.parametrize(("found", "shown", "says"), [(SHOWN, SHOWN, 0), (READ, SHOWN, 1)])
def test_a_long_queue_is_cut_and_says_so(alone: dict[str, inbox.Provider], found: int, shown: int, says: int) -> None:
    alone["long"] = queue_of(found, "Score")
    items = waiting_for(None, TODAY)
    assert [item.about for item in items] == [f"Score {number}" for number in range(shown)]
    assert [item.more for item in items] == [False] * (shown - says) + [True] * says


def test_a_long_queue_hides_no_other(alone: dict[str, inbox.Provider]) -> None:
    alone["long"] = queue_of(READ, "Score", due=TODAY)
    alone["other"] = queue_of(1, "Sign")
    assert [str(item.what) for item in waiting_for(None, TODAY)] == ["Score"] * SHOWN + ["Sign"]


def test_two_verbs_of_one_queue_are_counted_together(alone: dict[str, inbox.Provider]) -> None:
    alone["begin"] = queue_of(SHOWN, "Begin", queue="screening")
    alone["finish"] = queue_of(1, "Finish", queue="screening", due=TODAY)
    items = waiting_for(None, TODAY)
    assert [str(item.what) for item in items] == ["Finish"] + ["Begin"] * (SHOWN - 1)
    assert [item.more for item in items] == [False] * (SHOWN - 1) + [True]
