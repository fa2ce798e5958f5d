"""The provider's own command-line tool drives our double: requests that nobody here wrote."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import STRIPE_CLI
from tests.standing_in import KEY, standing_in

pytestmark = [pytest.mark.stripe_cli, pytest.mark.slow]

TRIGGERS = {
    "account.updated": ["account.updated", "account.updated"],
    "charge.captured": ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.captured"],
    "charge.refunded": [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ],
    "checkout.session.completed": [
        "product.created",
        "price.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ],
    "checkout.session.expired": ["product.created", "price.created", "checkout.session.expired"],
    "payment_intent.payment_failed": ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"],
    "payment_intent.canceled": ["payment_intent.created", "payment_intent.canceled"],
    "payment_intent.processing": ["payment_intent.created", "payment_intent.processing"],
    "payout.updated": [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "payout.created",
        "payout.updated",
    ],
}
# The payment page's own address is the one that the provider uses and does not describe.
UNDESCRIBED = "/v1/payment_pages/"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_tools_requests_are_answered_as_the_description_says(trigger: str, tmp_path: Path) -> None:
    quiet = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1", "STRIPE_CLI_TELEMETRY_OPTOUT": "1"}
    known = {"STRIPE_API_KEY": KEY, "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    with standing_in() as provider:
        run = subprocess.run(
            [STRIPE_CLI, "trigger", trigger, "--api-base", provider.url],
            env=known | quiet,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said = provider.inspector.wrong
        provider.inspector.wrong = [one for one in said if UNDESCRIBED not in one]
        told = [json.loads(raw)["type"] for raw, _headers in provider.tells()]
    assert (run.returncode, "Trigger succeeded" in run.stdout + run.stderr) == (0, True)
    assert told == TRIGGERS[trigger]
