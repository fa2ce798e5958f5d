"""What changes in the sample: terms that grantees ask for, and the wording of the agreement."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from disbursements.actions.amending import ask_budget_shift, ask_extension, notify_amendment
from disbursements.actions.wording import propose_wording
from disbursements.models import Grant
from disbursements.queries.wording import versions
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
    timeline.on(book.in_days(-book.invented["wording"]["days_ago"]), "wording", partial(wording_proposed, book))


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


def wording_proposed(book: Book, at: dt.datetime) -> None:
    """One promise more, in every language; a second person has still to put it in force."""
    said = book.invented["wording"]
    texts = {
        language: {"words": last.words, "duties": [*last.duties, said["promise"][language]]}
        for language, last in versions()[-1].items()
    }
    propose_wording(
        by=book.person(said["officer"]),
        at=at,
        from_date=book.in_days(said["from_days"]),
        decision=said["decision"],
        reason=said["reason"],
        texts=texts,
    )
