"""The close-out list: settled by steps where a step makes it true, by hand with a reason where none does."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from disbursements.actions import closing, grants, holds, tranches
from disbursements.models import Grant
from disbursements.queries.closing import balance_fact, closure_of
from fundmgmt import journal
from fundmgmt.access import Refused
from fundmgmt.models import StepRefused
from fundmgmt.money import Money
from tests.factories import grants as make
from tests.journeys.visitor import Visitor
from tests.telling import last_of, refused, told

pytestmark = pytest.mark.usefixtures("standing_grant")

LATER = make.ASKED + 200 * make.DAY
MARKS = {"clear": 5, "in_time": 4, "heard": 3}


@pytest.fixture
def closed_out(people: make.Cast, grant: Grant) -> Grant:
    """One tranche paid and half of it spent; the other two will not be paid."""
    make.confirmed(people, make.tranche(grant))
    make.report(people, grant, 1, 500_000)
    for row in grant.tranches.filter(state="planned"):
        tranches.cancel_tranche(row, by=people.officer, at=LATER, reason="Ended early.")
    grants.end_grant(grant, by=people.officer, at=LATER, ended_date=LATER.date())
    return grants.begin_closing(grant, by=people.officer, at=LATER)


def settled(grant: Grant) -> dict[str, bool]:
    """Lines that are settled: code to whether somebody did it by hand."""
    return {line.code: line.by_hand for line in closure_of(grant) if line.settled_at}


def tick(people: make.Cast, grant: Grant, code: str, note: str = "", at: dt.datetime = LATER) -> None:
    closing.settle_closure(grant, by=people.officer, at=at, codes=[code], note=note)


def test_the_refund_settles_itself_and_opens_again(people: make.Cast, closed_out: Grant) -> None:
    assert settled(closed_out) == {}
    for code in ("refund", "final_report"):
        with refused(StepRefused, "Nobody ticks", closed_out):
            tick(people, closed_out, code, "Seen.")
    make.report(people, closed_out, 2, 597_800, LATER)
    assert settled(closed_out) == {"refund": False}
    make.report(people, closed_out, 2, 597_000, LATER)
    assert settled(closed_out) == {}
    line = next(line for line in closure_of(closed_out) if line.code == "refund")
    assert (str(line.owner), str(line.to_do)) == (
        "grantee",
        "Send back what was not spent; a treasurer records the money.",
    )


def test_who_spent_more_than_it_was_paid_owes_nothing(people: make.Cast, closed_out: Grant) -> None:
    assert balance_fact(closing.unaccounted(closed_out), "USD") == (
        "Paid and not accounted for",
        Money(597_800, "USD"),
    )
    make.report(people, closed_out, 2, 600_000, LATER)
    assert settled(closed_out) == {"refund": False}
    assert balance_fact(closing.unaccounted(closed_out), "USD") == (
        "Spent beyond what is paid so far",
        Money(2_200, "USD"),
    )


def test_a_tranche_on_its_way_keeps_the_refund_open(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    make.report(people, grant, 1, 1_097_800)
    grants.end_grant(grant, by=people.officer, at=LATER)
    grants.begin_closing(grant, by=people.officer, at=LATER)
    assert settled(grant) == {}
    for row in grant.tranches.filter(state="planned"):
        tranches.cancel_tranche(row, by=people.officer, at=LATER, reason="Not needed.")
    journal.sweep()
    assert settled(grant) == {"refund": False}


def test_things_above_the_limit_are_handed_over_first(people: make.Cast, closed_out: Grant) -> None:
    with refused(Refused, "organisation's own people", closed_out):
        closing.list_asset(closed_out, by=people.payer, at=LATER, what="Pump", value_minor=50_001)
    closing.list_asset(closed_out, by=people.owner, at=LATER, what="Chairs", value_minor=50_000)
    pump = closing.list_asset(closed_out, by=people.owner, at=LATER, what="Pump", value_minor=50_001)
    with refused(StepRefused, "Not handed over yet: Pump", closed_out):
        tick(people, closed_out, "assets")
    for who, day, why in (
        (" ", LATER.date(), "who has it now"),
        ("School", LATER.date() + make.DAY, "still to come"),
    ):
        with refused(StepRefused, why, pump):
            closing.hand_over_asset(pump, by=people.owner, at=LATER, handed_to=who, handed_date=day)
    closing.hand_over_asset(pump, by=people.owner, at=LATER, handed_to="School", handed_date=LATER.date())
    tick(people, closed_out, "assets")
    assert settled(closed_out) == {"assets": True}
    closing.list_asset(closed_out, by=people.owner, at=LATER, what="Bicycle", value_minor=60_000)
    assert settled(closed_out) == {}, "a longer list is looked at again"


def test_a_thing_listed_by_mistake_is_struck_by_another_and_stays_readable(
    people: make.Cast, closed_out: Grant
) -> None:
    pump = closing.list_asset(closed_out, by=people.officer, at=LATER, what="Pump", value_minor=50_001)
    for who, reason, error, why in (
        (people.officer, "Counted twice.", Refused, "You put this on the list"),
        (people.owner, "Counted twice.", Refused, "not among your roles"),
        (people.checker, " ", StepRefused, "does not belong on the list"),
    ):
        with refused(error, why, pump):
            closing.strike_asset(pump, by=who, at=LATER, reason=reason)
    struck = closing.strike_asset(pump, by=people.checker, at=LATER, reason="Counted twice.")
    entry = last_of(struck)
    assert (told(struck)[0], entry.actor, entry.remark.text) == ("strike", people.checker, "Counted twice.")
    with refused(StepRefused, "was struck", struck):
        closing.hand_over_asset(struck, by=people.owner, at=LATER, handed_to="School", handed_date=LATER.date())
    tick(people, closed_out, "assets")
    assert settled(closed_out) == {"assets": True}, "what is struck need not be handed over"
    said = " ".join(Visitor(people.checker).read(closed_out.get_absolute_url()).text.split())
    assert "Counted twice." in said
    for sql in ("DELETE FROM disbursements_asset", "UPDATE disbursements_asset SET value_minor = 1"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{sql} WHERE id = %s", [pump.pk])


def test_the_grantee_says_once_what_it_thinks(people: make.Cast, grant: Grant, closed_out: Grant) -> None:
    with refused(StepRefused, "may still answer, until", closed_out):
        tick(people, closed_out, "grantee_feedback", "No answer.")
    with refused(Refused, "organisation's own people", closed_out):
        closing.give_feedback(closed_out, by=people.officer, at=LATER, **MARKS)
    with refused(StepRefused, "from 1 to 5", closed_out):
        closing.give_feedback(closed_out, by=people.owner, at=LATER, **MARKS | {"heard": 6})
    closing.give_feedback(closed_out, by=people.owner, at=LATER, **MARKS)
    assert settled(closed_out) == {"grantee_feedback": False}
    with refused(StepRefused, "answered already", closed_out):
        closing.give_feedback(closed_out, by=people.owner, at=LATER, **MARKS)


def test_what_is_settled_by_hand_says_why(people: make.Cast, closed_out: Grant) -> None:
    for code in ("data_deletion", "practice_note", "evaluation_decision"):
        with refused(StepRefused, "by hand needs a note", closed_out):
            tick(people, closed_out, code)
    with refused(Refused, "roles", closed_out):
        closing.settle_closure(closed_out, by=people.payer, at=LATER, codes=["accounts"])
    tick(people, closed_out, "evaluation_decision", "Small and as planned.")
    tick(people, closed_out, "grantee_feedback", "Asked twice.", LATER + 61 * make.DAY)
    assert settled(closed_out) == {"evaluation_decision": True, "grantee_feedback": True}


def test_what_was_stopped_once_is_evaluated_and_an_early_end_says_so(people: make.Cast, closed_out: Grant) -> None:
    hold = holds.suspend_grant(closed_out, by=people.officer, at=LATER, reason="A question.").holds.get()
    holds.propose_lift(hold, by=people.checker, at=LATER, lift_reason="Answered.")
    holds.confirm_lift(hold, by=people.payer, at=LATER)
    with refused(StepRefused, "stopped once, are evaluated", closed_out):
        tick(people, closed_out, "evaluation_decision", "Small.")
    make.report(people, closed_out, 2, 597_800, LATER)
    closed_out.closure_items.update(settled_at=LATER)
    grants.close_grant(closed_out, by=people.officer, at=LATER)
    assert (closed_out.state, closed_out.close_code) == ("closed", "ended_early")
    officer = Client()
    officer.force_login(people.officer)
    for page in ("closure", "asset_new"):  # nobody is offered a form that is refused whatever is typed
        assert officer.get(reverse(f"disbursements:{page}", args=[closed_out.ref])).status_code == 403
