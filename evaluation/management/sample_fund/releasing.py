"""Tranches of the sample: asked for, checked, approved, paid, confirmed by four people."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from disbursements.actions.guarding import declare_tie, propose_waiver
from disbursements.actions.requesting import request_tranche
from disbursements.actions.spending import record_spent
from disbursements.actions.tranches import (
    approve_tranche,
    check_tranche,
    confirm_receipt,
    issue_order,
    pay_tranche,
)
from disbursements.models import Tranche
from disbursements.queries.requests import positions, proposed_plan
from disbursements.queries.thresholds import size_of
from evaluation.management.sample_fund.banking import pay_by_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline

ROLE = "Coordination"
TREASURERS = {"treasurer-1", "treasurer-2", "treasurer-3"}


def note_tranches(book: Book, timeline: Timeline) -> None:
    """Each step of each tranche on its day."""
    steps: dict[str, Callable[[Book, Proposal, int, dt.datetime], None]] = {
        "requested": request,
        "checked": check,
        "approved": approve,
        "paid": pay,
        "confirmed": confirm,
    }
    for link in book.invented["links"]:
        timeline.on(link["on"], f"link {link['person']}", partial(tie, book, link))
    for proposal in book.proposals:
        for number, statement in proposal.invented.get("statements", {}).items():
            timeline.on(statement["on"], f"{proposal.ref} {number}", partial(state, book, proposal, statement))
        for number, waiver in proposal.invented.get("waivers", {}).items():
            name = f"{proposal.ref} tranche {number} waiver"
            timeline.on(waiver["on"], name, partial(waive, book, proposal, int(number), waiver))
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
    by, row = book.editor(proposal), tranche(proposal, number)
    lines = positions(row.grant)
    spent = sum(line.accepted_minor for line in lines)
    plan = proposed_plan(row.amount_minor, lines)
    told = {"certified_name": by.name, "certified_role": ROLE, "spent_stated_minor": spent, "plan": plan}
    request_tranche(row, by=by, at=at, **told)


def check(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """The officer compares; a condition that is not met blocks."""
    check_tranche(tranche(proposal, number), by=book.officer(proposal), at=at)


def approve(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """One treasurer releases it; above the threshold the one who neither approves nor pays here comes first."""
    row, named = tranche(proposal, number), {proposal.invented["approver"], proposal.invented["payer"]}
    if size_of(row, at).asked.needed > 1:
        approve_tranche(row, by=book.person(min(TREASURERS - named)), at=at)
    approve_tranche(row, by=book.person(proposal.invented["approver"]), at=at)


def tie(book: Book, said: dict[str, Any], at: dt.datetime) -> None:
    """A treasurer tells of a link, and moves none of that organisation's money."""
    by = book.person(said["person"])
    declare_tie(book.organisations[said["organisation"]], by=by, at=at, kind=said["kind"])


def waive(book: Book, proposal: Proposal, number: int, said: dict[str, Any], at: dt.datetime) -> None:
    """The officer asks that a condition be set aside; a second person still has to answer."""
    by = book.officer(proposal)
    propose_waiver(tranche(proposal, number), by=by, at=at, ident=said["condition"], reason=said["reason"])


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
