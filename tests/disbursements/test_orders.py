"""Payment orders: what the bank did with one is written down, and while it may still be paid there is no other."""

import datetime as dt

import pytest
from django.test import Client

from disbursements.actions import grants, holds, rails, tranches
from disbursements.models import Grant, LedgerEntry, PaymentInstruction, Tranche
from fundmgmt.access import Refused
from fundmgmt.models import NoSuchStep, RoleGrant, StaleObject, StepRefused, User
from tests.factories import applications
from tests.factories import grants as make
from tests.telling import last_of, refused, told

AT = make.ASKED


@pytest.fixture
def row(people: make.Cast, grant: Grant) -> Tranche:
    """Approved, its payment order printed."""
    return tranches.issue_order(make.approved(people, make.tranche(grant)), by=people.payer, at=AT)


@pytest.fixture
def order(row: Tranche) -> PaymentInstruction:
    return row.instructions.get()


def facts_of(order: PaymentInstruction) -> dict[str, object]:
    return {"no": 1, "amount_minor": 1_097_800, "currency": "USD", "rail": "paper_order", "key": order.key}


def pay(people: make.Cast, row: Tranche, at: dt.datetime = AT) -> Tranche:
    return tranches.pay_tranche(row, by=people.payer, at=at, bank_reference="OUT-1", bank_date=at.date())


def test_the_bank_takes_an_order_and_executes_it_later(
    people: make.Cast, row: Tranche, order: PaymentInstruction
) -> None:
    with refused(Refused, "not among your roles", order, row):
        rails.hand_in_order(order, by=people.officer, at=AT)
    with refused(StaleObject, "in the meantime", order, row):
        rails.hand_in_order(order, by=people.payer, at=AT, expected_version=order.version - 1)
    rails.hand_in_order(order, by=people.payer, at=AT, bank_reference=" G-771 ")
    assert (order.state, order.rail_reference) == ("accepted", "G-771")
    assert told(order) == ("accept", "prepared", "accepted", people.payer)
    assert last_of(order).facts == facts_of(order)
    row.refresh_from_db()
    assert row.state == "approved"
    assert not LedgerEntry.objects.filter(kind="in_transit").exists()
    with refused(NoSuchStep, "not possible", order, row):
        rails.hand_in_order(order, by=people.payer, at=AT)
    pay(people, row)
    order.refresh_from_db()
    assert (order.state, order.rail_reference) == ("paid", "OUT-1")
    assert told(order) == ("settle", "accepted", "paid", people.payer)


def test_after_a_proven_failure_there_is_another_order_under_another_key(
    people: make.Cast, grant: Grant, row: Tranche, order: PaymentInstruction
) -> None:
    with refused(StepRefused, "how you know", order, row) as caught:
        rails.fail_order(order, by=people.payer, at=AT, reason=" ")
    assert caught.value.field == "reason"
    with refused(Refused, "not among your roles", order, row):
        rails.fail_order(order, by=people.owner, at=AT, reason="Lost")
    rails.fail_order(order, by=people.payer, at=AT, reason="The bank gave the paper back: a signature was missing.")
    assert told(order) == ("fail", "prepared", "failed", people.payer)
    entry = last_of(order)
    assert (entry.facts, entry.remark.text) == (
        facts_of(order),
        "The bank gave the paper back: a signature was missing.",
    )
    row.refresh_from_db()
    assert row.state == "approved"
    tranches.issue_order(row, by=people.payer, at=AT)
    keys = list(row.instructions.values_list("key", "state"))
    assert keys == [(f"{grant.ref}-1-v1", "failed"), (f"{grant.ref}-1-v2", "prepared")]
    pay(people, row)
    assert list(row.instructions.values_list("state", flat=True)) == ["failed", "paid"]
    assert LedgerEntry.objects.filter(kind="in_transit").count() == 1
    with refused(NoSuchStep, "not possible", order, row):
        rails.fail_order(order, by=people.payer, at=AT, reason="Again")


def test_an_order_nobody_can_find_keeps_its_key_until_the_bank_has_spoken(
    people: make.Cast, row: Tranche, order: PaymentInstruction
) -> None:
    rails.hand_in_order(order, by=people.payer, at=AT)
    with refused(Refused, "not among your roles", order, row):
        rails.lose_order(order, by=people.checker, at=AT, reason="The counter has no trace of it.")
    rails.lose_order(order, by=people.payer, at=AT, reason="The counter has no trace of it.")
    assert told(order) == ("lose_sight", "accepted", "unknown", people.payer)
    tranches.issue_order(row, by=people.payer, at=AT)
    assert list(row.instructions.values_list("key", "state")) == [(order.key, "unknown")]
    with refused(NoSuchStep, "not possible", order, row):
        rails.hand_in_order(order, by=people.payer, at=AT)
    rails.fail_order(order, by=people.payer, at=AT, reason="The statement of the month does not show it.")
    assert told(order) == ("fail", "unknown", "failed", people.payer)


