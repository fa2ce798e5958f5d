"""What waits for a person: each stage says it; nobody upstream knows who asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

SHOWN = 10  # items of one queue on a person's first page; lists have all
READ = SHOWN + 1  # what a provider reads of a queue, most urgent first: one more tells that there are more


@dataclass(frozen=True)
class Item:
    """One duty. `what` is a verb with its object ("Score this proposal"), `about` the project, `why` the reason.

    `due` is a deadline, shown as late when it is past; `day` only tells when something is planned.
    """

    what: object
    about: str
    url: str
    ref: str = ""
    why: object = ""
    due: dt.date | None = None
    tone: str = "wait"  # wait | no | ok | plain
    day: dt.date | None = None
    queue: str = ""  # items that one reading found, when their verbs differ; else the verb
    more: bool = False  # the last shown of a queue that has more


Provider = Callable[[Any, dt.date], Iterable[Item]]
_providers: dict[str, Provider] = {}


def register_inbox(name: str, provider: Provider) -> None:
    """Add a provider (user, today) -> items. It reads at most READ rows of a queue, at a fixed number of queries."""
    if name in _providers:
        raise ValueError(f"inbox provider {name} is registered twice")
    _providers[name] = provider


def providers() -> dict[str, Provider]:
    """All providers by name."""
    return dict(_providers)


def first(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The first rows of a queue that may be long: their keys are found in an index, then these few rows are read."""
    return rows.filter(pk__in=rows.values("pk")[:READ])


def waiting_for(user: Any, today: dt.date) -> list[Item]:
    """What waits for this person: what is due first comes first, then in the order of the stages.

    Of each queue the first few; the last of them says when there are more.
    """
    items = [item for provider in _providers.values() for item in provider(user, today)]
    queues: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda item: item.due or dt.date.max):
        queues.setdefault(item.queue or str(item.what), []).append(item)
    shown = [item for queue in queues.values() for item in _cut(queue)]
    return sorted(shown, key=lambda item: item.due or dt.date.max)


def _cut(queue: list[Item]) -> list[Item]:
    if len(queue) <= SHOWN:
        return queue
    return [*queue[: SHOWN - 1], replace(queue[SHOWN - 1], more=True)]


_standing: dict[str, Provider] = {}


def register_standing(name: str, provider: Provider) -> None:
    """Add a provider of what runs by itself for a person: `what` is the state in words, nothing is asked of them."""
    if name in _standing:
        raise ValueError(f"standing provider {name} is registered twice")
    _standing[name] = provider


def standing_of(user: Any, today: dt.date) -> list[Item]:
    """Where this person's projects stand, in the order of the stages."""
    return [item for provider in _standing.values() for item in provider(user, today)]


@dataclass(frozen=True)
class Board:
    """What a stage shows everybody on the first page: open calls, published practices. `provider(today)` -> items."""

    name: str
    order: int
    title: object
    empty: object
    provider: Callable[[dt.date], Iterable[Item]]
    strangers_only: bool = False  # whoever works here finds it in the menu


_boards: dict[str, Board] = {}


def register_board(board: Board) -> None:
    """Add a board once. Its items are public: nothing about a person, nothing that is not published."""
    if board.name in _boards:
        raise ValueError(f"board {board.name} is registered twice")
    _boards[board.name] = board


def boards(today: dt.date, *, stranger: bool = True) -> list[tuple[Board, list[Item]]]:
    """Every board this reader is shown, with its items, in order."""
    shown = [board for board in _boards.values() if stranger or not board.strangers_only]
    return [(board, list(board.provider(today))) for board in sorted(shown, key=lambda b: b.order)]
