"""Gifts under several hands at once: booked once, given back once, whoever comes first."""

from __future__ import annotations

import pytest
from django.utils import timezone

from disbursements.actions.disputes import apply_dispute
from disbursements.actions.donations import apply_gift, begin_gift
from disbursements.actions.giving_back import apply_refunds, confirm_giving_back, propose_giving_back
from disbursements.gateway.stripe_giving import Gift, GivenBack
from disbursements.models import Contribution, Donation, GivingBack, LedgerEntry, Purse
from disbursements.queries.ledger import verify_ledger
from fundmgmt.models import User
from tests.factories import applications as people_of
from tests.factories.gifts import seen, taken
from tests.races.harness import race

pytestmark = pytest.mark.django_db(transaction=True)
PAID = Gift("paid", 5_000, "EUR", "pi_1", 5_000, "EUR", 175)


def apply(gift_id: int) -> str:
    apply_gift(Donation.objects.get(pk=gift_id), PAID, at=timezone.now())
    return Donation.objects.get(pk=gift_id).state


def confirm(refund_id: int, user_id: int) -> str:
    row = GivingBack.objects.select_related("donation").get(pk=refund_id)
    return confirm_giving_back(row, by=User.objects.get(pk=user_id), at=timezone.now()).state


def find(gift_id: int) -> int:
    apply_refunds(Donation.objects.get(pk=gift_id), [GivenBack("re_1", "", 1_000, "paid", 1_000)], at=timezone.now())
    return Donation.objects.get(pk=gift_id).given_back_minor


def one_of(what: str, *ids: int) -> str:
    return confirm(*ids) if what == "confirm" else dispute(*ids)


def dispute(gift_id: int) -> str:
    gift = Donation.objects.get(pk=gift_id)
    return apply_dispute(gift, seen(gift, taken()), at=timezone.now())[1].state


@pytest.fixture
def gift() -> Donation:
    return begin_gift(at=timezone.now(), amount_minor=5_000, currency="EUR", language="fr")


def test_one_gift_told_by_several_messages_is_booked_once(gift: Donation) -> None:
    assert race(apply, [(gift.pk,)] * 4) == [("ok", "paid")] * 4
    assert Contribution.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="receipt").count() == 1
    assert verify_ledger().problems == []


def test_two_treasurers_confirm_one_refund_once(gift: Donation) -> None:
    apply(gift.pk)
    first, *others = (people_of.person(f"treasurer{no}@example.org", "treasurer") for no in range(4))
    gift.refresh_from_db()
    row = propose_giving_back(gift, by=first, at=timezone.now(), amount_minor=1_000, reason="Given twice.")
    outcomes = race(confirm, [(row.pk, user.pk) for user in others])
    assert sorted(name for name, _result in outcomes) == ["NoSuchStep", "NoSuchStep", "ok"]
    assert LedgerEntry.objects.filter(kind="given_back").count() == 1
    assert verify_ledger().problems == []


def test_a_refund_made_elsewhere_is_found_once(gift: Donation) -> None:
    apply(gift.pk)
    assert race(find, [(gift.pk,)] * 4) == [("ok", 1_000)] * 4
    assert GivingBack.objects.count() == 1
    assert verify_ledger().problems == []


def test_one_dispute_told_by_several_messages_takes_the_money_once(gift: Donation) -> None:
    apply(gift.pk)
    assert race(dispute, [(gift.pk,)] * 4) == [("ok", "open")] * 4
    assert LedgerEntry.objects.filter(kind="disputed").count() == 1
    assert Purse.objects.get(code="-", currency="EUR").short_minor == 1_500 + 175


def test_a_dispute_and_giving_back_do_not_both_take_the_gift(gift: Donation) -> None:
    apply(gift.pk)
    first, second = (people_of.person(f"treasurer{no}@example.org", "treasurer") for no in range(2))
    gift.refresh_from_db()
    row = propose_giving_back(gift, by=first, at=timezone.now(), amount_minor=1_000, reason="Given twice.")
    kinds = {"given_back", "disputed"}
    race(one_of, [("confirm", row.pk, second.pk), ("dispute", gift.pk)])
    row.refresh_from_db()
    posted = {kind for kind in LedgerEntry.objects.values_list("kind", flat=True) if kind in kinds}
    assert posted == ({"disputed", "given_back"} if row.state == "confirmed" else {"disputed"})
    assert [one for one in verify_ledger().problems if "purse" in one.lower()] == []
