"""The public page for gifts: what is refused and why, what may be chosen, where its forms lead."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disbursements.actions import donations
from disbursements.actions.funding import add_earmark
from disbursements.models import Donation, Earmark
from fundmgmt.models import StepRefused
from tests.factories import applications as make
from tests.factories.gifts import FORM, give
from tests.standing_in import Provider

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"amount": "4.99"}, "The least that can be given by card is"),
        ({"amount": "5000.01"}, "is better sent by bank"),
        ({"amount": "fifty"}, "Write an amount in figures"),
        ({"amount": "-5"}, "Write an amount in figures"),
        ({"amount": "5.001"}, "can be read in two ways"),
        ({"currency": "CDF"}, "Select a valid choice"),
        ({"consent": ""}, "Please tick this box"),
        ({"email": "nobody"}, "Enter a valid email address"),
    ],
)
def test_what_cannot_be_given_is_refused_with_a_reason(
    client: Client, provider: Provider, values: dict[str, str], says: str
) -> None:
    response = client.post(reverse("disbursements:give"), FORM | values, headers={"accept-language": "en"})
    assert response.status_code == 422
    assert says in response.content.decode()
    assert Donation.objects.count() == 0
    assert provider.inspector.seen == []


def test_only_what_the_fund_offers_can_be_chosen(client: Client, provider: Provider, aims: Earmark) -> None:
    officer = make.person("pmo2@example.org", "officer")
    other = add_earmark(by=officer, code="lualaba", label="Lualaba only")
    page = client.get(reverse("disbursements:give"), headers={"accept-language": "sw"}).content.decode()
    assert "Kujifunza ufundi" in page
    assert "Lualaba only" not in page
    values = {"at": timezone.now(), "amount_minor": 5_000, "currency": "EUR", "language": "en"}
    with pytest.raises(StepRefused, match="does not collect for this now"):
        donations.start_gift(earmark=other, **values)
    assert donations.start_gift(earmark=aims, **values).earmark == aims


def test_without_an_account_with_the_provider_no_gift_begins(client: Client, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    url = reverse("disbursements:give")
    assert (
        "Gifts by card are not possible here yet."
        in client.get(url, headers={"accept-language": "en"}).content.decode()
    )
    assert client.post(url, FORM).status_code == 422
    assert Donation.objects.count() == 0


def test_the_forms_of_a_gift_lead_to_the_provider_and_nowhere_else(client: Client, provider: Provider) -> None:
    gift = give(client)
    for url in (reverse("disbursements:give"), gift.get_public_url()):
        response = client.get(url)
        assert "form-action 'self' https://checkout.stripe.com" in response["Content-Security-Policy"]
        assert (response["X-Robots-Tag"], response["Cache-Control"]) == ("noindex", "private, no-store")
    home = client.get("/")
    assert "stripe" not in home["Content-Security-Policy"]


def test_a_wrong_address_of_a_gift_is_nothing(client: Client, provider: Provider) -> None:
    gift = give(client)
    other = "00000000-0000-4000-8000-000000000000"
    assert client.get(reverse("disbursements:gift", args=[other])).status_code == 404
    assert client.get(reverse("disbursements:gift_receipt", args=[gift.token])).status_code == 404
