"""Nothing is sent past a condition, not even by hand: each refusal is tried with SQL on the same approved tranche."""

import datetime as dt
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from disbursements.actions import guarding
from disbursements.models import (
    BankDetail,
    Condition,
    Doubt,
    Earmark,
    Finding,
    Grant,
    Hold,
    ReportedSpend,
    Tie,
    Tranche,
    Waiver,
)
from disbursements.queries.release import checks_of
from fundmgmt.models import Membership, Rule, User
from fundmgmt.workflow import perform
from tests.factories import grants as make
from tests.factories.ready import LATER, Ready
from tests.worlds import standing

Change = Callable[[Ready], None]


@pytest.fixture(scope="module")
def standing_ready(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ready]:
    def build() -> Ready:
        people = make.cast()
        return Ready(people, make.ready(people))

    yield from standing(django_db_blocker, build)


@pytest.fixture
def unposted(standing_ready: Ready, db: None) -> Ready:
    return deepcopy(standing_ready)


@pytest.fixture
def ready(unposted: Ready) -> Ready:
    """Its money is on its way in the ledger."""
    unposted.post(None)
    return unposted


def test_what_all_conditions_allow_can_be_sent(ready: Ready) -> None:
    """So that every refusal below is that of its one change."""
    assert ready.send() == "sent"


def _rule(key: str, value: int) -> Change:
    def change(ready: Ready) -> None:
        Rule.objects.create(key=key, value=value, valid_from=dt.date(2026, 1, 1), decided_in="T", added_at=LATER)

    return change


def _set(**values: object) -> Change:
    return lambda ready: ready.values.update(values)


def _open_report(ready: Ready) -> None:
    ready.grant.conditions.filter(tranche=ready.row, kind="report_accepted").update(met_at=None)


def _open_milestone(ready: Ready) -> None:
    ready.grant.conditions.filter(tranche=ready.row, kind="milestones_verified").update(met_at=None)


def _overdue(ready: Ready) -> None:
    last = ready.grant.conditions.filter(kind="report_accepted", tranche__no=3)
    assert last.update(due_date=LATER.date() - make.DAY) == 1


def _diligence_ended(ready: Ready) -> None:
    Grant.objects.filter(pk=ready.grant.pk).update(due_diligence_until_date=LATER.date() - make.DAY)


def _psea_ended(ready: Ready) -> None:
    Grant.objects.filter(pk=ready.grant.pk).update(psea_until_date=LATER.date() - make.DAY)


def _held(ready: Ready) -> None:
    Hold.objects.create(
        grant=ready.grant, thread=ready.grant.thread, kind="fraud", opened_at=LATER, review_date=LATER.date()
    )


def _unspent(ready: Ready) -> None:
    ReportedSpend.objects.filter(grant=ready.grant).update(spent_minor=878_239)  # one cent under 80 %


def _all_is_asked(ready: Ready) -> None:
    Condition.objects.create(grant=ready.grant, tranche=ready.row, kind="spent_100pct_of_paid", computed=True)


def _closure_is_asked(ready: Ready) -> None:
    Condition.objects.create(grant=ready.grant, tranche=ready.row, kind="closure_checklist_started", computed=True)


def _finding(ready: Ready) -> None:
    Finding.objects.create(grant=ready.grant, source="evaluation.visit:1", found_date=LATER.date())


def _doubt(ready: Ready) -> None:
    Doubt.objects.create(tranche=ready.row, thread=ready.row.thread, kind="same_amount", other="GR-1/1", found_at=LATER)


def _bank_waits(ready: Ready) -> None:
    BankDetail.objects.update(usable_from=LATER + dt.timedelta(seconds=1))


def _bank_refused(ready: Ready) -> None:
    BankDetail.objects.update(refused_at=LATER)


def _paid_by_the_approver(ready: Ready) -> None:
    ready.values["paid_by_id"] = ready.people.second.pk  # the first of two approvers, not the column's own


