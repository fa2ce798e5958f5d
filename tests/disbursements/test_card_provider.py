"""The command that stands in for the card provider: on this machine, with test keys, and with a memory."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from disbursements.gateway.protocol import Accepted, Rejected, Status
from disbursements.gateway.stripe_client import StripeAccess
from disbursements.gateway.stripe_transfer import StripeTransfer
from fundmgmt.env import BASE_DIR
from tests.disbursements.test_stripe_transfer import ORDER
from tests.standing_in import KEY, SECRET


@pytest.mark.parametrize(
    ("place", "key"),
    [("https://api.stripe.com", KEY), ("http://10.0.0.1:9", KEY), ("http://127.0.0.1:9", "sk_live_1"), ("", KEY)],
)
def test_it_runs_here_and_with_a_test_key_only(settings: Any, place: str, key: str) -> None:
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = place, key
    with pytest.raises(CommandError, match="with a test key only"):
        call_command("card_provider")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/none.sqlite3",
        "SECRET_KEY": "tests-only",
        "BASE_URL": "http://127.0.0.1:9",
        "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRETS": SECRET,
    }
    arguments = ["card_provider", "--account", "acct_InventedHost", "--money", "usd=300000"]
    child = subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return child
        time.sleep(0.1)
    child.kill()
    raise AssertionError("the double never listened")


@pytest.mark.slow
def test_what_it_was_told_outlives_a_kill(tmp_path: Path) -> None:
    port, order = free_port(), replace(ORDER, account="acct_InventedHost")
    rail = StripeTransfer(StripeAccess(f"http://127.0.0.1:{port}", KEY, (SECRET,)), 10)
    child = start(tmp_path, port)
    first = rail.submit(order, order.key)
    child.send_signal(signal.SIGKILL)
    child.wait()
    again = start(tmp_path, port)
    try:
        assert isinstance(first, Accepted)
        assert rail.submit(order, order.key) == first
        assert rail.status(order.key) == Status("paid", first.reference, amount_minor=250_000, currency="USD")
        other = replace(order, key="disb:8:v1")
        answer = rail.submit(other, other.key)
        assert isinstance(answer, Rejected)
        assert answer.code == "balance_insufficient"  # the money is counted once
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait()
