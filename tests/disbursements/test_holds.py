"""Holds: two people lift them or they stay; everything goes on from exactly where it stood."""

import datetime as dt
from collections.abc import Callable

import pytest

from disbursements.actions import grants, holds, tranches
from disbursements.models import Grant, Hold, Tranche
from fundmgmt.access import Refused
from fundmgmt.models import NoSuchStep, StaleObject, StepRefused
from fundmgmt.rules import rule
from tests.factories import grants as make
from tests.factories import signing
from tests.telling import last_of, refused, told

LATER = make.ASKED + 90 * make.DAY
# What a hold must not lose: everything of a tranche but the count of its changes.
KEPT = [field.name for field in Tranche._meta.concrete_fields if field.name != "version"]


def drafted(people: make.Cast) -> Grant:
    make.donor(people)
    return make.drafted(people)


def signed(people: make.Cast) -> Grant:
    grant = drafted(people)
    return signing.both(grant, by=people.owner, other=people.signer, at=make.SIGNED)


def ended(people: make.Cast) -> Grant:
    return grants.end_grant(make.ready(people), by=people.officer, at=LATER)


def closing(people: make.Cast) -> Grant:
    return grants.begin_closing(ended(people), by=people.officer, at=LATER)


def stopped(people: make.Cast, grant: Grant, kind: str = "fraud") -> Hold:
    holds.suspend_grant(grant, by=people.officer, at=LATER, kind=kind, reason="An invoice stands twice.")
    return grant.holds.order_by("-id")[0]


def lifted(people: make.Cast, hold: Hold) -> Hold:
    holds.propose_lift(hold, by=people.checker, at=LATER, lift_reason="Explained.")
    return holds.confirm_lift(hold, by=people.approver, at=LATER)


@pytest.mark.parametrize(
    ("reach", "state", "step"),
    [
        (drafted, "agreement_draft", "resume_draft"),
        (signed, "signed", "resume_signed"),
        (make.ready, "active", "resume_active"),
        (ended, "ended", "resume_ended"),
        (closing, "closing", "resume_closing"),
    ],
)
def test_a_grant_goes_on_from_where_it_stood(
    people: make.Cast, reach: Callable[[make.Cast], Grant], state: str, step: str
) -> None:
    grant = reach(people)
    assert grant.state == state
    hold = stopped(people, grant)
    grant.refresh_from_db()
    assert (grant.state, grant.held_from) == ("suspended", state)
    assert set(grant.tranches.values_list("state", flat=True)) == {"on_hold"}
    with refused(StepRefused, "still open", grant, hold):
        grants.resume_grant(grant, by=people.approver, at=LATER)
    with refused(NoSuchStep, "not possible", grant, hold):
        holds.confirm_lift(hold, by=people.approver, at=LATER)
    lifted(people, hold)
    grant.refresh_from_db()
    assert (grant.state, grant.held_from) == (state, "")
    assert told(grant) == (step, "suspended", state, people.approver)
    assert last_of(grant).facts == {"hold": hold.pk}
    assert set(grant.tranches.values_list("state", "held_from")) == {("planned", "")}
    with refused(StepRefused, "not stopped", grant):
        grants.resume_grant(grant, by=people.approver, at=LATER)


def planned(people: make.Cast, row: Tranche) -> Tranche:
    return row


@pytest.mark.parametrize(
    ("reach", "state"),
    [
        (planned, "planned"),
        (make.requested, "requested"),
        (make.checked, "checked"),
        (make.approved, "approved"),
    ],
)
def test_a_tranche_goes_on_from_where_it_stood(
    people: make.Cast, grant: Grant, reach: Callable[[make.Cast, Tranche], Tranche], state: str
) -> None:
    row = reach(people, make.tranche(grant))
    before = Tranche.objects.values(*KEPT).get(pk=row.pk)
    hold = stopped(people, grant)
    row.refresh_from_db()
    assert (row.state, row.held_from) == ("on_hold", state)
    with refused(tranches.ConditionsOpen, "payments are stopped", row):
        tranches.approve_tranche(row, by=people.approver, at=LATER)
    lifted(people, hold)
    assert Tranche.objects.values(*KEPT).get(pk=row.pk) == before
    row.refresh_from_db()
    assert told(row) == (f"lift_{state}", "on_hold", state, people.approver)
    assert last_of(row).facts == {"no": 1, "amount_minor": 1_097_800, "currency": "USD", "hold": hold.pk}