def _paid_under_another_account(ready: Ready) -> None:
    User.objects.filter(pk=ready.people.second.pk).update(phone="+243 970 000 001")
    User.objects.filter(pk=ready.people.payer.pk).update(phone="0970-000-001")


def _paid_by_the_opener(ready: Ready) -> None:
    ready.values["paid_by_id"] = ready.people.officer.pk


def _paid_by_a_member(ready: Ready) -> None:
    Membership.objects.create(
        user=ready.people.payer,
        organisation=ready.people.organisation,
        role="viewer",
        valid_from=LATER.date() - make.DAY,
    )


def _paid_by_somebody_tied(ready: Ready) -> None:
    Tie.objects.create(
        user=ready.people.payer, organisation=ready.people.organisation, kind="family", declared_at=LATER
    )


def _untold(ready: Ready) -> None:
    perform(ready.row.instructions.get(), "fail", by=None, at=LATER)


def _another_tranche_too_many(ready: Ready) -> None:
    Tranche.objects.filter(grant=ready.grant, no=3).update(amount_minor=1)


WAIVABLE = {
    "report": (_open_report, "while a condition is open"),
    "milestone": (_open_milestone, "while a condition is open"),
    "overdue": (_overdue, "a report is overdue"),
    "diligence": (_diligence_ended, "due diligence has ended"),
    "psea": (_psea_ended, "safeguarding check has ended"),
    "finding": (_finding, "a finding is not answered"),
    "previous": (_unspent, "too little of the tranche before"),
    "all spent": (_all_is_asked, "paid so far is not spent"),
    "close-out": (_closure_is_asked, "close-out list is not begun"),
}
NEVER = {
    "hold": (_held, "a hold is open"),
    "double": (_doubt, "paid twice"),
    "wait": (_bank_waits, "still wait"),
    "refused details": (_bank_refused, "not verified"),
    "third approver": (_rule("approval_third_from_minor", 1_000_000), "fewer people"),
    "approver pays": (_paid_by_the_approver, "another person"),
    "same phone": (_paid_under_another_account, "another person"),
    "opener pays": (_paid_by_the_opener, "took part"),
    "member pays": (_paid_by_a_member, "grantee's own people"),
    "tied": (_paid_by_somebody_tied, "declared a link"),
    "untold": (_untold, "without an instruction"),
    "sum": (_another_tranche_too_many, "sum to its amount"),
    "before the approval": (_set(sent_at=LATER - dt.timedelta(seconds=1)), "before it is approved"),
    "other amount": (_set(amount_minor=1), "fixed from the approval on|fewer people|an instruction"),
    "other hash": (_set(approved_hash="0" * 64), "fewer people|an instruction"),
    "other round": (_set(approval_round=9), "fewer people"),
}


@pytest.mark.parametrize("name", [*WAIVABLE, *NEVER])
def test_raw_sql_cannot_send_past_a_condition(ready: Ready, name: str) -> None:
    change, said = (WAIVABLE | NEVER)[name]
    change(ready)
    with pytest.raises(IntegrityError, match=said):
        ready.send()
    assert Tranche.objects.get(pk=ready.row.pk).state == "approved"


@pytest.mark.parametrize("name", WAIVABLE)
def test_raw_sql_passes_a_condition_only_when_two_people_waived_it(ready: Ready, name: str) -> None:
    change, said = WAIVABLE[name]
    change(ready)
    ident = next(check.ident for check in checks_of(make.tranche(ready.grant, 2), LATER) if not check.met)
    waiver = guarding.propose_waiver(ready.row, by=ready.people.checker, at=LATER, ident=ident, reason="Seen by hand.")
    with pytest.raises(IntegrityError, match=said):
        ready.send()
    guarding.confirm_waiver(waiver, by=ready.people.lead, at=LATER)
    assert ready.send() == "sent"


