"""A double of the mobile money host: the same addresses and words, a book of its own, signed call-backs.

    python -m disbursements.gateway.doubles.mobile_money --port 8020 --seed SEED --calls http://localhost:8000/…

It pays a few seconds after it took a payout. Wallets whose number ends in 089 are refused at once, in 099 they fail
after a while, as the real host's sandbox has numbers that fail. `Faults` make it hostile for the tests.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import socket
import struct
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.client import HTTPConnection
from queue import Empty, PriorityQueue
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from disbursements.gateway.signatures import key_from_seed, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

logger = logging.getLogger("disbursements.doubles")
FINAL = {"COMPLETED", "FAILED", "RETURNED"}


@dataclass(frozen=True)
class Faults:
    """How often, in hundredths, what goes wrong. All zero: a well-behaved rail."""

    error_before: int = 0  # 500, nothing was done
    error_after: int = 0  # 500, it was done
    reset_after: int = 0  # done, and the connection is cut
    hang: int = 0  # no answer in time; done late
    rejected: int = 0
    failed: int = 0  # taken, and failed for certain later
    returned: int = 0  # paid, and sent back later
    wrong_amount: int = 0  # an answer tells another amount
    blind: int = 0  # asked, it does not find what it has
    lost: int = 0  # a call-back never sent
    twice: int = 0  # sent twice
    late: int = 0  # sent after a later one
    forged: int = 0  # somebody else sends one as well
    no_keys: bool = False  # the same id twice is two payouts
    hang_seconds: float = 3.0
    settle_seconds: float = 2.0


HOSTILE = Faults(
    error_before=4,
    error_after=4,
    reset_after=6,
    hang=1,
    rejected=1,
    failed=2,
    returned=2,
    wrong_amount=3,
    blind=20,
    lost=10,
    twice=15,
    late=10,
    forged=3,
)


@dataclass
class Payout:
    """One payout as the rail keeps it."""

    ident: str
    key: str
    amount: str
    currency: str
    phone: str
    status: str = "ACCEPTED"
    fate: tuple[str, ...] = ("COMPLETED",)  # what becomes of it, one after the other
    told: int = 0


@dataclass
class Rail:
    """The book, and what is due."""

    faults: Faults = field(default_factory=Faults)
    seed: str = "double"
    calls: str = ""
    book: list[Payout] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    due: PriorityQueue[tuple[float, int, Callable[[], None]]] = field(default_factory=PriorityQueue)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Chance with a seed, and a key of its own."""
        self.chance = random.Random(self.seed)  # noqa: S311 -- faults, not secrets
        self.key = key_from_seed(self.seed)
        self.newest: dict[str, Payout] = {}
        self.counter = 0

    # The book ------------------------------------------------------------------------------------

    def happens(self, hundredths: int) -> bool:
        """Whether a fault strikes now."""
        with self.lock:
            return self.chance.randrange(100) < hundredths

    def take(self, said: dict[str, Any]) -> str:
        """Write a payout down once for each id: ACCEPTED or DUPLICATE_IGNORED."""
        ident = str(said["payoutId"])
        with self.lock:
            if ident in self.newest and not self.faults.no_keys:
                return "DUPLICATE_IGNORED"
            details = said["recipient"]["accountDetails"]
            row = Payout(
                ident,
                str(said.get("clientReferenceId", "")),
                str(said["amount"]),
                str(said["currency"]),
                str(details["phoneNumber"]),
            )
            if row.phone.endswith("099") or self.happens(self.faults.failed):
                row.fate = ("FAILED",)
            elif self.happens(self.faults.returned):
                row.fate = ("COMPLETED", "RETURNED")
            self.book.append(row)
            self.newest[ident] = row
        self.later(self.faults.settle_seconds, lambda: self.settle(row))
        return "ACCEPTED"

    def settle(self, row: Payout) -> None:
        """The next thing that becomes of a payout, and the call-back about it."""
        with self.lock:
            row.status, row.fate = row.fate[0], row.fate[1:]
            status, more = row.status, bool(row.fate)
        if more:
            self.later(self.faults.settle_seconds * 2, lambda: self.settle(row))
        if not self.calls or self.happens(self.faults.lost):
            return
        wait = self.faults.settle_seconds * 3 if self.happens(self.faults.late) else 0.0
        for number in range(2 if self.happens(self.faults.twice) else 1):
            self.later(wait + number * 0.5, lambda: self.call(row, status))
        if self.happens(self.faults.forged):
            self.later(wait, lambda: self.call(row, "FAILED", forged=True))

    # What is due ---------------------------------------------------------------------------------

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Do something after a while."""
        with self.lock:
            self.counter += 1
            self.due.put((time.monotonic() + seconds, self.counter, what))

    def work(self) -> None:
        """Whatever is due, until it is stopped."""
        while not self.stopped.is_set():
            try:
                at, number, what = self.due.get(timeout=0.2)
            except Empty:
                continue
            if at > time.monotonic():
                self.due.put((at, number, what))
                self.stopped.wait(0.02)
                continue
            try:
                what()
            except OSError as error:
                logger.info("a call-back was not taken: %s", error)

    def call(self, row: Payout, status: str, *, forged: bool = False) -> None:
        """Tell about a payout, signed; tried again a few times while nobody takes it."""
        body = json.dumps(self.shown(row) | {"status": status}).encode()
        to = urlsplit(self.calls)
        parts = {":method": "POST", ":authority": to.netloc, ":path": to.path, "content-type": "application/json"}
        key = key_from_seed("somebody else") if forged else self.key
        connection = HTTPConnection(to.netloc, timeout=10)
        try:
            connection.request("POST", to.path, body, sign(body, parts, key, now=int(time.time())))
            taken = connection.getresponse().status == 200  # noqa: PLR2004 -- HTTP
        except OSError:
            taken = False
        finally:
            connection.close()
        with self.lock:
            row.told += 1
            again = not taken and not forged and row.told < 4  # noqa: PLR2004 -- then only asking helps
        if again:
            self.later(2, lambda: self.call(row, status))

    def shown(self, row: Payout) -> dict[str, Any]:
        """A payout in the host's words."""
        with self.lock:
            shown: dict[str, Any] = {
                "payoutId": row.ident,
                "status": row.status,
                "amount": row.amount,
                "currency": row.currency,
                "clientReferenceId": row.key,
                "providerTransactionId": f"OP{row.ident[:8].upper()}",
            }
        if row.status == "FAILED":
            shown["failureReason"] = {"failureCode": "RECIPIENT_NOT_FOUND", "failureMessage": "No such wallet."}
        return shown

    # Doors ---------------------------------------------------------------------------------------

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if method == "POST" and path == "/v2/payouts":
            raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            status, said = self.pay(json.loads(raw), environ)
        elif method == "GET" and path.startswith("/v2/payouts/"):
            status, said = 200, self.find(path.rpartition("/")[2])
        elif method == "GET" and path == "/book":
            with self.lock:
                status, said = 200, {"book": [[p.ident, p.key, p.amount, p.status] for p in self.book]}
        else:
            status, said = 404, {}
        body = json.dumps(said).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status} {'OK' if status == 200 else 'Error'}", headers)  # noqa: PLR2004 -- HTTP
        return [body]

    def pay(self, said: dict[str, Any], environ: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Take a payout, or do one of the things that go wrong."""
        ident = str(said["payoutId"])
        answer: dict[str, Any] = {"payoutId": ident}
        error = {"failureReason": {"failureCode": "UNKNOWN_ERROR", "failureMessage": "Something went wrong."}}
        if self.happens(self.faults.error_before):
            return 500, error
        known = ident in self.newest
        if not known and (said["recipient"]["accountDetails"]["phoneNumber"].endswith("089") or self._rejects()):
            reason = {"failureCode": "WALLET_LIMIT_REACHED", "failureMessage": "The wallet takes no more."}
            return 200, answer | {"status": "REJECTED", "failureReason": reason}
        if self.happens(self.faults.hang):
            time.sleep(self.faults.hang_seconds)
        status = self.take(said)
        if self.happens(self.faults.error_after):
            return 500, error
        if self.happens(self.faults.reset_after):
            _cut(environ)
        return 200, answer | {"status": status, "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}

    def _rejects(self) -> bool:
        return self.happens(self.faults.rejected)

    def find(self, ident: str) -> dict[str, Any]:
        """What it has under an id."""
        row = self.newest.get(ident)
        if row is None or self.happens(self.faults.blind):
            return {"status": "NOT_FOUND"}
        shown = self.shown(row)
        if self.happens(self.faults.wrong_amount):
            shown["amount"] = "1.00"
        return {"status": "FOUND", "data": shown}


def _cut(environ: dict[str, Any]) -> NoReturn:
    """Reset the connection: the other side cannot know what was done."""
    connection = environ["double.connection"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())  # close() waits for those who still read from it
    raise ConnectionAbortedError


class _Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {"double.connection": self.connection}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name the standard library gave it
        """Silent."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that is cut is what was wanted."""


def serve(rail: Rail, port: int = 0) -> _Server:
    """Listen on this machine; `server_port` says where. Call `serve_forever()`, or in a thread."""
    server = make_server("127.0.0.1", port, rail, server_class=_Server, handler_class=_Handler)
    for _number in range(4):
        threading.Thread(target=rail.work, daemon=True).start()
    return server


def main() -> None:
    """Run one until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", default=uuid.uuid4().hex)
    parser.add_argument("--calls", default="")
    asked = parser.parse_args()
    serve(Rail(Faults(settle_seconds=8), asked.seed, asked.calls), asked.port).serve_forever()


if __name__ == "__main__":
    main()
