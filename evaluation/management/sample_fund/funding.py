"""Donors of the sample, what they promised and what arrived."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from disbursements.actions.donors import check_donor, name_reader
from disbursements.actions.funding import add_donor, add_earmark, record_contribution, record_pledge, sign_pledge
from disbursements.actions.own_accounts import move_own_money
from disbursements.states import AccountCode, CheckOutcome
from evaluation.management.sample_fund.book import cents, day
from fundmgmt.actions.rules import set_rule

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book
    from evaluation.management.sample_fund.timeline import Timeline

TREASURER = "treasurer-1"
CHECKER = "officer-1"


def note_funding(book: Book, timeline: Timeline) -> None:
    """Each donor, each pledge, each line of the bank's statement."""
    for donor in [*book.file["context"]["donors"], book.extras["donor"]]:
        checked = book.invented["funding"]["donors"][donor["code"]]["due_diligence"]
        timeline.on(checked, donor["code"], partial(add, book, donor))
        for pledge in donor["pledges"]:
            timeline.on(pledge["date"], pledge["code"], partial(promise, book, donor, pledge))
            for row in book.invented["funding"]["contributions"]:
                if row["pledge"] == pledge["code"]:
                    timeline.on(row["received"], pledge["code"], partial(receive, book, donor, pledge, row))

        timeline.on(checked, f"{donor['code']} checked", partial(check, book, donor))
    timeline.on(book.in_days(-20), "reader of a statement", partial(let_read, book))
    timeline.on(book.extras["provider"]["moved"], "the card provider", partial(move, book))
    timeline.on(book.extras["aims"]["decided"], "what gifts are for", partial(offer, book))


def move(book: Book, at: dt.datetime) -> None:
    """Money for transfers to fiscal hosts is moved to the account with the card provider."""
    said = book.extras["provider"]
    move_own_money(
        by=book.person(TREASURER),
        at=at,
        source=AccountCode.BANK,
        target=AccountCode.PROVIDER,
        amount_minor=cents(said["amount"]),
        currency="USD",
        moved_date=at.date(),
        reference=said["reference"],
    )


def offer(book: Book, at: dt.datetime) -> None:
    """What the public page offers to give for."""
    said = book.extras["aims"]
    values = {"decided_in": said["decided_in"], "reason": said["reason"], "valid_from": at.date()}
    set_rule("donation_aims", said["words"], by=book.person("administrator-1"), at=at, **values)


def add(book: Book, donor: dict[str, Any], at: dt.datetime) -> None:
    """A donor, not checked yet."""
    book.rows[donor["code"]] = add_donor(
        by=book.person(TREASURER),
        at=at,
        ref=donor["code"],
        name=donor["name"],
        kind=donor["type"],
    )


def check(book: Book, donor: dict[str, Any], at: dt.datetime) -> None:
    """A second person looks at papers, origin of the money and lists."""
    check_donor(
        book.rows[donor["code"]],
        by=book.person(CHECKER),
        at=at,
        outcome=CheckOutcome.CLEAR,
        lists_note="Invented list of the day: no name found.",
        checked_date=at.date(),
        until_date=book.in_days(365),
    )


def let_read(book: Book, at: dt.datetime) -> None:
    """The foundation's own person may read its statement."""
    name_reader(book.rows["DN-02"], by=book.person(TREASURER), at=at, person=book.person("donor-1"))


def promise(book: Book, donor: dict[str, Any], pledge: dict[str, Any], at: dt.datetime) -> None:
    """Announced and signed. Parts that have not arrived are due some days after the loading."""
    by, funding = book.person(TREASURER), book.invented["funding"]
    wish = funding["earmarks"].get(pledge["code"])
    earmark = None
    if wish:
        earmark = add_earmark(
            by=by, code=wish["code"], label=pledge["earmark"], tags=wish["tags"], provinces=wish["provinces"]
        )
    parts = [
        (
            day(part["due"]) if part["received"] else book.in_days(funding["instalment_due_days"][pledge["code"]]),
            cents(part["amount"]),
        )
        for part in pledge["schedule"]
    ]
    row = record_pledge(
        book.rows[donor["code"]],
        by=by,
        at=at,
        ref=pledge["code"],
        amount_minor=cents(pledge["amount"]),
        currency=pledge["currency"],
        pledged_date=day(pledge["date"]),
        earmark=earmark,
        instalments=parts,
    )
    book.rows[pledge["code"]] = sign_pledge(row, by=by, at=at)


def receive(book: Book, donor: dict[str, Any], pledge: dict[str, Any], said: dict[str, Any], at: dt.datetime) -> None:
    """Money on the bank's statement."""
    record_contribution(
        book.rows[donor["code"]],
        by=book.person(TREASURER),
        at=at,
        amount_minor=cents(said["amount"]),
        currency=pledge["currency"],
        received_date=day(said["received"]),
        bank_reference=said["bank_reference"],
        pledge=book.rows[pledge["code"]],
    )
