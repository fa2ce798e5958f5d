"""Disputes of gifts: what the bank takes and brings back in the books; two treasurers answer, nothing is said twice."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disbursements import tasks
from disbursements.actions import errands
from disbursements.actions.dispute_answers import (
    confirm_dispute_answer,
    decline_dispute_answer,
    propose_dispute_answer,
)
from disbursements.actions.disputes import Unclear, apply_dispute
from disbursements.actions.donations import apply_gift, begin_gift
from disbursements.actions.funding import add_donor, record_contribution, record_cost
from disbursements.actions.giving_back import confirm_giving_back, propose_giving_back
from disbursements.actions.own_accounts import move_own_money
from disbursements.gateway.doubles.stripe import disputing
from disbursements.gateway.doubles.stripe.cards import OUTCOMES
from disbursements.gateway.doubles.stripe.world import DISPUTE_FEE
from disbursements.gateway.stripe_disputes import Movement
from disbursements.gateway.stripe_giving import Gift
from disbursements.models import Dispute, DisputeAnswer, Donation, LedgerLine, Outbox, Purse, RailEventRecord
from disbursements.queries.donors import money_of
from disbursements.queries.ledger import verify_ledger
from disbursements.states import AccountCode
from fundmgmt.inbox import waiting_for
from fundmgmt.models import StepRefused, User
from fundmgmt.workflow import Refused
from tests.disbursements.test_verify_ledger import found_after
from tests.factories import applications as make
from tests.factories.gifts import DOOR, FEE, deliver, give, held, page_of, seen, taken
from tests.signing_in import sign_in
from tests.standing_in import KEY, SECRET, Provider, standing_in

pytestmark = pytest.mark.django_db
FRAUD, NOT_RECEIVED, ASKED = list(OUTCOMES.values())[-3:]
TEXT = "The giver wrote to us twice about this gift and thanked us for the news of it."


def earlier_money(by: User, amount_minor: int = 10_000, reference: str = "IN-1") -> None:
    """Unrestricted euros from elsewhere."""
    donor = add_donor(by=by, at=timezone.now(), name="Neighbours", kind="foundation")
    values = {"amount_minor": amount_minor, "currency": "EUR", "received_date": timezone.localdate()}
    record_contribution(donor, by=by, at=timezone.now(), bank_reference=reference, **values)


@dataclass
class Desk:
    """A gift of 50 euros whose giver disputes it, other money of the fund, and the people around it."""

    provider: Provider
    client: Client
    gift: Donation
    first: User
    second: User

    @property
    def dispute(self) -> Dispute:
        return Dispute.objects.get()

    def propose(self, answer: str = "evidence", text: str = TEXT) -> DisputeAnswer:
        return propose_dispute_answer(self.dispute, by=self.first, at=timezone.now(), answer=answer, text=text)

    def confirm(self, row: DisputeAnswer) -> DisputeAnswer:
        return confirm_dispute_answer(row, by=self.second, at=timezone.now())

    def decide(self, *, won: bool) -> None:
        reference = self.dispute.reference
        self.provider.double.act(lambda world, asked: disputing.decide(world, asked, reference, won=won))

    def work(self) -> list[int]:
        return deliver(self.client, self.provider)

    def give_back(self, amount_minor: int = 1_000) -> Any:
        values = {"by": self.first, "at": timezone.now(), "amount_minor": amount_minor}
        return propose_giving_back(self.gift, reason="The giver asks.", **values)

    def books(self) -> tuple[int, int, int]:
        return held(AccountCode.PROVIDER), held(AccountCode.CONTRIBUTIONS), held(AccountCode.FEES)


def desk_at(provider: Provider, client: Client, settings: Any, outcome: Any, **values: str) -> Desk:
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = provider.url, KEY
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    first, second = (make.person(f"treasurer{no}@example.org", "treasurer") for no in (1, 2))
    earlier_money(first)
    gift = give(client, **values)
    provider.pays(gift.visit, outcome)
    deliver(client, provider)
    gift.refresh_from_db()
    return Desk(provider, client, gift, first, second)


@pytest.fixture
def desk(client: Client, settings: Any) -> Iterator[Desk]:
    with standing_in() as provider:
        yield desk_at(provider, client, settings, FRAUD)


@pytest.fixture
def asked(client: Client, settings: Any) -> Iterator[Desk]:
    with standing_in() as provider:
        yield desk_at(provider, client, settings, ASKED)


WITHDRAWN = (-FEE - DISPUTE_FEE, -10_000, FEE + DISPUTE_FEE)
BEFORE = (5_000 - FEE, -15_000, FEE)


def whole() -> bool:
    """Nothing is wrong but that the account with the provider is below nothing, which is true."""
    return [one for one in verify_ledger().problems if "less than nothing" not in one and "de moins" not in one] == []


def test_a_dispute_takes_money_and_fee_and_tells_treasurers_until_when(desk: Desk) -> None:
    row = desk.dispute
    assert (row.state, row.amount_minor, row.why) == (
        "open",
        5_000,
        "The holder of the card says that they did not give.",
    )
    assert desk.books() == WITHDRAWN
    assert whole()
    item = next(one for one in waiting_for(desk.first, timezone.localdate()) if one.ref == desk.gift.ref)
    assert (str(item.what), item.due) == ("Answer the bank about a gift", timezone.localdate(row.due_at))
    assert "Your bank asks us about this gift" in page_of(desk.client, desk.gift)
    outcomes = RailEventRecord.objects.filter(key__startswith="dispute:").values_list("outcome", flat=True)
    assert sorted(outcomes) == ["applied", "nothing_new"]


@pytest.mark.parametrize(("comes_back", "fee"), [(True, FEE), (False, FEE + DISPUTE_FEE)])
def test_evidence_of_two_treasurers_wins_the_gift_back(desk: Desk, comes_back: bool, fee: int) -> None:
    desk.provider.double.world.fee_comes_back = comes_back
    row = desk.propose()
    assert [str(one.what) for one in waiting_for(desk.second, timezone.localdate()) if one.ref == desk.gift.ref] == [
        "Confirm or decline the answer to a dispute"
    ]
    with pytest.raises(Refused, match="A second treasurer confirms"):
        confirm_dispute_answer(row, by=desk.first, at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        DisputeAnswer.objects.filter(pk=row.pk).update(confirmed_by=desk.first)
    desk.confirm(row)
    desk.work()
    row.refresh_from_db()
    assert (row.state, desk.dispute.state, desk.books()) == ("sent", "answered", WITHDRAWN)
    (kept,) = desk.provider.double.store.every("dispute")
    said = kept["evidence"]["uncategorized_text"]
    assert [part in said for part in (TEXT, desk.gift.ref, desk.gift.receipt_no, "50.00")] == [True] * 4
    with pytest.raises(StepRefused, match="it takes no answer"):
        desk.propose()
    desk.decide(won=True)
    desk.work()
    assert (desk.dispute.state, desk.books()) == ("won", (5_000 - fee, -15_000, fee))
    assert verify_ledger().problems == []
    assert "Your gift has arrived" in page_of(desk.client, desk.gift)


def test_what_is_accepted_is_lost_and_never_given_back_again(desk: Desk) -> None:
    desk.confirm(desk.propose("accept", "They told us that their child used the card."))
    desk.work()
    assert (DisputeAnswer.objects.get().state, desk.dispute.state, desk.books()) == ("sent", "lost", WITHDRAWN)
    page = page_of(desk.client, desk.gift)
    assert "your bank took it back" in page
    with pytest.raises(StepRefused, match="the giver has the money already"):
        desk.give_back()
    desk.decide(won=True)  # long after it was lost
    desk.work()
    assert (desk.dispute.state, desk.books()) == ("won", BEFORE)
    assert verify_ledger().problems == []


def test_a_dispute_and_giving_back_exclude_each_other(desk: Desk) -> None:
    with pytest.raises(StepRefused, match="disputes this gift and holds the money"):
        desk.give_back()
    desk.confirm(desk.propose(text="winning_evidence"))
    desk.work()
    move_own_money(
        by=desk.first,
        at=timezone.now(),
        source="bank",
        target="card_provider",
        amount_minor=500,
        currency="EUR",
        moved_date=timezone.localdate(),
        reference="MOVE-1",
    )
    row = desk.give_back()
    confirm_giving_back(row, by=desk.second, at=timezone.now())
    desk.work()
    row.refresh_from_db()
    assert (desk.dispute.state, row.state) == ("won", "done")


def test_a_question_of_the_bank_is_answered_or_settled_by_giving_back(asked: Desk) -> None:
    assert (asked.dispute.state, asked.books()) == ("asked", BEFORE)
    with pytest.raises(StepRefused, match="The bank only asks"):
        asked.propose("accept", "No.")
    row = asked.propose()
    with pytest.raises(StepRefused, match="An answer to the giver's bank is proposed"):
        asked.give_back()
    with pytest.raises(StepRefused, match="There is a proposal already"):
        asked.propose()
    decline_dispute_answer(row, by=asked.second, at=timezone.now(), reason="Give it back instead.")
    refund = asked.give_back()
    with pytest.raises(StepRefused, match="proposal to give this gift back"):
        asked.propose()
    asked.provider.happens(disputing.escalate, asked.dispute.reference)
    asked.work()
    assert (asked.dispute.state, asked.books()) == ("open", WITHDRAWN)
    with pytest.raises(StepRefused, match="disputes this gift"):
        confirm_giving_back(refund, by=asked.second, at=timezone.now())


def test_evidence_is_refused_after_its_last_day_and_what_the_provider_refuses_fails(desk: Desk) -> None:
    row = desk.propose()
    late = timezone.now() + dt.timedelta(days=10)
    with pytest.raises(StepRefused, match="The bank took evidence until"):
        confirm_dispute_answer(row, by=desk.second, at=late)
    desk.provider.double.ahead += 10 * 24 * 3600
    desk.confirm(row)
    desk.work()
    row.refresh_from_db()
    assert (row.state, desk.dispute.state) == ("failed", "open")
    desk.confirm(desk.propose("accept", "Too late for more."))
    desk.work()
    assert desk.dispute.state == "lost"


@pytest.mark.parametrize("kind", ["reset_after", "error_sticky"])
def test_without_an_answer_evidence_goes_out_once_all_the_same(desk: Desk, kind: str) -> None:
    desk.confirm(desk.propose())
    desk.provider.goes_wrong(kind, "/v1/disputes", times=3)
    errands.run_due(clock=timezone.now)
    assert (DisputeAnswer.objects.get().state, Outbox.objects.get(kind="answer").last_error != "") == (
        "confirmed",
        True,
    )
    desk.provider.double.faults.clear()
    desk.provider.double.ahead += 25 * 3600  # the provider has forgotten the key
    later = timezone.now() + dt.timedelta(hours=2)
    errands.run_due(clock=lambda: later)
    assert (DisputeAnswer.objects.get().state, desk.dispute.state) == ("sent", "answered")
    (kept,) = desk.provider.double.store.every("dispute")
    assert kept["evidence_details"]["submission_count"] == 1


def test_messages_that_never_come_are_made_good_at_night(client: Client, settings: Any) -> None:
    with standing_in() as provider:
        provider.goes_wrong("webhook_lost", "charge.dispute", times=2)
        desk = desk_at(provider, client, settings, NOT_RECEIVED)
        assert Dispute.objects.count() == 0
        assert tasks.prove_gifts() == 0
        assert (desk.dispute.state, desk.books()) == ("open", WITHDRAWN)
        provider.goes_wrong("webhook_lost", "charge.dispute", times=2)
        desk.decide(won=False)
        later = timezone.now() + dt.timedelta(hours=13)
        errands.run_due(clock=lambda: later)
        assert desk.dispute.state == "lost"


def test_a_dispute_that_is_told_before_its_gift_books_the_gift_first(client: Client, settings: Any) -> None:
    with standing_in() as provider:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = provider.url, KEY
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
        gift = give(client)
        provider.pays(gift.visit, FRAUD)
        for raw, headers in reversed(provider.tells()):
            client.post(DOOR, raw, content_type="application/json", headers=headers)
            errands.run_due(clock=timezone.now)
        gift.refresh_from_db()
        assert (gift.state, Dispute.objects.get().state) == ("paid", "open")
        assert (held(AccountCode.CONTRIBUTIONS), held(AccountCode.FEES)) == (0, FEE + DISPUTE_FEE)


def test_a_dispute_of_somebody_elses_payment_is_not_ours(client: Client, provider: Provider) -> None:
    from disbursements.gateway.doubles.stripe.taking import create_intent

    asked = {"amount": "700", "currency": "usd", "payment_method": "pm_card_createDispute", "confirm": "true"}
    provider.double.act(lambda world, told: create_intent(world, told.__class__(asked, told.now)))
    deliver(client, provider)
    outcomes = RailEventRecord.objects.filter(key__startswith="dispute:").values_list("outcome", flat=True)
    assert (list(outcomes), Dispute.objects.count()) == (["not_ours"] * 2, 0)


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


def test_the_statement_of_the_public_gifts_says_what_was_taken_back(desk: Desk) -> None:
    donor = desk.gift.contribution.donor if desk.gift.contribution else None
    assert donor is not None
    (account,) = money_of(donor).accounts
    assert (account.received.minor, account.back.minor, account.left.minor) == (5_000, 5_000, -FEE)
    desk.decide(won=True)
    desk.work()
    (account,) = money_of(donor).accounts
    assert (account.received.minor, account.back.minor, account.left.minor) == (5_000, 0, 5_000 - FEE)


# What the provider says, without the provider -------------------------------------------------------------


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
    said = f"Dispute of {gift.ref}: the card provider moved -64.00 EUR, the ledger shows -65.00 EUR."
    found = [one.replace("\N{NO-BREAK SPACE}", " ") for one in found_after(fault, forged=False)]
    assert [one for one in found if "Dispute" in one] == [said]


@pytest.fixture
def pounds(db: None) -> Donation:
    """A gift of another currency, with a rate of its own day."""
    return paid_gift(currency="GBP", settled=6_250, into="USD")


RATES = [(6_250, 6_250), (6_300, 6_200), (6_200, 6_300)]  # what was taken, what was brought back


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


def test_the_pages_of_an_answer(desk: Desk) -> None:
    User.objects.update(language="en")
    browser = Client()
    browser.force_login(desk.first)
    page = browser.get(desk.gift.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "The holder of the card says that they did not give." in page
    url = reverse("disbursements:dispute_answer_new", args=[desk.dispute.pk])
    assert url in page
    told = browser.post(url, {"answer": "evidence", "text": "Call her: +243 970 000 000 111"})
    assert "a phone number" in told.content.decode()
    assert browser.post(url, {"answer": "evidence", "text": TEXT}).status_code == 302
    row = DisputeAnswer.objects.get()
    confirm = reverse("disbursements:dispute_answer", args=[row.pk, "confirm"])
    assert browser.post(confirm, {}).status_code == 403
    browser.force_login(desk.second)
    assert browser.post(confirm, {"version": row.version}).status_code == 403  # not signed in just now
    sign_in(browser, desk.second)
    assert TEXT in browser.get(confirm).content.decode()
    assert browser.post(confirm, {"version": row.version}).status_code == 302
    row.refresh_from_db()
    assert row.state == "confirmed"
    listed = browser.get(reverse("disbursements:gifts"), headers={"accept-language": "en"}).content.decode()
    assert ">open<" in listed.replace(" ", "").replace("\n", "")
