"""The public page for gifts: what is refused and why, what may be chosen, where its forms lead."""

from typing import Any, cast

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disbursements.actions import donations
from disbursements.actions.funding import add_earmark
from disbursements.actions.gift_attempts import count_attempt
from disbursements.models import Donation, Earmark
from fundmgmt.actions.rules import set_rule
from fundmgmt.models import StepRefused
from tests.factories import applications as make
from tests.factories.gifts import FORM, give
from tests.factories.grants import ASKED, DAY, RECEIVED, Cast
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


def test_too_many_gifts_begun_from_one_connection_wait_for_the_next_hour(
    client: Client, provider: Provider, people: Cast
) -> None:
    admin = make.person("admin@example.org", "administrator")
    about = {"by": admin, "at": RECEIVED, "valid_from": RECEIVED.date(), "decided_in": "SC-2026-01/9", "reason": "x"}
    set_rule("gift_attempts_hour", 2, **about)
    url, english = reverse("disbursements:give"), {"accept-language": "en"}

    def give_from(address: str) -> HttpResponse:
        return client.post(url, FORM, headers=english, REMOTE_ADDR=address)

    here, same, other = "2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1"
    assert [give_from(address).status_code for address in (here, same, other)] == [302, 302, 302]
    refused = give_from(here)
    said = refused.content.decode()
    assert (refused.status_code, Donation.objects.count()) == (422, 3)
    assert "Gifts begun from this connection within this hour: 2, and no more" in said
    assert 'value="50"' in said  # nothing typed is lost
    kept = list(cast("Any", cache)._cache)
    assert [key for key in kept if "2001" in key] == []
    assert len([key for key in kept if "gifts:" in key]) == 2


def test_the_hour_and_the_day_of_an_attempt_are_the_funds(people: Cast) -> None:
    admin = make.person("admin@example.org", "administrator")
    about = {"by": admin, "at": RECEIVED, "valid_from": RECEIVED.date(), "decided_in": "SC-2026-01/9", "reason": "x"}
    set_rule("gift_attempts_hour", 1, **about)
    at = ASKED.replace(minute=59)
    count_attempt("192.0.2.7", at=at)
    with pytest.raises(StepRefused, match="Try again from 1 July 2026 at 12:00"):
        count_attempt("192.0.2.7", at=at)
    count_attempt("192.0.2.8", at=at)
    count_attempt("192.0.2.7", at=at + DAY)
    count_attempt("192.0.2.7", at=at + DAY / 24)
