"""Meetings and their agendas: what is refused before anybody votes, and who may do it."""

import datetime as dt
from typing import Any

import pytest

from applications.actions import committee
from applications.models import AgendaItem, Application, AwardCondition, Meeting
from fundmgmt.access import Refused
from fundmgmt.models import NoSuchStep, Seat, StaleObject, StepRefused, Term, User
from tests.factories import applications as make
from tests.factories import deciding as scene
from tests.telling import last_of, refused, told

AT = scene.AT
HELD = AT + 7 * scene.DAY


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return scene.seats()


@pytest.fixture
def proposal(submitted: Application, officer: User) -> Application:
    return scene.before_committee(make.in_review(submitted, officer), officer)


@pytest.fixture
def meeting(officer: User) -> Meeting:
    return scene.meeting(officer)


def put(meeting: Meeting, by: User, **values: Any) -> AgendaItem:
    return committee.put_on_agenda(meeting, by=by, at=AT, **{"decision_type": "approve", **values})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"mode": "by_pigeon"}, "mode"), ({"held_date": AT.date() - scene.DAY}, "held_date")],
)
def test_a_meeting_has_a_way_and_a_day_to_come(officer: User, wrong: dict[str, Any], field: str) -> None:
    right = {"mode": "online", "held_date": AT.date(), "by": officer, "at": AT}
    with refused(StepRefused, "Choose", officer) as caught:
        committee.prepare_meeting(**right | wrong)
    assert caught.value.field == field
    meeting = committee.prepare_meeting(**right)
    assert (meeting.ref, meeting.state, meeting.held_date) == ("SC-2026-01", "draft", AT.date())


def test_only_the_office_prepares_and_runs_a_meeting(
    meeting: Meeting, officer: User, people: dict[str, User], writer: User
) -> None:
    for person in (people["P1"], writer):
        with refused(Refused, "not among your roles", meeting):
            committee.call_meeting(meeting, by=person, at=AT)
        with refused(Refused, "not among your roles", meeting):
            committee.prepare_meeting(mode="online", held_date=HELD.date(), by=person, at=AT)
    committee.call_meeting(meeting, by=officer, at=AT)
    assert told(meeting) == ("call", "draft", "called", officer)


def test_a_meeting_moves_to_a_later_day_with_its_reason(meeting: Meeting, officer: User) -> None:
    was = meeting.held_date
    with refused(StepRefused, "day is past", meeting) as caught:
        committee.move_meeting(meeting, held_date=AT.date() - scene.DAY, reason="Rain", by=officer, at=AT)
    assert caught.value.field == "held_date"
    later = was + 7 * scene.DAY
    with refused(StaleObject, "in the meantime", meeting):
        committee.move_meeting(
            meeting, held_date=later, reason="Rain", by=officer, at=AT, expected_version=meeting.version + 1
        )
    committee.move_meeting(meeting, held_date=later, reason="The road is closed.", by=officer, at=AT)
    assert (meeting.held_date, last_of(meeting).remark.text) == (later, "The road is closed.")
    assert last_of(meeting).facts == {"ref": meeting.ref, "held_date": later.isoformat(), "was": was.isoformat()}


def test_a_written_procedure_asks_about_something(proposal: Application, officer: User) -> None:
    row = scene.meeting(officer, "written")
    with refused(StepRefused, "at least one item", row):
        committee.call_meeting(row, by=officer, at=AT)
    put(row, officer, application=proposal)
    committee.call_meeting(row, by=officer, at=AT)
    assert told(row) == ("open", "called", "open", officer), "it opens at once"
    with refused(NoSuchStep, "agenda of this meeting is closed", row, proposal):
        put(row, officer, application=proposal, decision_type="reject")


@pytest.mark.parametrize("decision_type", ["amend", "suspend", "resume", "terminate", "publish_practice"])
def test_a_decision_about_a_grant_needs_one(
    meeting: Meeting, proposal: Application, officer: User, decision_type: str
) -> None:
    with refused(StepRefused, "about a grant, and this project has none", meeting, proposal) as caught:
        put(meeting, officer, application=proposal, decision_type=decision_type)
    assert caught.value.field == "decision_type"


