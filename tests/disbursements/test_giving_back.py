"""Giving a gift back: two treasurers, the books first, the provider once; and what the provider does by itself."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disbursements import tasks
from disbursements.actions import errands
from disbursements.actions.funding import add_donor, record_contribution, record_cost
from disbursements.actions.giving_back import confirm_giving_back, decline_giving_back, propose_giving_back
from disbursements.actions.own_accounts import move_own_money
from disbursements.gateway.doubles.stripe import taking
from disbursements.models import Donation, GivingBack, Outbox, Purse
from disbursements.queries.gift_check import differences
from disbursements.queries.ledger import verify_ledger
from disbursements.states import AccountCode
from fundmgmt.formats.words import money
from fundmgmt.inbox import waiting_for
from fundmgmt.models import StepRefused, User
from fundmgmt.workflow import NoSuchStep, Refused
from tests.factories import applications as make
from tests.factories.gifts import DOOR, FEE, deliver, give, held, page_of
from tests.signing_in import sign_in
from tests.standing_in import KEY, OUTCOMES, SECRET, Provider, standing_in

pytestmark = pytest.mark.django_db
NO_REFUND = list(OUTCOMES.values())[4]


@dataclass
class Desk:
    """A paid gift of 50 euros, and the people around it."""

    provider: Provider
    client: Client
    gift: Donation
    first: User
    second: User

    def again(self) -> Donation:
        self.gift.refresh_from_db()
        return self.gift

    def propose(self, amount_minor: int = 5_000) -> GivingBack:
        return propose_giving_back(
            self.gift, by=self.first, at=timezone.now(), amount_minor=amount_minor, reason="Given twice by mistake."
        )

    def confirm(self, row: GivingBack) -> GivingBack:
        return confirm_giving_back(row, by=self.second, at=timezone.now())

    def other_money(self, amount_minor: int = 10_000) -> None:
        """Euros from elsewhere, which cover the fee that the provider keeps."""
        donor = add_donor(by=self.first, at=timezone.now(), name="Neighbours", kind="foundation")
        day = timezone.localdate()
        values = {"amount_minor": amount_minor, "currency": "EUR", "received_date": day, "bank_reference": "IN-1"}
        record_contribution(donor, by=self.first, at=timezone.now(), **values)

    def move_there(self, amount_minor: int) -> None:
        move_own_money(
            by=self.first,
            at=timezone.now(),
            source="bank",
            target="card_provider",
            amount_minor=amount_minor,
            currency="EUR",
            moved_date=timezone.localdate(),
            reference="MOVE-1",
        )

    def work(self) -> list[int]:
        return deliver(self.client, self.provider)


def desk_at(provider: Provider, client: Client, settings: Any, outcome: Any = None, **values: str) -> Desk:
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = provider.url, KEY
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    gift = give(client, **values)
    provider.pays(gift.visit, *([outcome] if outcome else []))
    deliver(client, provider)
    first, second = (make.person(f"treasurer{no}@example.org", "treasurer") for no in (1, 2))
    gift.refresh_from_db()
    return Desk(provider, client, gift, first, second)


@pytest.fixture
def desk(client: Client, settings: Any) -> Iterator[Desk]:
    with standing_in() as provider:
        yield desk_at(provider, client, settings)


def test_two_treasurers_give_a_gift_back(desk: Desk) -> None:
    desk.other_money()
    row = desk.propose()
    assert [(str(item.what), item.about) for item in waiting_for(desk.second, timezone.localdate())] == [
        ("Confirm or decline giving a gift back", money(row.amount_minor, "EUR"))
    ]
    assert waiting_for(desk.first, timezone.localdate()) == []
    with pytest.raises(StepRefused, match="Move money there first"):
        desk.confirm(row)
    desk.move_there(500)
    desk.confirm(row)
    assert held(AccountCode.CONTRIBUTIONS) == -10_000  # set aside before the provider is told
    desk.work()
    row.refresh_from_db()
    assert (row.state, row.settled_minor, row.reference[:3]) == ("done", 5_000, "re_")
    assert (desk.again().state, desk.gift.given_back_minor) == ("refunded", 5_000)
    assert (held(AccountCode.PROVIDER), held(AccountCode.FEES)) == (500 - FEE, FEE)
    assert verify_ledger().problems == []


def test_a_part_and_then_the_rest(desk: Desk) -> None:
    for amount, state, left in ((2_000, "part_refunded", 3_000), (2_800, "part_refunded", 200)):
        desk.confirm(desk.propose(amount))
        desk.work()
        assert (desk.again().state, desk.gift.left_minor) == (state, left)
    assert verify_ledger().problems == []
    assert "a part of it was given back" in page_of(desk.client, desk.gift)
    refunds = desk.provider.double.store.every("refund")
    assert sorted(one["amount"] for one in refunds) == [2_000, 2_800]


def test_nobody_confirms_what_they_proposed(desk: Desk) -> None:
    row = desk.propose()
    with pytest.raises(Refused, match="second treasurer"):
        confirm_giving_back(row, by=desk.first, at=timezone.now())
    root = make.person("root@example.org", "treasurer")
    root.is_superuser = True
    root.save()
    other = propose_and_decline(desk, row, root)
    with pytest.raises(Refused, match="second treasurer"):
        confirm_giving_back(other, by=root, at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        GivingBack.objects.filter(pk=other.pk).update(confirmed_by=root)
    assert desk.provider.double.store.every("refund") == []


def propose_and_decline(desk: Desk, row: GivingBack, by: User) -> GivingBack:
    decline_giving_back(row, by=desk.second, at=timezone.now(), reason="The giver changed their mind.")
    return propose_giving_back(desk.gift, by=by, at=timezone.now(), amount_minor=1_000, reason="Half of it.")


def test_only_treasurers_propose(desk: Desk) -> None:
    officer = make.person("pmo@example.org", "officer")
    with pytest.raises(Refused):
        propose_giving_back(desk.gift, by=officer, at=timezone.now(), amount_minor=1, reason="No.")


@pytest.mark.parametrize("amount", [0, -1, 5_001])
def test_no_more_than_was_given_goes_back(desk: Desk, amount: int) -> None:
    with pytest.raises(StepRefused, match="what is left"):
        desk.propose(amount)
    assert desk.propose(5_000).amount_minor == 5_000


def test_one_proposal_at_a_time(desk: Desk) -> None:
    row = desk.propose(1_000)
    with pytest.raises(StepRefused, match="There is a proposal already"):
        desk.propose(1_000)
    desk.confirm(row)
    with pytest.raises(StepRefused, match="There is a proposal already"):
        desk.propose(1_000)
    desk.work()
    assert desk.propose(1_000).no == 2


def test_money_that_is_spent_cannot_be_given_back(desk: Desk) -> None:
    record_cost(
        by=desk.first,
        at=timezone.now(),
        amount_minor=4_000,
        currency="EUR",
        cost_date=timezone.localdate(),
        bank_reference="COST-1",
    )
    row = desk.propose(1_000)
    with pytest.raises(StepRefused, match="does not hold this much"):
        desk.confirm(row)
    row.refresh_from_db()
    assert (row.state, Outbox.objects.filter(kind="refund").count()) == ("proposed", 0)
    decline_giving_back(row, by=desk.second, at=timezone.now(), reason="It is spent.")
    with pytest.raises(StepRefused, match="does not hold this much"):
        desk.confirm(desk.propose(826))
    decline_giving_back(GivingBack.objects.get(no=2), by=desk.second, at=timezone.now(), reason="Too much.")
    desk.confirm(desk.propose(825))
    assert Purse.objects.get(code="-", currency="EUR").received_minor == 4_175


@pytest.mark.parametrize("kind", ["reset_after", "error_after", "reset_before", "refused_busy", "error_sticky"])
def test_without_an_answer_it_is_given_back_once_all_the_same(desk: Desk, kind: str) -> None:
    desk.confirm(desk.propose(2_000))
    desk.provider.goes_wrong(kind, "/v1/refunds", times=3)
    errands.run_due(clock=timezone.now)
    assert GivingBack.objects.get().state == "confirmed"
    errand = Outbox.objects.get(kind="refund")
    assert errand.last_error != ""
    desk.provider.double.faults.clear()
    desk.provider.double.ahead += 25 * 3600  # the provider has forgotten the key
    later = timezone.now() + dt.timedelta(hours=2)
    errands.run_due(clock=lambda: later)
    assert GivingBack.objects.get().state == "done"
    assert [one["amount"] for one in desk.provider.double.store.every("refund")] == [2_000]
    assert (held(AccountCode.CONTRIBUTIONS), desk.again().given_back_minor) == (-3_000, 2_000)


def test_what_the_provider_refuses_stands_in_the_books_again(desk: Desk) -> None:
    row = desk.confirm(desk.propose(2_000))
    desk.provider.double.store.add_money("", "eur", -100_003_000)
    desk.work()
    row.refresh_from_db()
    assert (row.state, desk.again().state, desk.gift.given_back_minor) == ("failed", "paid", 0)
    assert (held(AccountCode.CONTRIBUTIONS), held(AccountCode.PROVIDER)) == (-5_000, 5_000 - FEE)
    assert verify_ledger().problems == []


def test_a_refund_that_the_givers_bank_does_not_take_comes_back(client: Client, settings: Any) -> None:
    with standing_in() as provider:
        desk = desk_at(provider, client, settings, NO_REFUND)
        desk.confirm(desk.propose(2_000))
        desk.work()
        second = desk.confirm(desk.propose(1_000))
        desk.work()
        assert (desk.again().state, desk.gift.given_back_minor) == ("part_refunded", 3_000)
        provider.happens(taking.fail_refund, second.reference or GivingBack.objects.get(no=2).reference)
        desk.work()
        assert (desk.again().state, desk.gift.given_back_minor) == ("part_refunded", 2_000)
        provider.happens(taking.fail_refund, GivingBack.objects.get(no=1).reference)
        desk.work()
    assert (desk.again().state, desk.gift.given_back_minor) == ("paid", 0)
    assert [row.state for row in GivingBack.objects.order_by("no")] == ["failed", "failed"]
    assert held(AccountCode.CONTRIBUTIONS) == -5_000
    assert verify_ledger().problems == []


def test_of_two_refunds_that_were_all_one_comes_back(client: Client, settings: Any) -> None:
    with standing_in() as provider:
        desk = desk_at(provider, client, settings, NO_REFUND)
        desk.other_money()
        desk.move_there(1_000)
        for amount in (2_000, 3_000):
            desk.confirm(desk.propose(amount))
            desk.work()
        assert (desk.again().state, desk.gift.given_back_minor) == ("refunded", 5_000)
        provider.happens(taking.fail_refund, GivingBack.objects.get(no=2).reference)
        desk.work()
    assert (desk.again().state, desk.gift.given_back_minor) == ("part_refunded", 2_000)
    assert verify_ledger().problems == []


def test_what_is_given_back_on_the_providers_own_pages_is_booked_too(desk: Desk) -> None:
    payment = desk.gift.payment
    desk.provider.double.act(
        lambda world, asked: taking.create_refund(
            world, asked.__class__({"payment_intent": payment, "amount": "1500"}, asked.now)
        )
    )
    desk.work()
    row = GivingBack.objects.get()
    assert (row.state, row.proposed_by, row.confirmed_by, row.amount_minor) == ("done", None, None, 1_500)
    assert (desk.again().state, held(AccountCode.CONTRIBUTIONS)) == ("part_refunded", -3_500)
    assert verify_ledger().problems == []
    desk.work()
    assert GivingBack.objects.count() == 1


def test_money_of_another_currency_goes_back_at_the_rate_of_its_day(client: Client, settings: Any) -> None:
    with standing_in(settles={"gbp": ("usd", 12_500)}) as provider:
        desk = desk_at(provider, client, settings, currency="GBP")
        provider.double.world.settles = {"gbp": ("usd", 12_600)}
        desk.confirm(desk.propose(1_000))
        desk.work()
    row = GivingBack.objects.get()
    assert (row.amount_minor, row.settled_minor) == (1_000, 1_260)
    assert (held(AccountCode.CONTRIBUTIONS, "USD"), held(AccountCode.EXCHANGE, "USD")) == (-(6_250 - 1_250), 10)
    assert verify_ledger().problems == []


def test_a_gift_that_was_not_paid_is_not_given_back(client: Client, settings: Any) -> None:
    with standing_in() as provider:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = provider.url, KEY
        gift = give(client)
        first = make.person("treasurer1@example.org", "treasurer")
        with pytest.raises(StepRefused, match="Only a gift that was paid"):
            propose_giving_back(gift, by=first, at=timezone.now(), amount_minor=1, reason="No.")


def test_confirming_twice_gives_back_once(desk: Desk) -> None:
    row = desk.propose(1_000)
    stale = GivingBack.objects.get(pk=row.pk)
    desk.confirm(row)
    with pytest.raises(NoSuchStep):
        desk.confirm(stale)
    desk.work()
    assert desk.again().given_back_minor == 1_000


def test_the_pages_of_a_refund(desk: Desk) -> None:
    User.objects.update(language="en")
    browser = Client()
    browser.force_login(desk.first)
    url = reverse("disbursements:give_back", args=[desk.gift.ref])
    assert 'value="50.00"' in browser.get(url).content.decode()
    assert browser.post(url, {"amount": "12.50", "reason": "Too much."}).status_code == 302
    row = GivingBack.objects.get()
    assert row.amount_minor == 1_250
    confirm = reverse("disbursements:giving_back", args=[row.pk, "confirm"])
    assert f'href="{confirm}"' not in browser.get(desk.gift.get_absolute_url()).content.decode()
    assert browser.post(confirm, {}).status_code == 403
    browser.force_login(desk.second)
    assert browser.post(confirm, {"version": row.version}).status_code == 403  # not signed in just now
    sign_in(browser, desk.second)
    assert "Too much." in browser.get(confirm).content.decode()  # nobody confirms without the reason
    assert f'href="{confirm}"' in browser.get(desk.gift.get_absolute_url()).content.decode()
    assert browser.post(confirm, {"version": row.version}).status_code == 302
    row.refresh_from_db()
    assert row.state == "confirmed"
    page = browser.get(desk.gift.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "proposed by" in page
    assert reverse("disbursements:rail_events", args=["stripe_transfer"]) == DOOR


# Every night: the provider's own account beside ours ------------------------------------------------------


def test_the_providers_account_and_ours_are_alike(desk: Desk) -> None:
    today = dt.datetime.now(dt.UTC).date()
    assert differences(today, today) == []
    desk.confirm(desk.propose(1_000))
    desk.work()
    assert differences(today, today) == []
    assert tasks.prove_gifts() == 0
    assert differences(today - dt.timedelta(days=9), today - dt.timedelta(days=8)) == []


def test_what_stands_on_one_side_only_is_said_and_fails_the_night(desk: Desk) -> None:
    desk.provider.double.act(
        lambda world, asked: taking.create_intent(
            world,
            asked.__class__(
                {"amount": "700", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}, asked.now
            ),
        )
    )
    charge = desk.provider.double.store.every("charge", tag=desk.gift.payment)[0]
    desk.provider.double.store.keep({**charge, "amount_captured": 4_000})
    today = dt.datetime.now(dt.UTC).date()
    found = differences(today, today)
    assert [text.partition(":")[2] for text in found if text.startswith("don:")] == [
        f"{desk.gift.pk}: the card provider has {money(4_000, 'EUR')}, our books have {money(5_000, 'EUR')}."
    ]
    assert [text.partition(": ")[2] for text in found if text.startswith("pi_")] == [
        f"the card provider has {money(700, 'USD')}, our books have {money(0, 'USD')}."
    ]
    with pytest.raises(tasks.GiftsDiffer, match="2 gifts"):
        tasks.prove_gifts()
