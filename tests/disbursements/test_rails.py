"""Releases to an electronic rail: one instruction, one entry, and every answer leads where it must."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from disbursements.actions import errands, outbox, releasing
from disbursements.gateway.protocol import Accepted, Rejected, Status, Unknown
from disbursements.models import LedgerEntry, Outbox, RailEventRecord, Tranche
from disbursements.queries.funds import balances, total_of
from disbursements.queries.ledger import verify_ledger
from disbursements.states import RailCode
from fundmgmt import journal
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, StepRefused
from tests.factories import grants as make
from tests.factories.rails import Clock, SpokenRail, instruction, run

MOBILE = RailCode.MOBILE_MONEY


def paid_out() -> int:
    return total_of(balances(), "USD").paid


def test_a_release_is_one_entry_one_instruction_and_one_errand(released: Tranche, rail: SpokenRail) -> None:
    row = instruction()
    assert (released.state, row.state, row.key) == ("sent", "prepared", f"disb:{released.pk}:v1")
    assert (released.bank_reference, released.bank_date) == (row.key, make.ASKED.date())
    entry = LedgerEntry.objects.get(kind="in_transit")
    assert entry.source == f"disbursements.paymentinstruction:{row.pk}"
    assert [(e.key, e.state) for e in Outbox.objects.all()] == [(f"submit:{row.key}", "waiting")]
    assert rail.told == []
    assert paid_out() == 720_000
    assert verify_ledger().problems == []


def test_accepted_then_paid(released: Tranche, rail: SpokenRail, clock: Clock) -> None:
    run(clock)
    assert instruction().state == "accepted"
    rail.ended[instruction().key] = Status("paid", "MPESA-1", 720_000, "USD")
    run(clock)
    row = instruction()
    assert (row.state, row.rail_reference) == ("paid", "MPESA-1")
    assert rail.told == [row.key]
    assert set(Outbox.objects.values_list("state", flat=True)) == {"done"}
    assert verify_ledger().problems == []
    assert journal.verify().problems == []


def test_rejected_gives_the_money_back_and_waits_for_a_person(
    people: make.Cast, released: Tranche, rail: SpokenRail, clock: Clock
) -> None:
    rail.answers = [Rejected("WALLET_LIMIT", "The wallet is full.")]
    run(clock)
    released.refresh_from_db()
    assert (released.state, released.paid_by, instruction().state) == ("approved", None, "failed")
    assert paid_out() == 0
    assert LedgerEntry.objects.get(kind="reversal").reverses == LedgerEntry.objects.get(kind="in_transit")
    assert verify_ledger().problems == []
    with pytest.raises(StepRefused, match="decides that it is tried again"):
        releasing.release_tranche(released, by=people.payer, at=clock(), rail=MOBILE)
    with pytest.raises(Refused):
        releasing.decide_again(released, by=people.officer, at=clock(), reason="x")
    releasing.decide_again(released, by=people.payer, at=clock(), reason="The grantee emptied the wallet.")
    releasing.release_tranche(released, by=people.payer, at=clock(), rail=MOBILE)
    assert instruction().key == f"disb:{released.pk}:v2"
    run(clock)
    assert rail.told == [f"disb:{released.pk}:v1", f"disb:{released.pk}:v2"]
    assert paid_out() == 720_000
    assert verify_ledger().problems == []


def test_an_unknown_answer_never_leads_to_another_key(
    people: make.Cast, released: Tranche, rail: SpokenRail, clock: Clock
) -> None:
    rail.answers = [Unknown("timeout"), Accepted()]
    run(clock)
    row = instruction()
    assert (row.state, rail.asked) == ("unknown", [])
    with pytest.raises(StepRefused, match="out already"):
        releasing.release_tranche(released, by=people.payer, at=clock(), rail=MOBILE)
    with pytest.raises(StepRefused, match="nothing to decide"):
        releasing.decide_again(released, by=people.payer, at=clock(), reason="x")
    run(clock)
    assert rail.asked[:1] == [row.key]  # asked before it was told again
    assert rail.told == [row.key, row.key]
    assert instruction().state == "accepted"


def test_told_and_committed_but_answer_lost_is_not_told_twice(
    released: Tranche, rail: SpokenRail, clock: Clock
) -> None:
    rail.answers = [Unknown("reset after commit")]
    rail.payments[f"disb:{released.pk}:v1"] = None  # type: ignore[assignment]  # -- the rail has it all the same
    run(clock, 2)
    assert rail.told == [f"disb:{released.pk}:v1"]
    assert instruction().state == "accepted"


@pytest.mark.parametrize("answer", [Accepted(amount_minor=72), Accepted(amount_minor=720_000, currency="CDF")])
def test_another_amount_in_the_reply_is_no_answer(
    released: Tranche, rail: SpokenRail, clock: Clock, answer: Accepted
) -> None:
    rail.answers = [answer]
    run(clock)
    assert instruction().state == "unknown"
    assert "720000 USD" in Outbox.objects.get().last_error
    rail.statuses = [Status("paid", "X", 72, "USD")]
    run(clock)
    assert instruction().state == "unknown"
    rail.ended[instruction().key] = Status("paid", "X", 720_000, "USD")
    run(clock)
    assert instruction().state == "paid"


def test_paid_then_returned(released: Tranche, rail: SpokenRail, clock: Clock) -> None:
    run(clock)
    row = instruction()
    rail.ended[row.key] = Status("returned", reason="The wallet was closed.")
    run(clock)
    released.refresh_from_db()
    assert (released.state, instruction().state) == ("reversed", "returned")
    assert released.replaced_by.state == "planned"
    assert paid_out() == 0
    assert verify_ledger().problems == []


def test_what_a_rail_says_late_changes_nothing_that_is_paid(released: Tranche, rail: SpokenRail, clock: Clock) -> None:
    run(clock)
    row = instruction()
    rail.ended[row.key] = Status("paid")
    run(clock)
    clock.now = dt.datetime.now(dt.UTC)
    for state, problem in (("pending", ""), ("failed", "after it had said paid"), ("paid", "")):
        rail.ended[row.key] = Status(state)
        _tell(row.key, state)
        run(clock)
        assert instruction().state == "paid"
        assert problem in Outbox.objects.get(key=f"event:{MOBILE}:{state}").last_error
    assert paid_out() == 720_000


def _tell(key: str, event_id: str, signed: str = "yes") -> int:
    url = reverse("disbursements:rail_events", args=[MOBILE])
    body = f"{event_id} {key}"
    return Client().post(url, body, content_type="text/plain", headers={"X-Signed": signed}).status_code


def test_a_message_is_kept_once_and_applied_by_asking(released: Tranche, rail: SpokenRail, clock: Clock) -> None:
    run(clock)
    key = instruction().key
    assert [_tell(key, "E1"), _tell(key, "E1"), _tell(key, "E2", signed="no")] == [200, 200, 403]
    assert [(e.event_id, e.outcome) for e in RailEventRecord.objects.all()] == [("E1", "")]
    rail.ended[key] = Status("paid", "OP-7")
    clock.now = dt.datetime.now(dt.UTC)  # a message comes when it comes
    errands.run_errand(Outbox.objects.get(kind="event").pk, clock=clock)
    assert instruction().state == "paid"
    assert RailEventRecord.objects.get().outcome == "applied"
    _tell("disb:0:v1", "E3")
    clock.now = dt.datetime.now(dt.UTC)
    run(clock)
    assert RailEventRecord.objects.get(event_id="E3").outcome == "not_ours"
    with pytest.raises(IntegrityError, match="as it came"), transaction.atomic():
        RailEventRecord.objects.update(payload="other")


def test_poison_is_parked_and_tried_again_by_a_person(
    people: make.Cast, released: Tranche, rail: SpokenRail, clock: Clock
) -> None:
    rail.answers = [RuntimeError("boom")] * 20
    run(clock, 12)
    row = Outbox.objects.get()
    assert (row.state, row.attempts, len(rail.told)) == ("parked", 9, 8)
    assert "boom" in row.last_error
    assert JournalEntry.objects.get(kind="disbursements.outbox.park").facts["attempts"] == 8
    rail.answers = []
    with pytest.raises(Refused):
        outbox.retry_errand(row, by=people.owner, at=clock())
    outbox.retry_errand(row, by=people.payer, at=clock(), reason="The operator is up again.")
    run(clock)
    assert instruction().state == "accepted"
    with pytest.raises(StepRefused, match="not parked"):
        outbox.retry_errand(row, by=people.payer, at=clock())


def test_a_worker_that_dies_is_counted_and_its_errand_comes_back(
    released: Tranche, rail: SpokenRail, clock: Clock
) -> None:
    row = outbox.claim_errand(Outbox.objects.get().pk, at=clock())
    assert row.attempts == 1
    assert outbox.claim_errand(row.pk, at=clock()) is None
    assert errands.run_due(clock=clock) == 0
    clock.forward(minutes=10)
    assert errands.run_due(clock=clock) == 1
    assert instruction().state == "accepted"
    outbox.finish_errand(row, at=clock())  # the first one wakes up: it holds nothing any more
    assert rail.told == [instruction().key]
