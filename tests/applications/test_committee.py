"""The Committee at work: declare, vote, decide, defer, write, minute."""

import pytest
from pypdf import PdfReader

from applications.actions import committee, deciding, diligence, minutes
from applications.models import AgendaItem, Application, Meeting, Vote
from applications.queries.committee import for_information
from fundmgmt.access import Refused, can
from fundmgmt.models import JournalEntry, NoSuchStep, StaleObject, StepRefused, User
from tests.factories import applications as make
from tests.factories import deciding as scene

AT = scene.AT
HELD = AT + 7 * scene.DAY


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return scene.seats()


@pytest.fixture
def proposal(submitted: Application, officer: User) -> Application:
    return scene.before_committee(make.in_review(submitted, officer), officer)


@pytest.fixture
def item(proposal: Application, officer: User, people: dict[str, User]) -> AgendaItem:
    return scene.opened(officer, proposal)


def test_five_seats_decide_with_four(
    item: AgendaItem, proposal: Application, officer: User, people: dict[str, User]
) -> None:
    assert item.ref == "SC-2026-01/1"
    assert item.thread == proposal.thread
    scene.vote(item, people, P1="for", N1="for", G1="for")
    with pytest.raises(StepRefused, match="Not enough seats"):
        committee.decide_item(item, by=officer, at=HELD)
    scene.vote(item, people, P2="abstain")
    committee.decide_item(item, by=officer, at=HELD)
    proposal.refresh_from_db()
    assert (item.state, item.result, item.counts["why"]) == ("decided", "carried", "consensus")
    assert (proposal.state, proposal.decision_ref) == ("approved", "SC-2026-01/1")
    assert proposal.awarded_minor == proposal.requested_minor
    entry = JournalEntry.objects.get(kind="applications.agendaitem.decide")
    assert (entry.thread, entry.facts["needed"], entry.facts["in_favour"]) == (proposal.thread, 4, 3)


def test_a_declared_link_closes_item_and_file(
    item: AgendaItem, proposal: Application, officer: User, people: dict[str, User]
) -> None:
    barred = people["P2"]
    assert can(barred, "applications.view_agendaitem", item)
    committee.declare_interest(item, conflict="purchase_link", by=barred, at=HELD)
    for name, obj in (("view_agendaitem", item), ("view_application", proposal), ("cast_vote", item)):
        assert not can(barred, f"applications.{name}", obj), name
    assert not AgendaItem.objects.visible_to(barred).exists()
    assert not Application.objects.visible_to(barred).exists()
    assert Meeting.objects.visible_to(barred).exists()
    with pytest.raises(Refused):
        committee.cast_vote(item, value="for", by=barred, at=HELD)
    with pytest.raises(StepRefused, match="it stays"):
        committee.declare_interest(item, by=barred, at=HELD)
    scene.vote(item, people, P1="for", N1="for", G1="for")
    committee.decide_item(item, by=officer, at=HELD)
    assert (item.counts["eligible"], item.counts["needed"], item.counts["recused"]) == (4, 3, 1)


def test_three_recusals_wait(item: AgendaItem, officer: User, people: dict[str, User], proposal: Application) -> None:
    for code in ("P1", "P2", "N1"):
        committee.declare_interest(item, conflict="family", by=people[code], at=HELD)
    scene.vote(item, people, N2="for", G1="for")
    with pytest.raises(StepRefused, match="recused"):
        committee.decide_item(item, by=officer, at=HELD)
    committee.defer_item(item, reason="An alternate is named first.", by=officer, at=HELD)
    proposal.refresh_from_db()
    assert (item.state, item.result, proposal.state) == ("deferred", "no_quorum", "in_committee")


def test_papers_open_after_the_declaration(item: AgendaItem, people: dict[str, User]) -> None:
    assert not can(people["O1"], "applications.read_item_papers", item)
    with pytest.raises(Refused, match="First say"):
        committee.cast_vote(item, value="for", by=people["P1"], at=HELD)
    committee.declare_interest(item, by=people["O1"], at=HELD)
    assert can(people["O1"], "applications.read_item_papers", item)
    committee.comment_item(item, text="A sound plan.", by=people["O1"], at=HELD)
    with pytest.raises(Refused, match="Observers"):
        committee.cast_vote(item, value="for", by=people["O1"], at=HELD)


def test_the_file_itself_opens_after_the_declaration(
    item: AgendaItem, officer: User, people: dict[str, User], proposal: Application
) -> None:
    """The address of the application is no way round the declaration, before or after a deferral."""
    proposal.refresh_from_db()
    member, other = people["P1"], people["N1"]
    assert proposal not in Application.objects.visible_to(member)
    assert not can(member, "applications.view_application", proposal)
    committee.declare_interest(item, by=member, at=HELD)
    assert can(member, "applications.view_application", proposal)
    assert proposal in Application.objects.visible_to(member)
    assert proposal not in Application.objects.visible_to(other)
    for person in (people["P2"], people["N2"], people["G1"]):
        committee.declare_interest(item, by=person, at=HELD)
    scene.vote(item, people, P1="for", P2="for", N2="for", G1="for")
    committee.decide_item(item, by=officer, at=HELD)
    proposal.refresh_from_db()
    assert can(other, "applications.view_application", proposal), "what is decided is open to every seat"
    assert proposal in Application.objects.visible_to(other)


