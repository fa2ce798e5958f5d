"""Each invariant of the ledger, broken by raw SQL behind the triggers: the sentence that names it, and no other."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils.translation import override

from disbursements.actions import funding, spending
from disbursements.actions.ledger import pair, post_entry, reverse_entry
from disbursements.models import Account, LedgerEntry, LedgerLine, PaymentInstruction
from disbursements.queries.hashing import entry_hash
from disbursements.queries.ledger import verify_ledger
from disbursements.states import AccountCode, EntryKind
from fundmgmt import triggers
from tests.factories import grants as make

USD = "\N{NO-BREAK SPACE}USD"
LATER = make.ASKED + 90 * make.DAY
LINE, ENTRY = "UPDATE disbursements_ledgerline SET ", "UPDATE disbursements_ledgerentry SET "


@pytest.fixture
def books(people: make.Cast) -> dict[str, Any]:
    """Two donors, a pledge half paid, a tranche that arrived, a refund, a cost; numbers of the entries by kind."""
    grant = make.ready(people)
    other = make.donor(people, 1_000)
    funding.record_pledge(other, by=people.officer, at=make.ASKED, amount_minor=700, currency="USD")
    row = make.confirmed(people, make.tranche(grant))
    values = {"by": people.approver, "at": LATER}
    gain = pair(AccountCode.BANK, AccountCode.EXCHANGE, 300, "USD")
    with transaction.atomic():
        reverse_entry(post_entry(EntryKind.EXCHANGE, "bank:X-1", gain, by=None, at=LATER), by=None, at=LATER)
    back = spending.record_refund(grant, amount_minor=500, received_date=LATER.date(), bank_reference="R-1", **values)
    cost = {"amount_minor": 900, "currency": "USD", "cost_date": LATER.date(), "bank_reference": "C-1"}
    funding.record_cost(**cost, **values)
    numbers = dict(LedgerEntry.objects.order_by("no").values_list("kind", "no"))
    return {
        **numbers,
        "grant": grant.ref,
        "other": other.ref,
        "other_id": other.pk,
        "key": f"disb:{row.pk}:v1",
        "tranche": row.pk,
        "refund_id": back.pk,
    }


def run(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def reseal() -> None:
    """What a forger would do who knows how the chain is made: compute every seal again."""
    accounts, digest = dict(Account.objects.values_list("pk", "code")), ""
    for entry in LedgerEntry.objects.order_by("no"):
        entry.prev_hash = digest
        digest = entry_hash(entry, list(entry.lines.all()), accounts)
        run(f"{ENTRY} prev_hash = %s, hash = %s WHERE no = %s", entry.prev_hash, digest, entry.no)
    run("UPDATE disbursements_ledgerhead SET hash = %s", digest)


def found_after(sql: str | Callable[[], None], *values: object, forged: bool = True) -> list[str]:
    """What is wrong after this statement, which reaches a row; all is as before afterwards."""
    with transaction.atomic():
        point = transaction.savepoint()
        triggers.remove()
        if isinstance(sql, str):
            assert run(sql, *values) > 0
        else:
            sql()
        if forged:
            reseal()
        with override("en"):
            problems = verify_ledger().problems
        transaction.savepoint_rollback(point)
    return problems


def _confirm_again() -> None:
    row = PaymentInstruction.objects.get()
    memo = pair(AccountCode.EXECUTED, AccountCode.EXECUTED_BY, row.amount_minor, row.currency)
    post_entry(EntryKind.BANK_CONFIRMATION, row, memo, by=None, at=LATER)


def on(no: int, code: str) -> str:
    """The lines of an entry on an account."""
    rows = LedgerLine.objects.filter(entry__no=no, account__code=code).values_list("pk", flat=True)
    return f" WHERE id IN ({', '.join(map(str, rows))})"


def account(code: str) -> int:
    return Account.objects.get(code=code).pk


def test_each_broken_law_of_the_ledger_itself_is_named(books: dict[str, Any]) -> None:
    cost, refund, move = books["cost"], books["refund"], f"{LINE} account_id = %s"
    of_entry = "WHERE entry_id IN (SELECT id FROM disbursements_ledgerentry WHERE no = %s)"
    assert verify_ledger().problems == []
    broken = {
        "balance": found_after(f"{LINE} amount_minor = 800 {on(books['pledge'], 'pledged')}"),
        "chain": found_after(f"{ENTRY} day = %s WHERE no = 2", dt.date(2020, 1, 1), forged=False),
        "end": found_after("UPDATE disbursements_ledgerhead SET no = no + 1", forged=False),
        "cause": found_after(f"{ENTRY} source = 'disbursements.refund:999' WHERE no = %s", refund),
        "kind": found_after(f"{move} {on(cost, 'costs')}", account("exchange")),
        "reversal": found_after(f"{LINE} donor_id = %s {of_entry}", books["other_id"], books["reversal"]),
        "account": found_after(f"{move} {on(cost, 'bank')}", account("card_provider")),
        "bank": found_after(f"{move} {on(books['commitment'], 'committed_by')}", account("bank")),
        "cover": found_after(f"{LINE} amount_minor = amount_minor * 40000 {of_entry}", cost),
        "committed": found_after(f"{LINE} amount_minor = amount_minor / 10 {of_entry}", books["commitment"]),
    }
    touches, purses = "touches the account", [f"The purse {code} USD does not agree with the lines." for code in "*-"]
    assert broken == {
        "balance": [
            f"Entry {books['pledge']} does not balance: 1.00{USD} left over.",
            f"{books['other']} still promises 7.00{USD}, but the memo shows 8.00{USD}.",
        ],
        "chain": ["Entry 2 was changed."],
        "end": ["The last entry is not the one the ledger remembers."],
        "cause": [f"Entry {refund}: what caused it (disbursements.refund:999) is gone."],
        "kind": [
            f"Entry {cost} (Running cost of the fund) {touches} “Exchange gains and losses”, which is not for it."
        ],
        "reversal": [f"Entry {books['reversal']} does not take back the whole of entry {books['exchange']}."],
        "account": [f"Card provider: 9.00{USD} less than nothing. Record what was moved there."],
        "bank": [
            "What the fund holds in USD does not fit the other accounts.",
            f"Entry {books['commitment']} (Committed to a grant) {touches} “Bank”, which is not for it.",
        ],
        "cover": [
            f"Bank: 220,963.00{USD} less than nothing. Record what was moved there.",
            "More was paid from “unrestricted” than was received for it.",
            *purses,
            f"220,973.00{USD} more was spent of what DN-001 gave for “unrestricted” than was given.",
        ],
        "committed": [
            f"{books['grant']} received more from “unrestricted” than was committed to it from there.",
            *purses,
        ],
    }


def test_each_disagreement_with_the_rows_around_it_is_named(books: dict[str, Any]) -> None:
    grant, key, other = books["grant"], books["key"], books["other"]
    asker = "(SELECT requested_by_id FROM disbursements_tranche WHERE no = 1)"
    last = "(SELECT MAX(id) FROM disbursements_approval)"
    arrived, out = on(books["disbursement"], "grants_paid"), on(books["in_transit"], "in_transit")
    broken = {
        "left": found_after("UPDATE disbursements_tranche SET state = 'planned' WHERE no = 1"),
        "tranche": found_after(f"{LINE} account_id = %s {arrived}", account("in_transit")),
        "award": found_after("UPDATE disbursements_grant SET fund_signed_by_id = NULL, state = 'suspended'"),
        "sum": found_after("UPDATE disbursements_tranche SET amount_minor = amount_minor + 7 WHERE no = 3"),
        "instruction": found_after("UPDATE disbursements_paymentinstruction SET state = 'failed'"),
        "approval": found_after("UPDATE disbursements_approval SET payload_hash = 'x'"),
        "people": found_after(f"UPDATE disbursements_approval SET approver_id = {asker} WHERE id = {last}"),
        "confirmed": found_after(_confirm_again),
        "refund": found_after("UPDATE disbursements_refund SET amount_minor = 501"),
        "pledge": found_after("UPDATE disbursements_pledge SET amount_minor = 800 WHERE amount_minor = 700"),
        "purse": found_after("UPDATE disbursements_purse SET committed_minor = committed_minor - 5 WHERE code = '-'"),
        "donor": found_after(f"{LINE} donor_id = %s {out}", books["other_id"]),
    }
    should, first, full = f"{USD} should stand on", f"Tranche {grant}/1 is", f"10,978.00{USD}"
    assert broken == {
        "left": [
            f"The ledger shows a payment for tranche {books['tranche']} that did not leave.",
            f"{first} planned: 0.00{should} “Paid to grantees”, not {full}.",
        ],
        "tranche": [
            f"{first} confirmed: 0.00{should} “On its way to grantees”, not {full}.",
            f"{first} confirmed: 10,978.00{should} “Paid to grantees”, not 0.00{USD}.",
        ],
        "award": [f"Money is committed to {grant}, which the fund has not signed."],
        "sum": [f"The tranches of {grant} do not sum to its amount."],
        "instruction": [f"Payment {key} failed, but the ledger still shows it on its way."],
        "approval": [f"Tranche {grant}/1 was changed after it was approved."],
        "people": [f"One person took two steps of tranche {grant}/1."],
        "confirmed": [f"The ledger says that the bank confirmed payment {key}, but no line of a statement shows it."],
        "refund": [f"Refund {books['refund_id']} of 5.01{USD}: the ledger shows 5.00{USD}."],
        "pledge": [f"{other} still promises 8.00{USD}, but the memo shows 7.00{USD}."],
        "purse": ["The purse - USD does not agree with the lines."],
        "donor": [f"10,968.00{USD} more was spent of what {other} gave for “unrestricted” than was given."],
    }
