"""What was written into the ledger by mistake is taken back by a second person, whole, and can be written anew."""

from typing import Any

import pytest
from django.test import Client

from disbursements.actions import correcting, funding, grants, own_accounts, spending, tranches
from disbursements.models import Contribution, Donor, Grant, LedgerEntry, Pledge, Purse, Refund
from disbursements.queries.closing import closure_of
from disbursements.queries.ledger import verify_ledger
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, StepRefused, User
from tests.factories import grants as make
from tests.telling import last_of, refused, told

AT = make.ASKED + 100 * make.DAY
WHY = "The amount was read from another line."


def take_back(entry: LedgerEntry | None, by: User) -> LedgerEntry:
    assert entry is not None
    return correcting.take_back_entry(entry, by=by, at=AT, reason=WHY)


def purses() -> list[tuple[Any, ...]]:
    names = ("code", "currency", "received_minor", "committed_minor", "paid_minor", "costs_minor")
    return list(Purse.objects.order_by("currency", "code").values_list(*names))


def receive(people: make.Cast, donor: Donor, minor: int, reference: str, pledge: Pledge | None = None) -> Contribution:
    return funding.record_contribution(
        donor,
        by=people.officer,
        at=AT,
        amount_minor=minor,
        currency="USD",
        received_date=AT.date(),
        bank_reference=reference,
        pledge=pledge,
    )


def come_back(people: make.Cast, grant: Grant, minor: int, reason: str = "") -> Refund:
    return spending.record_refund(
        grant,
        by=people.approver,
        at=AT,
        amount_minor=minor,
        received_date=AT.date(),
        bank_reference="RET-1",
        reason=reason,
    )


