"""Gifts: from the public page through the provider's double to the books, the receipt and the thank-you page."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disbursements.actions import errands
from disbursements.gateway.doubles.stripe import visits
from disbursements.gateway.doubles.stripe.cards import OUTCOMES
from disbursements.models import Contribution, Donation, Earmark, Outbox, Purse, RailEventRecord, Rate
from disbursements.queries.ledger import verify_ledger
from disbursements.states import AccountCode
from fundmgmt.models import JournalEntry
from tests.factories.gifts import DOOR, FEE, deliver, give, held, page_of, text_of
from tests.standing_in import KEY, SECRET, Provider, standing_in

pytestmark = pytest.mark.django_db

CARD, ASKS, DECLINED, POOR, NO_REFUND, DEBIT, BAD_DEBIT, *_DISPUTED = OUTCOMES.values()


def test_a_gift_is_paid_when_the_provider_has_confirmed_it_and_not_before(client: Client, provider: Provider) -> None:
    gift = give(client, receipt_name="Somebody Kind", email="giver@example.org")
    assert (gift.state, gift.ref, gift.visit_url.startswith(provider.url)) == (
        "begun",
        f"GF-{timezone.localdate().year}-0001",
        True,
    )
    assert "We are waiting for confirmation" in page_of(client, gift)
    provider.pays(gift.visit)
    assert "We are waiting for confirmation" in page_of(client, gift)
    assert Contribution.objects.count() == 0

    assert set(deliver(client, provider)) == {200}
    gift.refresh_from_db()
    assert (gift.state, gift.settled_minor, gift.settled_currency, gift.fee_minor) == ("paid", 5_000, "EUR", FEE)
    assert (held(AccountCode.PROVIDER), held(AccountCode.CONTRIBUTIONS), held(AccountCode.FEES)) == (
        5_000 - FEE,
        -5_000,
        FEE,
    )
    purse = Purse.objects.get(code="-", currency="EUR")
    assert (purse.received_minor, purse.costs_minor) == (5_000, FEE)
    assert verify_ledger().problems == []
    page = page_of(client, gift)
    assert "Your gift has arrived." in page
    assert "waiting" not in page


def test_the_receipt_is_numbered_frozen_and_in_the_givers_language(client: Client, provider: Provider) -> None:
    client.cookies["django_language"] = "fr"
    gift = give(client, receipt_name="Somebody Kind", email="giver@example.org")
    provider.pays(gift.visit)
    deliver(client, provider)
    gift.refresh_from_db()
    said = text_of(gift)
    number = f"RC-{timezone.localdate().year}-0001"
    assert (gift.receipt_no, gift.language) == (number, "fr")
    assert [part in said for part in (number, "Somebody Kind", "50,00", gift.payment, gift.ref)] == [True] * 5
    download = client.get(reverse("disbursements:gift_receipt", args=[gift.token]))
    assert download["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
    with gift.receipt.file.open() as stored:
        assert b"".join(download.streaming_content) == stored.read()
    message = django_mail.outbox[-1]
    assert message.to == ["giver@example.org"]
    assert [name for name, _content, _kind in message.attachments] == [f"{number}.pdf"]


def test_a_gift_without_a_name_names_nobody(client: Client, provider: Provider) -> None:
    gift = give(client)
    provider.pays(gift.visit)
    deliver(client, provider)
    gift.refresh_from_db()
    assert "wishes not to be named" in text_of(gift) or "ne pas être nommé" in text_of(gift)
    assert django_mail.outbox == []
    assert Contribution.objects.get().donor.ref == "DN-000"


def test_a_gift_for_an_aim_is_kept_for_it(client: Client, provider: Provider, aims: Earmark) -> None:
    gift = give(client, earmark="vocational")
    provider.pays(gift.visit)
    deliver(client, provider)
    purse = Purse.objects.get(code="vocational", currency="EUR")
    assert (purse.received_minor, purse.costs_minor) == (5_000, FEE)
    assert Contribution.objects.get().earmark == aims
    assert verify_ledger().problems == []


@pytest.mark.parametrize("times", [1, 2, 3])
def test_messages_that_come_again_change_nothing(client: Client, provider: Provider, times: int) -> None:
    provider.goes_wrong("webhook_twice", "checkout.session.completed")
    gift = give(client)
    provider.pays(gift.visit)
    letters = provider.tells()
    for raw, headers in letters * times:
        assert client.post(DOOR, raw, content_type="application/json", headers=headers).status_code == 200
        errands.run_due(clock=timezone.now)
    assert len(letters) == 5
    assert RailEventRecord.objects.count() == 4
    assert (Contribution.objects.count(), held(AccountCode.CONTRIBUTIONS)) == (1, -5_000)
    assert sorted(RailEventRecord.objects.values_list("outcome", flat=True)) == ["applied"] + ["nothing_new"] * 3


def test_the_order_of_messages_does_not_matter(client: Client, provider: Provider) -> None:
    gift = give(client)
    provider.pays(gift.visit, DEBIT)
    provider.happens(visits.decide_later, gift.visit)
    for raw, headers in reversed(provider.tells()):
        client.post(DOOR, raw, content_type="application/json", headers=headers)
        errands.run_due(clock=timezone.now)
    gift.refresh_from_db()
    assert gift.state == "paid"
    assert held(AccountCode.CONTRIBUTIONS) == -5_000


@pytest.mark.parametrize("kind", ["webhook_forged", "webhook_future", "webhook_altered"])
def test_a_message_that_is_not_genuine_is_refused_and_forgotten(client: Client, provider: Provider, kind: str) -> None:
    gift = give(client)
    provider.goes_wrong(kind, "", times=20)
    provider.pays(gift.visit)
    assert set(deliver(client, provider)) == {403}
    gift.refresh_from_db()
    assert (gift.state, RailEventRecord.objects.count()) == ("begun", 0)


def test_what_a_genuine_message_says_is_not_believed(client: Client, provider: Provider) -> None:
    """Signed, ours, and saying paid: what counts is what the provider answers when it is asked."""
    gift = give(client)
    about = provider.double.store.find(gift.visit)
    assert about is not None
    provider.double.world.tell("checkout.session.completed", {**about, "payment_status": "paid"}, _asked())
    for event in provider.double.world.news:
        provider.double.courier.take(event)
    assert deliver(client, provider) == [200]
    gift.refresh_from_db()
    assert (gift.state, Contribution.objects.count()) == ("begun", 0)


def _asked() -> Any:
    from disbursements.gateway.doubles.stripe.asking import Asked

    return Asked({}, int(timezone.now().timestamp()))


def test_a_message_that_never_comes_is_made_up_for(client: Client, provider: Provider) -> None:
    provider.goes_wrong("webhook_lost", "", times=20)
    gift = give(client)
    provider.pays(gift.visit)
    assert deliver(client, provider) == []
    errands.run_due(clock=lambda: timezone.now() + dt.timedelta(hours=3))
    gift.refresh_from_db()
    assert gift.state == "paid"


def test_whoever_waits_can_have_the_provider_asked(client: Client, provider: Provider) -> None:
    provider.goes_wrong("webhook_lost", "", times=20)
    gift = give(client)
    provider.pays(gift.visit)
    assert client.post(gift.get_public_url()).status_code == 302
    gift.refresh_from_db()
    assert gift.state == "paid"


def test_a_bank_debit_is_on_its_way_until_it_arrives(client: Client, provider: Provider) -> None:
    gift = give(client)
    provider.pays(gift.visit, DEBIT)
    deliver(client, provider)
    gift.refresh_from_db()
    assert gift.state == "waiting"
    assert "A bank debit takes some working days." in page_of(client, gift)
    provider.happens(visits.decide_later, gift.visit)
    deliver(client, provider)
    gift.refresh_from_db()
    assert (gift.state, gift.fee_minor) == ("paid", 35)


def test_a_bank_debit_that_fails_is_said_so(client: Client, provider: Provider) -> None:
    gift = give(client)
    provider.pays(gift.visit, BAD_DEBIT)
    deliver(client, provider)
    provider.happens(visits.decide_later, gift.visit)
    deliver(client, provider)
    gift.refresh_from_db()
    assert gift.state == "failed"
    assert "This gift was not paid" in page_of(client, gift)
    assert Contribution.objects.count() == 0


def test_a_visit_that_nobody_ends_expires(client: Client, provider: Provider) -> None:
    gift = give(client)
    provider.double.ahead += 3 * 3600
    errands.run_due(clock=lambda: timezone.now() + dt.timedelta(hours=3))
    gift.refresh_from_db()
    assert gift.state == "expired"
    assert Outbox.objects.get(kind="gift").state == "done"
    assert client.post(reverse("disbursements:gift_pay", args=[gift.token])).status_code == 302
    assert Donation.objects.count() == 1


def test_when_the_provider_does_not_answer_the_gift_waits_and_can_be_paid_later(
    client: Client, provider: Provider
) -> None:
    provider.goes_wrong("reset_before", times=3)
    gift = give(client)
    assert (gift.state, gift.visit) == ("begun", "")
    pay = reverse("disbursements:gift_pay", args=[gift.token])
    provider.goes_wrong("refused_busy", times=1)
    assert client.post(pay, headers={"accept-language": "en"})["Location"] == gift.get_public_url()
    assert "Nothing was taken." in page_of(client, gift)
    there = client.post(pay)["Location"]
    assert there.startswith(f"{provider.url}/c/pay/")
    assert client.post(pay)["Location"] == there
    assert len(provider.double.store.every("checkout.session")) == 1


def test_a_visit_that_never_opened_ends_by_itself(client: Client, provider: Provider) -> None:
    provider.goes_wrong("reset_before", times=3)
    gift = give(client)
    errands.run_due(clock=lambda: timezone.now() + dt.timedelta(hours=3))
    gift.refresh_from_db()
    assert gift.state == "expired"


def test_another_amount_at_the_provider_is_no_payment(client: Client, provider: Provider) -> None:
    gift = give(client)
    provider.pays(gift.visit)
    kept = provider.double.store.find(gift.visit)
    assert kept is not None
    provider.double.store.keep({**kept, "amount_total": 4_000})
    deliver(client, provider)
    gift.refresh_from_db()
    assert (gift.state, Contribution.objects.count()) == ("begun", 0)
    assert Outbox.objects.exclude(last_error="").values_list("last_error", flat=True)[0] == (
        "the provider speaks of 4000 EUR, the gift of 5000 EUR"
    )


def test_money_of_another_currency_is_booked_as_it_was_credited_with_its_rate(client: Client, settings: Any) -> None:
    with standing_in(settles={"gbp": ("usd", 12_650)}) as provider:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = provider.url, KEY
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
        gift = give(client, currency="GBP")
        provider.pays(gift.visit)
        deliver(client, provider)
    gift.refresh_from_db()
    assert (gift.amount_minor, gift.currency, gift.settled_minor, gift.settled_currency) == (5_000, "GBP", 6_325, "USD")
    rate = Rate.objects.get()
    assert (rate.base, rate.quote, str(rate.rate), rate.source) == (
        "GBP",
        "USD",
        "1.2650000000",
        f"card provider, {gift.ref}",
    )
    assert (held(AccountCode.PROVIDER, "USD"), held(AccountCode.PROVIDER, "GBP")) == (6_325 - 213, 0)
    assert verify_ledger().problems == []


def test_nobodys_name_stands_in_the_journal(client: Client, provider: Provider) -> None:
    gift = give(client, receipt_name="Somebody Kind", email="giver@example.org")
    provider.pays(gift.visit)
    deliver(client, provider)
    told = [
        (entry.kind.rpartition(".")[2], str(entry.facts)) for entry in JournalEntry.objects.filter(thread=gift.thread)
    ]
    assert [kind for kind, _facts in told] == ["begin", "open_visit", "pay", "add"]
    assert "Kind" not in str(told)
    assert str(gift.token) not in str(told)


# What the database refuses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", [{"payment": ""}, {"receipt_no": ""}, {"given_back_minor": 5_001}, {"contribution": None}]
)
def test_a_paid_gift_without_its_proof_is_refused_by_the_database(
    client: Client, provider: Provider, wrong: dict[str, Any]
) -> None:
    gift = give(client)
    provider.pays(gift.visit)
    deliver(client, provider)
    with pytest.raises(IntegrityError), transaction.atomic():
        Donation.objects.filter(pk=gift.pk).update(**wrong)
    assert Donation.objects.filter(pk=gift.pk).update(receipt_name="Another") == 1
