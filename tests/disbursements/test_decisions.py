"""What the Committee decides about a grant takes effect on it, once, and what stands in the way is told."""

import pytest
from django.urls import reverse

from applications.actions import committee
from applications.models import AgendaItem
from disbursements.actions import amending, decisions, holds
from disbursements.models import Grant
from fundmgmt import journal
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, StepRefused, User
from tests.factories import deciding as scene
from tests.factories import grants as make
from tests.factories.changing import amounts, shifted
from tests.journeys.visitor import Visitor
from tests.telling import last_of, refused, told

pytestmark = pytest.mark.usefixtures("standing_grant")

AT = make.ASKED


@pytest.fixture
def seats(db: None) -> dict[str, User]:
    return scene.seats()


def decided(people: make.Cast, seats: dict[str, User], grant: Grant, what: str, value: str = "for") -> AgendaItem:
    """A meeting votes on it; the listener hears of the decision."""
    meeting = committee.prepare_meeting(mode="online", held_date=AT.date(), by=people.officer, at=AT)
    item = committee.put_on_agenda(meeting, application=grant.application, decision_type=what, by=people.officer, at=AT)
    committee.call_meeting(meeting, by=people.officer, at=AT)
    committee.open_meeting(meeting, by=people.officer, at=AT)
    item.refresh_from_db()
    scene.vote(item, seats, AT, **dict.fromkeys(("P1", "N1", "G1", "P2"), value))
    item = committee.decide_item(item, by=people.officer, at=AT, reason="Discussed.")
    journal.sweep()
    journal.sweep()
    grant.refresh_from_db()
    return item


def waits(grant: Grant) -> list[tuple[str, str]]:
    rows = JournalEntry.objects.filter(thread=grant.thread, kind="disbursements.grant.decision_waits")
    return [(row.facts["decision_type"], row.remark.text) for row in rows.order_by("id")]


def test_it_stops_payments_and_lets_them_go_on(people: make.Cast, grant: Grant, seats: dict[str, User]) -> None:
    make.requested(people, make.tranche(grant))
    item = decided(people, seats, grant, "suspend")
    hold = grant.holds.get()
    assert (grant.state, hold.kind, hold.detail, make.tranche(grant).state) == (
        "suspended",
        "committee",
        item.ref,
        "on_hold",
    )
    with refused(Refused, "its decision lets them go on", hold):
        holds.propose_lift(hold, by=people.checker, at=AT, lift_reason="Seen.")
    decided(people, seats, grant, "resume", value="against")
    assert grant.state == "suspended"
    again = decided(people, seats, grant, "resume")
    hold.refresh_from_db()
    assert (grant.state, make.tranche(grant).state) == ("active", "requested")
    assert (hold.state, hold.decision_ref, told(hold)[3]) == ("lifted", again.ref, None)
    assert waits(grant) == []


def test_a_safeguarding_hold_outlasts_the_decision_to_go_on(
    people: make.Cast, grant: Grant, seats: dict[str, User]
) -> None:
    holds.suspend_grant(grant, by=people.lead, at=AT, kind="safeguarding", reason="Not to be told.")
    holds.suspend_grant(grant, by=people.officer, at=AT, kind="lateness", reason="Late.")
    decided(people, seats, grant, "resume")
    assert grant.state == "suspended"
    assert [row.kind for row in grant.holds.standing()] == ["safeguarding"]
    assert waits(grant) == [
        ("resume", "A safeguarding hold still stands. The safeguarding lead and a second person lift it.")
    ]


def test_it_decides_the_change_that_waits_for_it(people: make.Cast, grant: Grant, seats: dict[str, User]) -> None:
    before, wished = amounts(grant), shifted(grant, 2500)
    for value, state, terms in (("against", "refused", 1), ("for", "applied", 2)):
        change = amending.ask_budget_shift(grant, by=people.owner, at=AT, lines=wished, reason="Prices rose.")
        item = decided(people, seats, grant, "amend", value=value)
        change.refresh_from_db()
        assert (change.state, change.decision_ref, change.decided_by, grant.terms_no) == (state, item.ref, None, terms)
    assert (amounts(grant), amounts(grant, 1)) == (before | wished, before)
    assert waits(grant) == []


def test_what_cannot_take_effect_is_told_and_a_decided_change_waits(
    people: make.Cast, grant: Grant, seats: dict[str, User]
) -> None:
    decided(people, seats, grant, "amend")
    assert waits(grant) == [("amend", "No change of this grant waits for the Committee. Ask for it first.")]
    change = amending.ask_results(grant, by=people.owner, at=AT, targets={}, place="Kambove", reason="They moved.")
    decided(people, seats, grant, "terminate")
    assert (grant.state, grant.close_code) == ("terminated", "ended_early")
    assert {row.state for row in grant.tranches.all()} == {"cancelled"}
    decided(people, seats, grant, "amend")
    change.refresh_from_db()
    assert (change.state, grant.terms_no, len(waits(grant))) == ("approved", 1, 2)


def test_an_end_for_cause_is_recorded_as_one_with_the_words_of_the_decision(
    people: make.Cast, grant: Grant, seats: dict[str, User]
) -> None:
    decided(people, seats, grant, "terminate_for_cause", value="against")
    assert grant.state == "active"
    item = decided(people, seats, grant, "terminate_for_cause")
    assert (grant.state, grant.close_code) == ("terminated", "terminated_for_cause")
    entry = last_of(grant)
    assert (entry.facts["close_code"], entry.remark.text) == ("terminated_for_cause", f"{item.ref}: Discussed.")


def test_an_officer_puts_a_change_on_an_agenda_that_is_open(people: make.Cast, grant: Grant) -> None:
    change = amending.ask_budget_shift(grant, by=people.owner, at=AT, lines=shifted(grant, 2500), reason="Prices rose.")
    office = amending.ask_correction(grant, by=people.owner, at=AT, language="sw", own_number="", reason="Wrong.")
    page, officer = reverse("disbursements:amendment_agenda", args=[change.pk]), Visitor(people.checker)
    draft = committee.prepare_meeting(mode="online", held_date=AT.date(), by=people.officer, at=AT)
    letters = committee.prepare_meeting(mode="written", held_date=AT.date(), by=people.officer, at=AT)
    put = {"at": AT, "meeting": draft}
    with refused(Refused, "not among your roles", change):
        decisions.put_change_on_agenda(change, by=people.owner, **put)
    with refused(Refused, "does not decide this change", office):
        decisions.put_change_on_agenda(office, by=people.checker, **put)
    with refused(StepRefused, "needs a meeting", change):
        decisions.put_change_on_agenda(change, by=people.checker, at=AT, meeting=letters)
    assert page in officer.read(change.get_absolute_url()).links
    sheet = officer.send(officer.read(page), meeting=str(letters.pk))
    assert sheet.status == 422, "only agendas that are open can be chosen"
    officer.do(page, meeting=str(draft.pk))
    item = draft.items.get()
    assert (item.decision_type, item.application, "Prices rose." in item.proposal) == ("amend", grant.application, True)
    assert item.get_absolute_url() in officer.read(change.get_absolute_url()).links
    with refused(StepRefused, "on an agenda already", change):
        decisions.put_change_on_agenda(change, by=people.checker, **put)
