"""Changes of terms that grantees of the sample ask for: a small shift by notice, and more time that waits."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from disbursements.actions.amending import ask_budget_shift, ask_extension, notify_amendment
from disbursements.models import Grant
from evaluation.management.sample_fund.book import cents

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline


def note_changes(book: Book, timeline: Timeline) -> None:
    """Each on its day; what waits for an officer was asked for shortly before the loading."""
    for proposal in book.proposals:
        for said in proposal.invented.get("changes", ()):
            when = said.get("on") or book.in_days(-said["days_ago"])
            step = shift if said["kind"] == "budget" else extend
            timeline.on(when, f"{proposal.ref} {said['kind']}", partial(step, book, proposal, said))


def shift(book: Book, proposal: Proposal, said: dict[str, Any], at: dt.datetime) -> None:
    """A small shift between lines: the grantee gives notice."""
    by = book.editor(proposal)
    lines = {int(no): cents(amount) for no, amount in said["lines"].items()}
    change = ask_budget_shift(proposal.grant, by=by, at=at, lines=lines, reason=said["reason"])
    notify_amendment(change, by=by, at=at)


def extend(book: Book, proposal: Proposal, said: dict[str, Any], at: dt.datetime) -> None:
    """More time: an officer decides."""
    grant = Grant.objects.get(pk=proposal.grant.pk)
    end = grant.end_date + dt.timedelta(days=said["more_days"])
    ask_extension(grant, by=book.editor(proposal), at=at, end_date=end, reason=said["reason"])
