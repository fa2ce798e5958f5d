"""Telling events: signed as the provider signs, told again until they are taken, and out of order when told to."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

if TYPE_CHECKING:
    from collections.abc import Callable

    from disbursements.gateway.doubles.stripe.faults import Faults

AGAIN_AFTER = (1, 5, 30, 120, 600)  # seconds between two tries
FUTURE = 3600


def signature(payload: bytes, secret: str, at: int) -> str:
    """The header `Stripe-Signature` of a payload."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def post_over_http(url: str, payload: bytes, headers: dict[str, str]) -> bool:
    """Tell it; True when it was taken."""
    request = urllib.request.Request(url, payload, headers)  # noqa: S310 -- the address is a setting
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- as above
            return bool(answer.status < 300)  # noqa: PLR2004 -- success
    except (HTTPError, URLError, OSError):
        return False


@dataclass
class Letter:
    """One event on its way."""

    due: float
    payload: bytes
    forge: str = ""
    tries: int = field(default=0)


class Courier:
    """Carries events to one address. `carry(now)` tells what is due; `start()` does so in a thread of its own."""

    def __init__(
        self,
        url: str,
        secret: str,
        faults: Faults,
        clock: Callable[[], float],
        post: Callable[[str, bytes, dict[str, str]], bool] = post_over_http,
    ) -> None:
        self.url, self.secret, self.faults, self.clock, self.post = url, secret, faults, clock, post
        self.bag: list[Letter] = []
        self.lock = threading.Lock()
        self.woken = threading.Event()
        self.over = False

    def take(self, event: dict[str, Any]) -> None:
        """An event to tell."""
        if not self.url:
            return
        fault = self.faults.for_event(event["type"])
        kind = fault.kind if fault else ""
        if kind == "webhook_lost":
            return
        late = fault.seconds if fault and kind in {"webhook_late", "webhook_last"} else 0
        payload = json.dumps(event, separators=(",", ":")).encode()
        letter = Letter(self.clock() + late, payload, kind)
        with self.lock:
            self.bag.append(letter)
            if kind == "webhook_twice":
                self.bag.append(Letter(letter.due, payload))
        self.woken.set()

    def carry(self) -> int:
        """Tell all that is due, each once; how many were taken."""
        now = self.clock()
        with self.lock:
            due = [letter for letter in self.bag if letter.due <= now]
            self.bag = [letter for letter in self.bag if letter.due > now]
        return sum(self._tell(letter, now) for letter in sorted(due, key=lambda one: one.due))

    def _tell(self, letter: Letter, now: float) -> bool:
        at, secret, payload = int(now), self.secret, letter.payload
        if letter.forge == "webhook_future":
            at += FUTURE
        if letter.forge == "webhook_forged":
            secret = f"not {secret}"
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature(payload, secret, at)}
        if letter.forge == "webhook_altered":
            payload = payload.replace(b'"livemode":false', b'"livemode":true')
        taken = self.post(self.url, payload, headers)
        if not taken and letter.tries < len(AGAIN_AFTER):
            again = Letter(now + AGAIN_AFTER[letter.tries], letter.payload, letter.forge, letter.tries + 1)
            with self.lock:
                self.bag.append(again)
        return taken

    def start(self) -> None:
        """Carry in a thread until `stop()`."""
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.over:
            self.woken.wait(0.2)
            self.woken.clear()
            self.carry()

    def stop(self) -> None:
        """No more."""
        self.over = True
        self.woken.set()
