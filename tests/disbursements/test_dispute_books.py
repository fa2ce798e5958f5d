"""Disputes in the books, from what the provider says: forwards only, exact, the same in any order."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disbursements.actions.disputes import Unclear, apply_dispute
from disbursements.actions.donations import apply_gift, begin_gift
from disbursements.actions.funding import record_cost
from disbursements.gateway.stripe_disputes import Movement
from disbursements.gateway.stripe_giving import Gift
from disbursements.models import Dispute, Donation, LedgerLine, Purse
from disbursements.queries.ledger import verify_ledger
from disbursements.states import AccountCode
from fundmgmt.models import StepRefused, User
from tests.disbursements.test_disputes import earlier_money
from tests.disbursements.test_verify_ledger import found_after
from tests.factories import applications as make
from tests.factories.gifts import held, seen, taken

pytestmark = pytest.mark.django_db


def paid_gift(**values: Any) -> Donation:
    gift = begin_gift(at=timezone.now(), amount_minor=5_000, currency=values.get("currency", "EUR"), language="en")
    settled = values.get("settled", 5_000), values.get("into", "EUR")
    apply_gift(gift, Gift("paid", 5_000, gift.currency, "pi_9", *settled, 175), at=timezone.now())
    gift.refresh_from_db()
    return gift


def lines() -> list[tuple[Any, ...]]:
    names = ("entry__kind", "account__code", "amount_minor", "currency", "earmark", "donor", "entry__day")
    return sorted(LedgerLine.objects.values_list(*names), key=str)


@pytest.mark.parametrize("path", ["open won", "open lost won", "open answered lost", "open answered won", "closed"])
def test_a_dispute_goes_forwards_only(path: str) -> None:
    gift, walked = paid_gift(), path.split()
    for state in ("asked", *walked):
        apply_dispute(gift, seen(gift, state=state), at=timezone.now())
        for earlier in ("asked", *walked[: walked.index(state)]) if state in walked else ():
            apply_dispute(gift, seen(gift, state=earlier), at=timezone.now())
        assert Dispute.objects.get().state == state


@pytest.mark.parametrize("before", ["open", "answered"])
def test_a_dispute_may_end_without_effect(before: str) -> None:
    gift = paid_gift()
    for state in (before, "closed", before, "won"):
        apply_dispute(gift, seen(gift, state=state), at=timezone.now())
    assert Dispute.objects.get().state == "closed"


@pytest.mark.parametrize(
    "movements",
    [
        (Movement("txn_2", 5_000, 0, "EUR", 1_800_000_000),),
        (taken(), replace(taken(), reference="txn_2", moved_at=1_800_000_000)),
        (taken(), Movement("txn_2", 5_001, 0, "EUR", 1_800_000_000)),
        (taken(), Movement("txn_2", 5_000, -1_501, "EUR", 1_800_000_000)),
        (taken(currency="USD"),),
    ],
)
def test_what_does_not_fit_books_nothing_and_is_left_to_a_person(movements: tuple[Movement, ...]) -> None:
    gift = paid_gift()
    before = lines()
    with pytest.raises(Unclear):
        apply_dispute(gift, seen(gift, *movements), at=timezone.now())
    for wrong in ({"payment": "pi_1"}, {"currency": "USD"}, {"state": ""}):
        with pytest.raises(Unclear):
            apply_dispute(gift, replace(seen(gift), **wrong), at=timezone.now())
    assert (lines(), Dispute.objects.count()) == (before, 0)


def test_a_part_that_does_not_come_back_stays_gone() -> None:
    gift = paid_gift()
    back = Movement("txn_2", 3_000, -500, "EUR", 1_800_000_000)
    apply_dispute(gift, seen(gift, taken(), back, state="won"), at=timezone.now())
    assert (held(AccountCode.CONTRIBUTIONS), held(AccountCode.FEES)) == (-3_000, 175 + 1_000)
    assert held(AccountCode.PROVIDER) == 3_000 - 175 - 1_000
    assert verify_ledger().problems == []


def test_what_the_provider_moved_and_the_ledger_does_not_show_is_named() -> None:
    gift = paid_gift()
    apply_dispute(gift, seen(gift, taken()), at=timezone.now())
    fault = "UPDATE disbursements_disputemovement SET fee_minor = 1400"
    said = f"Dispute of {gift.ref}: the card provider moved −64.00 EUR, the ledger shows −65.00 EUR."
    found = [one.replace("\N{NO-BREAK SPACE}", " ") for one in found_after(fault, forged=False)]
    assert [one for one in found if "Dispute" in one] == [said]


@pytest.fixture
def pounds(db: None) -> Donation:
    """A gift of another currency, with a rate of its own day."""
    return paid_gift(currency="GBP", settled=6_250, into="USD")


RATES = [(6_250, 6_250), (6_300, 6_200), (6_200, 6_300)]  # what was taken, what was brought back


@pytest.mark.by_chance
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    early=st.lists(st.integers(0, 3), max_size=4),
    late=st.lists(st.integers(0, 3), max_size=3),
    ends=st.tuples(st.booleans(), st.sampled_from(RATES), st.sampled_from([-1_500, 0])),
)
def test_any_order_of_news_gives_the_same_books(
    pounds: Donation, early: list[int], late: list[int], ends: tuple[bool, tuple[int, int], int]
) -> None:
    """What the provider said at any moment, told late, twice and in any order, around what it says in the end."""
    won, rates, fee = ends
    gone, back = taken(rates[0], "USD"), Movement("txn_2", rates[1], fee, "USD", 1_800_000_000)
    end = seen(pounds, gone, back, state="won") if won else seen(pounds, gone, state="lost")
    history = [seen(pounds, state="asked"), seen(pounds), seen(pounds, gone, state="answered"), end]

    def books(told: list[int]) -> tuple[Any, ...]:
        with transaction.atomic():
            for number in told:
                apply_dispute(pounds, history[number], at=timezone.now())
            purses = Purse.objects.order_by("pk").values_list("received_minor", "costs_minor", "short_minor")
            found = lines(), Dispute.objects.get().state, list(purses)
            transaction.set_rollback(True)
        return found

    found = books([*early, 3, *late])
    assert found == books([3])
    stays = 0 if won else 1
    by_account = {code: sum(row[2] for row in found[0] if row[1] == code) for code in ("contributions", "bank_fees")}
    assert by_account == {
        "contributions": -6_250 * (1 - stays),
        "bank_fees": 175 + (1_500 if not won or not fee else 0),
    }


def cost(by: User, amount_minor: int, reference: str) -> None:
    values = {"amount_minor": amount_minor, "currency": "EUR", "cost_date": timezone.localdate()}
    record_cost(by=by, at=timezone.now(), bank_reference=reference, **values)


def purse() -> Purse:
    return Purse.objects.get(code="-", currency="EUR")


def test_a_gift_that_was_spent_is_missing_for_all_to_see_until_new_money_comes(settings: Any) -> None:
    treasurer = make.person("treasurer1@example.org", "treasurer")
    earlier_money(treasurer)
    gift = paid_gift()
    cost(treasurer, 8_000, "COST-1")
    apply_dispute(gift, seen(gift, taken()), at=timezone.now())
    assert purse().short_minor == 0
    back = Movement("txn_2", 5_000, -1_500, "EUR", 1_800_000_000)
    apply_dispute(gift, seen(gift, taken(), back, state="won"), at=timezone.now())
    assert (purse().received_minor, purse().costs_minor) == (15_000, 8_000 + 175)
    cost(treasurer, 6_825, "COST-2")  # all that is there
    again = replace(taken(), reference="txn_3")
    apply_dispute(gift, replace(seen(gift, again), reference="dp_2"), at=timezone.now())
    assert (purse().short_minor, purse().missing_minor) == (6_500, 6_500)
    missing = [one for one in verify_ledger().problems if "is missing" in one]
    assert len(missing) == 1
    assert missing[0].replace("\N{NO-BREAK SPACE}", " ").startswith("More was paid from “unrestricted”")
    assert "65.00" in missing[0]
    User.objects.update(language="en")
    browser = Client()
    browser.force_login(treasurer)
    page = browser.get(reverse("disbursements:fund"), headers={"accept-language": "en"}).content.decode()
    assert "more was spent than is there" in page
    with pytest.raises(StepRefused, match="does not have this amount"):
        cost(treasurer, 1, "COST-3")
    earlier_money(treasurer, 6_501, "IN-2")
    assert purse().short_minor == 0
    cost(treasurer, 1, "COST-4")
    assert [one for one in verify_ledger().problems if "is missing" in one] == []
