"""Bank details: a new version each time, heard and verified by a second person; a change waits and voids."""

import datetime as dt

import pytest

from disbursements.actions import banking, tranches
from disbursements.actions.tranches import current_bank_detail
from disbursements.models import BankDetail, Grant
from fundmgmt.access import Refused
from fundmgmt.models import RoleGrant, StepRefused
from fundmgmt.rules import rule
from tests.factories import applications
from tests.factories import grants as make
from tests.telling import last_of, refused, told

AT = make.ASKED
HEARD = "+243 970 000 000"


def enter(people: make.Cast, number: str = "00123 4417", at: dt.datetime = AT) -> BankDetail:
    return banking.enter_bank_detail(
        people.organisation, by=people.owner, at=at, holder=" Umoja ", bank_name=" Rawbank ", account_number=number
    )


def test_the_first_details_may_be_used_once_a_second_person_has_called(people: make.Cast) -> None:
    with refused(Refused, "organisation's own people", people.organisation):
        banking.enter_bank_detail(
            people.organisation, by=people.officer, at=AT, holder="X", bank_name="Y", account_number="1"
        )
    detail = enter(people)
    assert (detail.no, detail.holder, detail.bank_name, detail.account_number) == (1, "Umoja", "Rawbank", "001234417")
    assert last_of(detail).facts == {"version": 1, "change": False, "detail_kind": "bank_account"}, (
        "the journal knows no account"
    )
    with refused(StepRefused, "which number you called", detail) as caught:
        banking.verify_bank_detail(detail, by=people.checker, at=AT, called_number="  ")
    assert caught.value.field == "called_number"
    with refused(Refused, "not among your roles", detail):
        banking.verify_bank_detail(detail, by=people.lead, at=AT, called_number=HEARD)
    detail = banking.verify_bank_detail(detail, by=people.checker, at=AT, called_number=f" {HEARD} ")
    assert (detail.verified_by, detail.called_number, detail.usable_from) == (people.checker, HEARD, AT)
    assert told(detail)[0] == "verify"
    for again in (
        lambda: banking.verify_bank_detail(detail, by=people.payer, at=AT, called_number=HEARD),
        lambda: banking.refuse_bank_detail(detail, by=people.payer, at=AT, reason="Second thoughts."),
    ):
        with refused(StepRefused, "settled already", detail):
            again()


def test_who_entered_details_or_belongs_to_the_payee_does_not_verify_them(people: make.Cast) -> None:
    colleague = applications.person("colleague@example.org", "treasurer")
    people.organisation.memberships.create(user=colleague, role="viewer", valid_from=dt.date(2026, 1, 1))
    RoleGrant.objects.create(user=people.owner, role="treasurer", valid_from=dt.date(2024, 1, 1))
    people.owner.forget_roles()
    detail = enter(people)
    for person in (people.owner, colleague):
        for step, more in (
            (banking.verify_bank_detail, {"called_number": HEARD}),
            (banking.refuse_bank_detail, {"reason": "Not heard."}),
        ):
            with refused(Refused, "belong to the organisation", detail):
                step(detail, by=person, at=AT, **more)


def test_a_change_waits_a_first_version_does_not(people: make.Cast) -> None:
    banking.verify_bank_detail(enter(people), by=people.checker, at=AT, called_number=HEARD)
    change = enter(people, "999 8888", AT + make.DAY)
    assert last_of(change).facts == {"version": 2, "change": True, "detail_kind": "bank_account"}
    change = banking.verify_bank_detail(change, by=people.checker, at=AT + 2 * make.DAY, called_number=HEARD)
    hours = rule("bank_change_wait_hours", AT.date()).value
    assert change.usable_from == AT + make.DAY + dt.timedelta(hours=hours)


def test_after_the_wait_a_late_call_counts_from_the_call(people: make.Cast) -> None:
    banking.verify_bank_detail(enter(people), by=people.checker, at=AT, called_number=HEARD)
    late = AT + 30 * make.DAY
    change = banking.verify_bank_detail(enter(people, "999"), by=people.checker, at=late, called_number=HEARD)
    assert change.usable_from == late


def test_details_that_were_not_confirmed_leave_the_version_before_in_place(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    first = row.bank_detail
    change = enter(people, "666 0000")
    row.refresh_from_db()
    assert (row.state, row.approved_by, row.bank_detail) == ("blocked", None, None), "at once, before any call"
    change = banking.refuse_bank_detail(change, by=people.checker, at=AT, reason="Nobody there knows of a change.")
    assert (told(change)[0], last_of(change).remark.text) == ("refuse", "Nobody there knows of a change.")
    assert current_bank_detail(people.organisation.pk) == first
    row.refresh_from_db()
    assert row.state == "checked", "free again, and approved anew"
    tranches.approve_tranche(row, by=people.second, at=AT)
    assert tranches.approve_tranche(row, by=people.approver, at=AT).bank_detail == first


@pytest.mark.parametrize("settled", [False, True])
def test_no_money_goes_to_details_that_nobody_verified(people: make.Cast, *, settled: bool) -> None:
    make.donor(people)
    grant = make.signed(people)
    make.conditions.meet_named(grant, "safeguarding_training_done", by=people.checker, at=make.SIGNED)
    detail = enter(people)
    if settled:
        banking.refuse_bank_detail(detail, by=people.checker, at=AT, reason="A wrong number.")
    row = make.checked(people, make.tranche(grant))
    assert row.state == "blocked"
    assert last_of(row).facts["unmet"] == ["bank"]
    words = "no bank details on file" if settled else "still calls back"
    with refused(tranches.ConditionsOpen, words, row):
        tranches.approve_tranche(row, by=people.approver, at=AT)
