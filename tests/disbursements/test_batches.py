"""Batches: looked at, released in one piece, one file that never changes, settled when each payment has its answer."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from lxml import etree

from disbursements.actions import batches, holds, releasing
from disbursements.models import BatchItem, Grant, PaymentBatch, PaymentInstruction, Tranche
from disbursements.queries.batches import batches_for_list, second_look, waiting_tranches
from disbursements.queries.ledger import verify_ledger
from fundmgmt.access import Refused
from fundmgmt.actions import rules
from fundmgmt.models import JournalEntry, NoSuchStep, Paper, StaleObject, StepRefused
from tests.factories import applications as make_people
from tests.factories import bank as papers
from tests.factories import batches as put
from tests.factories import grants as make

pytestmark = pytest.mark.usefixtures("standing_grant")

NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture
def approved(people: make.Cast, grant: Grant) -> Tranche:
    return make.approved(people, make.tranche(grant))


def look(people: make.Cast, batch: PaymentBatch) -> Any:
    return second_look(batch, people.payer, make.ASKED, make.ASKED.date())


def a_rule(key: str, value: Any) -> None:
    """The Committee decided otherwise."""
    rules.set_rule(
        key,
        value,
        by=make_people.person("admin2@example.org", "administrator"),
        at=make.RECEIVED,
        valid_from=make.RECEIVED.date(),
        decided_in="SC-2026-01/9",
        reason="Agreed with the bank.",
    )


def content_of(paper: Paper) -> bytes:
    with paper.file.open() as file:
        return file.read()


def instruction(row: Tranche) -> PaymentInstruction:
    return PaymentInstruction.objects.select_related("tranche__grant").get(tranche=row)


def test_a_batch_is_released_into_one_file(people: make.Cast, approved: Tranche) -> None:
    batch = put.released(people, put.opened(people, approved))
    approved.refresh_from_db()
    assert (batch.state, approved.state, approved.paid_by_id) == ("released", "sent", people.payer.pk)
    paper = batch.paper
    content = content_of(paper)
    assert hashlib.sha256(content).hexdigest() == paper.sha256
    root = etree.fromstring(content)
    assert root.xpath("//p:MsgId/text()", namespaces=NAMES) == [batch.ref]
    assert root.xpath("//p:InstdAmt/text()", namespaces=NAMES) == ["10978.00"]
    assert root.xpath("//p:EndToEndId/text()", namespaces=NAMES) == [f"DISB-{approved.pk}-V1"]
    assert root.xpath("//p:CdtrAcct/p:Id/p:Othr/p:Id/text()", namespaces=NAMES) == ["001234417"]
    entry = JournalEntry.objects.get(kind="disbursements.paymentbatch.release")
    assert (entry.facts["sha256"], entry.facts["totals_minor"]) == (paper.sha256, [1_097_800])
    assert BatchItem.objects.get().instruction == instruction(approved)
    assert verify_ledger().problems == []


def test_the_file_of_a_released_batch_cannot_be_exchanged(people: make.Cast, approved: Tranche) -> None:
    batch = put.released(people, put.opened(people, approved))
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentBatch.objects.filter(pk=batch.pk).update(paper=None)
    PaymentBatch.objects.filter(pk=batch.pk).update(paper=batch.paper)


def test_the_second_look_shows_payees_totals_and_what_is_unusual(people: make.Cast, approved: Tranche) -> None:
    seen = look(people, put.opened(people, approved))
    assert [(str(money), n) for _name, _account, n, money in seen.payees] == [("10978.00 USD", 1)]
    assert [str(money) for money in seen.totals] == ["10978.00 USD"]
    assert seen.looks[0].warnings == ["first payment to this account"]
    assert seen.may_go
    late = PaymentBatch.objects.get()
    PaymentBatch.objects.filter(pk=late.pk).update(on_date=dt.date(2026, 6, 27))
    late.refresh_from_db()
    assert [text.split()[0:4] for text in look(people, late).general] == [
        ["The", "day", "the", "bank"],
        ["The", "day", "the", "bank"],
    ]


def test_whoever_approved_does_not_release(people: make.Cast, approved: Tranche) -> None:
    batch = put.opened(people, approved)
    seen = second_look(batch, people.approver, make.ASKED, make.ASKED.date())
    assert seen.looks[0].stops == ["You approved this payment. Another treasurer sends it."]
    with pytest.raises(StepRefused, match="Another treasurer sends it"):
        batches.release_batch(batch, by=people.approver, at=make.ASKED, seal=seen.seal)
    with pytest.raises(Refused):
        batches.release_batch(batch, by=people.officer, at=make.ASKED, seal=seen.seal)
    approved.refresh_from_db()
    assert (approved.state, PaymentInstruction.objects.count()) == ("approved", 0)
    put.released(people, batch)


def test_one_payment_that_may_not_leave_stops_the_whole_batch(people: make.Cast, approved: Tranche) -> None:
    batch = put.opened(people, approved)
    seal = look(people, batch).seal
    holds.suspend_grant(approved.grant, by=people.lead, at=make.ASKED, kind="fraud", reason="Asked about.")
    with pytest.raises((StepRefused, StaleObject)):
        batches.release_batch(batch, by=people.payer, at=make.ASKED, seal=seal)
    batch.refresh_from_db()
    assert (batch.state, batch.paper_id, PaymentInstruction.objects.count()) == ("open", None, 0)
    assert any(
        "on hold" in text or "stopped" in text or "approved" in text for text in look(people, batch).looks[0].stops
    )


def test_what_changed_after_the_look_is_looked_at_again(people: make.Cast, grant: Grant, approved: Tranche) -> None:
    batch = put.opened(people, approved)
    with pytest.raises(StaleObject):
        batches.release_batch(batch, by=people.payer, at=make.ASKED, seal="0" * 64)
    with pytest.raises(StepRefused, match="looked at each payment"):
        batches.release_batch(batch, by=people.payer, at=make.ASKED, seal=look(people, batch).seal, looked=False)
    with pytest.raises(StaleObject):
        batches.release_batch(
            batch, by=people.payer, at=make.ASKED, seal=look(people, batch).seal, expected_version=batch.version - 1
        )
    assert PaymentInstruction.objects.count() == 0


def test_a_tranche_waits_in_one_batch_at_a_time(people: make.Cast, approved: Tranche) -> None:
    assert list(waiting_tranches(people.payer)) == [approved]
    first = put.opened(people, approved)
    assert list(waiting_tranches(people.payer)) == []
    second = batches.open_batch(by=people.payer, at=make.ASKED, on_date=put.ON)
    with pytest.raises(StepRefused, match="waits in a batch already"):
        batches.put_in(second, [approved], by=people.payer, at=make.ASKED)
    item = BatchItem.objects.get()
    batches.take_out(first, item, by=people.payer, at=make.ASKED)
    batches.put_in(second, [approved], by=people.payer, at=make.ASKED)
    with pytest.raises(StepRefused, match="not in the batch"):
        batches.take_out(first, item, by=people.payer, at=make.ASKED)
    with pytest.raises(StepRefused, match="empty"):
        put.released(people, first)
    put.released(people, second)


def test_a_dropped_batch_frees_its_payments(people: make.Cast, approved: Tranche) -> None:
    batch = put.opened(people, approved)
    batches.drop_batch(batch, by=people.payer, at=make.ASKED, reason="Another day.")
    assert list(waiting_tranches(people.payer)) == [approved]
    with pytest.raises((NoSuchStep, StepRefused)):
        put.released(people, batch)


def test_only_approved_tranches_and_not_too_many_join(people: make.Cast, grant: Grant, approved: Tranche) -> None:
    with pytest.raises(StepRefused, match="not approved"):
        put.opened(people, make.tranche(grant, 2))
    with pytest.raises(StepRefused, match="has passed"):
        batches.open_batch(by=people.payer, at=make.ASKED, on_date=make.ASKED.date() - make.DAY)
    with pytest.raises(Refused):
        batches.open_batch(by=people.officer, at=make.ASKED, on_date=put.ON)
    a_rule("batch_most_payments", 0)
    with pytest.raises(StepRefused, match="at most 0"):
        put.opened(people, approved)


def test_without_an_own_account_nothing_is_released(people: make.Cast, approved: Tranche) -> None:
    batch = batches.open_batch(by=people.payer, at=make.ASKED, on_date=put.ON, tranches=[approved])
    assert any("no account of its own" in text for text in look(people, batch).looks[0].stops)
    with pytest.raises(StepRefused, match="no own account in USD"):
        put.released(people, batch)
    put.own_accounts()
    put.released(people, batch)


def test_the_bank_gets_the_file_and_the_statement_settles_it(people: make.Cast, approved: Tranche) -> None:
    batch = put.released(people, put.opened(people, approved))
    batches.hand_over_batch(batch, by=people.payer, at=make.ASKED, bank_reference="RCV-7")
    batch.refresh_from_db()
    assert (batch.state, batch.bank_reference) == ("handed_over", "RCV-7")
    assert [(row.count, row.done) for row in batches_for_list(people.payer)] == [(1, 0)]
    name = f"DISB-{approved.pk}-V1"
    put.imported(
        people, put.sheet(papers.Entry(dt.date(2026, 7, 3), -1_097_800, name, "BK7"), opening_minor=15_000_000)
    )
    batch.refresh_from_db()
    assert (batch.state, instruction(approved).state) == ("settled", "paid")
    assert [(row.count, row.done) for row in batches_for_list(people.payer)] == [(1, 1)]


def test_what_the_bank_did_not_pay_is_the_funds_again(people: make.Cast, approved: Tranche) -> None:
    batch = put.released(people, put.opened(people, approved))
    row = instruction(approved)
    with pytest.raises(Refused, match="You released it"):
        batches.record_bank_refusal(row, by=people.payer, at=make.ASKED, reason="Account closed.")
    batches.record_bank_refusal(row, by=people.approver, at=make.ASKED, reason="Account closed.")
    approved.refresh_from_db()
    batch.refresh_from_db()
    assert (approved.state, instruction(approved).state, batch.state) == ("approved", "failed", "settled")
    assert verify_ledger().problems == []
    with pytest.raises(StepRefused, match="its answer already"):
        batches.record_bank_refusal(row, by=people.approver, at=make.ASKED, reason="Again.")
    assert list(waiting_tranches(people.payer)) == [approved]
    second = batches.open_batch(by=people.payer, at=make.ASKED, on_date=put.ON, tranches=[approved])
    with pytest.raises(StepRefused, match="failed"):
        put.released(people, second)
    releasing.decide_again(approved, by=people.payer, at=make.ASKED, reason="The account is open again.")
    put.released(people, second)
    keys = list(PaymentInstruction.objects.order_by("pk").values_list("key", "state"))
    assert keys == [(f"disb:{approved.pk}:v1", "failed"), (f"disb:{approved.pk}:v2", "prepared")]


def test_the_plain_layout_is_a_rule(people: make.Cast, approved: Tranche) -> None:
    a_rule("bank_file_layout", "plain")
    batch = put.released(people, put.opened(people, approved))
    assert (batch.paper.mime, batch.layout) == ("text/csv", "plain")
    assert content_of(batch.paper).count(b"\r\n") == 2
