"""Disputes through the provider's double over real HTTP: every way they go, evidence, and accepting."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from disbursements.gateway.doubles.stripe import disputing
from disbursements.gateway.doubles.stripe.cards import OUTCOMES
from disbursements.gateway.doubles.stripe.world import DISPUTE_FEE
from disbursements.gateway.protocol import Accepted, Rejected, Unknown
from disbursements.gateway.stripe_disputes import Disputes, DisputeSeen
from disbursements.gateway.stripe_giving import Giving
from tests.disbursements.test_stripe_giving import WISH, looked, opened
from tests.standing_in import SECONDS, Provider, standing_in

FRAUD, NOT_RECEIVED, ASKED = list(OUTCOMES.values())[-3:]
EVIDENCE = {"uncategorized_text": "The giver wrote to thank us.", "product_description": "A gift"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with standing_in() as found:
        yield found


def disputed(provider: Provider, outcome: object = FRAUD) -> tuple[Disputes, str]:
    giving = Giving(provider.access, SECONDS)
    provider.pays(opened(giving).reference, outcome)  # type: ignore[arg-type]
    (found,) = provider.double.store.every("dispute")
    return Disputes(provider.access, SECONDS), found["id"]


def seen(disputes: Disputes, reference: str) -> DisputeSeen:
    found = disputes.look_up(reference)
    assert isinstance(found, DisputeSeen)
    return found


def moved(found: DisputeSeen) -> list[tuple[int, int, str]]:
    return [(one.amount_minor, one.fee_minor, one.currency) for one in found.movements]


def told(provider: Provider) -> list[str]:
    provider.double.courier.carry()
    return [kind.removeprefix("charge.dispute.") for kind in provider.post.kinds if "dispute" in kind]


def test_a_dispute_takes_the_money_and_a_fee_and_names_the_gift(provider: Provider) -> None:
    disputes, reference = disputed(provider)
    found = seen(disputes, reference)
    visit = looked(Giving(provider.access, SECONDS), opened(Giving(provider.access, SECONDS)))
    assert replace(found, opened_at=0, due_at=0, movements=()) == DisputeSeen(
        reference, WISH.key, visit.payment, 5_000, "EUR", "open", "fraudulent", 0
    )
    assert found.due_at - found.opened_at == 9 * 24 * 3600
    assert moved(found) == [(-5_000, DISPUTE_FEE, "EUR")]
    assert told(provider) == ["created", "funds_withdrawn"]


@pytest.mark.parametrize(("comes_back", "fee"), [(True, -DISPUTE_FEE), (False, 0)])
def test_evidence_goes_to_the_bank_once_and_what_is_won_comes_back(
    provider: Provider, comes_back: bool, fee: int
) -> None:
    provider.double.world.fee_comes_back = comes_back
    disputes, reference = disputed(provider, NOT_RECEIVED)
    assert disputes.send_evidence(reference, EVIDENCE, "k1") == Accepted(reference)
    found = seen(disputes, reference)
    assert (found.state, found.reason, found.sent, found.answer) == ("answered", "product_not_received", 1, "k1")
    assert isinstance(disputes.send_evidence(reference, EVIDENCE, "k2"), Rejected)
    provider.double.act(lambda world, asked: disputing.decide(world, asked, reference, won=True))
    found = seen(disputes, reference)
    assert (found.state, moved(found)) == ("won", [(-5_000, DISPUTE_FEE, "EUR"), (5_000, fee, "EUR")])
    assert told(provider)[2:] == ["updated", "closed", "funds_reinstated"]


@pytest.mark.parametrize(("word", "state"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_the_published_words_decide_at_once(provider: Provider, word: str, state: str) -> None:
    disputes, reference = disputed(provider)
    disputes.send_evidence(reference, {"uncategorized_text": word}, "k1")
    assert seen(disputes, reference).state == state


def test_what_is_accepted_is_lost_and_cannot_be_answered(provider: Provider) -> None:
    disputes, reference = disputed(provider)
    assert disputes.accept(reference, "k1") == Accepted(reference)
    assert (seen(disputes, reference).state, len(seen(disputes, reference).movements)) == ("lost", 1)
    assert isinstance(disputes.accept(reference, "k2"), Rejected)
    assert isinstance(disputes.send_evidence(reference, EVIDENCE, "k3"), Rejected)


def test_a_bank_that_asks_takes_nothing_until_it_does(provider: Provider) -> None:
    disputes, reference = disputed(provider, ASKED)
    assert (seen(disputes, reference).state, moved(seen(disputes, reference))) == ("asked", [])
    assert isinstance(disputes.accept(reference, "k1"), Rejected)
    provider.happens(disputing.escalate, reference)
    assert (seen(disputes, reference).state, len(moved(seen(disputes, reference)))) == ("open", 1)
    provider.double.ahead += 10 * 24 * 3600
    assert isinstance(disputes.send_evidence(reference, EVIDENCE, "k2"), Rejected)


def test_a_disputed_payment_is_not_given_back(provider: Provider) -> None:
    disputes, reference = disputed(provider)
    payment = seen(disputes, reference).payment
    giving = Giving(provider.access, SECONDS)
    answer = giving.give_back(payment, 1_000, "don:5:r1")
    assert isinstance(answer, Rejected)
    assert answer.code == "charge_disputed"
    provider.double.act(lambda world, asked: disputing.decide(world, asked, reference, won=True))
    assert isinstance(giving.give_back(payment, 1_000, "don:5:r2"), Accepted)


def test_no_answer_is_no_refusal(provider: Provider) -> None:
    disputes, reference = disputed(provider)
    provider.goes_wrong("error_before", "/v1/disputes", times=3)
    assert isinstance(disputes.accept(reference, "k1"), Unknown)
    assert isinstance(disputes.look_up("dp_none"), Rejected)


def test_the_disputes_of_some_days(provider: Provider) -> None:
    disputes, reference = disputed(provider)
    today = dt.datetime.fromtimestamp(time.time(), dt.UTC).date()
    assert [one.reference for one in disputes.of_days(today, today)] == [reference]
    assert disputes.of_days(today - dt.timedelta(days=2), today - dt.timedelta(days=1)) == []