def test_an_item_names_a_project_that_waits_for_the_committee(
    meeting: Meeting, submitted: Application, officer: User
) -> None:
    with refused(StepRefused, "Name the project", meeting) as caught:
        put(meeting, officer)
    assert caught.value.field == "application"
    with refused(StepRefused, "not before the Committee now", meeting, submitted):
        put(meeting, officer, application=submitted)
    scene.before_committee(make.in_review(submitted, officer), officer)
    item = put(meeting, officer, thread=submitted.thread, proposal=" As asked. ")
    assert (item.ref, item.application, item.thread) == (f"{meeting.ref}/1", submitted, submitted.thread)
    assert (item.amount_minor, item.currency, item.proposal) == (submitted.requested_minor, "USD", "As asked.")
    assert last_of(item).facts == {"ref": item.ref, "decision_type": "approve"}


def test_the_award_on_the_agenda_is_no_more_than_was_asked_for(
    meeting: Meeting, proposal: Application, officer: User
) -> None:
    for amount in (0, -1, proposal.requested_minor + 1):
        with refused(StepRefused, "at most what was asked for", meeting, proposal) as caught:
            put(meeting, officer, application=proposal, amount_minor=amount)
        assert caught.value.field == "amount_minor"
    assert put(meeting, officer, application=proposal, amount_minor=1).amount_minor == 1


def test_a_high_risk_is_never_awarded_and_may_be_rejected(
    meeting: Meeting, submitted: Application, officer: User
) -> None:
    proposal = scene.before_committee(make.in_review(submitted, officer), officer, DD_08=4)
    for kind in ("approve", "approve_with_conditions"):
        with refused(StepRefused, "no award is possible", meeting, proposal):
            put(meeting, officer, application=proposal, decision_type=kind)
    assert put(meeting, officer, application=proposal, decision_type="reject").state == "proposed"


def test_a_safeguarding_gate_bars_the_award_whatever_is_written(
    meeting: Meeting, submitted: Application, officer: User
) -> None:
    make.in_review(submitted, officer)
    for review in scene.invited(submitted, officer, scene.reviewers(officer)):
        scene.hand_in(review, 5, SC_03=2)
    submitted.refresh_from_db()
    scene.moderating.moderate_application(submitted, by=officer, at=AT, reason="They agreed.")
    scene.rate_all(submitted, officer)
    scene.diligence.finish_due_diligence(submitted, by=officer, at=AT, to_committee=True)
    with refused(StepRefused, "allows no award, whatever the total", meeting, submitted):
        put(meeting, officer, application=submitted, departs_because="The total is excellent.")
    assert put(meeting, officer, application=submitted, decision_type="reject").state == "proposed"


def test_conditions_are_sentences_and_go_before_the_decision(
    proposal: Application, officer: User, people: dict[str, User]
) -> None:
    item = scene.opened(officer, proposal, "approve_with_conditions")
    scene.vote(item, people, P1="for", P2="for", N1="for", G1="for")
    with refused(StepRefused, "at least one condition", item, proposal) as caught:
        committee.decide_item(item, by=officer, at=HELD)
    assert caught.value.field == "conditions"
    with refused(StepRefused, "condition in a sentence", item) as caught:
        committee.add_condition(item, text="  ", by=officer, at=HELD)
    assert caught.value.field == "text"
    with refused(Refused, "not among your roles", item):
        committee.add_condition(item, text="Bank letter", by=people["P1"], at=HELD)
    row = committee.add_condition(item, text=" Bank letter ", due_date=HELD.date(), by=officer, at=HELD)
    with refused(StepRefused, "no such condition", item):
        committee.withdraw_condition(item, no=row.no + 1, by=officer, at=HELD)
    assert list(AwardCondition.objects.values_list("no", "text", "due_date")) == [(1, "Bank letter", HELD.date())]
    committee.decide_item(item, by=officer, at=HELD)
    proposal.refresh_from_db()
    assert (item.result, proposal.state) == ("carried", "approved_with_conditions")
    with refused(NoSuchStep, "not possible", item):
        committee.withdraw_condition(item, no=row.no, by=officer, at=HELD)


