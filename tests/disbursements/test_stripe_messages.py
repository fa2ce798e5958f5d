"""Messages of the card provider: only genuine ones of our time are taken, and they only say which key to ask about."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from disbursements.gateway.doubles.stripe import moving, shapes
from disbursements.gateway.doubles.stripe.webhooks import signature
from disbursements.gateway.protocol import RailEvent
from disbursements.gateway.stripe_client import StripeAccess
from disbursements.gateway.stripe_messages import TOLERANCE, genuine_message
from disbursements.gateway.stripe_transfer import StripeTransfer
from tests.disbursements.test_stripe_transfer import ORDER
from tests.standing_in import KEY, SECRET, Provider, standing_in

KNOWN = StripeAccess("http://127.0.0.1:9", KEY, (SECRET,))


def message(**about: object) -> bytes:
    made = shapes.transfer(1, 100, "usd", "acct_1") | {"transfer_group": "disb:7:v1"}
    return json.dumps(shapes.event(1, "transfer.created", made, request="", key="") | about).encode()


def signed(raw: bytes, *, secret: str = SECRET, shift: int = 0) -> dict[str, str]:
    return {"stripe-signature": signature(raw, secret, int(time.time()) + shift)}


def test_a_genuine_message_names_its_number_and_the_key() -> None:
    raw = message(id="evt_1")
    assert genuine_message(raw, signed(raw), KNOWN) == RailEvent("evt_1", "disb:7:v1", "transfer.created")


def test_while_a_secret_is_replaced_both_are_good() -> None:
    raw = message(id="evt_1")
    both = replace(KNOWN, webhook_secrets=("whsec_new", SECRET))
    assert genuine_message(raw, signed(raw), both) == genuine_message(raw, signed(raw, secret="whsec_new"), both)


@pytest.mark.parametrize("shift", [-TOLERANCE + 5, 0, TOLERANCE - 5])
def test_a_clock_that_is_a_little_off_is_forgiven(shift: int) -> None:
    raw = message()
    assert genuine_message(raw, signed(raw, shift=shift), KNOWN) is not None


FORGED = {
    "another secret": lambda raw: (raw, signed(raw, secret="whsec_other")),
    "an old moment": lambda raw: (raw, signed(raw, shift=-TOLERANCE - 5)),
    "a moment that has not come": lambda raw: (raw, signed(raw, shift=TOLERANCE + 5)),
    "a moment far ahead": lambda raw: (raw, signed(raw, shift=10**9)),
    "another body": lambda raw: (raw.replace(b"disb:7:v1", b"disb:8:v1"), signed(raw)),
    "no signature": lambda raw: (raw, {}),
    "an empty signature": lambda raw: (raw, {"stripe-signature": ""}),
    "a signature without a moment": lambda raw: (raw, {"stripe-signature": "v1=00"}),
    "a moment of letters": lambda raw: (raw, {"stripe-signature": "t=now,v1=00"}),
    "no text": lambda _raw: (b"\xff\xfe", signed(b"\xff\xfe")),
    "no JSON": lambda _raw: (b"{", signed(b"{")),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_message_that_is_not_genuine_is_nothing(how: str) -> None:
    raw, headers = FORGED[how](message())
    assert genuine_message(raw, headers, KNOWN) is None


def test_trial_and_earnest_never_mix() -> None:
    raw = message(livemode=True)
    assert genuine_message(raw, signed(raw), KNOWN) is None
    live = replace(KNOWN, secret_key="sk_live_1")
    assert genuine_message(raw, signed(raw), live) is not None
    assert genuine_message(message(), signed(message()), live) is None


def test_without_an_account_or_a_secret_no_message_is_taken() -> None:
    raw = message()
    assert genuine_message(raw, signed(raw, secret=""), replace(KNOWN, secret_key="")) is None
    assert genuine_message(raw, signed(raw, secret=""), replace(KNOWN, webhook_secrets=())) is None


# What the double sends -----------------------------------------------------------------------------------


@pytest.fixture
def provider() -> Iterator[Provider]:
    with standing_in() as found:
        yield found


def pay(provider: Provider) -> None:
    order = replace(ORDER, account=provider.host())
    StripeTransfer(provider.access).submit(order, order.key)


def taken(provider: Provider) -> list[str]:
    found = [genuine_message(raw, headers, provider.access) for raw, headers in provider.tells()]
    return [f"{event.state} {event.key}" if event else "refused" for event in found]


def test_the_double_tells_what_our_gate_takes(provider: Provider) -> None:
    pay(provider)
    provider.happens(moving.reverse_transfer, provider.transfers()[0]["id"])
    assert taken(provider) == ["transfer.created disb:7:v1", "transfer.reversed disb:7:v1"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("webhook_lost", []),
        ("webhook_twice", ["transfer.created disb:7:v1"] * 2),
        ("webhook_forged", ["refused"]),
        ("webhook_future", ["refused"]),
        ("webhook_altered", ["refused"]),
    ],
)
def test_the_double_can_tell_wrongly(provider: Provider, kind: str, told: list[str]) -> None:
    provider.goes_wrong(kind, "transfer.")
    pay(provider)
    assert taken(provider) == told


def test_the_double_can_tell_late_and_out_of_order(provider: Provider) -> None:
    provider.goes_wrong("webhook_last", "transfer.created", seconds=60)
    pay(provider)
    provider.happens(moving.reverse_transfer, provider.transfers()[0]["id"])
    first = taken(provider)
    provider.double.ahead += 61
    raw, headers = provider.tells()[0]
    assert first == ["transfer.reversed disb:7:v1"]
    assert json.loads(raw)["type"] == "transfer.created"
    assert headers["stripe-signature"].startswith("t=")


def test_what_is_not_taken_is_told_again(provider: Provider) -> None:
    pay(provider)
    courier, kept = provider.double.courier, provider.double.courier.post
    courier.post = lambda *_letter: False
    assert courier.carry() == 0
    courier.post = kept
    assert courier.carry() == 0  # not yet
    provider.double.ahead += 2
    assert courier.carry() == 1
    assert provider.post.kinds == ["transfer.created"]
