"""Who must approve, by amount and by all that goes to one organisation; each another person; a change voids all."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disbursements.actions import banking, conditions, funding, guarding, tranches
from disbursements.models import Approval, Grant, Rate, Tranche
from disbursements.queries.checks import Check
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.rates import Rates
from disbursements.queries.release import checks_of
from disbursements.queries.thresholds import asked_for, size_of
from fundmgmt import triggers
from fundmgmt.access import Refused
from fundmgmt.inbox import waiting_for
from fundmgmt.models import JournalEntry, Membership, RoleGrant, Rule, Seat, Term, User
from fundmgmt.models.workflow import StepError, StepRefused
from fundmgmt.money import minor_digits
from tests.factories import applications as person
from tests.factories import grants as make
from tests.telling import refused

pytestmark = pytest.mark.usefixtures("standing_grant")

AT = make.ASKED
BOOK = {
    "approval_second_from_minor": 1_000_000,
    "approval_third_from_minor": 3_000_000,
    "approval_window_days": 30,
    "functional_currency": "USD",
}


def set_rule(key: str, value: object) -> None:
    about = {"value": value, "decided_in": "SC-2026-01/7", "added_at": AT}
    Rule.objects.update_or_create(key=key, valid_from=dt.date(2026, 1, 1), defaults=about)


def people_check(row: Tranche, at: dt.datetime = AT) -> Check:
    return next(check for check in checks_of(make.tranche(row.grant, row.no), at) if check.code == "people")


# How many -----------------------------------------------------------------------------------------


@given(amount=st.integers(1, 10**10), others=st.integers(0, 10**10))
def test_the_threshold_is_exact_and_counts_what_else_goes_there(amount: int, others: int) -> None:
    asked = asked_for(amount, others, BOOK)
    together = amount + others
    assert asked.needed == 1 + (together > 1_000_000) + (together > 3_000_000)
    assert asked_for(amount + 1, others, BOOK).needed >= asked.needed


@pytest.mark.parametrize(
    ("amount", "others", "why"),
    [
        (1_000_000, 0, "one approver"),
        (1_000_001, 0, "a second approver because 10,000.01 USD is over 10,000.00 USD"),
        (240_000, 1_000_000, "a second approver because 12,400.00 USD in 30 days is over 10,000.00 USD"),
        (3_500_000, 0, "a third approver because 35,000.00 USD is over 30,000.00 USD"),
        (1_000_000, 2_500_000, "a third approver because 35,000.00 USD in 30 days is over 30,000.00 USD"),
        (1, None, "three approvers because no exchange rate of these days is on file"),
    ],
)
def test_the_page_says_which_rule_asked(amount: int, others: int | None, why: str) -> None:
    assert asked_for(amount, others, BOOK).why.replace("\xa0", " ") == why


def test_payments_of_thirty_days_count_together(people: make.Cast, grant: Grant) -> None:
    set_rule("approval_second_from_minor", 1_500_000)
    first = make.confirmed(people, make.tranche(grant))
    assert first.approvals.count() == 1
    late = first.sent_at + dt.timedelta(days=30)
    assert size_of(make.tranche(grant, 3), late - dt.timedelta(seconds=1)).asked.needed == 2
    assert size_of(make.tranche(grant, 3), late).asked.needed == 1


# Rates --------------------------------------------------------------------------------------------


@given(
    amount=st.integers(1, 10**13),
    rate=st.decimals("0.0000000001", "9999999", places=10, allow_nan=False),
)
def test_an_amount_at_a_rate_is_exact_and_never_rounded_down(amount: int, rate: Decimal) -> None:
    rates = Rates("USD", AT.date(), 45, [])
    rates._direct["CDF"] = Rate(base="CDF", quote="USD", rate=rate)
    got = rates.functional(amount, "CDF")
    true = Decimal(amount) * rate
    assert got is not None
    assert true <= got < true + 1
    rates._direct.clear()
    rates._inverse["CDF"] = Rate(base="USD", quote="CDF", rate=rate)
    back = rates.functional(amount, "CDF")
    assert back is not None
    assert (back - 1) * rate < amount <= back * rate
    assert minor_digits("CDF") == minor_digits("USD")


def test_the_newest_rate_of_these_days_is_used_and_an_old_one_is_not(people: make.Cast) -> None:
    day = AT.date()
    for on, rate in ((day - 60 * make.DAY, "1.5"), (day - make.DAY, "1.1"), (day + make.DAY, "9")):
        funding.add_rate(
            by=people.approver, at=AT, base="EUR", quote="USD", rate=Decimal(rate), on_date=on, source="Bank"
        )
    assert Rates("USD", day, 45, ["EUR"]).functional(1_000_000, "EUR") == 1_100_000
    assert Rates("USD", day - 2 * make.DAY, 45, ["EUR"]).functional(1_000_000, "EUR") is None


# Rows ---------------------------------------------------------------------------------------------


def test_each_approval_is_a_row_bound_to_what_is_paid(people: make.Cast, grant: Grant) -> None:
    row = make.checked(people, make.tranche(grant))
    tranches.approve_tranche(row, by=people.second, at=AT)
    assert row.state == "checked"
    said = people_check(row).reason.replace("\xa0", " ")
    assert said.endswith("; 1 of 2 approvals: a second approver because 10,978.00 USD is over 10,000.00 USD")
    told = JournalEntry.objects.get(kind="disbursements.tranche.add_approval")
    assert (told.facts["given"], told.facts["needed"]) == (1, 2)
    tranches.approve_tranche(row, by=people.approver, at=AT)
    assert row.state == "approved"
    assert {(a.approver, a.round, a.amount_minor, a.payload_hash) for a in Approval.objects.all()} == {
        (user, 1, row.amount_minor, row.approved_hash) for user in (people.second, people.approver)
    }


def test_any_change_voids_every_approval(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    banking.enter_bank_detail(
        people.organisation, by=people.owner, at=AT, holder="Umoja", bank_name="B", account_number="8"
    )
    row = make.tranche(grant)
    assert (row.state, row.approvers) == ("blocked", [])
    assert Approval.objects.count() == 2, "what was approved once is never taken out"


@contextmanager
def forced(sql: str) -> Iterator[None]:
    """A hand in the database that took its guards out; all is as before afterwards."""
    with transaction.atomic():
        point = transaction.savepoint()
        triggers.remove()
        with connection.cursor() as cursor:
            cursor.execute(sql)
            assert cursor.rowcount == 1
        yield
        transaction.savepoint_rollback(point)


REQUEST, REQUEST_LINE = "UPDATE disbursements_fundsrequest SET", "UPDATE disbursements_fundsrequestline SET"
AFTERWARDS = {
    "authorised": f"{REQUEST} authorised_minor = authorised_minor + 1",
    "interest": f"{REQUEST} interest_minor = 1",
    "certifier": f"{REQUEST} certified_name = 'Other'",
    "role": f"{REQUEST} certified_role = 'Other'",
    "paper": f"{REQUEST} sha256 = 'x'",
    "spent by line": f"{REQUEST_LINE} accepted_minor = accepted_minor + 1 WHERE line_no = 1",
    "asked by line": f"{REQUEST_LINE} requested_minor = requested_minor + 1 WHERE line_no = 1",
    "stated spending": "UPDATE disbursements_tranche SET spent_stated_minor = 1 WHERE no = 1",
}


def test_a_request_that_changes_after_its_approval_voids_it(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    paid = {"by": people.payer, "at": AT, "bank_reference": "OUT-1", "bank_date": AT.date()}
    for what, sql in AFTERWARDS.items():
        with pytest.raises(DatabaseError) if "tranche" not in sql else nullcontext(), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql)
            transaction.set_rollback(True)
        with forced(sql):
            with refused(StepRefused, "changed after the approval", make.tranche(grant)):
                tranches.pay_tranche(make.tranche(grant), **paid)
            named = f"Tranche {row.ref} was changed after it was approved."
            assert verify_ledger().problems == [named], what
    tranches.pay_tranche(row, **paid)
    assert row.state == "sent"


def test_a_request_made_anew_is_approved_anew(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    first = row.approved_hash
    tranches.void_approval(row, by=people.second, at=AT, reason="Line 2 is wrong.")
    tranches.return_request(row, by=people.checker, at=AT, reason="Line 2 is wrong.")
    again = make.checked(people, make.tranche(grant))
    assert (again.state, again.approvers) == ("checked", [])
    tranches.approve_tranche(again, by=people.second, at=AT)
    tranches.approve_tranche(again, by=people.approver, at=AT)
    assert again.approved_hash not in {"", first}


def test_a_change_between_two_approvals_voids_the_first(people: make.Cast, grant: Grant) -> None:
    row = make.checked(people, make.tranche(grant))
    tranches.approve_tranche(row, by=people.second, at=AT)
    detail = banking.enter_bank_detail(
        people.organisation, by=people.owner, at=AT, holder="Umoja", bank_name="B", account_number="8"
    )
    banking.verify_bank_detail(detail, by=people.checker, at=AT, called_number=make.NUMBER)
    late = AT + dt.timedelta(hours=73)
    row = tranches.unblock_tranche(make.tranche(grant), by=people.checker, at=late)
    tranches.approve_tranche(row, by=people.approver, at=late)
    assert row.state == "checked", "one approval of two"
    tranches.approve_tranche(row, by=people.second, at=late)
    assert row.state == "approved"


def test_a_lower_threshold_asks_again_at_release(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    set_rule("approval_third_from_minor", 1_000_000)
    with pytest.raises(tranches.ConditionsOpen, match="2 of 3 approvals: a third approver"):
        tranches.pay_tranche(row, by=people.payer, at=AT, bank_reference="X", bank_date=AT.date())
    tranches.void_approval(row, by=people.payer, at=AT, reason="A third is asked.")
    third = person.person("fourth@example.org", "treasurer")
    for user in (people.second, people.approver, third):
        tranches.approve_tranche(row, by=user, at=AT)
    assert tranches.pay_tranche(row, by=people.payer, at=AT, bank_reference="X", bank_date=AT.date()).state == "sent"


def test_with_one_approval_of_two_the_money_does_not_leave_and_the_payer_reads_why(
    people: make.Cast, grant: Grant
) -> None:
    row = make.checked(people, make.tranche(grant))
    tranches.approve_tranche(row, by=people.second, at=AT)
    paid = {"at": AT, "bank_reference": "OP-1", "bank_date": AT.date()}
    with pytest.raises(StepError, match="needs the approval of 2 people; 1 gave it"):
        tranches.pay_tranche(make.tranche(grant), by=people.payer, **paid)
    tranches.approve_tranche(make.tranche(grant), by=people.approver, at=AT)
    assert tranches.pay_tranche(make.tranche(grant), by=people.payer, **paid).state == "sent"


# People, not accounts -----------------------------------------------------------------------------


def test_two_accounts_with_one_phone_are_one_person(people: make.Cast, grant: Grant) -> None:
    row = make.checked(people, make.tranche(grant))
    for user, phone in ((people.second, "+243 970 111 222"), (people.approver, "0970-111-222")):
        User.objects.filter(pk=user.pk).update(phone=phone)
        user.refresh_from_db()
    tranches.approve_tranche(row, by=people.second, at=AT)
    with pytest.raises(Refused, match="You approved this payment"):
        tranches.approve_tranche(row, by=people.approver, at=AT)
    User.objects.filter(pk=people.approver.pk).update(phone="+243 970 111 223")
    people.approver.refresh_from_db()
    assert tranches.approve_tranche(row, by=people.approver, at=AT).state == "approved"


def test_whoever_declared_a_link_moves_no_money_until_it_ends(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    tie = guarding.declare_tie(people.organisation, by=people.approver, at=AT, kind="family")
    row = make.tranche(grant)
    assert row.state == "checked", "the approval of somebody with a link is void at once"
    with pytest.raises(Refused, match="declared a link"):
        tranches.approve_tranche(row, by=people.approver, at=AT)
    admin, other = (person.person(f"admin{n}@example.org", "administrator") for n in (1, 2))
    with pytest.raises(Refused):
        guarding.end_tie(tie, by=people.approver, at=AT, reason="Over.")
    guarding.end_tie(tie, by=admin, at=AT, reason="Entered for the wrong organisation.")
    with pytest.raises(StepError, match="ended already"):
        guarding.end_tie(tie, by=other, at=AT, reason="Again.")
    row.grant.__dict__.pop("people_with_a_tie", None)
    assert tranches.approve_tranche(row, by=people.approver, at=AT).state == "checked"


# The law ------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(people: make.Cast, grant: Grant) -> Iterator[list[User]]:
    """Six treasurers, two of them one person; a checked tranche waits."""
    make.checked(people, make.tranche(grant))
    twins = [person.person(f"twin{n}@example.org", "treasurer", phone="+243 970 555 666") for n in (1, 2)]
    return [people.approver, people.payer, people.second, person.person("t4@example.org", "treasurer"), *twins]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_set_of_people_smaller_than_required_can_release(crowd: list[User], data: st.DataObject) -> None:
    """Whoever tries what in which order: money leaves through as many persons as the rules ask, and one more."""
    with transaction.atomic():
        needed = data.draw(st.integers(1, 3), "needed")
        set_rule("approval_second_from_minor", 1_097_799 if needed > 1 else 2_000_000)
        set_rule("approval_third_from_minor", 1_097_799 if needed > 2 else 3_000_000)
        row = Tranche.objects.select_related("grant__application", "bank_detail").get(no=1)
        for who, act in data.draw(st.lists(st.tuples(st.sampled_from(crowd), st.booleans()), max_size=9)):
            try:
                with transaction.atomic():
                    if act:
                        tranches.approve_tranche(row, by=who, at=AT)
                    else:
                        tranches.pay_tranche(row, by=who, at=AT, bank_reference="X", bank_date=AT.date())
            except (Refused, StepError):
                row = Tranche.objects.select_related("grant__application", "bank_detail").get(no=1)
        if row.state == "sent":
            movers = [*row.approvers, row.paid_by]
            persons = {user.phone_key or str(user.pk) for user in movers}
            assert len(persons) == len(movers) == needed + 1
        else:
            persons = {user.phone_key or str(user.pk) for user in row.approvers}
            assert len(persons) == len(row.approvers) <= needed
        transaction.set_rollback(True)


def test_a_member_of_the_committee_without_part_may_be_the_third(people: make.Cast, grant: Grant) -> None:
    set_rule("approval_third_from_minor", 1_000_000)
    row = make.checked(people, make.tranche(grant))
    seat = Seat.objects.create(code="P1", constituency="private_sector", votes=True, valid_from=dt.date(2024, 1, 1))
    member = person.person("p1@example.org")
    Term.objects.create(seat=seat, user=member, valid_from=dt.date(2024, 1, 1))
    tranches.approve_tranche(row, by=people.second, at=AT)
    with pytest.raises(Refused, match="two treasurers"):
        tranches.approve_tranche(row, by=member, at=AT)
    assert list(waiting_for(member, AT.date())) == []
    tranches.approve_tranche(row, by=people.approver, at=AT)
    assert [str(item.what) for item in waiting_for(member, AT.date())] == ["Approve a large payment as the third"]
    assert tranches.approve_tranche(row, by=member, at=AT).state == "approved"
    with pytest.raises(Refused):
        tranches.pay_tranche(row, by=member, at=AT, bank_reference="X", bank_date=AT.date())


@pytest.mark.parametrize("how", ["part", "member"])
def test_an_approver_who_comes_near_the_project_later_does_not_count(people: make.Cast, grant: Grant, how: str) -> None:
    row = make.approved(people, make.tranche(grant))
    if how == "part":
        RoleGrant.objects.create(user=people.second, role="officer", valid_from=dt.date(2024, 1, 1))
        people.second.forget_roles()
        conditions.meet(grant.conditions.filter(met_at=None, computed=False)[0], by=people.second, at=AT)
    else:
        valid = {"role": "viewer", "valid_from": AT.date()}
        Membership.objects.create(user=people.second, organisation=people.organisation, **valid)
    with pytest.raises(tranches.ConditionsOpen, match="has a part in the project or a link"):
        tranches.pay_tranche(row, by=people.payer, at=AT, bank_reference="X", bank_date=AT.date())