def test_an_order_to_the_old_account_stands_in_the_way_of_the_new_one(
    people: make.Cast, grant: Grant, row: Tranche, order: PaymentInstruction
) -> None:
    """The paper may lie at the bank: the new approval is not paid until it is known that the old order was not."""
    make.bank(people, number="999 8888", at=AT)
    late = AT + 4 * make.DAY
    row.refresh_from_db()
    tranches.unblock_tranche(row, by=people.checker, at=late)
    tranches.approve_tranche(row, by=people.approver, at=late)
    for step in (
        lambda: tranches.issue_order(row, by=people.payer, at=late),
        lambda: pay(people, row, late),
    ):
        with refused(StepRefused, f"Order {order.key} was made before", order, row):
            step()
    assert not LedgerEntry.objects.filter(kind="in_transit").exists()
    rails.fail_order(order, by=people.payer, at=late, reason="Taken back from the bank.")
    pay(people, row, late)
    old, new = row.instructions.all()
    assert (old.state, new.state, new.key) == ("failed", "paid", f"{grant.ref}-1-v2")
    assert (old.bank_detail.account_number, new.bank_detail.account_number) == ("001234417", "9998888")


def test_a_void_approval_given_again_for_the_same_payee_keeps_the_order(
    people: make.Cast, row: Tranche, order: PaymentInstruction
) -> None:
    tranches.void_approval(row, by=people.approver, at=AT, reason="A second look.")
    tranches.approve_tranche(row, by=people.approver, at=AT)
    pay(people, row)
    order.refresh_from_db()
    assert order.state == "paid"
    assert row.instructions.get() == order


def test_nothing_is_cancelled_while_its_order_is_out(
    people: make.Cast, grant: Grant, row: Tranche, order: PaymentInstruction
) -> None:
    for step in (
        lambda: tranches.cancel_tranche(row, by=people.officer, at=AT, reason="Ended early."),
        lambda: grants.terminate_grant(grant, by=people.officer, at=AT, reason="Ended early."),
    ):
        with refused(StepRefused, f"{order.key} is out", row, order, grant):
            step()
    holds.suspend_grant(grant, by=people.lead, at=AT, kind="fraud")
    rails.fail_order(order, by=people.payer, at=AT, reason="Taken back from the bank.")
    row.refresh_from_db()
    assert row.state == "on_hold", "a stop has no precondition"
    tranches.cancel_tranche(row, by=people.officer, at=AT, reason="Ended early.")
    assert told(row) == ("cancel", "on_hold", "cancelled", people.officer)


def test_who_has_a_part_in_the_project_says_nothing_about_its_orders(
    people: make.Cast, row: Tranche, order: PaymentInstruction
) -> None:
    for person, why in ((people.officer, "took part"), (people.owner, "belong to the organisation")):
        RoleGrant.objects.create(user=person, role="treasurer", valid_from=dt.date(2024, 1, 1))
        person.forget_roles()
        with refused(Refused, why, order, row):
            rails.fail_order(order, by=person, at=AT, reason="Not paid.")


def browser(user: User) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    User.objects.filter(pk=user.pk).update(language="en")
    client.force_login(user)
    return client


def test_the_treasurer_writes_down_what_the_bank_did(
    people: make.Cast, row: Tranche, order: PaymentInstruction
) -> None:
    treasurer = browser(people.payer)
    assert order.get_absolute_url() in treasurer.get(row.get_absolute_url()).content.decode()
    page = treasurer.get(order.get_absolute_url()).content.decode()
    steps = f"{order.get_absolute_url()}steps"
    assert f"{steps}/accept/" in page
    assert "account ending 4417" in page
    assert "001234417" not in page
    assert treasurer.post(f"{steps}/accept/", {"version": order.version, "bank_reference": "G-1"}).status_code == 302
    order.refresh_from_db()
    answer = treasurer.post(f"{steps}/fail/", {"version": order.version, "reason": ""})
    assert answer.status_code == 422
    answer = treasurer.post(f"{steps}/fail/", {"version": order.version, "reason": "Account closed."})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert (order.state, order.rail_reference) == ("failed", "G-1")
    auditor = applications.person("auditor@example.org", "auditor")
    assert browser(auditor).get(order.get_absolute_url()).status_code == 200
    for stranger in (people.owner, people.officer, people.lead):
        assert browser(stranger).get(order.get_absolute_url()).status_code == 404
        assert browser(stranger).post(f"{steps}/fail/", {"reason": "x"}).status_code == 404
        assert order.get_absolute_url() not in browser(stranger).get(row.get_absolute_url()).content.decode()