def test_a_vote_may_change_until_the_decision(item: AgendaItem, officer: User, people: dict[str, User]) -> None:
    scene.vote(item, people, P1="for", P2="for", N1="for", G1="against")
    committee.cast_vote(item, value="for", by=people["G1"], at=HELD)
    assert Vote.objects.count() == 4
    last = JournalEntry.objects.filter(kind="applications.agendaitem.vote").latest("id")
    assert (last.facts["seat"], last.facts["was"], last.facts["value"]) == ("G1", "against", "for")
    committee.decide_item(item, by=officer, at=HELD)
    with pytest.raises(NoSuchStep):
        committee.cast_vote(item, value="against", by=people["G1"], at=HELD)
    with pytest.raises(NoSuchStep):
        committee.decide_item(item, by=officer, at=HELD)


def test_a_tie_changes_nothing_for_the_application(
    item: AgendaItem, officer: User, people: dict[str, User], proposal: Application
) -> None:
    scene.vote(item, people, P1="for", P2="for", N1="against", N2="against")
    committee.decide_item(item, by=officer, at=HELD)
    proposal.refresh_from_db()
    assert (item.result, item.counts["why"], proposal.state) == ("not_carried", "tie", "in_committee")


def test_nobody_votes_before_the_meeting_or_for_another(
    proposal: Application, officer: User, people: dict[str, User]
) -> None:
    meeting = scene.meeting(officer)
    row = committee.put_on_agenda(meeting, application=proposal, decision_type="approve", by=officer, at=AT)
    assert not can(people["P1"], "applications.view_agendaitem", row), "not called yet"
    committee.call_meeting(meeting, by=officer, at=AT)
    row = AgendaItem.objects.get()
    committee.declare_interest(row, by=people["P1"], at=AT)
    with pytest.raises(Refused, match="while the meeting is open"):
        committee.cast_vote(row, value="for", by=people["P1"], at=AT)
    with pytest.raises(Refused):
        committee.cast_vote(row, value="for", by=officer, at=AT)


def test_conditions_are_rows_with_an_owner_and_a_day(
    item: AgendaItem, officer: User, people: dict[str, User], proposal: Application
) -> None:
    committee.add_condition(item, text="Bank letter", due_date=HELD.date(), by=officer, at=HELD)
    committee.add_condition(item, text="Three quotes", by=officer, at=HELD)
    committee.withdraw_condition(item, no=2, by=officer, at=HELD)
    scene.vote(item, people, P1="for", P2="for", N1="for", G1="for")
    committee.decide_item(item, conditions=[{"text": "A listening hour"}], by=officer, at=HELD)
    proposal.refresh_from_db()
    assert proposal.state == "approved_with_conditions"
    assert [row.text for row in deciding.conditions_of(proposal)] == ["Bank letter", "A listening hour"]


@pytest.mark.parametrize(("kind", "state"), [("reject", "rejected"), ("defer", "deferred"), ("return", "deferred")])
def test_other_decisions(kind: str, state: str, proposal: Application, officer: User, people: dict[str, User]) -> None:
    row = scene.opened(officer, proposal, kind)
    scene.vote(row, people, P1="for", P2="for", N1="for", G1="for")
    committee.decide_item(row, reason="As discussed.", by=officer, at=HELD)
    proposal.refresh_from_db()
    assert proposal.state == state
    if state == "deferred":
        again = committee.put_on_agenda(
            scene.meeting(officer), application=proposal, decision_type="approve", by=officer, at=HELD
        )
        proposal.refresh_from_db()
        assert (again.ref, proposal.state) == ("SC-2026-02/1", "in_committee")


def test_scores_below_a_threshold_need_a_written_departure(submitted: Application, officer: User) -> None:
    proposal = scene.before_committee(make.in_review(submitted, officer), officer, scores=(3, 3, 3))
    meeting = scene.meeting(officer)
    with pytest.raises(StepRefused, match="write why"):
        committee.put_on_agenda(meeting, application=proposal, decision_type="approve", by=officer, at=AT)
    row = committee.put_on_agenda(
        meeting, application=proposal, decision_type="approve", departs_because="Only school.", by=officer, at=AT
    )
    assert row.departs_because == "Only school."
    with pytest.raises(StepRefused, match="on an agenda already"):
        committee.put_on_agenda(meeting, application=proposal, decision_type="reject", by=officer, at=AT)


def test_a_stale_decision_is_refused(item: AgendaItem, officer: User, people: dict[str, User]) -> None:
    seen = item.version
    scene.vote(item, people, P1="for", P2="for", N1="for", G1="for")
    with pytest.raises(StaleObject):
        committee.decide_item(item, expected_version=seen, by=officer, at=HELD)