def test_nothing_is_decided_outside_an_open_meeting(
    meeting: Meeting, proposal: Application, officer: User, people: dict[str, User]
) -> None:
    item = put(meeting, officer, application=proposal)
    with refused(NoSuchStep, "while the meeting is open", item, proposal):
        committee.decide_item(item, by=officer, at=AT)
    committee.call_meeting(meeting, by=officer, at=AT)
    committee.open_meeting(meeting, by=officer, at=HELD)
    item.refresh_from_db()
    scene.vote(item, people, P1="for", P2="for", N1="for", G1="for")
    with refused(Refused, "not among your roles", item, proposal):
        committee.decide_item(item, by=people["P1"], at=HELD)
    committee.decide_item(item, by=officer, at=HELD)
    assert item.state == "decided"


def test_putting_an_item_off_has_a_reason(proposal: Application, officer: User, people: dict[str, User]) -> None:
    item = scene.opened(officer, proposal)
    scene.vote(item, people, P1="for", P2="for", N1="for", G1="against")
    with refused(StepRefused, "why the item is put off", item, proposal) as caught:
        committee.defer_item(item, reason=" ", by=officer, at=HELD)
    assert caught.value.field == "reason"
    committee.defer_item(item, reason="The budget is looked at first.", by=officer, at=HELD)
    assert (item.state, item.result, last_of(item).remark.text) == (
        "deferred",
        "to_meeting",
        "The budget is looked at first.",
    )


def test_words_and_votes_that_say_nothing_are_refused(
    proposal: Application, officer: User, people: dict[str, User]
) -> None:
    item = scene.opened(officer, proposal)
    committee.declare_interest(item, by=people["P1"], at=HELD)
    with refused(StepRefused, "for, against or abstain", item) as caught:
        committee.cast_vote(item, value="perhaps", by=people["P1"], at=HELD)
    assert caught.value.field == "value"
    with refused(StepRefused, "Write your comment", item) as caught:
        committee.comment_item(item, text="  ", by=people["P1"], at=HELD)
    assert caught.value.field == "text"
    with refused(Refused, "Steering Committee", item):
        committee.cast_vote(item, value="for", by=officer, at=HELD)
    committee.cast_vote(item, value="abstain", by=people["P1"], at=HELD)
    assert list(item.votes.values_list("user", "value")) == [(people["P1"].pk, "abstain")]
    assert item.meeting.attendances.count() == 1


def test_a_seat_speaks_once_whoever_holds_it(proposal: Application, officer: User, people: dict[str, User]) -> None:
    """The alternate does not vote beside the holder, and does not step in for a seat with a declared link."""
    seats = {code: Seat.objects.get(code=code) for code in ("P1", "P2")}
    alternates = {}
    for code, seat in seats.items():
        alternates[code] = make.person(f"alternate-{code.lower()}@example.org")
        Term.objects.create(seat=seat, user=alternates[code], alternate=True, valid_from=dt.date(2024, 1, 1))
    item = scene.opened(officer, proposal)
    scene.vote(item, people, P1="for")
    committee.declare_interest(item, by=alternates["P1"], at=HELD)
    with refused(Refused, "other person of your seat", item):
        committee.cast_vote(item, value="against", by=alternates["P1"], at=HELD)
    committee.declare_interest(item, conflict="family", by=people["P2"], at=HELD)
    committee.declare_interest(item, by=alternates["P2"], at=HELD)
    with refused(Refused, "takes no part in this item", item):
        committee.cast_vote(item, value="for", by=alternates["P2"], at=HELD)
    assert list(item.votes.values_list("seat__code", "value")) == [("P1", "for")]