def test_a_refund_of_too_much_says_why_and_is_taken_back_by_another(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    paid = make.tranche(grant).amount_minor
    make.report(people, grant, 1, paid - 6_200)
    before = purses()
    with refused(StepRefused, "Only 62.00.USD is left to account for", grant) as caught:
        come_back(people, grant, 560_000)
    assert caught.value.field == "reason"
    wrong = come_back(people, grant, 560_000, reason="Slip.")
    assert grants.unaccounted(grant) == 6_200 - 560_000
    with refused(Refused, "You recorded this", grant):
        take_back(wrong.entry, people.approver)
    with refused(Refused, "not among your roles", grant):
        take_back(wrong.entry, people.officer)
    mirror = take_back(wrong.entry, people.payer)
    assert (purses(), grants.unaccounted(grant), grants.refunded_of(grant)) == (before, 6_200, 0)
    assert mirror.day == AT.date()
    entry = JournalEntry.objects.filter(kind="disbursements.entry.take_back").get()
    assert (entry.thread, entry.actor, entry.remark and entry.remark.text) == (grant.thread, people.payer, WHY)
    for one, why in ((wrong.entry, "taken back already"), (mirror, "Record what is right anew")):
        with refused(StepRefused, why, grant):
            take_back(one, people.second)
    right = come_back(people, grant, 6_200)  # the same line of the bank
    assert grants.unaccounted(grant) == 0
    assert right.pk != wrong.pk
    assert verify_ledger().problems == []


def test_a_grant_that_is_closed_keeps_its_refund(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    refund = come_back(people, grant, 100)
    grants.terminate_grant(grant, by=people.officer, at=AT, reason="Over.", close_code="ended_early")
    with refused(StepRefused, "The grant is closed", grant):
        take_back(refund.entry, people.payer)


def test_the_close_out_list_opens_again(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    make.report(people, grant, 1, make.tranche(grant).amount_minor - 100)
    refund = come_back(people, grant, 100)
    for row in grant.tranches.filter(state="planned"):
        tranches.cancel_tranche(row, by=people.officer, at=AT, reason="Not needed.")
    grants.end_grant(grant, by=people.officer, at=AT)
    grants.begin_closing(grant, by=people.officer, at=AT)
    settled = lambda: [line.code for line in closure_of(grant) if line.settled_at]  # noqa: E731 -- asked twice
    assert settled() == ["refund"]
    take_back(refund.entry, people.payer)
    assert settled() == []


@pytest.fixture
def pledge(people: make.Cast) -> Pledge:
    donor = funding.add_donor(by=people.officer, at=AT, name="Agency", kind="government")
    row = funding.record_pledge(donor, by=people.officer, at=AT, amount_minor=100_000, currency="USD")
    return funding.sign_pledge(row, by=people.officer, at=AT)


@pytest.mark.parametrize(
    ("parts", "edge"),
    [
        ([40_000], ("lose_all", "partly_paid", "signed")),
        ([100_000], ("lose_all", "paid", "signed")),
        ([40_000, 50_000], ("lose_part", "partly_paid", "partly_paid")),
        ([40_000, 90_000], ("lose_part", "paid", "partly_paid")),
    ],
)
def test_a_pledge_goes_back_to_where_it_stood(
    people: make.Cast, pledge: Pledge, parts: list[int], edge: tuple[str, str, str]
) -> None:
    rows = []
    for no, minor in enumerate(parts):
        rows.append(receive(people, pledge.donor, minor, f"B{no}", pledge))
    if len(rows) > 1:
        with refused(StepRefused, "Take the later one back first", pledge):
            take_back(rows[0].entry, people.payer)
    take_back(rows[-1].entry, people.payer)
    assert told(pledge) == (*edge, people.payer)
    assert last_of(pledge).facts == {"amount_minor": parts[-1], "currency": "USD", "entry": rows[-1].entry.no}
    assert verify_ledger().problems == []
    receive(people, pledge.donor, 10_000, f"B{len(parts) - 1}", Pledge.objects.get(pk=pledge.pk))
    assert verify_ledger().problems == []


def test_money_that_is_paid_out_stays_received(people: make.Cast, pledge: Pledge, grant: Grant) -> None:
    there = Contribution.objects.exclude(donor=pledge.donor).get()
    make.confirmed(people, make.tranche(grant))
    with refused(StepRefused, "of this donor's money is left for this purpose", there, grant):
        take_back(there.entry, people.payer)
    late = receive(people, pledge.donor, 100_000, "B", pledge)
    take_back(late.entry, people.payer)
    assert list(Contribution.objects.all()) == [there]
    assert verify_ledger().problems == []
    Contribution._base_manager.filter(pk=late.pk).update(taken_back_at=None)
    half = [str(problem) for problem in verify_ledger().problems]
    assert f"Entry {late.entry.no} is only half taken back: its row and the ledger do not agree." in half


def test_costs_and_moves_are_taken_back_and_steps_are_not(people: make.Cast, grant: Grant) -> None:
    make.sent(people, make.tranche(grant))
    before = purses()
    about = {"by": people.approver, "at": AT, "amount_minor": 4_500, "currency": "USD"}
    cost = funding.record_cost(**about, cost_date=AT.date(), bank_reference="F-1", fee=True)
    moved = own_accounts.move_own_money(
        **about, source="bank", target="card_provider", moved_date=AT.date(), reference="M-1"
    )
    for entry in (cost, moved):
        with refused(Refused, "You recorded this"):
            take_back(entry, people.approver)
        take_back(entry, people.payer)
    assert purses() == before
    steps = LedgerEntry.objects.exclude(kind__in=["receipt", "fee", "moved", "reversal"]).order_by("no")
    assert {entry.kind for entry in steps} == {"pledge", "commitment", "in_transit"}
    for entry in steps:
        with refused(StepRefused, "corrected where the step was taken"):
            take_back(entry, people.second if entry.recorded_by != people.second else people.approver)
    assert verify_ledger().problems == []


def test_the_page_of_an_entry_leads_there(people: make.Cast, grant: Grant) -> None:
    User.objects.update(language="en")
    row = Contribution.objects.get()
    late = receive(people, row.donor, 5_000, "B-2")
    client = Client()
    client.force_login(people.payer)
    page = client.get(late.entry.get_absolute_url()).content.decode()
    assert f"{late.entry.get_absolute_url()}take-back/" in page
    answer = client.post(f"{late.entry.get_absolute_url()}take-back/", {"reason": WHY})
    mirror = LedgerEntry.objects.get(reverses=late.entry)
    assert (answer.status_code, answer["Location"]) == (302, mirror.get_absolute_url())
    page = client.get(late.entry.get_absolute_url()).content.decode()
    assert mirror.get_absolute_url() in page
    assert "take-back" not in page
    step = LedgerEntry.objects.filter(kind="commitment").get()
    page = client.get(step.get_absolute_url()).content.decode()
    assert "It is corrected where the step was taken, never here." in page
    assert "take-back" not in page
    cost = funding.record_cost(
        by=people.payer, at=AT, amount_minor=1, currency="USD", cost_date=AT.date(), bank_reference="F-2"
    )
    page = client.get(cost.get_absolute_url()).content.decode()
    assert "You recorded this. A second treasurer takes it back." in page
    client.force_login(people.officer)
    assert "take" not in client.get(cost.get_absolute_url()).content.decode().partition("<main")[2]
    stranger = Client()
    stranger.force_login(people.owner)
    assert stranger.get(late.entry.get_absolute_url()).status_code == 404
