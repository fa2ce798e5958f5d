"""Tranches of the sample: asked for, checked, approved, paid, confirmed by four people."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from disbursements.actions.spending import record_spent
from disbursements.actions.tranches import (
    approve_tranche,
    check_tranche,
    confirm_receipt,
    issue_order,
    pay_tranche,
    request_tranche,
)
from disbursements.models import Tranche
from evaluation.management.sample_fund.banking import pay_by_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline


def note_tranches(book: Book, timeline: Timeline) -> None:
    """Each step of each tranche on its day."""
    steps: dict[str, Callable[[Book, Proposal, int, dt.datetime], None]] = {
        "requested": request,
        "checked": check,
        "approved": approve,
        "paid": pay,
        "confirmed": confirm,
    }
    for proposal in book.proposals:
        for number, statement in proposal.invented.get("statements", {}).items():
            timeline.on(statement["on"], f"{proposal.ref} {number}", partial(state, book, proposal, statement))
        for number, days in proposal.invented.get("tranches", {}).items():
            for key, step in steps.items():
                if key in days:
                    name = f"{proposal.ref} tranche {number} {key}"
                    timeline.on(days[key], name, partial(step, book, proposal, int(number)))


def tranche(proposal: Proposal, number: int) -> Tranche:
    """A tranche of the grant by its number."""
    return Tranche.objects.select_related("grant__application", "grant__organisation").get(
        grant=proposal.grant, no=number
    )


def state(book: Book, proposal: Proposal, statement: dict[str, Any], at: dt.datetime) -> None:
    """A statement of spending with a request, checked by the officer; the report to come takes its place."""
    lines = {int(line): amount for line, amount in statement["spent"].items()}
    record_spent(proposal.grant, statement["report"], lines, by=book.officer(proposal), at=at)


def request(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """The grantee asks and certifies."""
    by = book.editor(proposal)
    request_tranche(tranche(proposal, number), by=by, at=at, certified_name=by.name)


def check(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """The officer compares; a condition that is not met blocks."""
    check_tranche(tranche(proposal, number), by=book.officer(proposal), at=at)


def approve(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """One treasurer releases it."""
    approve_tranche(tranche(proposal, number), by=book.person(proposal.invented["approver"]), at=at)


def pay(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """Another treasurer sends it: by file, or by a signed order whose reference of the bank is entered."""
    row, by = tranche(proposal, number), book.person(proposal.invented["payer"])
    if f"{proposal.ref} {number}" in book.invented["bank"]["by_file"]:
        pay_by_file(book, proposal, row, at)
        return
    issue_order(row, by=by, at=at)
    reference = proposal.invented["tranches"][str(number)]["bank_reference"]
    pay_tranche(row, by=by, at=at, bank_reference=reference, bank_date=at.date())


def confirm(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """The grantee says what arrived and when."""
    confirm_receipt(tranche(proposal, number), by=book.owner(proposal), at=at, received_date=at.date())