def test_raw_sql_cannot_send_what_the_ledger_does_not_show(unposted: Ready) -> None:
    with pytest.raises(IntegrityError, match="stands in the ledger"):
        unposted.send()
    unposted.post(None)
    assert unposted.send() == "sent"


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        ({"provinces": ["Haut-Katanga"]}, False),
        ({"provinces": ["Haut-Katanga", "Lualaba"]}, True),
        ({"pillars": ["livelihoods"]}, False),
        ({"tags": ["INT-SCH", "X"], "pillars": ["education"]}, True),
        ({"tags": ["X"]}, False),
        ({}, True),
    ],
)
def test_raw_sql_cannot_send_money_given_for_another_aim(
    unposted: Ready, wish: dict[str, list[str]], fits: bool
) -> None:
    unposted.post(Earmark.objects.create(code="wish", label="Wish", **wish))
    if fits:
        assert unposted.send() == "sent"
        return
    with pytest.raises(IntegrityError, match="what it was given for"):
        unposted.send()


# Approvals, waivers and doubts by hand ------------------------------------------------------------


def _approve_by_hand(row: Tranche, user: User, **values: object) -> None:
    about = {
        "tranche_id": row.pk,
        "round": row.approval_round,
        "approver_id": user.pk,
        "at": LATER,
        "amount_minor": row.amount_minor,
        "bank_detail_id": BankDetail.objects.get().pk,
        "payload_hash": "x",
        "needed": 1,
        **values,
    }
    names = ", ".join(f'"{name}"' for name in about)
    marks = ", ".join(["%s"] * len(about))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO disbursements_approval ({names}) VALUES ({marks})", list(about.values()))


@pytest.mark.parametrize(
    ("who", "values", "said"),
    [
        ("owner", {}, "another person"),
        ("checker", {}, "another person"),
        ("approver", {}, "another person|UNIQUE|unique"),
        ("payer", {"amount_minor": 5}, "as it stands"),
        ("payer", {"round": 7}, "as it stands"),
        ("payer", {"needed": 0}, "approval_needs_somebody"),
        ("payer", {}, ""),
    ],
)
def test_raw_sql_cannot_approve_twice_or_for_another(
    ready: Ready, who: str, values: dict[str, object], said: str
) -> None:
    user = getattr(ready.people, who)
    if not said:
        _approve_by_hand(ready.row, user, **values)
        assert ready.row.approvals.count() == 3
        return
    with pytest.raises(IntegrityError, match=said):
        _approve_by_hand(ready.row, user, **values)


def test_raw_sql_cannot_confirm_ones_own_waiver_nor_what_nobody_may(ready: Ready) -> None:
    _unspent(ready)
    waiver = guarding.propose_waiver(
        ready.row, by=ready.people.checker, at=LATER, ident="previous_spent", reason="Receipts seen."
    )
    for column, value in (("decided_by_id", ready.people.checker.pk), ("code", "hold"), ("reason", "Other words.")):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE disbursements_waiver SET "state" = %s, "decided_at" = %s, "{column}" = %s WHERE "id" = %s',
                ["confirmed", LATER, value, waiver.pk],
            )
    assert Waiver.objects.get().state == "proposed"


def test_raw_sql_clears_no_doubt_by_those_who_asked_or_checked(ready: Ready) -> None:
    _doubt(ready)
    doubt = Doubt.objects.get()
    statement = 'UPDATE disbursements_doubt SET "state" = %s, "cleared_by_id" = %s, "cleared_at" = %s, "reason" = %s'
    for user in (ready.people.owner, ready.people.checker):
        with pytest.raises(IntegrityError, match="another person"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, ["cleared", user.pk, LATER, "Two."])
    with connection.cursor() as cursor:
        cursor.execute(statement, ["cleared", ready.people.signer.pk, LATER, "Two invoices."])
    doubt.refresh_from_db()
    assert doubt.state == "cleared"
