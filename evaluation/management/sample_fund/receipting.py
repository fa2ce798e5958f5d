"""Receipts of the sample: a report that a grantee is writing, in francs and dollars, with a difference explained."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from evaluation.actions.receipts import Paid, add_receipts, explain_spending
from evaluation.management.sample_fund.book import day
from evaluation.management.sample_fund.learning import report

if TYPE_CHECKING:
    import datetime as dt

    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline


def note_receipts(book: Book, timeline: Timeline) -> None:
    """One sheet of receipts, on its day."""
    for proposal in book.proposals:
        said = proposal.invented.get("receipts")
        if said:
            timeline.on(said["on"], f"{proposal.ref} receipts", partial(count, book, proposal, said))


def count(book: Book, proposal: Proposal, said: dict[str, Any], at: dt.datetime) -> None:
    """The receipts, and why a line differs."""
    row, by = report(proposal, said["report"]), book.editor(proposal)
    add_receipts(row, by=by, at=at, paid=[_paid(one) for one in said["counted"]])
    notes = {int(line): words for line, words in said["notes"].items()}
    explain_spending(row, by=by, at=at, notes=notes)


def _paid(one: dict[str, Any]) -> Paid:
    return Paid(
        line_no=one["line"],
        spent_date=day(one["day"]),
        payee=one["payee"],
        description=one["what"],
        receipt_no=one["no"],
        amount_minor=one["amount"],
        currency=one["currency"],
        rate=Decimal(one["rate"]) if "rate" in one else None,
        rate_source=one.get("source", ""),
    )
