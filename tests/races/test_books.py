"""The books under two hands that come from two sides: whoever is second waits, nobody is thrown out of a deadlock."""

from __future__ import annotations

from tempfile import TemporaryDirectory

import pytest
from django.db import connection

from disbursements.actions import correcting, funding, spending
from disbursements.models import Donor, Grant, LedgerEntry, LedgerLine, Pledge, Purse
from disbursements.queries.ledger import verify_ledger
from fundmgmt.models import User
from tests.factories import grants as make
from tests.races.harness import race
from tests.races.removing import after, arrive, await_others

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer at a time and hides these races"
    ),
]
AT = make.ASKED + 100 * make.DAY
MEET = {  # what each has done when it waits for the other
    "cost": (funding, "change_purse"),
    "receive": (funding, "post_entry"),
    "fulfil": (funding, "_save_once"),
    "take_back": (correcting, "why_not_taken_back"),
    "refund": (spending, "paid_by_earmark"),
}


def one_of(place: str, what: str, ident: int, user_id: int) -> str:
    """One person's step, which stops half way until the other is half way too, or a lock keeps it away."""

    def here() -> None:
        arrive(place, f"{what} {user_id}")
        await_others(place, 2, 1)

    after(*MEET[what], here)
    by, day = User.objects.get(pk=user_id), AT.date()
    proof = {"by": by, "at": AT, "bank_reference": f"X-{user_id}", "amount_minor": 5_000}
    if what == "cost":
        funding.record_cost(currency="USD", cost_date=day, **proof)
    elif what == "receive":
        funding.record_contribution(Donor.objects.get(pk=ident), currency="USD", received_date=day, **proof)
    elif what == "fulfil":
        row = Pledge.objects.select_related("donor").get(pk=ident)
        funding.record_contribution(row.donor, pledge=row, currency="USD", received_date=day, **proof)
    elif what == "refund":
        spending.record_refund(Grant.objects.get(pk=ident), received_date=day, **proof)
    else:
        correcting.take_back_entry(LedgerEntry.objects.get(pk=ident), by=by, at=AT, reason="Typed wrong.")
    return what


def both(*runners: tuple[str, int, int]) -> None:
    with TemporaryDirectory() as place:
        outcomes = race(one_of, [(place, *runner) for runner in runners])
    assert sorted(outcomes) == sorted(("ok", runner[0]) for runner in runners)
    assert verify_ledger().problems == []


def test_a_cost_beside_a_contribution() -> None:
    people = make.cast()
    donor = make.donor(people)
    both(("cost", 0, people.approver.pk), ("receive", donor.pk, people.officer.pk))
    whole = Purse.objects.get(code="*", currency="USD")
    assert (whole.received_minor, whole.costs_minor) == (15_005_000, 5_000)


def test_a_refund_beside_one_that_is_taken_back() -> None:
    people = make.cast()
    grant = make.ready(people)
    make.confirmed(people, make.tranche(grant))
    day = AT.date()
    wrong = spending.record_refund(
        grant, by=people.payer, at=AT, amount_minor=700, received_date=day, bank_reference="X-0"
    )
    assert wrong.entry is not None
    both(("take_back", wrong.entry.pk, people.approver.pk), ("refund", grant.pk, people.payer.pk))
    assert [row.amount_minor for row in grant.refunds.all()] == [5_000]


def test_two_contributions_for_one_pledge_take_no_more_off_it_than_was_promised() -> None:
    people = make.cast()
    pledge = funding.record_pledge(make.donor(people), by=people.officer, at=AT, amount_minor=8_000, currency="USD")
    funding.sign_pledge(pledge, by=people.officer, at=AT)
    both(("fulfil", pledge.pk, people.officer.pk), ("fulfil", pledge.pk, people.checker.pk))
    pledge.refresh_from_db()
    left = LedgerLine.objects.filter(account__code="pledged", donor=pledge.donor).values_list("amount_minor", flat=True)
    assert (pledge.state, sum(left)) == ("paid", 0)
