"""Gifts by card or bank debit: a visit to the provider's payment page, how it ended, and giving back.

What counts is what the provider answers when it is asked (`look_up`), never what a message or a visitor says.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import stripe

from disbursements.gateway.protocol import Accepted, RailLine, Rejected, Unknown
from disbursements.gateway.stripe_client import StripeAccess, access, client, day_of, patience, refusal, second_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disbursements.gateway.protocol import Answer

CURRENCIES = ("USD", "EUR", "GBP")
LOCALES = {"fr": "fr", "en": "en", "sw": "auto"}  # the provider's page does not speak Swahili
LOOKED_AT = ["payment_intent.latest_charge.balance_transaction"]
BACK = {"succeeded": "paid", "failed": "failed", "canceled": "failed"}


@dataclass(frozen=True)
class Visit:
    """Where to send the visitor, and until when."""

    reference: str
    url: str
    until: int


@dataclass(frozen=True)
class GivenBack:
    """One refund as the provider has it. `state`: pending, paid or failed; `settled_minor` is what left the account."""

    reference: str
    key: str
    amount_minor: int
    state: str
    settled_minor: int = 0


@dataclass(frozen=True)
class Gift:
    """How a visit stands. `state`: open, waiting (a bank debit on its way), paid, failed, expired.

    `amount_minor` in `currency` is what was given; `settled_minor` in `settled_currency` what the account was
    credited with before `fee_minor` was kept.
    """

    state: str
    amount_minor: int
    currency: str
    payment: str = ""
    settled_minor: int = 0
    settled_currency: str = ""
    fee_minor: int = 0
    paid_at: int = 0


@dataclass(frozen=True)
class Wish:
    """What a visitor means to give."""

    key: str
    amount_minor: int
    currency: str
    title: str
    language: str
    success_url: str
    cancel_url: str
    until: int
    email: str = ""


class Giving:
    """Asks the provider. `known` is for tests; otherwise as this system is set up."""

    def __init__(self, known: StripeAccess | None = None, seconds: int | None = None) -> None:
        self._known, self._seconds = known, seconds

    @property
    def ready(self) -> bool:
        """Whether gifts can be taken here."""
        return (self._known or access()).ready

    @property
    def _client(self) -> stripe.StripeClient:
        return client(self._known or access(), self._seconds or patience())

    def open_visit(self, wish: Wish) -> Visit | Rejected | Unknown:
        """Open the payment page for one wish. The same key opens the same page."""
        price = {
            "currency": wish.currency.lower(),
            "unit_amount": wish.amount_minor,
            "product_data": {"name": wish.title[:120]},
        }
        asked: dict[str, Any] = {
            "mode": "payment",
            "submit_type": "donate",
            "line_items": [{"quantity": 1, "price_data": price}],
            "success_url": wish.success_url,
            "cancel_url": wish.cancel_url,
            "client_reference_id": wish.key,
            "locale": LOCALES.get(wish.language, "auto"),
            "expires_at": wish.until,
            "metadata": {"key": wish.key},
            "payment_intent_data": {"metadata": {"key": wish.key}, "transfer_group": wish.key},
        }
        if wish.email:
            asked["customer_email"] = wish.email
        try:
            made = self._client.v1.checkout.sessions.create(asked, {"idempotency_key": wish.key})  # type: ignore[arg-type]
        except stripe.StripeError as error:
            return refusal(error)
        if not made.url:
            return Unknown("the visit has no address")
        return Visit(made.id, made.url, made.expires_at)

    def look_up(self, reference: str) -> Gift | Unknown:
        """How a visit stands now, with the payment, what it was settled at, and what was given back."""
        try:
            found = self._client.v1.checkout.sessions.retrieve(reference, {"expand": LOOKED_AT})
        except stripe.StripeError as error:
            return Unknown(refusal(error).reason)
        return _gift(found.to_dict())

    def give_back(self, payment: str, amount_minor: int, key: str) -> Answer:
        """Give a payment or a part of it back, once for each key."""
        asked: dict[str, Any] = {
            "payment_intent": payment,
            "amount": amount_minor,
            "reason": "requested_by_customer",
            "metadata": {"key": key.rpartition(":")[0], "refund": key},
        }
        try:
            made = self._client.v1.refunds.create(asked, {"idempotency_key": key})  # type: ignore[arg-type]
        except stripe.StripeError as error:
            return refusal(error)
        return Accepted(reference=made.id, amount_minor=made.amount, currency=made.currency.upper())

    def refunds_of(self, payment: str) -> list[GivenBack] | Unknown:
        """Everything given back of a payment, oldest first."""
        asked: Any = {"payment_intent": payment, "limit": 100, "expand": ["data.balance_transaction"]}
        try:
            rows = self._client.v1.refunds.list(asked)
            found = [_given_back(row.to_dict()) for row in rows.auto_paging_iter()]
        except stripe.StripeError as error:
            return Unknown(refusal(error).reason)
        return found[::-1]

    def reconcile(self, start: dt.date, end: dt.date) -> Iterator[RailLine]:
        """Payments taken from `start` to `end` (UTC days, both included), and what was given back of them below zero.

        Raises what the provider's library raises: half an account of a period is none.
        """
        created: Any = {"gte": second_of(start), "lt": second_of(end + dt.timedelta(days=1))}
        asked: Any = {"created": created, "limit": 100}
        for made in self._client.v1.charges.list(asked).auto_paging_iter():
            row = made.to_dict()
            if row["paid"] and row["captured"]:
                yield from _lines(row)


def _lines(row: dict[str, Any]) -> Iterator[RailLine]:
    key, currency, day = row["metadata"].get("key", ""), row["currency"].upper(), day_of(row["created"])
    yield RailLine(key, row["payment_intent"] or row["id"], row["amount_captured"], currency, day)
    if row["amount_refunded"]:
        yield RailLine(key, row["payment_intent"] or row["id"], -row["amount_refunded"], currency, day)


def _gift(found: dict[str, Any]) -> Gift:
    intent = found.get("payment_intent") or {}
    charge = intent.get("latest_charge") or {}
    line = charge.get("balance_transaction") or {}
    paid = found["payment_status"] == "paid" and intent.get("status") == "succeeded" and bool(line)
    return Gift(
        state="paid" if paid else _unpaid(found, intent),
        amount_minor=found["amount_total"],
        currency=found["currency"].upper(),
        payment=intent.get("id", ""),
        settled_minor=line.get("amount", 0),
        settled_currency=line.get("currency", "").upper(),
        fee_minor=line.get("fee", 0),
        paid_at=charge.get("created", 0),
    )


def _unpaid(found: dict[str, Any], intent: dict[str, Any]) -> str:
    """A visit that is over without money: expired, or a debit that is on its way, or one that failed."""
    if found["status"] == "open":
        return "open"
    if found["status"] == "expired":
        return "expired"
    failed = intent.get("status") in {"requires_payment_method", "canceled"}
    return "failed" if failed else "waiting"


def _given_back(row: dict[str, Any]) -> GivenBack:
    line = row.get("balance_transaction") or {}
    return GivenBack(
        reference=row["id"],
        key=(row.get("metadata") or {}).get("refund", ""),
        amount_minor=row["amount"],
        state=BACK.get(row.get("status") or "", "pending"),
        settled_minor=-line.get("amount", 0),
    )
