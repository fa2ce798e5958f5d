"""The fund's bank in the sample: own accounts, three payments by file, statements, days that are closed, checks."""

from __future__ import annotations

import csv
import datetime as dt
import io
from functools import partial
from typing import TYPE_CHECKING, Any

from disbursements.actions.accounts import add_account
from disbursements.actions.batches import hand_over_batch, open_batch, release_batch
from disbursements.actions.checkpoints import seal_books
from disbursements.actions.days import close_day
from disbursements.actions.errands import run_due
from disbursements.actions.lines import ask_bank
from disbursements.actions.reconciling import reconcile_rail
from disbursements.actions.statements import import_statement
from disbursements.gateway.statement_table import COLUMNS
from disbursements.models import BankStatement, StatementLine
from disbursements.queries.batches import second_look
from disbursements.queries.candidates import known
from disbursements.states import LineState, Occasion
from evaluation.management.sample_fund.book import day
from fundmgmt.money import Money

if TYPE_CHECKING:
    from disbursements.models import Tranche
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline

Row = dict[str, str]
READER = "treasurer-2"


def note_bank(book: Book, timeline: Timeline) -> None:
    """Accounts first, then each statement with the closing of its days, and each check of a way of paying."""
    said = book.invented["bank"]
    for account in said["accounts"]:
        timeline.on(account["valid_from"], f"account {account['currency']}", partial(account_known, book, account))
    for number, statement in enumerate(said["statements"]):
        name = f"statement {statement['end']}"
        timeline.on(statement["imported"], name, partial(statement_in, book, statement, str(number)))
        if statement["closed"]:
            timeline.on(statement["imported"], f"closing {statement['end']}", partial(days_closed, book, statement))
        timeline.on(statement["imported"], f"checkpoint {statement['end']}", books_sealed)
    for check in said["checks"]:
        timeline.on(check["on"], f"check {check['rail']}", partial(rail_checked, book, check))
    timeline.on(book.in_days(-1), "next batch", partial(batch_begun, book))
    timeline.on(book.in_days(-1), "checkpoint", books_sealed)


def books_sealed(at: dt.datetime) -> None:
    """A checkpoint of journal and ledger as they stand that day."""
    seal_books(at=at)


def account_known(book: Book, account: dict[str, str], at: dt.datetime) -> None:
    """Where the fund's money lies."""
    values = account | {"valid_from": day(account["valid_from"])}
    add_account(by=book.person("administrator-1"), at=at, **values)


def pay_by_file(book: Book, proposal: Proposal, row: Tranche, at: dt.datetime) -> None:
    """The payer puts it into a batch, looks again, releases it and brings the file to the bank."""
    by = book.person(proposal.invented["payer"])
    batch = open_batch(by=by, at=at, on_date=at.date(), tranches=[row])
    look = second_look(batch, by, at, at.date())
    release_batch(batch, by=by, at=at, seal=look.seal)
    seal_books(at=at, occasion=Occasion.BATCH, batch=batch)
    run_due(clock=lambda: at)
    hand_over_batch(batch, by=by, at=at)


def batch_begun(book: Book, at: dt.datetime) -> None:
    """Nothing waits for payment yet."""
    open_batch(by=book.person(READER), at=at, on_date=book.in_days(3))


def statement_in(book: Book, said: dict[str, Any], number: str, at: dt.datetime) -> None:
    """The bank's own table of a period: what the fund sent and received, and what only the bank knows."""
    start, end = day(said["start"]), day(said["end"])
    rows = [
        (one.day, one.amount_minor, one.end_to_end_id if one.amount_minor < 0 else "", one.reference, one.name, "")
        for one in known("USD")
        if start <= one.day <= end
    ]
    rows += [(day(more["day"]), more["amount"], "", more["reference"], "", more["text"]) for more in said["more"]]
    rows.sort()
    last = BankStatement.objects.filter(currency="USD").order_by("-no").first()
    content = written(book.invented["bank"]["accounts"][0], rows, start, end, last.closing_minor if last else 0, number)
    import_statement(f"statement-{said['end']}.csv", content, by=book.person(READER), at=at)
    for line in StatementLine.objects.filter(state=LineState.OPEN, text__in=said["asked"]):
        ask_bank(line, by=book.person(READER), at=at, reason=book.invented["bank"]["question"])


def written(  # noqa: PLR0917 -- one statement
    account: dict[str, str], rows: list[tuple[Any, ...]], start: dt.date, end: dt.date, opening: int, number: str
) -> bytes:
    """As the bank sends it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()

    def write(kind: str, on: dt.date, minor: int, **more: str) -> None:
        same = {"currency": "USD", "account": account["account_number"], "statement": f"BS-{number}"}
        figure = str(Money(minor, "USD").decimal)
        writer.writerow({"kind": kind, "day": on.isoformat(), "amount": figure, **same, **more})

    write("opening", start, opening)
    for on, minor, name, reference, party, text in rows:
        write("line", on, minor, end_to_end_id=name, bank_reference=reference, party=party, text=text)
    write("closing", end, opening + sum(row[1] for row in rows))
    return out.getvalue().encode()


def days_closed(book: Book, said: dict[str, Any], at: dt.datetime) -> None:
    """Everything up to the end of the statement is accounted for."""
    account = book.invented["bank"]["accounts"][0]["account_number"]
    close_day(account=account, currency="USD", day=day(said["end"]), by=book.person(READER), at=at)


def rail_checked(book: Book, said: dict[str, Any], at: dt.datetime) -> None:
    """What a way of paying says it carried is compared with our book."""
    reconcile_rail(said["rail"], start=day(said["start"]), end=day(said["end"]), by=book.person(READER), at=at)
