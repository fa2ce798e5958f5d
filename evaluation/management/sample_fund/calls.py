"""Calls of the sample: two of the file and a small one that are over, and one open from the day of loading."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from applications.actions.calls import archive_call, close_call, open_call, prepare_call
from applications.states import Window
from evaluation.management.sample_fund.book import cents, day

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book
    from evaluation.management.sample_fund.timeline import Timeline

OFFICER = "officer-1"
PROVINCES = ("Lualaba", "Haut-Katanga")
LAST_MINUTE = dt.time(21, 59, tzinfo=dt.UTC)  # midnight in Katanga
PAST_WINDOWS = (Window.MICRO, Window.SMALL, Window.COMMUNITY)


def note_calls(book: Book, timeline: Timeline) -> None:
    """Prepared, opened, closed, archived."""
    small = book.extras["call"]
    told = {call["code"]: call for call in (proposal.file["call"] for proposal in book.proposals) if "title" in call}
    for said in [*told.values(), small]:
        code = said["code"]
        invented = book.invented["calls"].get(code, small)
        timeline.on(invented["drafted"], code, partial(prepare, book, said, invented))
        timeline.on(said["opened"], code, partial(step, book, code, open_call))
        timeline.on(day(said["closed"]) + dt.timedelta(days=1), code, partial(close, book, code))
        if "archived" in invented:
            timeline.on(invented["archived"], code, partial(step, book, code, archive_call))
    invented = book.invented["open_call"]
    said = {
        "code": "open",
        "currency": invented["currency"],
        "envelope": invented["envelope"],
        "closed": book.in_days(invented["closes_days"]).isoformat(),
    }
    timeline.on(book.in_days(invented["drafted_days"]), "the open call", partial(prepare, book, said, invented))
    timeline.on(book.in_days(invented["opened_days"]), "the open call", partial(step, book, "open", open_call))


def prepare(book: Book, said: dict[str, Any], invented: dict[str, Any], at: dt.datetime) -> None:
    """A draft with its texts in three languages."""
    texts = {f"title_{code}": text for code, text in invented["title"].items()}
    texts |= {f"summary_{code}": text for code, text in invented["summary"].items()}
    book.rows[said["code"]] = prepare_call(
        by=book.person(OFFICER),
        at=at,
        external_ref=said["code"] if said["code"] in book.invented["calls"] else "",
        currency=said["currency"],
        envelope_minor=cents(said["envelope"]),
        windows=[str(code) for code in PAST_WINDOWS],
        provinces=list(PROVINCES),
        closes_at=dt.datetime.combine(day(said["closed"]), LAST_MINUTE),
        **texts,
    )


def step(book: Book, code: str, action: Any, at: dt.datetime) -> None:
    """Open or archive."""
    action(book.rows[code], by=book.person(OFFICER), at=at)


def close(book: Book, code: str, at: dt.datetime) -> None:
    """The closing moment has come: the system closes."""
    close_call(book.rows[code], by=None, at=at)
