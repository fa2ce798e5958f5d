"""The double as a WSGI app: who asks, under which key, what goes wrong, what is answered."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from disbursements.gateway.doubles.stripe import page, routes
from disbursements.gateway.doubles.stripe.asking import ApiError, Asked, nested
from disbursements.gateway.doubles.stripe.faults import Fault, Faults
from disbursements.gateway.doubles.stripe.store import PLATFORM, Said, Store, new_id
from disbursements.gateway.doubles.stripe.webhooks import Courier, post_over_http
from disbursements.gateway.doubles.stripe.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

logger = logging.getLogger("disbursements.gateway.doubles.stripe")
Environ = dict[str, Any]
KEYS_LIVE = 24 * 60 * 60
REASONS = {200: "OK", 303: "See Other", 400: "Bad Request", 401: "Unauthorized", 402: "Request Failed"}
REASONS |= {404: "Not Found", 409: "Conflict", 429: "Too Many Requests", 500: "Internal Server Error"}
SICK = ApiError(500, "", "An unknown error occurred.", kind="api_error")
NOT_BEGUN = {
    "refused_busy": ApiError(429, "rate_limit", "Request rate limit exceeded."),
    "refused_lock": ApiError(409, "lock_timeout", "This object cannot be accessed right now."),
    "error_before": SICK,
}


class Broken(Exception):
    """The connection is to break without an answer."""


class StripeDouble:
    """Stands where the provider stands. Every answer is JSON of the provider's shapes; state survives in `path`."""

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str = "",
        webhook_url: str = "",
        public_url: str = "http://127.0.0.1",
        path: Path | str = ":memory:",
        clock: Callable[[], float] = time.time,
        settles: Mapping[str, tuple[str, int]] | None = None,
        seed: Mapping[str, int] | None = None,
        post: Callable[[str, bytes, dict[str, str]], bool] = post_over_http,
    ) -> None:
        self.secret_key, self.ahead, self.real_clock = secret_key, 0.0, clock
        self.store, self.faults = Store(path), Faults()
        self.world = World(self.store, self.clock, public_url, settles or {})
        self.courier = Courier(webhook_url, webhook_secret, self.faults, self.clock, post)
        self.busy: set[tuple[str, str]] = set()
        self.busy_lock = threading.Lock()
        self.over = threading.Event()
        if seed and not self.store.money(PLATFORM):
            for currency, amount in seed.items():
                self.store.add_money(PLATFORM, currency, amount)

    def clock(self) -> float:
        """Now, and as far ahead as it was told."""
        return self.real_clock() + self.ahead

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path.startswith("/v1/"):
            return self.answer_api(environ, start_response)
        status, headers, body = page.answer(self, environ)
        start_response(f"{status} {REASONS.get(status, 'Said')}", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    # One request of the API ----------------------------------------------------------------------

    def answer_api(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Ask for the key, let go wrong what shall go wrong, do it once, say it."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        fault = self._fault(environ, method, path)
        kind = fault.kind if fault else ""
        headers = [("Content-Type", "application/json"), ("Request-Id", new_id("req"))]
        try:
            status, body, more = self._say(environ, method, path, raw, fault)
        except Broken:
            return self._break(environ, start_response)
        if kind == "reset_after":
            return self._break(environ, start_response)
        if kind == "hang_after" and fault:
            self.over.wait(fault.seconds)
        if kind in {"wrong_amount", "wrong_currency"} and status == 200:  # noqa: PLR2004 -- success
            body = _altered(body, kind)
        said = body.encode()
        headers += [*more, ("Content-Length", str(len(said)))]
        start_response(f"{status} {REASONS[status]}", headers)
        return [said]

    def _fault(self, environ: Environ, method: str, path: str) -> Fault | None:
        asked = environ.get("HTTP_X_DOUBLE_FAULT")  # for this one request
        return Fault(asked) if asked else self.faults.for_request(method, path)

    def _break(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """End the connection without an answer; a server that cannot do so has no place for this fault."""
        environ["double.reset"]()
        start_response("200 OK", [("Content-Length", "0")])
        return []

    def _say(
        self, environ: Environ, method: str, path: str, raw: str, fault: Fault | None
    ) -> tuple[int, str, list[tuple[str, str]]]:
        kind = fault.kind if fault else ""
        if kind == "reset_before":
            raise Broken
        if kind == "hang_before" and fault:
            self.over.wait(fault.seconds)
        if kind == "say_no_retry":
            return 500, json.dumps(SICK.body), [("Stripe-Should-Retry", "false")]
        query = environ.get("QUERY_STRING", "")
        asked = Asked(
            nested(f"{raw}&{query}" if raw else query),
            int(self.clock()),
            environ.get("HTTP_STRIPE_ACCOUNT", PLATFORM),
            environ.get("HTTP_IDEMPOTENCY_KEY", "") if method == "POST" else "",
        )
        try:
            if kind in NOT_BEGUN:
                raise NOT_BEGUN[kind]
            self._known(environ)
            if not asked.key:
                return *self._do(method, path, asked, kind), []
            return self._once(method, path, raw, asked, kind)
        except ApiError as error:
            return error.status, json.dumps(error.body), []

    def _known(self, environ: Environ) -> None:
        scheme, _space, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme == "Basic":
            with suppress(ValueError):
                given = base64.b64decode(given).decode().partition(":")[0]
        if given != self.secret_key:
            raise ApiError(401, "", "Invalid API Key provided.")

    # Once for each key ---------------------------------------------------------------------------

    def _once(
        self, method: str, path: str, raw: str, asked: Asked, kind: str
    ) -> tuple[int, str, list[tuple[str, str]]]:
        digest = hashlib.sha256(f"{method} {path} {sorted(raw.split('&'))}".encode()).hexdigest()
        mark = (asked.account, asked.key)
        with self.busy_lock:
            if mark in self.busy:
                raise ApiError(
                    409, "idempotency_key_in_use", "Another request is using this key.", kind="idempotency_error"
                )
            self.busy.add(mark)
        try:
            said = self.store.said(*mark)
            if said and self.clock() - said.at < KEYS_LIVE:
                if said.asked != digest:
                    text = "Keys for idempotent requests can only be used with the same parameters as at first."
                    raise ApiError(400, "", text, kind="idempotency_error")
                return said.status, said.body, [("Idempotent-Replayed", "true")]
            return *self._do(method, path, asked, kind, lambda status, body: self._keep(mark, digest, status, body)), []
        finally:
            with self.busy_lock:
                self.busy.discard(mark)

    def _keep(self, mark: tuple[str, str], digest: str, status: int, body: str) -> None:
        self.store.say(*mark, Said(digest, self.clock(), status, body))

    def _do(
        self, method: str, path: str, asked: Asked, kind: str, keep: Callable[[int, str], None] | None = None
    ) -> tuple[int, str]:
        """The work in one transaction, with the answer kept in it; then what there is to tell."""
        with self.store.work():
            if kind == "error_sticky":
                status, body = 500, json.dumps(SICK.body)
            else:
                status, body = self._work(method, path, asked)
                if kind == "error_after":
                    status, body = 500, json.dumps(SICK.body)
            if keep:
                keep(status, body)
            news, self.world.news = self.world.news, []
        for event in news:
            self.courier.take(event)
        return status, body

    def _work(self, method: str, path: str, asked: Asked) -> tuple[int, str]:
        try:
            found = routes.handle(self.world, method, path, asked)
        except ApiError as error:
            if not error.begun:
                self.world.news.clear()
                raise
            return error.status, json.dumps(error.body)
        except BaseException:
            self.world.news.clear()
            raise
        for wanted in asked.several("expand"):
            found = self.world.expand(found, str(wanted).split("."))
        return 200, json.dumps(found)

    # What the page and the tests tell it to do ---------------------------------------------------

    def act(self, work: Callable[[World, Asked], Any]) -> Any:
        """Do something in one transaction that no request of ours asked for, and tell about it."""
        asked = Asked({}, int(self.clock()))
        refused: ApiError | None = None
        found: Any = None
        with self.store.work():
            try:
                found = work(self.world, asked)
            except ApiError as error:
                refused = error
            news, self.world.news = self.world.news, []
        for event in news:
            self.courier.take(event)
        if refused is not None:
            raise refused
        return found

    def stop(self) -> None:
        """Wake who hangs, tell nothing more."""
        self.over.set()
        self.courier.stop()


def _altered(body: str, kind: str) -> str:
    """The answer with another amount or currency."""
    if kind == "wrong_amount":
        return re.sub(r'"amount": (\d+)', lambda found: f'"amount": {int(found[1]) + 100}', body)
    return re.sub(r'"currency": "\w+"', '"currency": "xaf"', body)
