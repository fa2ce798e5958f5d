"""The ledger: balanced by the database, written once, its purses equal to its lines; money in and its earmarks."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disbursements import tasks
from disbursements.actions import funding, grants, ledger, tranches
from disbursements.actions.ledger import Line, NotEnoughMoney, Unbalanced, pair
from disbursements.actions.schedule import plan_parts
from disbursements.models import Account, Donor, LedgerEntry, LedgerLine, Pledge, Purse
from disbursements.queries.funds import allocate, balances, plan_release, total_of
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.release import unmet
from disbursements.states import AccountCode, EntryKind
from fundmgmt import triggers
from fundmgmt.access import Refused
from fundmgmt.models import StepRefused, WrittenOnce
from fundmgmt.tasks import TIMETABLE
from tests.factories import applications
from tests.factories import grants as make

AT = make.RECEIVED
AMOUNTS = st.integers(min_value=1, max_value=10**13)
LAW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ACCOUNTS = st.sampled_from([AccountCode.BANK, AccountCode.TRANSIT, AccountCode.GRANTS_PAID, AccountCode.COSTS])


def entry(lines: list[Line], cause: str = "test:1") -> LedgerEntry:
    with transaction.atomic():
        return ledger.post_entry(EntryKind.EXCHANGE, cause, lines, by=None, at=AT)


# Laws --------------------------------------------------------------------------------------------


@LAW
@given(
    amounts=st.lists(st.tuples(ACCOUNTS, st.integers(-(10**12), 10**12), st.sampled_from(["USD", "EUR"])), max_size=6)
)
def test_only_what_balances_is_written(db: None, amounts: list[tuple[AccountCode, int, str]]) -> None:
    lines = [Line(account, minor, currency) for account, minor, currency in amounts]
    kept = [line for line in lines if line.amount_minor]
    sums = {c: sum(line.amount_minor for line in kept if line.currency == c) for c in ("USD", "EUR")}
    balanced = len(kept) >= 2 and not any(sums.values())
    with transaction.atomic():
        point = transaction.savepoint()
        if balanced:
            assert entry(lines).lines.count() == len(kept)
        else:
            with pytest.raises(Unbalanced):
                entry(lines)
        transaction.savepoint_rollback(point)


@LAW
@given(amount=AMOUNTS, schedule=st.sampled_from(["80/20", "40/40/20", "50/40/10", "30/30/25/15", "34/33/33"]))
def test_a_schedule_sums_to_its_award(amount: int, schedule: str) -> None:
    parts = plan_parts(amount, schedule, dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    assert sum(part.amount_minor for part in parts) == amount
    assert all(part.amount_minor >= 0 for part in parts)
    assert [part.planned_date for part in parts] == sorted(part.planned_date for part in parts)


@LAW
@given(amount=AMOUNTS, room=st.integers(-(10**12), 10**13))
def test_an_allocation_never_invents_money(amount: int, room: int) -> None:
    plan = allocate(amount, [None], {"-": room})
    assert sum(part for _earmark, part in plan.parts) + plan.short == amount
    assert sum(part for _earmark, part in plan.parts) <= max(room, 0)


@LAW
@given(spent=st.integers(0, 10**9), paid=st.integers(1, 10**9))
def test_the_spending_rule_is_exact(spent: int, paid: int) -> None:
    from disbursements.queries.release import BankFact, Facts, SpendFact, release_checks

    now = make.ASKED
    facts = Facts(
        no=2,
        amount_minor=1,
        currency="USD",
        at=now,
        running=True,
        signed_date=now.date(),
        bank=BankFact("x", now.date(), now, changed=False),
        diligence_until=now.date(),
        spend=SpendFact(((1, paid),), spent),
        usable_cash=1,
        people=(1, 2, None, None),
    )
    met = Decimal(min(spent, paid)) / Decimal(paid) >= Decimal("0.8")
    assert [check.code for check in unmet(release_checks(facts))] == ([] if met else ["previous_spent"])


# The database itself -----------------------------------------------------------------------------


def _insert(table: str, **values: object) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))


def test_raw_sql_cannot_add_a_line_to_an_entry_that_stands(db: None) -> None:
    row = entry(pair(AccountCode.COSTS, AccountCode.BANK, 500, "USD"))
    bank = Account.objects.get(code="bank")
    key = row.pk.hex if connection.vendor == "sqlite" else row.pk
    with pytest.raises(IntegrityError, match="no more lines"), transaction.atomic():
        _insert("disbursements_ledgerline", entry_id=key, account_id=bank.pk, amount_minor=1, currency="USD")


@pytest.mark.parametrize("amounts", [(), (100,), (100, -99)])
def test_raw_sql_cannot_write_an_entry_that_does_not_balance(db: None, amounts: tuple[int, ...]) -> None:
    bank = ledger.accounts_by_code()["bank"]
    key = "0" * 32 if connection.vendor == "sqlite" else "00000000-0000-0000-0000-000000000000"
    with pytest.raises(IntegrityError, match="sum to zero"), transaction.atomic():
        for amount in amounts:
            _insert("disbursements_ledgerline", entry_id=key, account_id=bank.pk, amount_minor=amount, currency="USD")
        _insert(
            "disbursements_ledgerentry",
            id=key,
            no=1,
            kind="cost",
            source="x",
            at=AT,
            day=AT.date(),
            prev_hash="",
            hash="x",
        )


@pytest.mark.parametrize("sql", ["UPDATE {} SET currency = 'EUR'", "DELETE FROM {}"])
def test_nothing_in_the_ledger_is_changed(db: None, sql: str) -> None:
    entry(pair(AccountCode.COSTS, AccountCode.BANK, 500, "USD"))
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format("disbursements_ledgerline"))
    with pytest.raises(WrittenOnce):
        LedgerLine.objects.all().delete()


def test_one_cause_has_one_entry(db: None) -> None:
    lines = pair(AccountCode.COSTS, AccountCode.BANK, 500, "USD")
    entry(lines)
    with pytest.raises(StepRefused, match="already"):
        entry(lines)


def test_a_reversal_undoes_an_entry_once(db: None) -> None:
    row = entry(pair(AccountCode.COSTS, AccountCode.BANK, 500, "USD"))
    with transaction.atomic():
        back = ledger.reverse_entry(row, by=None, at=AT)
    assert sorted(back.lines.values_list("amount_minor", flat=True)) == [-500, 500]
    with pytest.raises(StepRefused), transaction.atomic():
        ledger.reverse_entry(row, by=None, at=AT)
    with pytest.raises(StepRefused), transaction.atomic():
        ledger.reverse_entry(back, by=None, at=AT)


def test_a_change_behind_the_triggers_is_found(people: make.Cast) -> None:
    make.donor(people)
    assert verify_ledger().problems == []
    triggers.remove()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE disbursements_ledgerline SET amount_minor = amount_minor + 100 WHERE amount_minor > 0")
    problems = verify_ledger().problems
    triggers.lay()
    assert any("does not balance" in problem for problem in problems)
    assert any("was changed" in problem for problem in problems)
    with pytest.raises(SystemExit):
        call_command("verify_ledger", verbosity=0)


# Money in ----------------------------------------------------------------------------------------


def test_a_pledge_goes_its_way(people: make.Cast) -> None:
    donor = funding.add_donor(by=people.officer, at=AT, name="Agency", kind="government")
    parts = [(dt.date(2026, 1, 31), 12_000_000), (dt.date(2027, 1, 31), 8_000_000)]
    values = {"amount_minor": 20_000_000, "currency": "EUR", "instalments": parts}
    with pytest.raises(StepRefused, match="sum"):
        funding.record_pledge(donor, by=people.officer, at=AT, **{**values, "amount_minor": 20_000_001})
    pledge = funding.record_pledge(donor, by=people.officer, at=AT, **values)
    with pytest.raises(StepRefused):
        _receive(people, donor, pledge, 1, "early")
    funding.sign_pledge(pledge, by=people.officer, at=AT)
    _receive(people, donor, pledge, 12_000_000, "A")
    assert pledge.state == "partly_paid"
    with pytest.raises(StepRefused, match="already"):
        _receive(people, donor, pledge, 12_000_000, "A")
    with pytest.raises(StepRefused, match="EUR"):
        _receive(people, donor, pledge, 1, "B", currency="USD")
    funding.write_off_pledge(pledge, by=people.approver, at=AT, reason="The donor closed.")
    assert pledge.state == "written_off"
    assert total_of(balances(), "EUR").received == 12_000_000
    memo = LedgerLine.objects.filter(account__code="pledged").values_list("amount_minor", flat=True)
    assert sum(memo) == 0
    assert verify_ledger().problems == []
    rate = {"base": "EUR", "quote": "USD", "on_date": AT.date(), "rate": Decimal("1.0834567891"), "source": "ECB"}
    row = funding.add_rate(by=people.approver, at=AT, **rate)
    row.refresh_from_db()
    assert row.rate == Decimal("1.0834567891")
    with pytest.raises(Refused):
        funding.add_rate(by=people.officer, at=AT, **rate)


def _receive(
    people: make.Cast, donor: Donor, pledge: Pledge, minor: int, reference: str, *, currency: str = "EUR"
) -> None:
    funding.record_contribution(
        donor,
        by=people.officer,
        at=AT,
        amount_minor=minor,
        currency=currency,
        received_date=AT.date(),
        bank_reference=reference,
        pledge=pledge,
    )


def test_an_earmark_warns_at_award_and_binds_at_release(people: make.Cast) -> None:
    wish = funding.add_earmark(by=people.officer, code="tanganyika", label="Tanganyika", provinces=["Tanganyika"])
    make.donor(people, amount_minor=500_000)
    donor = funding.add_donor(by=people.officer, at=AT, name="Kijani", kind="foundation")
    funding.record_contribution(
        donor,
        by=people.officer,
        at=AT,
        amount_minor=12_000_000,
        currency="USD",
        received_date=AT.date(),
        bank_reference="K-1",
        earmark=wish,
    )
    grant = make.signed(people)
    from fundmgmt.models import JournalEntry

    assert JournalEntry.objects.get(kind="disbursements.grant.begin").facts["warned"] is True
    make.bank(people)
    from disbursements.actions import conditions

    conditions.meet_named(grant, "safeguarding_training_done", by=people.checker, at=make.SIGNED)
    row = make.checked(people, make.tranche(grant))
    assert row.state == "blocked"
    from disbursements.queries.release import checks_of

    assert [check.code for check in unmet(checks_of(row, make.ASKED))] == ["fund"]
    assert plan_release(grant.application, row.amount_minor, "USD").short == 1_097_800 - 500_000
    _receive_free(people, donor, 700_000)
    tranches.unblock_tranche(row, by=people.checker, at=make.ASKED)
    tranches.approve_tranche(row, by=people.approver, at=make.ASKED)


def _by_earmark() -> dict[str, tuple[int, int, int]]:
    return {row.code: (row.committed, row.paid, row.available) for row in balances()}


def _money_for_lualaba(people: make.Cast, minor: int) -> None:
    donor = funding.add_donor(by=people.officer, at=AT, name="Kijani", kind="foundation")
    wish = funding.add_earmark(by=people.officer, code="lualaba", label="Lualaba", provinces=["Lualaba"])
    funding.record_contribution(
        donor,
        by=people.officer,
        at=AT,
        amount_minor=minor,
        currency="USD",
        received_date=AT.date(),
        bank_reference="K-1",
        earmark=wish,
    )


def test_a_release_from_other_money_moves_its_commitment(people: make.Cast) -> None:
    """Money for a purpose that arrives after the award is spent first, and the award is committed there then."""
    grant = make.ready(people)
    row = make.tranche(grant)
    assert _by_earmark() == {"-": (make.AWARD, 0, 15_000_000 - make.AWARD)}
    _money_for_lualaba(people, 600_000)
    row = make.sent(people, row)
    first = row.amount_minor
    assert _by_earmark() == {
        "-": (make.AWARD - 600_000, first - 600_000, 15_000_000 - make.AWARD + 600_000),
        "lualaba": (600_000, 600_000, 0),
    }
    assert LedgerEntry.objects.get(kind=EntryKind.RECOMMITMENT).lines.count() == 4
    assert verify_ledger().problems == []
    third = applications.person("treasurer3@example.org", "treasurer")
    tranches.reverse_tranche(row, by=third, at=make.ASKED, bank_date=make.ASKED.date(), reason="Wrong number")
    assert verify_ledger().problems == []


def test_an_award_commits_money_for_its_purpose_first(people: make.Cast) -> None:
    _money_for_lualaba(people, 600_000)
    make.ready(people)
    assert _by_earmark()["lualaba"] == (600_000, 0, 0)
    assert _by_earmark()["-"][0] == make.AWARD - 600_000


def test_the_ledger_is_proved_every_night(db: None) -> None:
    assert TIMETABLE["disbursements.tasks.prove_ledger"] == 24 * 60
    assert tasks.prove_ledger() == ""
    Purse.objects.create(code="-", currency="USD", received_minor=5)
    with pytest.raises(tasks.LedgerBroken, match="1 problem"):
        tasks.prove_ledger()


def _receive_free(people: make.Cast, donor: Donor, minor: int) -> None:
    funding.record_contribution(
        donor,
        by=people.officer,
        at=AT,
        amount_minor=minor,
        currency="USD",
        received_date=AT.date(),
        bank_reference="FREE",
    )


def test_the_fund_does_not_promise_what_it_lacks(people: make.Cast) -> None:
    make.donor(people, amount_minor=2_000_000)
    with pytest.raises(NotEnoughMoney):
        make.drafted(people)


def test_costs_come_from_unrestricted_money(people: make.Cast) -> None:
    make.donor(people, amount_minor=100_000)
    values = {"currency": "USD", "cost_date": AT.date()}
    funding.record_cost(by=people.approver, at=AT, amount_minor=40_000, bank_reference="C-1", **values)
    funding.record_cost(by=people.approver, at=AT, amount_minor=1_500, bank_reference="C-1", fee=True, **values)
    with pytest.raises(NotEnoughMoney):
        funding.record_cost(by=people.approver, at=AT, amount_minor=90_000, bank_reference="C-2", **values)
    whole = total_of(balances(), "USD")
    assert (whole.costs, whole.available) == (41_500, 58_500)
    assert verify_ledger().problems == []


def test_a_purse_never_gives_what_it_does_not_have(people: make.Cast) -> None:
    make.donor(people, amount_minor=100_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        Purse.objects.filter(code="*").update(paid_minor=100_001)
    with pytest.raises(IntegrityError), transaction.atomic():
        Purse.objects.filter(code="*").update(committed_minor=100_001)


def test_a_grant_that_starts_later_moves_what_its_proposal_planned(people: make.Cast) -> None:
    make.donor(people)
    award = make.awarded(people)
    wait = dt.timedelta(days=40)
    grant = grants.open_grant(
        award,
        by=people.officer,
        at=make.OPENED,
        start_date=award.start_date + wait,
        end_date=award.end_date + wait,
        due_diligence_until_date=make.VALID_UNTIL,
    )
    assert grant.moved == wait
    assert grant.tranches.earliest("no").planned_date == award.start_date + wait
    dues = dict(grant.conditions.filter(kind="milestones_verified").values_list("code", "due_date"))
    assert dues == {m.code: m.due_date + wait for m in award.milestones.all()}


def test_a_micro_grant_has_two_tranches(people: make.Cast) -> None:
    make.donor(people)
    grant = grants.open_grant(
        make.awarded(people, 700_000),
        by=people.officer,
        at=make.OPENED,
        due_diligence_until_date=make.VALID_UNTIL,
    )
    assert grant.schedule == "80/20"
    assert [t.amount_minor for t in grant.tranches.all()] == [560_000, 140_000]
    names = set(grant.conditions.filter(tranche__no=2, computed=False).values_list("kind", flat=True))
    assert names == {"final_report_accepted"}
