"""A tranche through a fiscal host abroad: from the release to the last unit, with the provider's double."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disbursements.actions import banking, errands
from disbursements.actions.own_accounts import move_own_money
from disbursements.actions.releasing import decide_again, release_tranche
from disbursements.gateway.doubles.stripe import moving
from disbursements.models import Grant, LedgerEntry, Outbox, RailEventRecord, Tranche
from disbursements.queries.ledger import held_in, verify_ledger
from disbursements.states import AccountCode
from fundmgmt.models import StepRefused, User
from fundmgmt.workflow import Refused
from tests.factories import grants as make
from tests.factories.gifts import DOOR
from tests.signing_in import sign_in
from tests.standing_in import KEY, SECRET, Provider, standing_in

pytestmark = pytest.mark.django_db
SENT = dt.datetime(2026, 7, 6, 9, tzinfo=dt.UTC)
PART = 1_097_800


@dataclass
class Desk:
    provider: Provider
    people: make.Cast
    grant: Grant
    client: Client

    @property
    def tranche(self) -> Tranche:
        return Tranche.objects.select_related("grant__application").get(grant=self.grant, no=1)

    def release(self) -> Tranche:
        return release_tranche(self.tranche, by=self.people.payer, at=timezone.now(), rail="stripe_transfer")

    def work(self, ahead: dt.timedelta = dt.timedelta()) -> None:
        while errands.run_due(clock=lambda: timezone.now() + ahead):
            pass

    def told(self) -> list[int]:
        letters = self.provider.tells()
        return [
            self.client.post(DOOR, raw, content_type="application/json", headers=headers).status_code
            for raw, headers in letters
        ]

    @property
    def state(self) -> tuple[str, str]:
        return self.tranche.state, self.tranche.instructions.order_by("pk").last().state


@pytest.fixture
def desk(settings: Any, client: Client) -> Iterator[Desk]:
    with standing_in() as provider:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = provider.url, KEY
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
        people = make.cast()

        def host(cast: make.Cast) -> None:
            detail = banking.enter_bank_detail(
                cast.organisation,
                by=cast.owner,
                at=make.SIGNED,
                kind="connected_account",
                holder="Host abroad",
                bank_name="",
                account_number=provider.host(),
            )
            banking.verify_bank_detail(detail, by=cast.checker, at=make.SIGNED, called_number="+32 000 000 000")

        grant = make.ready(people, host)
        make.approved(people, make.tranche(grant))
        move(people, 2_000_000)
        yield Desk(provider, people, grant, client)


def move(people: make.Cast, amount_minor: int, **values: Any) -> LedgerEntry:
    rest = {"source": "bank", "target": "card_provider", "currency": "USD", "reference": f"MOVE-{amount_minor}"}
    day = timezone.localdate(SENT)
    return move_own_money(by=people.payer, at=SENT, amount_minor=amount_minor, moved_date=day, **(rest | values))


def held() -> tuple[int, int, int]:
    codes = (AccountCode.BANK, AccountCode.PROVIDER, AccountCode.TRANSIT)
    return tuple(held_in(code, "USD") for code in codes)  # type: ignore[return-value]


def test_a_tranche_reaches_the_host_once(desk: Desk) -> None:
    before = held()
    desk.release()
    assert desk.provider.transfers() == []  # nobody outside is told inside the transaction
    assert held() == (before[0], before[1] - PART, PART)
    desk.work()
    desk.work(dt.timedelta(minutes=5))
    assert desk.state == ("sent", "paid")
    made = desk.provider.transfers()
    assert [(one["amount"], one["transfer_group"]) for one in made] == [(PART, f"disb:{desk.tranche.pk}:v1")]
    assert verify_ledger().problems == []


def test_the_providers_own_message_proves_it_sooner(desk: Desk) -> None:
    desk.release()
    desk.work()
    assert desk.state == ("sent", "accepted")
    assert desk.told() == [200]
    desk.work()
    assert desk.state == ("sent", "paid")
    assert RailEventRecord.objects.get().outcome == "applied"


@pytest.mark.parametrize("kind", ["reset_after", "error_after", "hang_after"])
def test_done_without_an_answer_is_unknown_and_found_by_its_group(desk: Desk, kind: str, settings: Any) -> None:
    settings.STRIPE_SECONDS = 0.5
    desk.provider.goes_wrong(kind, "/v1/transfers", times=3, seconds=2)
    desk.release()
    desk.work()
    assert desk.state == ("sent", "unknown")
    desk.work(dt.timedelta(hours=30))  # after a day, too: the group is asked, nothing is sent again
    assert desk.state == ("sent", "paid")
    assert len(desk.provider.transfers()) == 1


def test_no_answer_and_not_done_is_sent_again_under_the_same_key(desk: Desk) -> None:
    desk.provider.goes_wrong("reset_before", "/v1/transfers", times=3)
    desk.release()
    desk.work()
    assert desk.state == ("sent", "unknown")
    assert desk.provider.transfers() == []
    desk.work(dt.timedelta(minutes=5))
    desk.work(dt.timedelta(minutes=10))
    assert desk.state == ("sent", "paid")
    assert desk.tranche.instructions.count() == 1


def test_a_certain_no_takes_the_entry_back_and_a_person_decides(desk: Desk) -> None:
    before = held()
    desk.provider.double.store.add_money("", "usd", -99_000_000)
    desk.release()
    desk.work()
    assert desk.state == ("approved", "failed")
    assert held() == before
    assert verify_ledger().problems == []
    with pytest.raises(StepRefused):
        desk.release()
    desk.provider.double.store.add_money("", "usd", 99_000_000)
    decide_again(desk.tranche, by=desk.people.payer, at=timezone.now(), reason="Money was moved there.")
    desk.release()
    desk.work()
    desk.work(dt.timedelta(minutes=5))
    assert desk.state == ("sent", "paid")
    assert [one["transfer_group"] for one in desk.provider.transfers()] == [f"disb:{desk.tranche.pk}:v2"]


@pytest.mark.parametrize("kind", ["wrong_amount", "wrong_currency"])
def test_an_answer_about_another_amount_is_not_believed(desk: Desk, kind: str) -> None:
    desk.provider.goes_wrong(kind, "/v1/transfers")
    desk.release()
    desk.work()
    assert desk.state == ("sent", "unknown")
    assert "minor units" in Outbox.objects.get(kind="submit").last_error
    desk.work(dt.timedelta(minutes=5))
    assert desk.state == ("sent", "paid")


def test_what_comes_back_lies_with_the_provider_again(desk: Desk) -> None:
    before = held()
    desk.release()
    desk.work()
    desk.provider.happens(moving.reverse_transfer, desk.provider.transfers()[0]["id"])
    assert set(desk.told()) == {200}
    desk.work()
    desk.work(dt.timedelta(minutes=5))
    assert desk.state == ("reversed", "returned")
    assert held() == before
    assert Tranche.objects.get(replaces=desk.tranche).state == "planned"
    assert verify_ledger().problems == []


def test_messages_again_late_and_in_another_order_change_nothing(desk: Desk) -> None:
    desk.release()
    desk.work()
    desk.provider.happens(moving.reverse_transfer, desk.provider.transfers()[0]["id"])
    letters = desk.provider.tells()
    for raw, headers in [*reversed(letters), *letters, *reversed(letters)]:
        assert desk.client.post(DOOR, raw, content_type="application/json", headers=headers).status_code == 200
        desk.work()
    assert desk.state == ("reversed", "returned")
    assert RailEventRecord.objects.count() == 2
    assert LedgerEntry.objects.filter(kind="return").count() == 1


def test_a_part_that_comes_back_waits_for_people(desk: Desk) -> None:
    desk.release()
    desk.work()
    made = desk.provider.transfers()[0]
    desk.provider.double.act(
        lambda world, asked: moving.reverse_transfer(world, asked.__class__({"amount": "100"}, asked.now), made["id"])
    )
    desk.told()
    desk.work()
    assert desk.state == ("sent", "accepted")
    assert "100 of 1097800 came back (minor units)" in set(
        Outbox.objects.exclude(last_error="").values_list("last_error", flat=True)
    )


def test_the_treasurer_reads_why_a_host_is_used(desk: Desk) -> None:
    User.objects.filter(pk=desk.people.payer.pk).update(language="en")
    browser = Client()
    sign_in(browser, desk.people.payer)
    url = reverse("disbursements:tranche_step", args=[desk.tranche.pk, "release"])
    page = browser.get(url, headers={"accept-language": "en"}).content.decode()
    assert "Stripe pays into no bank of the DR Congo." in page
    assert "This payee is reached through its fiscal host abroad only." in page
    assert browser.post(url, {"version": desk.tranche.version, "rail": "stripe_transfer"}).status_code == 302
    assert desk.state == ("sent", "prepared")


def test_the_books_of_the_provider_and_ours_agree(desk: Desk) -> None:
    from disbursements.gateway.registry import rail

    desk.release()
    desk.work()
    today = dt.datetime.now(dt.UTC).date()
    lines = list(rail("stripe_transfer").reconcile(today, today))
    instruction = desk.tranche.instructions.get()
    assert [(line.key, line.amount_minor, line.currency, line.reference) for line in lines] == [
        (instruction.key, instruction.amount_minor, instruction.currency, instruction.rail_reference)
    ]


# Moving the fund's own money -------------------------------------------------------------------------------


def test_moved_money_changes_place_and_nothing_else(desk: Desk) -> None:
    before = held()
    move(desk.people, 500)
    assert held() == (before[0] - 500, before[1] + 500, before[2])
    move(desk.people, 700, source="card_provider", target="bank")
    assert held() == (before[0] + 200, before[1] - 200, before[2])
    assert verify_ledger().problems == []


@pytest.mark.parametrize(
    "values",
    [
        {"amount_minor": 0},
        {"amount_minor": 1, "target": "bank"},
        {"amount_minor": 1, "target": "costs"},
        {"amount_minor": 10**12},
        {"amount_minor": 1, "reference": "MOVE-2000000"},
        {"amount_minor": 1, "moved_date": dt.date(2027, 1, 1)},
    ],
)
def test_what_cannot_have_moved_is_refused(desk: Desk, values: dict[str, Any]) -> None:
    before = held()
    rest = {"source": "bank", "target": "card_provider", "currency": "USD", "reference": "MOVE-X"}
    rest |= {"moved_date": timezone.localdate(SENT)}
    with pytest.raises(StepRefused):
        move_own_money(by=desk.people.payer, at=SENT, **(rest | values))
    assert held() == before


def test_only_treasurers_move_money(desk: Desk) -> None:
    with pytest.raises(Refused):
        move_own_money(
            by=desk.people.officer,
            at=SENT,
            source="bank",
            target="card_provider",
            amount_minor=1,
            currency="USD",
            moved_date=timezone.localdate(SENT),
            reference="MOVE-Y",
        )
