"""Disputes of gifts: what the bank takes and brings back in the books; two treasurers answer, nothing is said twice."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disbursements import tasks
from disbursements.actions import errands
from disbursements.actions.dispute_answers import (
    confirm_dispute_answer,
    decline_dispute_answer,
    propose_dispute_answer,
)
from disbursements.actions.funding import add_donor, record_contribution
from disbursements.actions.giving_back import confirm_giving_back, propose_giving_back
from disbursements.actions.own_accounts import move_own_money
from disbursements.gateway.doubles.stripe import disputing
from disbursements.gateway.doubles.stripe.cards import OUTCOMES
from disbursements.gateway.doubles.stripe.world import DISPUTE_FEE
from disbursements.models import Dispute, DisputeAnswer, Donation, Outbox, RailEventRecord
from disbursements.queries.donors import money_of
from disbursements.queries.ledger import verify_ledger
from disbursements.states import AccountCode
from fundmgmt.inbox import waiting_for
from fundmgmt.models import StepRefused, User
from fundmgmt.workflow import Refused
from tests.factories import applications as make
from tests.factories.gifts import DOOR, FEE, deliver, give, held, page_of
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


def test_the_statement_of_the_public_gifts_says_what_was_taken_back(desk: Desk) -> None:
    donor = desk.gift.contribution.donor if desk.gift.contribution else None
    assert donor is not None
    (account,) = money_of(donor).accounts
    assert (account.received.minor, account.back.minor, account.left.minor) == (5_000, 5_000, -FEE)
    desk.decide(won=True)
    desk.work()
    (account,) = money_of(donor).accounts
    assert (account.received.minor, account.back.minor, account.left.minor) == (5_000, 0, 5_000 - FEE)


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
    assert url not in browser.get(desk.gift.get_absolute_url()).content.decode()
    listed = browser.get(reverse("disbursements:gifts"), headers={"accept-language": "en"}).content.decode()
    assert ">open<" in listed.replace(" ", "").replace("\n", "")
