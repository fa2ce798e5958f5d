"""Money in: a pledge in parts, and what is refused beside it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from disbursements.actions import funding
from disbursements.actions.ledger import NotEnoughMoney
from disbursements.models import Contribution, Donor, LedgerEntry, LedgerLine, Pledge
from disbursements.queries.funds import balances, total_of
from disbursements.queries.ledger import verify_ledger
from fundmgmt.access import Refused
from fundmgmt.models import StaleObject, StepRefused
from tests.factories import grants as make
from tests.telling import last_of, refused, told

AT = make.RECEIVED


@pytest.fixture
def donor(people: make.Cast) -> Donor:
    return funding.add_donor(by=people.officer, at=AT, name="Agency", kind="government")


@pytest.fixture
def pledge(people: make.Cast, donor: Donor) -> Pledge:
    """Ten thousand dollars, signed."""
    row = funding.record_pledge(donor, by=people.officer, at=AT, amount_minor=1_000_000, currency="USD")
    return funding.sign_pledge(row, by=people.officer, at=AT)


def receive(people: make.Cast, pledge: Pledge, minor: int, reference: str, **other: Any) -> Contribution:
    values = {"amount_minor": minor, "currency": "USD", "received_date": AT.date(), "bank_reference": reference}
    values |= {"by": people.officer, "at": AT, "pledge": pledge}
    return funding.record_contribution(pledge.donor, **(values | other))


def promised() -> int:
    """What the memo of pledges still says."""
    return LedgerLine.objects.filter(account__code="pledged").aggregate(total=Sum("amount_minor"))["total"]


def test_a_pledge_arrives_in_parts(people: make.Cast, pledge: Pledge) -> None:
    steps = [("A", 300_000, "receive_part", "signed", "partly_paid", 700_000)]
    steps += [("B", 200_000, "receive_more", "partly_paid", "partly_paid", 500_000)]
    steps += [("C", 100_000, "receive_more", "partly_paid", "partly_paid", 400_000)]
    steps += [("D", 400_000, "receive_all", "partly_paid", "paid", 0)]
    received = 0
    for reference, minor, step, before, after, memo in steps:
        row = receive(people, pledge, minor, reference)
        received += minor
        assert told(pledge) == (step, before, after, people.officer)
        assert last_of(pledge).facts == {"amount_minor": minor, "currency": "USD", "entry": row.entry.no}
        assert (pledge.state, promised(), total_of(balances(), "USD").received) == (after, memo, received)
    assert verify_ledger().problems == []


def test_what_a_pledge_does_not_take(people: make.Cast, donor: Donor, pledge: Pledge) -> None:
    receive(people, pledge, 300_000, "A")
    other = funding.add_donor(by=people.officer, at=AT, name="Another", kind="foundation")
    with refused(StepRefused, "recorded already", pledge) as caught:
        receive(people, pledge, 300_000, " A ")
    assert caught.value.field == "bank_reference"
    with refused(StepRefused, "kept in USD", pledge) as caught:
        receive(people, pledge, 1, "B", currency="EUR")
    assert caught.value.field == "currency"
    with refused(StepRefused, "above zero", pledge) as caught:
        receive(people, pledge, 0, "B")
    assert caught.value.field == "amount_minor"
    with refused(StepRefused, "cannot lie ahead", pledge) as caught:
        receive(people, pledge, 1, "B", received_date=AT.date() + make.DAY)
    assert caught.value.field == "received_date"
    with refused(Refused, "not among your roles", pledge):
        receive(people, pledge, 1, "B", by=people.lead)
    with refused(StepRefused, "another donor", pledge) as caught:
        funding.record_contribution(
            other,
            by=people.officer,
            at=AT,
            amount_minor=1,
            currency="USD",
            received_date=AT.date(),
            bank_reference="B",
            pledge=pledge,
        )
    assert caught.value.field == "pledge"
    assert LedgerEntry.objects.filter(kind="receipt").count() == 1
    receive(people, pledge, 700_000, "C")
    with refused(StepRefused, "takes no money now", pledge):
        receive(people, pledge, 1, "D")


def test_more_than_was_promised_is_money_all_the_same(people: make.Cast, pledge: Pledge) -> None:
    receive(people, pledge, 1_000_001, "A")
    assert (pledge.state, promised(), total_of(balances(), "USD").received) == ("paid", 0, 1_000_001)
    assert verify_ledger().problems == []


def test_only_a_treasurer_gives_up_the_rest(people: make.Cast, pledge: Pledge) -> None:
    receive(people, pledge, 300_000, "A")
    with refused(Refused, "not among your roles", pledge):
        funding.write_off_pledge(pledge, by=people.officer, at=AT, reason="They closed.")
    with refused(StaleObject, "in the meantime", pledge):
        funding.write_off_pledge(pledge, by=people.payer, at=AT, reason="They closed.", expected_version=0)
    funding.write_off_pledge(pledge, by=people.payer, at=AT, reason="They closed.")
    assert told(pledge) == ("write_off", "partly_paid", "written_off", people.payer)
    assert last_of(pledge).facts == {"amount_minor": 700_000, "currency": "USD"}
    assert (promised(), total_of(balances(), "USD").received) == (0, 300_000)


def test_costs_and_rates_are_the_treasurers(people: make.Cast, pledge: Pledge) -> None:
    receive(people, pledge, 300_000, "A")
    cost = {"amount_minor": 25_000, "currency": "USD", "cost_date": AT.date(), "bank_reference": "FEE-1"}
    with refused(Refused, "not among your roles", pledge):
        funding.record_cost(by=people.officer, at=AT, **cost)
    with refused(StepRefused, "above zero", pledge):
        funding.record_cost(by=people.payer, at=AT, **cost | {"amount_minor": 0})
    with refused(NotEnoughMoney, "does not have this amount", pledge):
        funding.record_cost(by=people.payer, at=AT, **cost | {"amount_minor": 300_001})
    entry = funding.record_cost(by=people.payer, at=AT, fee=True, **cost)
    assert (entry.kind, entry.day) == ("fee", AT.date())
    assert total_of(balances(), "USD").available == 275_000
    rate = {"base": "EUR", "quote": "USD", "on_date": AT.date(), "source": "Central bank"}
    for wrong in ({"rate": Decimal(0)}, {"rate": Decimal(1), "quote": "EUR"}):
        with refused(StepRefused, "between two currencies", pledge):
            funding.add_rate(by=people.payer, at=AT, **rate | wrong)
