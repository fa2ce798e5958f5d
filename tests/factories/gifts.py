"""Gifts for tests: given on the public page, told by the provider's double, worked on by the worker."""

from io import BytesIO

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from disbursements.actions import errands
from disbursements.gateway.stripe_disputes import DisputeSeen, Movement
from disbursements.models import Donation, LedgerLine
from disbursements.states import AccountCode
from tests.standing_in import Provider

FORM = {"amount": "50", "currency": "EUR", "receipt_name": "", "email": "", "consent": "on"}
FEE = 5_000 * 290 // 10_000 + 30  # what the provider keeps of fifty
DOOR = "/disbursements/webhooks/stripe_transfer/"


def give(client: Client, **values: str) -> Donation:
    response = client.post(reverse("disbursements:give"), FORM | values)
    assert response.status_code == 302, response.content.decode()
    found = Donation.objects.get()
    assert response["Location"] == (found.visit_url or found.get_public_url())
    return found


def deliver(client: Client, provider: Provider) -> list[int]:
    """Hand over what the provider tells, and let the worker work."""
    found = [
        client.post(DOOR, raw, content_type="application/json", headers=headers).status_code
        for raw, headers in provider.tells()
    ]
    while errands.run_due(clock=timezone.now):
        pass
    return found


def page_of(client: Client, gift: Donation) -> str:
    return client.get(gift.get_public_url(), headers={"accept-language": "en"}).content.decode()


def text_of(gift: Donation) -> str:
    assert gift.receipt is not None
    with gift.receipt.file.open() as stored:
        return " ".join(page.extract_text() for page in PdfReader(BytesIO(stored.read())).pages)


def held(code: AccountCode, currency: str = "EUR") -> int:
    rows = LedgerLine.objects.filter(account__code=code, currency=currency).values_list("amount_minor", flat=True)
    return sum(rows)


def taken(amount_minor: int = 5_000, currency: str = "EUR", moved_at: int = 1_790_000_000) -> Movement:
    """What the provider takes for a dispute, with its fee."""
    return Movement("txn_1", -amount_minor, 1_500, currency, moved_at)


def seen(gift: Donation, *movements: Movement, state: str = "open") -> DisputeSeen:
    """A dispute of all of a gift, as the provider has it."""
    known = gift.key, gift.payment, 5_000, gift.currency
    return DisputeSeen("dp_1", *known, state, "fraudulent", 1, 2_000_000_000, movements=movements)
