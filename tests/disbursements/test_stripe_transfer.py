"""The rail to a fiscal host, through the provider's double over real HTTP: what it sends, what it makes of answers."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import stripe

from disbursements.gateway.doubles.stripe import moving
from disbursements.gateway.protocol import Accepted, Instruction, RailLine, Rejected, Status, Unknown
from disbursements.gateway.stripe_client import API_VERSION, TRIES_MORE, StripeAccess, client, patience
from disbursements.gateway.stripe_transfer import StripeTransfer
from tests.standing_in import KEY, SECONDS, Provider, ValidatingClient, standing_in

ORDER = Instruction("disb:7:v1", 250_000, "USD", "Host", "", "", "GR-1, 2", dt.date(2026, 11, 2))
DONE = ("reset_after", "error_after", "hang_after")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with standing_in() as found:
        yield found


@pytest.fixture
def rail(provider: Provider) -> StripeTransfer:
    return StripeTransfer(provider.access, SECONDS)


@pytest.fixture
def order(provider: Provider) -> Instruction:
    return replace(ORDER, account=provider.host())


def test_a_transfer_is_made_once_and_says_what_it_is_for(
    provider: Provider, rail: StripeTransfer, order: Instruction
) -> None:
    first, second = rail.submit(order, order.key), rail.submit(order, order.key)
    made = provider.transfers()
    assert first == second == Accepted(made[0]["id"], amount_minor=250_000, currency="USD")
    assert [(one["amount"], one["transfer_group"], one["destination"]) for one in made] == [
        (250_000, "disb:7:v1", order.account)
    ]
    assert rail.status(order.key) == Status("paid", made[0]["id"], amount_minor=250_000, currency="USD")
    headers = provider.inspector.headers[0]
    assert (headers["STRIPE_VERSION"], headers["IDEMPOTENCY_KEY"]) == (API_VERSION, order.key)
    assert headers["AUTHORIZATION"] == f"Bearer {KEY}"


def test_what_the_library_really_sends_is_what_the_provider_describes(
    provider: Provider, order: Instruction, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = ValidatingClient(timeout=SECONDS)
    asked = stripe.StripeClient(
        KEY, stripe_version=API_VERSION, base_addresses={"api": provider.url}, http_client=looking
    )
    rail = StripeTransfer(provider.access)
    monkeypatch.setattr(StripeTransfer, "_client", property(lambda _self: asked))
    rail.submit(order, order.key)
    rail.status(order.key)
    rail.cancel(order.key)
    rail.submit(replace(order, account="acct_nobody0000"), order.key)
    list(rail.reconcile(dt.date(2026, 1, 1), dt.date(2026, 12, 31)))
    assert looking.wrong == []
    assert [method for method, _url, _headers in looking.sent] == ["POST", "GET", "GET", "POST", "POST", "GET"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": "acct_nobody0000"}, "resource_missing"),
        ({"amount_minor": 50_000_000}, "balance_insufficient"),
    ],
)
def test_a_certain_no_is_a_rejection(
    provider: Provider, rail: StripeTransfer, order: Instruction, change: dict[str, object], code: str
) -> None:
    provider.double.store.add_money("", "usd", -99_000_000)
    answer = rail.submit(replace(order, **change), order.key)  # type: ignore[arg-type]
    assert isinstance(answer, Rejected)
    assert answer.code == code
    assert provider.transfers() == []
    assert rail.status(order.key) == Status("absent")


def test_a_host_that_may_not_receive_is_a_rejection(provider: Provider, rail: StripeTransfer) -> None:
    answer = rail.submit(replace(ORDER, account=provider.host(capabilities={})), ORDER.key)
    assert isinstance(answer, Rejected)
    assert answer.code == "insufficient_capabilities_for_transfer"


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "refused_lock", "error_before"])
def test_one_fault_is_overcome_under_the_same_key(
    provider: Provider, rail: StripeTransfer, order: Instruction, kind: str
) -> None:
    provider.goes_wrong(kind, "/v1/transfers")
    assert isinstance(rail.submit(order, order.key), Accepted)
    assert len(provider.transfers()) == 1
    assert provider.inspector.seen.count("POST /v1/transfers") + (kind.startswith("reset")) >= 2


@pytest.mark.parametrize("kind", DONE)
def test_done_without_an_answer_is_unknown_until_the_group_is_asked(
    provider: Provider, rail: StripeTransfer, order: Instruction, kind: str
) -> None:
    provider.goes_wrong(kind, "/v1/transfers", times=3, seconds=3)
    assert isinstance(rail.submit(order, order.key), Unknown)
    assert rail.status(order.key).state == "paid"
    assert len(provider.transfers()) == 1


@pytest.mark.parametrize("kind", ["refused_busy", "say_no_retry", "error_sticky", "reset_before"])
def test_not_done_and_no_answer_is_unknown_and_then_absent(
    provider: Provider, rail: StripeTransfer, order: Instruction, kind: str
) -> None:
    provider.goes_wrong(kind, "/v1/transfers", times=3)
    assert isinstance(rail.submit(order, order.key), Unknown)
    assert rail.status(order.key) == Status("absent")


def test_an_error_that_is_kept_stays_for_a_day_and_the_group_is_asked_before_the_key_is_used_again(
    provider: Provider, rail: StripeTransfer, order: Instruction
) -> None:
    provider.goes_wrong("error_sticky", "/v1/transfers")
    assert isinstance(rail.submit(order, order.key), Unknown)
    assert isinstance(rail.submit(order, order.key), Unknown)
    provider.double.ahead += 25 * 3600
    assert rail.status(order.key) == Status("absent")
    assert isinstance(rail.submit(order, order.key), Accepted)
    assert len(provider.transfers()) == 1


def test_after_a_day_a_forgotten_key_would_pay_twice_so_the_group_tells_what_stands(
    provider: Provider, rail: StripeTransfer, order: Instruction
) -> None:
    provider.goes_wrong("error_after", "/v1/transfers")
    assert isinstance(rail.submit(order, order.key), Unknown)
    provider.double.ahead += 25 * 3600
    assert rail.status(order.key).state == "paid"
    rail.submit(order, order.key)  # what must never be done without asking
    assert len(provider.transfers()) == 2
    assert rail.status(order.key) == Status("unknown", reason="2 transfers stand under one key")


def test_the_same_key_for_another_payment_is_no_certain_no(
    provider: Provider, rail: StripeTransfer, order: Instruction
) -> None:
    rail.submit(order, order.key)
    assert rail.submit(replace(order, amount_minor=1), order.key) == Unknown("IdempotencyError")
    assert len(provider.transfers()) == 1


@pytest.mark.parametrize(("kind", "said"), [("wrong_amount", (250_100, "USD")), ("wrong_currency", (250_000, "XAF"))])
def test_what_the_answer_names_is_handed_on_for_comparison(
    provider: Provider, rail: StripeTransfer, order: Instruction, kind: str, said: tuple[int, str]
) -> None:
    provider.goes_wrong(kind, "/v1/transfers")
    answer = rail.submit(order, order.key)
    assert isinstance(answer, Accepted)
    assert (answer.amount_minor, answer.currency) == said


def test_what_comes_back_is_returned_and_a_part_of_it_is_for_people(
    provider: Provider, rail: StripeTransfer, order: Instruction
) -> None:
    rail.submit(order, order.key)
    made = provider.transfers()[0]
    part = provider.double.act(
        lambda world, asked: moving.reverse_transfer(world, replace(asked, params={"amount": "50000"}), made["id"])
    )
    assert rail.status(order.key) == Status("unknown", made["id"], reason="50000 of 250000 came back (minor units)")
    assert rail.cancel(order.key) == Unknown("50000 of 250000 came back (minor units)")
    rest = provider.happens(moving.reverse_transfer, made["id"])
    assert rail.status(order.key).state == "returned"
    assert [rest["amount"], part["amount"]] == [200_000, 50_000]


def test_a_transfer_is_taken_back_once(provider: Provider, rail: StripeTransfer, order: Instruction) -> None:
    assert rail.cancel(order.key) == Rejected("absent", "Nothing stands under this key that could be taken back.")
    rail.submit(order, order.key)
    assert isinstance(rail.cancel(order.key), Accepted)
    assert isinstance(rail.cancel(order.key), Rejected)
    assert provider.double.store.money("")["usd"] == 100_000_000


def test_a_period_is_told_line_by_line(provider: Provider, rail: StripeTransfer, order: Instruction) -> None:
    for number in range(1, 4):
        key = f"disb:{number}:v1"
        rail.submit(replace(order, key=key, amount_minor=number * 100), key)
    rail.cancel("disb:2:v1")
    today = dt.datetime.now(dt.UTC).date()
    found = list(rail.reconcile(today, today))
    assert sorted((line.key, line.amount_minor) for line in found) == [
        ("disb:1:v1", 100),
        ("disb:2:v1", -200),
        ("disb:2:v1", 200),
        ("disb:3:v1", 300),
    ]
    assert {(line.currency, line.on_date) for line in found} == {("USD", today)}
    assert all(isinstance(line, RailLine) for line in found)
    yesterday = today - dt.timedelta(days=1)
    assert list(rail.reconcile(yesterday, yesterday)) == []


def test_more_than_a_page_of_a_period_is_told(provider: Provider, rail: StripeTransfer, order: Instruction) -> None:
    for number in range(103):
        key = f"disb:{number}:v1"
        rail.submit(replace(order, key=key, amount_minor=100), key)
    today = dt.datetime.now(dt.UTC).date()
    assert len({line.key for line in rail.reconcile(today, today)}) == 103


@pytest.mark.parametrize(
    "change", [{"account": "BE71 0961 2345 6769"}, {"currency": "CDF"}, {"amount_minor": 0}, {"amount_minor": 10**9}]
)
def test_what_cannot_be_sent_is_refused_before_anybody_is_asked(change: dict[str, object]) -> None:
    rail = StripeTransfer(StripeAccess("http://127.0.0.1:9", KEY))
    order = replace(ORDER, account="acct_12345678")
    assert rail.validate(order) == []
    wrong = replace(order, **change)  # type: ignore[arg-type]
    assert len(rail.validate(wrong)) == 1
    assert isinstance(rail.submit(wrong, wrong.key), Rejected)


def test_without_an_account_the_way_is_not_offered() -> None:
    assert str(StripeTransfer(StripeAccess("", "")).capabilities().missing) == (
        "The fund has no account with the card provider yet."
    )
    assert StripeTransfer(StripeAccess("", KEY)).capabilities().missing == ""


def test_nothing_secret_is_shown(provider: Provider, caplog: pytest.LogCaptureFixture, order: Instruction) -> None:
    caplog.set_level("DEBUG")
    rail = StripeTransfer(StripeAccess(provider.url, "sk_test_wrong_and_secret", ("whsec_secret",)), SECONDS)
    answer = rail.submit(order, order.key)
    assert answer == Unknown("AuthenticationError")
    said = repr(rail._known) + caplog.text + repr(answer) + json.dumps(provider.inspector.seen)
    assert "secret" not in said.replace("secret_key", "")


@pytest.mark.parametrize(("task", "asked", "waits"), [(120, 20, 110 // 6), (600, 20, 20), (120, 5, 5)])
def test_the_queue_never_ends_a_task_between_two_tries(settings: Any, task: int, asked: int, waits: float) -> None:
    settings.TASK_SECONDS, settings.STRIPE_SECONDS = task, asked
    assert patience() == waits
    assert patience() * (1 + TRIES_MORE) * 2 < task


def test_the_client_is_set_as_agreed() -> None:
    made = client(StripeAccess("http://127.0.0.1:9", KEY), 7.0)
    options = made._requestor._options
    assert (options.stripe_version, options.max_network_retries, options.base_addresses["api"]) == (
        "2026-05-27.dahlia",
        2,
        "http://127.0.0.1:9",
    )
    assert made._requestor._client._timeout == 7.0
