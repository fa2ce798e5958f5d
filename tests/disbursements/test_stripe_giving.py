"""Gifts through the provider's double over real HTTP: the visit, every way it ends, and giving back."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from disbursements.gateway.doubles.stripe import taking, visits
from disbursements.gateway.doubles.stripe.cards import OUTCOMES
from disbursements.gateway.protocol import Accepted, Rejected, Unknown
from disbursements.gateway.stripe_giving import Gift, GivenBack, Giving, Visit, Wish
from tests.standing_in import SECONDS, Provider, standing_in

WISH = Wish(
    "don:5", 5_000, "EUR", "Gift to the Fund", "fr", "http://here/thanks/", "http://here/", int(time.time()) + 3600
)
CARD, ASKS, DECLINED, POOR, NO_REFUND, DEBIT, BAD_DEBIT, *_DISPUTED = OUTCOMES.values()
FEE = 5_000 * 290 // 10_000 + 30


@pytest.fixture
def provider() -> Iterator[Provider]:
    with standing_in() as found:
        yield found


@pytest.fixture
def giving(provider: Provider) -> Giving:
    return Giving(provider.access, SECONDS)


def opened(giving: Giving, wish: Wish = WISH) -> Visit:
    found = giving.open_visit(wish)
    assert isinstance(found, Visit)
    return found


def looked(giving: Giving, visit: Visit) -> Gift:
    found = giving.look_up(visit.reference)
    assert isinstance(found, Gift)
    return found


def test_a_visit_is_opened_once_for_a_wish(provider: Provider, giving: Giving) -> None:
    first, second = opened(giving), opened(giving)
    assert first == second
    assert first.url == f"{provider.url}/c/pay/{first.reference}"
    kept = provider.double.store.every("checkout.session")
    assert [(one["amount_total"], one["currency"], one["submit_type"], one["locale"]) for one in kept] == [
        (5_000, "eur", "donate", "fr")
    ]
    assert looked(giving, first) == Gift("open", 5_000, "EUR")


def test_a_card_pays_and_the_provider_keeps_its_fee(provider: Provider, giving: Giving) -> None:
    visit = opened(giving)
    provider.pays(visit.reference)
    found = looked(giving, visit)
    assert replace(found, payment="", paid_at=0) == Gift(
        "paid", 5_000, "EUR", settled_minor=5_000, settled_currency="EUR", fee_minor=FEE
    )
    assert found.payment.startswith("pi_")
    assert [kind for kind in told(provider) if kind.startswith("checkout")] == ["checkout.session.completed"]


def told(provider: Provider) -> list[str]:
    provider.double.courier.carry()
    return provider.post.kinds


def test_every_message_about_a_gift_names_its_key(provider: Provider, giving: Giving) -> None:
    from disbursements.gateway.stripe_messages import genuine_message

    visit = opened(giving)
    provider.pays(visit.reference)
    giving.give_back(looked(giving, visit).payment, 1_000, "don:5:r1")
    found = [genuine_message(raw, headers, provider.access) for raw, headers in provider.tells()]
    assert {event.key for event in found if event} == {"don:5"}
    assert len(found) == 6


@pytest.mark.parametrize("outcome", [DECLINED, POOR])
def test_a_declined_card_leaves_the_visit_open(provider: Provider, giving: Giving, outcome: object) -> None:
    from disbursements.gateway.doubles.stripe.asking import ApiError

    visit = opened(giving)
    with pytest.raises(ApiError):
        provider.pays(visit.reference, outcome)  # type: ignore[arg-type]
    assert looked(giving, visit).state == "open"
    provider.pays(visit.reference)
    assert looked(giving, visit).state == "paid"


def test_a_bank_debit_waits_and_then_arrives(provider: Provider, giving: Giving) -> None:
    visit = opened(giving)
    provider.pays(visit.reference, DEBIT)
    assert looked(giving, visit).state == "waiting"
    provider.happens(visits.decide_later, visit.reference)
    assert (looked(giving, visit).state, looked(giving, visit).fee_minor) == ("paid", taking.DEBIT_FEE)


def test_a_bank_debit_waits_and_then_fails(provider: Provider, giving: Giving) -> None:
    visit = opened(giving)
    provider.pays(visit.reference, BAD_DEBIT)
    assert looked(giving, visit).state == "waiting"
    provider.happens(visits.decide_later, visit.reference)
    assert looked(giving, visit).state == "failed"


def test_a_visit_that_nobody_ends_expires(provider: Provider, giving: Giving) -> None:
    visit = opened(giving)
    provider.double.ahead += 3601
    assert looked(giving, visit).state == "expired"


def test_money_of_another_currency_is_told_as_it_was_settled(giving: Giving) -> None:
    with standing_in(settles={"gbp": ("usd", 12_650)}) as provider:
        giving = Giving(provider.access, SECONDS)
        visit = opened(giving, replace(WISH, currency="GBP"))
        provider.pays(visit.reference)
        found = looked(giving, visit)
    assert (found.amount_minor, found.currency) == (5_000, "GBP")
    assert (found.settled_minor, found.settled_currency, found.fee_minor) == (6_325, "USD", 213)


def test_giving_back_happens_once_for_each_key_and_never_more_than_was_given(
    provider: Provider, giving: Giving
) -> None:
    visit = opened(giving)
    provider.pays(visit.reference)
    payment = looked(giving, visit).payment
    first = giving.give_back(payment, 2_000, "don:5:r1")
    assert first == giving.give_back(payment, 2_000, "don:5:r1")
    assert isinstance(first, Accepted)
    more = giving.give_back(payment, 3_001, "don:5:r2")
    assert isinstance(more, Rejected)
    assert more.code == "amount_too_large"
    assert isinstance(giving.give_back(payment, 3_000, "don:5:r3"), Accepted)
    found = giving.refunds_of(payment)
    assert isinstance(found, list)
    assert [(one.key, one.amount_minor, one.state, one.settled_minor) for one in found] == [
        ("don:5:r1", 2_000, "paid", 2_000),
        ("don:5:r3", 3_000, "paid", 3_000),
    ]


def test_a_refund_that_the_donors_bank_does_not_take_has_failed(provider: Provider, giving: Giving) -> None:
    visit = opened(giving)
    provider.pays(visit.reference, NO_REFUND)
    payment = looked(giving, visit).payment
    made = giving.give_back(payment, 5_000, "don:5:r1")
    assert isinstance(made, Accepted)
    provider.happens(taking.fail_refund, made.reference)
    assert giving.refunds_of(payment) == [GivenBack(made.reference, "don:5:r1", 5_000, "failed", 5_000)]


@pytest.mark.parametrize("kind", ["reset_after", "refused_busy", "error_after"])
def test_no_answer_is_unknown(provider: Provider, giving: Giving, kind: str) -> None:
    provider.goes_wrong(kind, times=3)
    assert isinstance(giving.open_visit(WISH), Unknown)
    provider.double.faults.clear()
    visit = opened(giving, replace(WISH, key="don:6"))
    provider.goes_wrong(kind, method="GET", times=3)
    assert isinstance(giving.look_up(visit.reference), Unknown)


def test_a_visit_that_the_provider_refuses_is_refused(giving: Giving) -> None:
    found = giving.open_visit(replace(WISH, until=int(time.time()) + 60))
    assert isinstance(found, Rejected)


# The page on which somebody 'pays' ------------------------------------------------------------------------


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_asked: object) -> None:
        return None


def send(url: str, **form: str) -> tuple[int, str, str]:
    """Status, text and where to."""
    data = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.build_opener(Stay).open(url, data, timeout=5) as answer:
            return answer.status, answer.read().decode(), ""
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers.get("Location", "")


def number_of(outcome: object) -> str:
    return next(number for number, one in OUTCOMES.items() if one is outcome)


def test_the_page_says_that_it_takes_no_money_and_leads_back(giving: Giving) -> None:
    visit = opened(giving)
    status, text, _to = send(visit.url)
    assert status == 200
    assert '<html lang="fr">' in text
    assert "Elle ne prend ni carte ni argent." in text
    assert "50.00 EUR" in text
    assert send(visit.url, number=number_of(CARD))[::2] == (303, "http://here/thanks/")
    assert looked(giving, visit).state == "paid"
    assert "Cette visite est finie." in send(visit.url)[1]


def test_the_page_says_when_a_card_is_declined_and_lets_try_again(giving: Giving) -> None:
    visit = opened(giving)
    assert "Your card has insufficient funds." in send(visit.url, number=number_of(POOR))[1]
    assert send(visit.url, number=number_of(DEBIT))[0] == 303
    assert looked(giving, visit).state == "waiting"


@pytest.mark.parametrize(("agreed", "state"), [("yes", "paid"), ("no", "open")])
def test_the_page_asks_when_the_bank_asks(giving: Giving, agreed: str, state: str) -> None:
    visit = opened(giving)
    assert "est-ce bien vous" in send(visit.url, number=number_of(ASKS))[1]
    send(visit.url, agreed=agreed)
    assert looked(giving, visit).state == state


def test_the_page_takes_no_real_number(giving: Giving) -> None:
    visit = opened(giving)
    assert "published test numbers only" in send(visit.url, number="4111111111111111")[1]
    assert looked(giving, visit).state == "open"
