"""The card provider's double over real HTTP on this machine, with every request and answer held to the description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import stripe

from disbursements.gateway.doubles.stripe import Fault, StripeDouble
from disbursements.gateway.doubles.stripe.cards import OUTCOMES, Outcome
from disbursements.gateway.doubles.stripe.server import running
from disbursements.gateway.doubles.stripe.visits import pay_session
from disbursements.gateway.stripe_client import StripeAccess
from tests.provider_spec import Inspector, wrong_answer, wrong_event, wrong_request

KEY, SECRET = "sk_test_of_the_tests_only", "whsec_of_the_tests_only"
SECONDS = 1.0  # how long our client waits in tests
PAYS = OUTCOMES["4242424242424242"]


@dataclass
class Post:
    """Where the double's messages go: kept here, for a test to hand over in any order."""

    letters: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    def __call__(self, _url: str, payload: bytes, headers: dict[str, str]) -> bool:
        self.letters.append((payload, {name.lower(): value for name, value in headers.items()}))
        return True

    @property
    def kinds(self) -> list[str]:
        return [json.loads(payload)["type"] for payload, _headers in self.letters]


@dataclass
class Provider:
    """The double, its address, and what was wrong with anything that was said."""

    double: StripeDouble
    inspector: Inspector
    url: str
    post: Post

    @property
    def access(self) -> StripeAccess:
        return StripeAccess(self.url, KEY, (SECRET,))

    def host(self, **rest: Any) -> str:
        """A connected account of a fiscal host."""
        from disbursements.gateway.doubles.stripe import shapes

        return self.double.store.keep(shapes.account(self.double.world.now(), country="BE", **rest))["id"]

    def goes_wrong(self, kind: str, path: str = "/v1/", times: int = 1, **rest: Any) -> None:
        self.double.faults.switch_on(Fault(kind, path, times=times, **rest))

    def pays(self, session: str, outcome: Outcome = PAYS) -> None:
        """Somebody pays on the payment page."""
        self.double.act(lambda world, asked: pay_session(world, asked, session, outcome))

    def happens(self, act: Any, ident: str) -> Any:
        """What happens there by itself."""
        return self.double.act(lambda world, asked: act(world, asked, ident))

    def tells(self) -> list[tuple[bytes, dict[str, str]]]:
        """Everything the provider has to tell, once."""
        self.double.courier.carry()
        letters, self.post.letters = self.post.letters, []
        return letters

    def transfers(self) -> list[dict[str, Any]]:
        return self.double.store.every("transfer")


@contextmanager
def standing_in(**how: Any) -> Iterator[Provider]:
    """The double for one test. In the end nothing that was said may be wrong."""
    post = Post()
    rest = {"seed": {"usd": 100_000_000, "eur": 100_000_000, "gbp": 100_000_000}, **how}
    double = StripeDouble(secret_key=KEY, webhook_secret=SECRET, webhook_url="here", post=post, **rest)
    inspector = Inspector(double)
    try:
        with running(inspector) as url:
            double.world.public_url = url
            yield Provider(double, inspector, url, post)
    finally:
        double.stop()
    assert inspector.wrong == []
    assert [wrong for event in double.store.every("event", None) for wrong in wrong_event(event)] == []
    double.store.close()


class ValidatingClient(stripe.RequestsClient):
    """The library's own HTTP client, with a look at what it really sends and receives."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.wrong: list[str] = []
        self.sent: list[tuple[str, str, dict[str, str]]] = []

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        body = post_data or ""
        self.sent.append((method.upper(), url, dict(headers or {})))
        self.wrong += wrong_request(method.upper(), url, body)
        answer, status, said = super().request(method, url, headers, post_data)
        path = "/v1/" + url.partition("/v1/")[2].partition("?")[0]
        self.wrong += wrong_answer(method.upper(), path, status, answer)
        return answer, status, said
