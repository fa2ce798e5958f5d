"""A tranche from request to receipt: four people, every condition, the ledger beside it."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from disbursements.actions import banking, conditions, grants, holds, spending, tranches
from disbursements.models import Grant, LedgerEntry, PaymentInstruction, Tranche
from disbursements.queries.funds import balances, total_of
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.release import checks_of, unmet
from fundmgmt import journal
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, RoleGrant, StepRefused
from fundmgmt.workflow import perform
from tests.factories import grants as make
from tests.factories.changing import settle_list

pytestmark = pytest.mark.usefixtures("standing_grant")

LATER = make.ASKED + 90 * make.DAY


def test_the_tranches_sum_to_the_award(grant: Grant) -> None:
    assert [t.amount_minor for t in grant.tranches.all()] == [1_097_800, 1_097_800, 548_900]
    assert grant.agreement_paper.sha256
    assert grant.state == "active"
    grant.application.refresh_from_db()
    assert grant.application.agreed_at == make.SIGNED


def test_a_whole_tranche(people: make.Cast, grant: Grant) -> None:
    row = make.confirmed(people, make.tranche(grant))
    assert row.state == "confirmed"
    assert [row.requested_by, row.checked_by, row.approved_by, row.paid_by] == [
        people.owner,
        people.checker,
        people.approver,
        people.payer,
    ]
    assert PaymentInstruction.objects.get().state == "paid"
    assert [e.kind for e in LedgerEntry.objects.order_by("no")] == [
        "pledge",
        "receipt",
        "commitment",
        "in_transit",
        "disbursement",
    ]
    whole = total_of(balances(), "USD")
    assert (whole.received, whole.committed, whole.paid, whole.available) == (
        15_000_000,
        2_744_500,
        1_097_800,
        12_255_500,
    )
    assert verify_ledger().problems == []
    assert journal.verify().problems == []


def test_spent_too_little_blocks_the_second_tranche_and_says_why(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    make.report(people, grant, 1, 685_000)
    conditions.meet_named(grant, "milestones_verified", by=people.checker, at=LATER)
    row = make.checked(people, make.tranche(grant, 2), LATER)
    assert row.state == "blocked"
    missing = unmet(checks_of(row, LATER))
    assert [(c.code, c.rule) for c in missing] == [("previous_spent", "spend_previous_share_bp")]
    assert "62.4" in missing[0].reason or "62,4" in missing[0].reason
    assert (missing[0].value, missing[0].max) == (685_000, 1_097_800)
    entry = JournalEntry.objects.filter(kind="disbursements.tranche.block").get()
    assert entry.facts["share_bp"] == 6239
    assert entry.facts["unmet"] == ["previous_spent"]
    with pytest.raises(tranches.ConditionsOpen):
        tranches.unblock_tranche(row, by=people.checker, at=LATER)
    spending.record_spent(grant, 2, {1: 200_000}, by=people.checker, at=LATER)
    row.refresh_from_db()
    assert row.state == "checked"


def test_nobody_does_two_steps(people: make.Cast, grant: Grant) -> None:
    for user in (people.approver, people.payer):
        RoleGrant.objects.create(user=user, role="officer", valid_from=dt.date(2024, 1, 1))
        user.forget_roles()
    row = make.requested(people, make.tranche(grant))
    tranches.check_tranche(row, by=people.approver, at=make.ASKED)
    with pytest.raises(Refused, match="checked"):
        tranches.approve_tranche(row, by=people.approver, at=make.ASKED)
    tranches.approve_tranche(row, by=people.payer, at=make.ASKED)
    with pytest.raises(Refused, match="approved"):
        tranches.approve_tranche(row, by=people.payer, at=make.ASKED)
    tranches.approve_tranche(row, by=people.second, at=make.ASKED)
    with pytest.raises(Refused, match="approved"):
        tranches.pay_tranche(row, by=people.payer, at=make.ASKED, bank_reference="X", bank_date=make.ASKED.date())
    row.refresh_from_db()
    assert row.state == "approved"
    assert not LedgerEntry.objects.filter(kind="in_transit").exists()


def test_whoever_took_part_moves_no_money(people: make.Cast, grant: Grant) -> None:
    RoleGrant.objects.create(user=people.officer, role="treasurer", valid_from=dt.date(2024, 1, 1))
    people.officer.forget_roles()
    row = make.checked(people, make.tranche(grant))
    with pytest.raises(Refused, match="took part"):
        tranches.approve_tranche(row, by=people.officer, at=make.ASKED)


def test_the_grantee_never_releases(people: make.Cast, grant: Grant) -> None:
    RoleGrant.objects.create(user=people.owner, role="treasurer", valid_from=dt.date(2024, 1, 1))
    people.owner.forget_roles()
    row = make.checked(people, make.tranche(grant))
    with pytest.raises(Refused, match="belong"):
        tranches.approve_tranche(row, by=people.owner, at=make.ASKED)


@pytest.mark.parametrize("left_out", ["approved_by_id", "paid_by_id", "checked_by_id", "bank_detail_id"])
def test_raw_sql_cannot_send_without_its_people(people: make.Cast, grant: Grant, left_out: str) -> None:
    row = make.approved(people, make.tranche(grant))
    values = {
        "paid_by_id": people.payer.pk,
        "sent_at": make.ASKED,
        "bank_date": make.ASKED.date(),
        "bank_reference": "X",
    }
    values[left_out] = None
    with pytest.raises(IntegrityError), transaction.atomic():
        _raw_send(row, values)
    row.refresh_from_db()
    assert row.state == "approved"


def test_raw_sql_cannot_send_with_one_person_twice(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    values = {
        "paid_by_id": people.approver.pk,
        "sent_at": make.ASKED,
        "bank_date": make.ASKED.date(),
        "bank_reference": "X",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        _raw_send(row, values)


@pytest.mark.parametrize("change", ["amount", "hold", "condition", "wait"])
def test_raw_sql_cannot_send_past_a_condition(people: make.Cast, grant: Grant, change: str) -> None:
    row = make.approved(people, make.tranche(grant))
    values = {
        "paid_by_id": people.payer.pk,
        "sent_at": make.ASKED,
        "bank_date": make.ASKED.date(),
        "bank_reference": "X",
    }
    if change == "amount":
        values["amount_minor"] = row.amount_minor + 1
    elif change == "hold":
        holds.suspend_grant(grant, by=people.lead, at=make.ASKED, kind="fraud", reason="x")
    elif change == "condition":
        grant.conditions.filter(kind="safeguarding_training_done").update(met_at=None)
    else:
        values["sent_at"] = make.SIGNED - make.DAY
    with pytest.raises(IntegrityError), transaction.atomic():
        _raw_send(row, values)


def _raw_send(row: Tranche, values: dict) -> None:
    columns = {"state": "sent", **values}
    sets = ", ".join(f'"{name}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE disbursements_tranche SET {sets} WHERE id = %s", [*columns.values(), row.pk])


def test_a_change_of_bank_details_voids_the_approval_and_waits(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    at = make.ASKED + make.DAY
    detail = banking.enter_bank_detail(
        people.organisation, by=people.owner, at=at, holder="Umoja", bank_name="Rawbank", account_number="999 8888"
    )
    row.refresh_from_db()
    assert row.state == "blocked"
    assert row.approved_by is None
    with pytest.raises(Refused):
        banking.verify_bank_detail(detail, by=people.owner, at=at, called_number=make.NUMBER)
    with pytest.raises(StepRefused, match="on file"):
        banking.verify_bank_detail(detail, by=people.checker, at=at, called_number="+243 970 000 009")
    detail = banking.verify_bank_detail(detail, by=people.checker, at=at, called_number=make.NUMBER)
    assert detail.usable_from == at + dt.timedelta(hours=72)
    row.refresh_from_db()
    assert [c.code for c in unmet(checks_of(row, at))] == ["bank"]
    late = at + dt.timedelta(hours=73)
    tranches.unblock_tranche(row, by=people.checker, at=late)
    tranches.approve_tranche(row, by=people.second, at=late)
    assert tranches.approve_tranche(row, by=people.approver, at=late).bank_detail == detail
    with pytest.raises(IntegrityError, match="new version"), transaction.atomic():
        detail.account_number = "1"
        detail.save()


def test_suspension_freezes_everything_and_hides_its_reason(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    holds.suspend_grant(grant, by=people.lead, at=make.ASKED, kind="safeguarding", reason="A worker was named.")
    assert grant.state == "suspended"
    assert set(grant.tranches.values_list("state", flat=True)) == {"on_hold"}
    told = JournalEntry.objects.filter(thread=grant.thread, kind__contains="suspend").get()
    assert told.remark is None
    hold = grant.holds.get()
    from fundmgmt.access import can

    assert can(people.lead, "disbursements.read_hold_detail", hold)
    assert not can(people.officer, "disbursements.read_hold_detail", hold)
    with pytest.raises(Refused):
        holds.propose_lift(hold, by=people.officer, at=make.ASKED, lift_reason="x")
    with pytest.raises(StepRefused):
        grants.resume_grant(grant, by=people.officer, at=make.ASKED)
    holds.propose_lift(hold, by=people.lead, at=make.ASKED, lift_reason="Safe again.")
    with pytest.raises(Refused):
        holds.confirm_lift(hold, by=people.lead, at=make.ASKED)
    holds.confirm_lift(hold, by=people.signer, at=make.ASKED)
    grant.refresh_from_db()
    row.refresh_from_db()
    assert (grant.state, row.state) == ("active", "approved")
    assert [t.state for t in grant.tranches.all()] == ["approved", "planned", "planned"]


def test_a_returned_payment_is_planned_again(people: make.Cast, grant: Grant) -> None:
    row = make.sent(people, make.tranche(grant))
    tranches.reverse_tranche(row, by=people.approver, at=LATER, bank_date=LATER.date(), reason="Account closed.")
    assert row.state == "reversed"
    again = grant.tranches.get(replaces=row)
    assert (again.state, again.amount_minor, again.no) == ("planned", row.amount_minor, 4)
    assert verify_ledger().problems == []
    assert PaymentInstruction.objects.get().state == "returned"


def test_the_whole_life_with_a_refund(people: make.Cast, grant: Grant) -> None:
    at = make.ASKED
    make.confirmed(people, make.tranche(grant, 1), at)
    at += 46 * make.DAY
    make.report(people, grant, 1, 1_097_800, at)
    conditions.meet_named(grant, "milestones_verified", by=people.checker, at=at)
    make.confirmed(people, make.tranche(grant, 2), at)
    make.report(people, grant, 2, 1_097_800, at)
    make.confirmed(people, make.tranche(grant, 3), at)
    make.report(people, grant, 3, 548_900 - 51_800, at)
    grants.end_grant(grant, by=people.officer, at=LATER)
    grants.begin_closing(grant, by=people.officer, at=LATER)
    assert grants.unaccounted(grant) == 51_800
    items = {item.code: item for item in grant.closure_items.all()}
    with pytest.raises(StepRefused, match="Nobody ticks"):
        grants.tick_closure_item(items["refund"], by=people.officer, at=LATER)
    spending.record_refund(
        grant, by=people.officer, at=LATER, amount_minor=51_800, received_date=LATER.date(), bank_reference="R-1"
    )
    with pytest.raises(StepRefused, match="Still open"):
        grants.close_grant(grant, by=people.officer, at=LATER)
    settle_list(people, grant, LATER)
    grants.close_grant(grant, by=people.officer, at=LATER)
    assert (grant.state, grant.close_code) == ("closed", "completed_with_refund")
    whole = total_of(balances(), "USD")
    assert (whole.committed, whole.paid) == (2_744_500 - 51_800, 2_744_500 - 51_800)
    assert verify_ledger().problems == []


def test_closing_refuses_while_money_is_unaccounted(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    for row in grant.tranches.filter(state="planned"):
        tranches.cancel_tranche(row, by=people.officer, at=LATER, reason="Ended early.")
    grants.end_grant(grant, by=people.officer, at=LATER)
    grants.begin_closing(grant, by=people.officer, at=LATER)
    grant.closure_items.update(settled_at=LATER)
    with pytest.raises(StepRefused, match="accounted"):
        grants.close_grant(grant, by=people.officer, at=LATER)


def test_terminating_frees_what_was_not_paid(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    grants.terminate_grant(grant, by=people.officer, at=LATER, reason="The partner dissolved.")
    assert [t.state for t in grant.tranches.all()] == ["confirmed", "cancelled", "cancelled"]
    assert total_of(balances(), "USD").committed == 1_097_800
    assert verify_ledger().problems == []


def test_an_instruction_that_is_unknown_keeps_its_key(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    tranches.issue_order(row, by=people.payer, at=make.ASKED)
    instruction = row.instructions.get()
    perform(instruction, "lose_sight", by=None, at=make.ASKED)
    from disbursements.actions.rails import open_instruction

    with transaction.atomic():
        assert open_instruction(row, by=people.payer, at=make.ASKED).key == instruction.key
    with instruction.paper.file.open() as paper:
        assert paper.read().startswith(b"%PDF-")


def test_what_a_report_or_a_visit_meets_is_ticked_by_nobody(people: make.Cast, grant: Grant) -> None:
    for kind in ("report_accepted", "safeguarding_training_done"):
        condition = grant.conditions.filter(kind=kind).order_by("pk")[0]
        if kind == "safeguarding_training_done":
            conditions.withdraw(condition, by=people.checker, at=make.ASKED, reason="The list is missing.")
            assert conditions.attest(condition, by=people.checker, at=make.ASKED).met_at == make.ASKED
            continue
        with pytest.raises(StepRefused, match="Nobody ticks this"):
            conditions.attest(condition, by=people.checker, at=make.ASKED)
        condition.refresh_from_db()
        assert condition.met_at is None