def test_the_written_procedure(proposal: Application, officer: User, people: dict[str, User]) -> None:
    row = scene.meeting(officer, "written")
    item = committee.put_on_agenda(row, application=proposal, decision_type="approve", by=officer, at=AT)
    committee.call_meeting(row, by=officer, at=AT)
    assert (row.state, row.answers_until_date.isoformat()) == ("open", "2026-04-15")
    item = AgendaItem.objects.get(pk=item.pk)
    with pytest.raises(StepRefused, match="still answer"):
        committee.decide_item(item, by=officer, at=AT + 14 * scene.DAY)
    committee.decide_item(item, by=officer, at=AT + 15 * scene.DAY)
    proposal.refresh_from_db()
    assert (item.counts["why"], proposal.state) == ("no_objection", "approved")


def test_any_member_may_ask_for_a_meeting(proposal: Application, officer: User, people: dict[str, User]) -> None:
    row = scene.meeting(officer, "written")
    committee.put_on_agenda(row, application=proposal, decision_type="approve", by=officer, at=AT)
    committee.call_meeting(row, by=officer, at=AT)
    item = AgendaItem.objects.get()
    committee.ask_for_meeting(item, by=people["N1"], at=AT)
    committee.decide_item(item, by=officer, at=AT + 15 * scene.DAY)
    proposal.refresh_from_db()
    assert (item.state, item.result, proposal.state) == ("deferred", "to_meeting", "in_committee")


def test_minutes_are_frozen_and_approved_by_another(
    item: AgendaItem, officer: User, second_officer: User, people: dict[str, User]
) -> None:
    scene.vote(item, people, P1="for", P2="for", N1="for", G1="against")
    meeting = Meeting.objects.get()
    with pytest.raises(StepRefused, match="still wait"):
        committee.close_meeting(meeting, by=officer, at=HELD)
    committee.decide_item(item, by=officer, at=HELD)
    committee.close_meeting(meeting, by=officer, at=HELD)
    with pytest.raises(StepRefused, match="no minutes"):
        committee.approve_minutes(meeting, by=people["P1"], at=HELD)
    minutes.draft_minutes(meeting, by=officer, at=HELD, language="en")
    with pytest.raises(Refused, match="did not write"):
        committee.approve_minutes(meeting, by=officer, at=HELD)
    committee.approve_minutes(meeting, by=people["P1"], at=HELD)
    assert meeting.state == "minutes_approved"
    snapshot = meeting.minutes_paper.snapshot
    assert snapshot["items"][0]["count_in_favour"] == 3
    with meeting.minutes_paper.file.open() as content:
        text = "".join(page.extract_text() for page in PdfReader(content).pages)
    assert "SC-2026-01/1" in text


def test_a_meeting_opens_on_its_day_and_not_before(officer: User, people: dict[str, User]) -> None:
    meeting = scene.meeting(officer)
    committee.call_meeting(meeting, by=officer, at=AT)
    with pytest.raises(StepRefused, match=r"planned for 8 April 2026: open it then"):
        committee.open_meeting(meeting, by=officer, at=HELD - scene.DAY)
    assert meeting.state == "called"
    committee.move_meeting(meeting, held_date=AT.date(), reason="All are here.", by=officer, at=AT)
    committee.open_meeting(meeting, by=officer, at=AT)
    assert meeting.state == "open"


def test_micro_grants_of_the_office_are_listed(
    submitted: Application, officer: User, second_officer: User, people: dict[str, User]
) -> None:
    proposal = scene.in_diligence(make.in_review(submitted, officer), officer)
    scene.rate_all(proposal, officer)
    diligence.finish_due_diligence(proposal, by=officer, at=AT)
    deciding.approve_application(proposal, by=second_officer, at=AT)
    meeting = scene.meeting(officer)
    assert [row.ref for row in for_information(meeting)] == [proposal.ref]
    committee.call_meeting(meeting, by=officer, at=AT)
    committee.open_meeting(meeting, by=officer, at=HELD)
    later = scene.meeting(officer)
    assert list(for_information(later)) == []
    assert [row.ref for row in for_information(meeting)] == [proposal.ref]


def test_a_change_of_rules_has_no_project(officer: User, people: dict[str, User]) -> None:
    meeting = scene.meeting(officer)
    with pytest.raises(StepRefused, match="title"):
        committee.put_on_agenda(meeting, decision_type="change_rule", by=officer, at=AT)
    row = committee.put_on_agenda(meeting, decision_type="change_rule", title="Weights", by=officer, at=AT)
    committee.call_meeting(meeting, by=officer, at=AT)
    committee.open_meeting(meeting, by=officer, at=HELD)
    row.refresh_from_db()
    scene.vote(AgendaItem.objects.get(), people, P1="for", P2="for", N1="for", G1="for")
    item = AgendaItem.objects.get()
    committee.decide_item(item, by=officer, at=HELD)
    assert item.result == "carried"


def test_a_superuser_has_no_vote(item: AgendaItem) -> None:
    root = User.objects.create_superuser("root@example.org", name="Root")
    for name in ("view_agendaitem", "cast_vote", "decide_item", "read_item_papers"):
        assert not can(root, f"applications.{name}", item)
