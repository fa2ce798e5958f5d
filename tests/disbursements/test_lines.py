"""Lines: a person says what each is, a second confirms what is booked, and closed days stay closed."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from disbursements.actions import days, funding, lines, tranches
from disbursements.actions.own_accounts import move_own_money
from disbursements.models import ClosedDay, Contribution, Grant, LedgerEntry, LedgerLine, Refund, StatementLine, Tranche
from disbursements.queries.candidates import proposals, ties
from disbursements.queries.days import balances_by_day, bridge_on
from disbursements.queries.funds import balances, total_of
from disbursements.queries.ledger import held_in, verify_ledger
from disbursements.states import AccountCode, EntryKind
from fundmgmt.access import Refused
from fundmgmt.models import NoSuchStep, StepRefused
from tests.factories import bank as papers
from tests.factories import batches as put
from tests.factories import grants as make
from tests.factories.bank import Entry

FEB, JULY = dt.date(2026, 2, 1), dt.date(2026, 7, 1)
NINTH = dt.date(2026, 7, 9)


@pytest.fixture
def sent(people: make.Cast, grant: Grant) -> Tranche:
    put.own_accounts()
    return make.sent(people, make.tranche(grant))


def read(people: make.Cast, *entries: Entry, **values: Any) -> list[StatementLine]:
    return put.lines_of(put.imported(people, put.sheet(*entries, **values), "camt053"))


def receipt() -> Entry:
    return Entry(dt.date(2026, 2, 3), 15_000_000, "", Contribution.objects.earliest("id").bank_reference)


def whole(people: make.Cast, sent: Tranche, *more: Entry) -> list[StatementLine]:
    """Everything that is in the books stands on the statement, and `more`."""
    known = Entry(JULY, -1_097_800, f"DISB-{sent.pk}-V1", "BK1")
    return read(people, receipt(), known, *more, start=FEB)


def option(options: list[Any], words: str) -> str:
    found = [one.code for one in options if words in one.label]
    assert len(found) == 1, [one.label for one in options]
    return found[0]


def propose(people: make.Cast, line: StatementLine, words: str) -> StatementLine:
    what = option(proposals(line), words)
    return lines.propose_line(line, by=people.payer, at=put.LATER, what=what, reason="The advice of the bank says so.")


def close(people: make.Cast, day: dt.date = dt.date(2026, 7, 15), **values: Any) -> ClosedDay:
    about = {"account": papers.ACCOUNT["USD"], "currency": "USD", "at": put.LATER, **values}
    return days.close_day(day=day, by=people.payer, **about)


# What is booked --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "words", "kind", "account", "available"),
    [
        (-2_500, "Bank fee", EntryKind.FEE, "bank_fees", -2_500),
        (-2_500, "Cost of the fund", EntryKind.COST, "costs", -2_500),
        (1_200, "Interest", EntryKind.INTEREST, "interest", 1_200),
        (-2_500, "Exchange between own accounts", EntryKind.EXCHANGE, "exchange", -2_500),
        (2_500, "Exchange between own accounts", EntryKind.EXCHANGE, "exchange", 2_500),
    ],
)
def test_what_the_ledger_does_not_have_is_booked_by_a_second_person(  # noqa: PLR0917 -- one row of the table
    people: make.Cast, sent: Tranche, amount: int, words: str, kind: str, account: str, available: int
) -> None:
    before = total_of(balances(), "USD")
    line = whole(people, sent, Entry(NINTH, amount, "", "BK7"))[2]
    propose(people, line, words)
    assert not LedgerEntry.objects.filter(kind=kind).exists()
    with pytest.raises(Refused, match="A second person confirms it"):
        lines.confirm_line(line, by=people.payer, at=put.LATER)
    lines.confirm_line(line, by=people.approver, at=put.LATER)
    entry = LedgerEntry.objects.get(kind=kind)
    assert (entry.source, entry.day, line.entry) == (f"disbursements.statementline:{line.pk}", NINTH, entry)
    assert LedgerLine.objects.get(entry=entry, account__code=account).amount_minor == -amount
    after = total_of(balances(), "USD")
    assert (after.available - before.available, after.cash - before.cash) == (available, available)
    assert verify_ledger().problems == []


def test_a_new_contribution_for_a_pledge(people: make.Cast, sent: Tranche) -> None:
    donor = funding.add_donor(by=people.officer, at=make.RECEIVED, name="New donor", kind="foundation")
    pledge = funding.record_pledge(donor, by=people.officer, at=make.RECEIVED, amount_minor=700_000, currency="USD")
    funding.sign_pledge(pledge, by=people.officer, at=make.RECEIVED)
    line = whole(people, sent, Entry(NINTH, 700_000, "", "BK7", "New donor", f"don {pledge.ref}"))[2]
    assert (line.state, line.proposed_by) == ("proposed", None)
    lines.confirm_line(line, by=people.approver, at=put.LATER)
    row = Contribution.objects.get(pledge=pledge)
    assert (row.amount_minor, row.received_date, row.bank_reference, row.donor) == (700_000, NINTH, "BK7", donor)
    assert (line.contribution, line.entry) == (row, row.entry)
    pledge.refresh_from_db()
    assert pledge.state == "paid"


def test_a_refund_from_a_grantee(people: make.Cast, sent: Tranche) -> None:
    tranches.confirm_receipt(sent, by=people.owner, at=make.ASKED, received_date=JULY)
    line = whole(people, sent, Entry(NINTH, 12_300, "", "BK7", "Umoja", "reste du projet"))[2]
    propose(people, line, f"Refund from Umoja wa Watoto ({sent.grant.ref})")
    lines.confirm_line(line, by=people.approver, at=put.LATER)
    assert Refund.objects.get().amount_minor == 12_300
    assert (line.refund, line.kind) == (Refund.objects.get(), "refund")
    assert verify_ledger().problems == []


def test_a_payment_that_the_bank_sent_back(people: make.Cast, sent: Tranche) -> None:
    rows = whole(people, sent, Entry(NINTH, 1_097_800, "", "BK7", "", "compte inconnu"))
    propose(people, rows[2], "was sent back")
    lines.confirm_line(rows[2], by=people.approver, at=put.LATER, reason="Account unknown.")
    sent.refresh_from_db()
    assert (sent.state, sent.instructions.get().state) == ("reversed", "returned")
    assert rows[2].entry.kind == EntryKind.RETURN
    assert Tranche.objects.get(replaces=sent).state == "planned"
    assert verify_ledger().problems == []
    assert bridge_on("USD", dt.date(2026, 7, 15)).rest == 0


def test_a_fee_inside_the_line_of_a_payment(people: make.Cast, sent: Tranche) -> None:
    known = Entry(JULY, -1_099_300, f"DISB-{sent.pk}-V1", "BK1")
    line = read(people, receipt(), known, start=FEB)[1]
    assert line.state == "open"
    assert ties(line) == []
    with pytest.raises(StepRefused, match="not possible any more"):
        lines.tie_line(line, by=people.payer, at=put.LATER, what=f"payment:{sent.instructions.get().pk}")
    propose(people, line, "15.00\u00a0USD of bank fees")
    lines.confirm_line(line, by=people.approver, at=put.LATER)
    assert LedgerLine.objects.get(account__code="bank_fees").amount_minor == 1_500
    assert (line.instruction, line.kind) == (sent.instructions.get(), "payment")
    assert verify_ledger().problems == []
    found = bridge_on("USD", dt.date(2026, 7, 15))
    assert (found.bank, found.ledger, found.rest, found.unmatched, found.not_shown) == (13_900_700, 13_900_700, 0, 0, 0)


# Ties, questions, second thoughts --------------------------------------------------------------------


def test_a_person_ties_what_the_system_was_not_sure_of(people: make.Cast, sent: Tranche) -> None:
    line = read(people, receipt(), Entry(JULY, -1_097_800, "", "BK1", "", "virement"), start=FEB)[1]
    assert line.state == "open"
    lines.tie_line(line, by=people.payer, at=put.LATER, what=ties(line)[0].code, reason="Only payment of that day.")
    assert (line.state, line.matched_by, line.instruction) == ("matched", "person", sent.instructions.get())
    assert (
        LedgerEntry.objects.count() == LedgerEntry.objects.exclude(source__startswith="disbursements.statement").count()
    )
    noted = LedgerEntry.objects.get(kind=EntryKind.BANK_CONFIRMATION)
    assert noted.source == f"disbursements.paymentinstruction:{sent.instructions.get().pk}"
    memo = noted.lines.order_by("amount_minor").values_list("account__code", "amount_minor", "tranche")
    assert list(memo) == [("executed_by", -1_097_800, sent.pk), ("executed", 1_097_800, sent.pk)]
    assert (
        held_in(AccountCode.BANK, "USD") == 15_000_000 - 1_097_800
    )  # the money left the bank's account at the release
    assert verify_ledger().problems == []


def test_money_moved_to_the_card_provider_is_recognised_and_not_booked_twice(people: make.Cast, sent: Tranche) -> None:
    moved = {"source": AccountCode.BANK, "target": AccountCode.PROVIDER, "amount_minor": 40_000, "currency": "USD"}
    whole(people, sent)
    entry = move_own_money(by=people.payer, at=put.LATER, moved_date=NINTH, reference="BO-9", **moved)
    with pytest.raises(StepRefused, match="1 receipt, refund, cost or move is noted"):
        close(people)
    more = put.sheet(Entry(dt.date(2026, 7, 17), -40_000, "", "BO-9"), opening_minor=13_902_200, name="RELEVE-2")
    more.start, more.end = dt.date(2026, 7, 16), dt.date(2026, 7, 18)
    line = put.lines_of(put.imported(people, more))[0]
    assert (line.state, line.kind, line.matched_by, line.entry) == ("matched", "moved", "reference", entry)
    assert held_in(AccountCode.BANK, "USD") == more.closing_minor
    assert close(people, more.end).balance_minor == more.closing_minor
    with pytest.raises(StepRefused, match="day of this line is closed"):
        lines.untie_line(line, by=people.approver, at=put.LATER, reason="No.")
    assert verify_ledger().problems == []


def test_nobody_ties_two_lines_to_one_payment(people: make.Cast, sent: Tranche) -> None:
    rows = read(people, receipt(), *[Entry(JULY, -1_097_800, "", f"B{n}") for n in (1, 2)], start=FEB)
    one, other = ties(rows[1])[0], ties(rows[2])[0]
    lines.tie_line(rows[1], by=people.payer, at=put.LATER, candidate=one)
    with pytest.raises(StepRefused, match="Another line shows this already"):
        lines.tie_line(rows[2], by=people.payer, at=put.LATER, candidate=other)
    assert ties(rows[2]) == []


def test_a_proposal_can_be_refused_and_a_bank_asked(people: make.Cast, sent: Tranche) -> None:
    line = whole(people, sent, Entry(NINTH, -2_500, "", "BK7"))[2]
    lines.ask_bank(line, by=people.payer, at=put.LATER, reason="What is this?")
    assert line.state == "asked"
    propose(people, line, "Bank fee")
    lines.refuse_proposal(line, by=people.approver, at=put.LATER, reason="It was the rent.")
    assert (line.state, line.kind, line.proposed_by) == ("open", "", None)
    with pytest.raises((NoSuchStep, StepRefused)):
        lines.confirm_line(line, by=people.approver, at=put.LATER)
    propose(people, line, "Cost of the fund")
    lines.confirm_line(line, by=people.approver, at=put.LATER)
    assert line.entry.kind == EntryKind.COST


def test_a_wrong_match_is_undone_by_another_while_nothing_followed(people: make.Cast, sent: Tranche) -> None:
    rows = whole(people, sent)
    lines.untie_line(rows[0], by=people.approver, at=put.LATER, reason="Another donor.")
    assert (rows[0].state, rows[0].contribution) == ("open", None)
    lines.tie_line(rows[0], by=people.approver, at=put.LATER, what=ties(rows[0])[0].code, reason="It was right.")
    with pytest.raises(Refused, match="A second person undoes it"):
        lines.untie_line(rows[0], by=people.approver, at=put.LATER, reason="No.")
    with pytest.raises(StepRefused, match="corrected by a new entry"):
        lines.untie_line(rows[1], by=people.approver, at=put.LATER, reason="No.")


def test_officers_propose_and_do_not_confirm_and_others_do_nothing(people: make.Cast, sent: Tranche) -> None:
    line = whole(people, sent, Entry(NINTH, -2_500, "", "BK7"))[2]
    what = option(proposals(line), "Bank fee")
    with pytest.raises(Refused):
        lines.propose_line(line, by=people.lead, at=put.LATER, what=what, reason="x")
    lines.propose_line(line, by=people.officer, at=put.LATER, what=what, reason="x")
    with pytest.raises(Refused):
        lines.confirm_line(line, by=people.officer, at=put.LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementLine.objects.filter(pk=line.pk).update(settled_by=people.officer)
    lines.confirm_line(line, by=people.payer, at=put.LATER)


# Days ------------------------------------------------------------------------------------------------


def test_a_day_is_closed_when_every_line_is_settled(people: make.Cast, sent: Tranche) -> None:
    line = whole(people, sent, Entry(NINTH, -2_500, "", "BK7"))[2]
    with pytest.raises(StepRefused, match="1 line up to this day is unmatched"):
        close(people)
    close(people, dt.date(2026, 7, 8))
    propose(people, line, "Bank fee")
    with pytest.raises(StepRefused, match="unmatched"):
        close(people)
    lines.confirm_line(line, by=people.approver, at=put.LATER)
    row = close(people)
    assert (row.balance_minor, row.line_count, len(row.seal)) == (13_899_700, 1, 64)
    with pytest.raises(StepRefused, match="closed up to 15 July 2026 already"):
        close(people)
    assert [minor for _day, minor in balances_by_day(papers.ACCOUNT["USD"], "USD")] == [
        15_000_000,
        13_902_200,
        13_899_700,
    ]


def test_closing_needs_a_statement_a_past_day_and_a_treasurer(people: make.Cast, sent: Tranche) -> None:
    with pytest.raises(StepRefused, match="No statement"):
        close(people)
    whole(people, sent)
    with pytest.raises(StepRefused, match="statements go up to 15 July 2026 only"):
        close(people, dt.date(2026, 7, 16))
    with pytest.raises(StepRefused, match="Today is not over"):
        close(people, put.LATER.date())
    with pytest.raises(Refused):
        days.close_day(account=papers.ACCOUNT["USD"], currency="USD", day=JULY, by=people.officer, at=put.LATER)
    close(people)


def test_what_we_claim_the_bank_received_must_stand_on_a_line(people: make.Cast, sent: Tranche) -> None:
    whole(people, sent)
    donor = Contribution.objects.get().donor
    funding.record_contribution(
        donor,
        by=people.officer,
        at=put.LATER,
        amount_minor=5,
        currency="USD",
        received_date=NINTH,
        bank_reference="GHOST",
    )
    assert bridge_on("USD", dt.date(2026, 7, 15)).claimed == 1
    with pytest.raises(StepRefused, match="no line shows it"):
        close(people)


def test_a_closed_day_takes_no_fact_of_the_bank_any_more(people: make.Cast, sent: Tranche) -> None:
    whole(people, sent)
    close(people)
    donor = Contribution.objects.get().donor
    late = {"by": people.officer, "at": put.LATER, "amount_minor": 500, "currency": "USD", "bank_reference": "X"}
    with pytest.raises(StepRefused, match="days are closed up to 15 July 2026"):
        funding.record_contribution(donor, received_date=dt.date(2026, 7, 15), **late)
    with pytest.raises(StepRefused, match="days are closed"):
        funding.record_cost(cost_date=JULY, **late | {"by": people.payer})
    with pytest.raises(StepRefused, match="days are closed"):
        tranches.reverse_tranche(sent, by=people.payer, at=put.LATER, bank_date=NINTH, reason="x")
    funding.record_contribution(donor, received_date=dt.date(2026, 7, 16), **late)
    with pytest.raises(StepRefused, match="closed up to 15 July 2026 and takes no more lines"):
        read(people, Entry(dt.date(2026, 7, 15), 5), opening_minor=13_902_200, start=dt.date(2026, 7, 15), name="R2")
    assert verify_ledger().problems == []


def test_the_database_itself_keeps_closed_days_closed(people: make.Cast, sent: Tranche) -> None:
    rows = whole(people, sent)
    ClosedDay.objects.bulk_create([self_made(people, day=dt.date(2026, 7, 15))])
    table = StatementLine._meta.db_table
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET state = 'open' WHERE id = %s", [rows[0].pk])
    with pytest.raises(IntegrityError, match="later day is closed"), transaction.atomic():
        self_made(people, day=JULY).save()
    fresh = StatementLine(statement=rows[0].statement, no=9, place=9, booked=JULY, value_date=JULY, amount_minor=1)
    fresh.currency = "USD"
    with pytest.raises(IntegrityError, match="day of this line is closed"), transaction.atomic():
        fresh.save()


def test_the_database_itself_closes_no_day_over_an_unmatched_line(people: make.Cast, sent: Tranche) -> None:
    whole(people, sent, Entry(NINTH, -2_500, "", "BK7"))
    with pytest.raises(IntegrityError, match="unmatched lines stays open"), transaction.atomic():
        self_made(people, day=NINTH).save()
    self_made(people, day=dt.date(2026, 7, 8)).save()


def self_made(people: make.Cast, **values: Any) -> ClosedDay:
    about = {"account": papers.ACCOUNT["USD"], "currency": "USD", "balance_minor": 0, "line_count": 0, "seal": "0" * 64}
    return ClosedDay(closed_by=people.payer, closed_at=put.LATER, **about | values)


def test_what_lies_between_ledger_and_bank_is_named(people: make.Cast, sent: Tranche) -> None:
    """A payment on its way, and a fee nobody has looked at: both balances are right."""
    read(people, receipt(), Entry(NINTH, -2_500, "", "BK7"), start=FEB)
    found = bridge_on("USD", dt.date(2026, 7, 15))
    assert (found.bank, found.ledger) == (14_997_500, 13_902_200)
    assert (found.unmatched, found.not_shown, found.at_start, found.other_days) == (-2_500, -1_097_800, 0, 0)
    assert found.ledger + found.at_start + found.unmatched - found.not_shown + found.other_days == found.bank
