"""The provider's client as this fund uses it: one API version, few tries, short waits, and no word in the log.

Only this room knows `stripe`. What it raises is sorted here into the three answers a rail gives.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field
from functools import cache

import stripe
from django.conf import settings

from disbursements.gateway.protocol import Rejected, Unknown

API_VERSION = "2026-05-27.dahlia"
TRIES_MORE = 2  # the client's own default is none
CALLS_IN_A_TASK = 2  # a task asks first and sends then
SLACK = 10  # seconds of a task that are not spent waiting for the provider

stripe.enable_telemetry = False
# At INFO the library logs addresses, at DEBUG whole answers with names in them. Neither belongs in a log.
logging.getLogger("stripe").setLevel(logging.WARNING)


@dataclass(frozen=True)
class StripeAccess:
    """Where the provider is and how to be known there. Never shown, never logged."""

    api_base: str
    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def ready(self) -> bool:
        """Whether the fund has an account there at all."""
        return bool(self.secret_key)


def access() -> StripeAccess:
    """As this system is set up."""
    return StripeAccess(settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY, tuple(settings.STRIPE_WEBHOOK_SECRETS))


def patience() -> int:
    """Seconds to wait for one answer: never so long that the queue ends a task between two tries."""
    most = (settings.TASK_SECONDS - SLACK) // (CALLS_IN_A_TASK * (1 + TRIES_MORE))
    return min(settings.STRIPE_SECONDS, most)


@cache
def client(known: StripeAccess, seconds: int) -> stripe.StripeClient:
    """One client for each way of access."""
    return stripe.StripeClient(
        known.secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": known.api_base},
        max_network_retries=TRIES_MORE,
        http_client=stripe.RequestsClient(timeout=seconds),
    )


def refusal(error: stripe.StripeError) -> Rejected | Unknown:
    """Whether the provider said no for certain, or whether nobody knows.

    Certain is only a refusal that the provider gives after it has looked at the key: then nothing was done under it.
    A lost connection, an error of theirs, a busy server or a key that is used for something else leave it open,
    because an earlier try may have gone through.
    """
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        return Rejected(error.code or "invalid", _sentence(error))
    return Unknown(type(error).__name__)


def _sentence(error: stripe.StripeError) -> str:
    """The provider's sentence; its own messages name no secret, yet are cut short."""
    return (error.user_message or type(error).__name__)[:200]


def second_of(day: dt.date) -> int:
    """The first second of a day, in UTC as the provider counts."""
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def day_of(moment: int) -> dt.date:
    """The day of one of the provider's moments, in UTC."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).date()
