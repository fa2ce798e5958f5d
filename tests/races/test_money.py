"""Money under two hands at once: one approval, one payment, one grant, and no more than there is."""

from __future__ import annotations

import pytest

from applications.models import Application
from disbursements.actions import funding, grants, tranches
from disbursements.actions.holds import suspend_grant
from disbursements.actions.ledger import NotEnoughMoney
from disbursements.models import Grant, LedgerEntry, Tranche
from disbursements.queries.ledger import verify_ledger
from fundmgmt import journal
from fundmgmt.models import JournalEntry, User
from tests.factories import applications as people_of
from tests.factories import grants as make
from tests.races.harness import race

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = {"StaleObject", "NoSuchStep", "Refused", "StepRefused", "ConditionsOpen"}


def approve(tranche_id: int, user_id: int) -> str:
    row = Tranche.objects.select_related("grant__application").get(pk=tranche_id)
    return tranches.approve_tranche(row, by=User.objects.get(pk=user_id), at=make.ASKED).state


def pay(tranche_id: int, user_id: int, reference: str) -> str:
    row = Tranche.objects.select_related("grant__application", "bank_detail").get(pk=tranche_id)
    return tranches.pay_tranche(
        row,
        by=User.objects.get(pk=user_id),
        at=make.ASKED,
        bank_reference=reference,
        bank_date=make.ASKED.date(),
    ).state


def suspend(grant_id: int, user_id: int) -> str:
    row = Grant.objects.get(pk=grant_id)
    suspend_grant(row, by=User.objects.get(pk=user_id), at=make.ASKED, kind="security", reason="Roads are closed.")
    return "suspended"


def give(application_id: int, user_id: int) -> str:
    application = Application.objects.get(pk=application_id)
    officer = User.objects.get(pk=user_id)
    return grants.open_grant(application, by=officer, at=make.OPENED, due_diligence_until_date=make.VALID_UNTIL).ref


@pytest.fixture
def people() -> make.Cast:
    return make.cast()


@pytest.fixture
def treasurers(people: make.Cast) -> list[User]:
    more = [people_of.person(f"treasurer{n}@example.org", "treasurer") for n in (3, 4)]
    return [people.approver, people.payer, *more]


def test_of_four_treasurers_at_once_one_approves(people: make.Cast, treasurers: list[User]) -> None:
    row = make.checked(people, make.tranche(make.ready(people, **make.MICRO)))  # so small that one approver is enough
    outcomes = race(approve, [(row.pk, user.pk) for user in treasurers])
    assert [name for name, _value in outcomes].count("ok") == 1
    assert {name for name, _value in outcomes} - {"ok"} <= REFUSALS
    row.refresh_from_db()
    assert row.state == "approved"
    assert JournalEntry.objects.filter(kind="disbursements.tranche.approve").count() == 1


def test_of_three_treasurers_at_once_one_pays(people: make.Cast, treasurers: list[User]) -> None:
    row = make.approved(people, make.tranche(make.ready(people)))
    payers = [user for user in treasurers if user.pk != people.approver.pk]
    outcomes = race(pay, [(row.pk, user.pk, f"OUT-{user.pk}") for user in payers])
    assert [name for name, _value in outcomes].count("ok") == 1
    assert {name for name, _value in outcomes} - {"ok"} <= REFUSALS
    assert JournalEntry.objects.filter(kind="disbursements.tranche.send").count() == 1
    assert LedgerEntry.objects.filter(kind="in_transit").count() == 1
    assert verify_ledger().problems == []
    assert journal.verify().problems == []


def test_a_suspension_beside_a_payment_leaves_one_truth(people: make.Cast) -> None:
    grant = make.ready(people)
    row = make.approved(people, make.tranche(grant))
    outcomes = race_two(row, grant, people)
    row.refresh_from_db()
    grant.refresh_from_db()
    assert grant.state == "suspended"
    paid = outcomes["pay"] == "ok"
    assert row.state == ("sent" if paid else "on_hold")
    assert verify_ledger().problems == []


def race_two(row: Tranche, grant: Grant, people: make.Cast) -> dict[str, str]:
    """A payment and a suspension at the same moment; which of them happened."""
    outcomes = race(either, [("pay", row.pk, people.payer.pk), ("suspend", grant.pk, people.officer.pk)])
    named = {"pay": "refused", "suspend": "refused"}
    for name, value in outcomes:
        if name == "ok":
            named[value] = "ok"
    assert named["suspend"] == "ok", outcomes  # a safety stop has no precondition
    return named


def either(what: str, ident: int, user_id: int) -> str:
    if what == "pay":
        pay(ident, user_id, "OUT-1")
    else:
        suspend(ident, user_id)
    return what


def test_one_award_opens_one_grant(people: make.Cast) -> None:
    make.donor(people)
    application = make.awarded(people)
    outcomes = race(give, [(application.pk, user.pk) for user in (people.officer, people.signer, people.checker)])
    assert [name for name, _value in outcomes].count("ok") == 1, outcomes
    assert Grant.objects.count() == 1


def test_costs_at_once_never_exceed_what_arrived(people: make.Cast, treasurers: list[User]) -> None:
    make.donor(people, amount_minor=100_000)
    outcomes = race(spend, [(user.pk, number) for number, user in enumerate(treasurers)])
    assert sum(value for name, value in outcomes if name == "ok") == 90_000
    assert verify_ledger().problems == []


def spend(user_id: int, number: int) -> int:
    done = 0
    for part in range(3):
        try:
            funding.record_cost(
                by=User.objects.get(pk=user_id),
                at=make.ASKED,
                amount_minor=30_000,
                currency="USD",
                bank_reference=f"FEE-{number}-{part}",
                cost_date=make.ASKED.date(),
            )
        except NotEnoughMoney:
            continue
        else:
            done += 30_000
    return done
