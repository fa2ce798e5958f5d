"""Statements: the whole file once or not at all, one after the other, and no cent written off by itself."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disbursements.actions import funding, spending, statements, tranches
from disbursements.actions.statements import StatementRefused, match_file
from disbursements.models import (
    BankStatement,
    Contribution,
    Grant,
    PaymentInstruction,
    StatementFile,
    StatementLine,
    Tranche,
)
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.statements import rate_of
from disbursements.states import MatchedBy
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, Paper
from tests.factories import batches as put
from tests.factories import grants as make
from tests.factories.bank import Entry

JULY = dt.date(2026, 7, 1)
LAW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def accounts(people: make.Cast) -> None:
    put.own_accounts()


@pytest.fixture
def sent(people: make.Cast, grant: Grant) -> Tranche:
    return make.sent(people, make.tranche(grant))


def refused(people: make.Cast, one: Any, form: str = "table", at: dt.datetime = put.LATER) -> list[str]:
    before = (StatementFile.objects.count(), BankStatement.objects.count(), StatementLine.objects.count())
    with pytest.raises(StatementRefused) as caught:
        put.imported(people, one, form, at)
    after = (StatementFile.objects.count(), BankStatement.objects.count(), StatementLine.objects.count())
    assert after == before
    return [text.replace("\u00a0", " ") for text in caught.value.complaints]


def states(file: StatementFile) -> list[tuple[str, str, str]]:
    return [(row.state, row.kind, row.matched_by) for row in put.lines_of(file)]


@pytest.mark.parametrize("form", ["camt053", "mt940", "table"])
def test_a_payment_receipt_and_cost_find_their_lines(
    people: make.Cast, grant: Grant, sent: Tranche, accounts: None, form: str
) -> None:
    funding.record_cost(
        by=people.payer,
        at=make.ASKED,
        amount_minor=2_500,
        currency="USD",
        cost_date=JULY,
        bank_reference="BK9",
        fee=True,
    )
    donor = Contribution.objects.get()
    file = put.imported(
        people,
        put.sheet(
            Entry(dt.date(2026, 2, 3), 15_000_000, "", donor.bank_reference, "Battery makers"),
            Entry(JULY, -1_097_800, f"DISB-{sent.pk}-V1", "BK1"),
            Entry(JULY, -2_500, "", "BK9", "", "FRAIS"),
            start=dt.date(2026, 2, 1),
        ),
        form,
    )
    assert states(file) == [
        ("matched", "contribution", MatchedBy.REFERENCE),
        ("matched", "payment", MatchedBy.END_TO_END),
        ("matched", "cost", MatchedBy.REFERENCE),
    ]
    rate = rate_of(StatementLine.objects.all())
    assert (rate.lines, rate.by_itself, rate.waiting, rate.running) == (3, 3, 0, False)
    assert JournalEntry.objects.filter(kind="disbursements.statementline.tie", actor=None).count() == 3


def test_the_file_is_kept_as_the_bank_sent_it(people: make.Cast, accounts: None) -> None:
    one = put.sheet(Entry(JULY, 100, "", "R1"))
    file = put.imported(people, one, "camt053")
    paper = Paper.objects.get(kind="bank_statement")
    with paper.file.open() as kept:
        assert kept.read() == one.camt053()
    assert (paper.sha256, paper.mime, file.format) == (file.sha256, "application/xml", "camt053")


def test_the_same_file_twice_is_refused_and_says_when_it_came(people: make.Cast, accounts: None) -> None:
    one = put.sheet(Entry(JULY, 100, "", "R1"))
    put.imported(people, one)
    assert refused(people, one) == [
        "This very file was imported on 20 July 2026 by treasurer2. Nothing was imported again."
    ]


def test_the_same_statement_in_another_format_is_refused_too(people: make.Cast, accounts: None) -> None:
    one = put.sheet(Entry(JULY, 100, "", "R1"))
    put.imported(people, one)
    assert "are here already" in refused(people, one, "mt940")[0]


def test_a_wrong_file_leaves_nothing_and_names_the_line(people: make.Cast, accounts: None) -> None:
    one = put.sheet(Entry(JULY, 100), Entry(JULY, -250), wrong_closing=7)
    assert refused(people, one) == [
        "line 2: statement RELEVE-1 does not add up: opening balance and lines miss the closing balance by 0.07 USD"
    ]
    assert Paper.objects.filter(kind="bank_statement").count() == 0
    put.imported(people, put.sheet(Entry(JULY, 100), Entry(JULY, -250)))


def test_the_next_statement_goes_on_where_the_last_ended(people: make.Cast, accounts: None) -> None:
    first = put.sheet(Entry(JULY, 100))
    put.imported(people, first)
    end = dt.date(2026, 7, 19)
    gap = put.sheet(Entry(end, 5), opening_minor=99, start=first.end, end=end, name="R2")
    assert "opens with 0.99 USD" in refused(people, gap)[0]
    early = put.sheet(Entry(end, 5), opening_minor=100, start=JULY, end=end, name="R2")
    assert "lines up to 15 July 2026 are here already" in refused(people, early)[0]
    ahead = put.sheet(opening_minor=100, start=first.end, end=dt.date(2026, 7, 21), name="R2")
    assert "lies ahead" in refused(people, ahead)[0]
    put.imported(people, put.sheet(Entry(end, 5), opening_minor=100, start=first.end, end=end, name="R2"))
    assert list(BankStatement.objects.order_by("no").values_list("no", "closing_minor")) == [(1, 100), (2, 105)]


def test_the_database_itself_refuses_a_gap(people: make.Cast, accounts: None) -> None:
    put.imported(people, put.sheet(Entry(JULY, 100)))
    last = BankStatement.objects.get()
    last.pk, last.no, last.opening_minor, last._state.adding = None, 2, 99, True
    with pytest.raises(IntegrityError, match="opens with the balance"), transaction.atomic():
        last.save()
    last.pk, last.opening_minor = None, 100
    last.save()


def test_only_the_funds_own_accounts_and_only_a_treasurer(people: make.Cast, accounts: None) -> None:
    assert "none of the fund's own accounts" in refused(people, put.sheet(account="999"))[0]
    with pytest.raises(Refused):
        statements.import_statement("x.csv", put.sheet().table(), by=people.officer, at=put.LATER)


def test_what_the_bank_wrote_cannot_be_changed_or_taken_out(people: make.Cast, accounts: None) -> None:
    put.imported(people, put.sheet(Entry(JULY, 100, "", "R1", "Somebody", "Words")))
    table = StatementLine._meta.db_table
    for sql in (
        f"UPDATE {table} SET amount_minor = 1",
        f"UPDATE {table} SET text = 'x'",
        f"UPDATE {table} SET booked = '2026-07-09'",
        f"DELETE FROM {table}",
        f"DELETE FROM {BankStatement._meta.db_table}",
        f"UPDATE {StatementFile._meta.db_table} SET sha256 = ''",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET looked_at = looked_at")


def test_a_long_statement_is_matched_by_a_worker_and_shows_how_far_it_is(
    people: make.Cast, accounts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[tuple[str, int]] = []
    monkeypatch.setattr(statements, "enqueue", lambda dotted, ident: waiting.append((dotted, ident)))
    file = put.imported(people, put.sheet(*[Entry(JULY, 100, "", f"R{n}") for n in range(201)]))
    assert waiting == [("disbursements.tasks.match_statement", file.pk)]
    rate = rate_of(StatementLine.objects.all())
    assert (rate.lines, rate.looked, rate.running) == (201, 0, True)
    match_file(file, at=put.LATER)
    assert rate_of(StatementLine.objects.all()).looked == 201
    assert match_file(file, at=put.LATER) == 0


def test_references_in_the_text_become_proposals_that_nobody_booked(
    people: make.Cast, grant: Grant, sent: Tranche, accounts: None
) -> None:
    donor = funding.add_donor(by=people.officer, at=make.RECEIVED, name="New donor", kind="foundation")
    pledge = funding.record_pledge(donor, by=people.officer, at=make.RECEIVED, amount_minor=700_000, currency="USD")
    funding.sign_pledge(pledge, by=people.officer, at=make.RECEIVED)
    tranches.confirm_receipt(sent, by=people.owner, at=make.ASKED, received_date=JULY)
    before = Contribution.objects.count()
    file = put.imported(
        people,
        put.sheet(
            Entry(JULY, 700_000, "", "R1", "New donor", f"don {pledge.ref}"),
            Entry(JULY, 12_300, "", "R2", "Umoja", f"reste {grant.ref}"),
            Entry(JULY, -1_500, "", "R3", "", "frais de tenue", "CHRG"),
            Entry(JULY, 999, "", "R4", "", "?"),
            Entry(dt.date(2026, 7, 9), 1_097_800, f"DISB-{sent.pk}-V1", "R5", "", "compte clos"),
        ),
        "camt053",
    )
    assert states(file) == [
        ("proposed", "contribution", MatchedBy.MENTION),
        ("proposed", "refund", MatchedBy.MENTION),
        ("proposed", "fee", MatchedBy.MENTION),
        ("open", "", ""),
        ("proposed", "returned", MatchedBy.END_TO_END),
    ]
    rows = put.lines_of(file)
    assert (rows[0].pledge, rows[1].grant, rows[4].instruction.tranche) == (pledge, grant, sent)
    assert (Contribution.objects.count(), spending.Refund.objects.count()) == (before, 0)
    assert verify_ledger().problems == []


def test_matching_once_more_finds_what_the_books_have_caught_up_with(
    people: make.Cast, grant: Grant, accounts: None
) -> None:
    file = put.imported(people, put.sheet(Entry(JULY, -1_097_800, "", "OUT-1"), opening_minor=15_000_000))
    assert states(file) == [("open", "", "")]
    assert statements.match_again(by=people.payer, at=put.LATER) == 0
    make.sent(people, make.tranche(grant))
    assert statements.match_again(by=people.payer, at=put.LATER) == 1
    assert states(file) == [("matched", "payment", MatchedBy.REFERENCE)]
    assert PaymentInstruction.objects.get().state == "paid"


@LAW
@given(
    st.lists(
        st.tuples(st.sampled_from([-1_097_800, 15_000_000, 100, -100]), st.sampled_from(["", "D", "IN", "OUT-1"])),
        max_size=8,
    )
)
def test_no_line_and_no_payment_is_matched_twice_whatever_the_bank_writes(
    people: make.Cast, sent: Tranche, accounts: None, rows: list[tuple[int, str]]
) -> None:
    names = {"D": f"DISB-{sent.pk}-V1", "IN": Contribution.objects.get().bank_reference}
    with transaction.atomic():
        entries = [Entry(JULY, amount, names.get(name, name), names.get(name, name)) for amount, name in rows]
        file = put.imported(people, put.sheet(*entries, name=f"R{len(rows)}"))
        found = put.lines_of(file)
        tied = [row for row in found if row.state == "matched"]
        for name in ("instruction_id", "contribution_id"):
            given_to = [getattr(row, name) for row in tied if getattr(row, name)]
            assert len(set(given_to)) == len(given_to)
        assert sum(row.amount_minor for row in found) == sum(amount for amount, _name in rows)
        for row in tied:
            other = -row.instruction.amount_minor if row.instruction else row.contribution.amount_minor
            assert row.amount_minor == other
        assert verify_ledger().problems == []
        transaction.set_rollback(True)
