"""Batches of payments and statements for tests, made through the real actions by the people who would do it."""

import datetime as dt
from typing import Any

from disbursements.actions import accounts, batches, statements
from disbursements.models import FundAccount, PaymentBatch, StatementFile, StatementLine
from disbursements.queries.batches import second_look
from tests.factories import applications as make_people
from tests.factories import bank as papers
from tests.factories import grants as make

ON = dt.date(2026, 7, 2)
LATER = dt.datetime(2026, 7, 20, 9, tzinfo=dt.UTC)


def own_accounts() -> None:
    """The fund's accounts in both currencies, once."""
    if FundAccount.objects.exists():
        return
    admin = make_people.person("admin@example.org", "administrator")
    for code in papers.ACCOUNT:
        accounts.add_account(
            by=admin,
            at=make.RECEIVED,
            currency=code,
            holder="Fonds d'exemple",
            account_number=papers.ACCOUNT[code],
            bank_name="Banque exemple",
            bic="AAAACDKI",
            town="Kinshasa",
            valid_from=dt.date(2026, 1, 1),
        )


def opened(people: make.Cast, *tranches: Any) -> PaymentBatch:
    """A batch with these approved tranches in it."""
    own_accounts()
    return batches.open_batch(by=people.payer, at=make.ASKED, on_date=ON, tranches=list(tranches))


def released(people: make.Cast, batch: PaymentBatch) -> PaymentBatch:
    """Released by the payer, who looked at everything."""
    look = second_look(batch, people.payer, make.ASKED, make.ASKED.date())
    return batches.release_batch(batch, by=people.payer, at=make.ASKED, seal=look.seal)


def sheet(*entries: papers.Entry, **values: Any) -> papers.Sheet:
    """A statement of July."""
    given = {"opening_minor": 0, "start": dt.date(2026, 7, 1), "end": dt.date(2026, 7, 15), **values}
    return papers.Sheet(entries=list(entries), **given)


def imported(people: make.Cast, one: papers.Sheet, form: str = "table", at: dt.datetime = LATER) -> StatementFile:
    """Handed in by a treasurer."""
    return statements.import_statement(f"{one.name}.{form}", getattr(one, form)(), by=people.payer, at=at)


def lines_of(file: StatementFile) -> list[StatementLine]:
    """Its lines, freshly read."""
    return list(StatementLine.objects.filter(statement__file=file).select_related("statement").order_by("id"))
