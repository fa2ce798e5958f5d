"""Run the double of the card provider on this machine, for trying out. It takes no card and moves no money."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from disbursements.gateway.doubles.stripe import StripeDouble, shapes
from disbursements.gateway.doubles.stripe.server import HERE, listen
from disbursements.states import RailCode


class Command(BaseCommand):
    """Serve at STRIPE_API_BASE, which must be on this machine; tell messages to BASE_URL."""

    help = "Stand in for the card provider on this machine (never in production)."
    requires_system_checks = []  # it asks no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What stands there from the start."""
        parser.add_argument("--account", action="append", default=[], help="a connected account that exists")
        parser.add_argument("--money", action="append", default=[], help="what the fund holds there: usd=100000")

    def handle(self, *_args: Any, account: list[str], money: list[str], **_options: Any) -> None:
        """Listen until told to stop."""
        place = urlsplit(settings.STRIPE_API_BASE)
        if place.hostname != HERE or not settings.STRIPE_SECRET_KEY.startswith("sk_test_"):
            raise CommandError(f"The double runs at {HERE} with a test key only: STRIPE_API_BASE, STRIPE_SECRET_KEY.")
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        door = reverse("disbursements:rail_events", args=[RailCode.STRIPE_TRANSFER])
        double = StripeDouble(
            secret_key=settings.STRIPE_SECRET_KEY,
            webhook_secret=settings.STRIPE_WEBHOOK_SECRETS[0],
            webhook_url=settings.BASE_URL.rstrip("/") + door,
            public_url=settings.STRIPE_API_BASE,
            path=settings.VAR_DIR.joinpath("card_provider.sqlite3"),
            seed={currency: int(amount) for currency, _is, amount in (one.partition("=") for one in money)},
        )
        for ident in account:
            if double.store.find(ident) is None:
                double.store.keep(shapes.account(double.world.now(), id=ident, country="BE"))
        server = listen(double, place.port or 80)
        double.courier.start()
        self.stdout.write(f"The double of the card provider listens at {settings.STRIPE_API_BASE}.")
        try:
            server.serve_forever()
        finally:
            double.stop()