def test_a_blocked_tranche_stays_blocked_and_money_that_left_is_left_alone(people: make.Cast, grant: Grant) -> None:
    first = make.confirmed(people, make.tranche(grant, 1))
    make.report(people, grant, 1, 685_000)
    second = make.checked(people, make.tranche(grant, 2), LATER)
    assert second.state == "blocked"
    hold = stopped(people, grant)
    assert list(grant.tranches.values_list("state", flat=True)) == ["confirmed", "on_hold", "on_hold"]
    lifted(people, hold)
    second.refresh_from_db()
    assert (second.state, second.held_from) == ("blocked", "")
    assert told(second) == ("lift_blocked", "on_hold", "blocked", people.approver)
    assert told(first)[0] == "confirm"
    with refused(tranches.ConditionsOpen, "62.4", second):
        tranches.approve_tranche(second, by=people.approver, at=LATER)


def test_the_second_person_may_keep_the_hold(people: make.Cast, grant: Grant) -> None:
    hold = stopped(people, grant)
    with refused(NoSuchStep, "not possible", hold):
        holds.keep_hold(hold, by=people.approver, at=LATER)
    holds.propose_lift(hold, by=people.checker, at=LATER, lift_reason="Explained.")
    with refused(Refused, "You proposed this", hold, grant):
        holds.keep_hold(hold, by=people.checker, at=LATER)
    with refused(Refused, "second person of the fund", hold, grant):
        holds.keep_hold(hold, by=people.owner, at=LATER)
    with refused(StaleObject, "in the meantime", hold, grant):
        holds.keep_hold(hold, by=people.approver, at=LATER, expected_version=hold.version - 1)
    holds.keep_hold(hold, by=people.approver, at=LATER)
    assert (hold.state, hold.lift_proposed_by, hold.lift_proposed_at, hold.lift_reason) == ("open", None, None, "")
    assert told(hold) == ("keep", "lift_proposed", "open", people.approver)
    grant.refresh_from_db()
    assert grant.state == "suspended"
    assert set(grant.tranches.values_list("state", flat=True)) == {"on_hold"}
    lifted(people, hold)
    grant.refresh_from_db()
    assert (hold.state, grant.state) == ("lifted", "active")


def test_the_opener_may_keep_a_hold_but_never_lift_it(people: make.Cast, grant: Grant) -> None:
    hold = stopped(people, grant)
    holds.propose_lift(hold, by=people.checker, at=LATER, lift_reason="Explained.")
    with refused(Refused, "You started this", hold, grant):
        holds.confirm_lift(hold, by=people.officer, at=LATER)
    holds.keep_hold(hold, by=people.officer, at=LATER)
    assert told(hold) == ("keep", "lift_proposed", "open", people.officer)


def test_payments_go_on_with_the_last_hold_only(people: make.Cast, grant: Grant) -> None:
    first, second = stopped(people, grant), stopped(people, grant, kind="legal")
    assert grant.holds.count() == 2
    lifted(people, first)
    grant.refresh_from_db()
    assert (first.state, grant.state) == ("lifted", "suspended")
    assert set(grant.tranches.values_list("state", flat=True)) == {"on_hold"}
    lifted(people, second)
    grant.refresh_from_db()
    assert grant.state == "active"
    assert set(grant.tranches.values_list("state", flat=True)) == {"planned"}


def test_a_look_that_changes_nothing_sets_the_next_look(people: make.Cast, grant: Grant) -> None:
    hold = stopped(people, grant)
    seen = LATER + 10 * make.DAY
    with refused(Refused, "safeguarding lead proposes", hold):
        holds.look_again(hold, by=people.approver, at=seen)
    holds.look_again(hold, by=people.checker, at=seen)
    due = seen.date() + dt.timedelta(days=rule("hold_review_days", seen.date()).value)
    assert (hold.state, hold.review_date) == ("open", due)
    assert told(hold) == ("look_again", "open", "open", people.checker)
    assert last_of(hold).facts == {"review_date": due.isoformat()}
