"""Meetings of the sample: agendas, declarations, votes, decisions, minutes."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from applications.actions.committee import (
    approve_minutes,
    attend_meeting,
    call_meeting,
    close_meeting,
    move_meeting,
    open_meeting,
    prepare_meeting,
    put_on_agenda,
)
from applications.actions.minutes import draft_minutes
from applications.actions.voting import cast_vote, decide_item, declare_interest
from applications.states import ConflictKind, DecisionType, MeetingMode, VoteChannel, VoteValue
from evaluation.management.sample_fund.book import CLOCK, day

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline

OFFICER, OTHER = "officer-1", "officer-2"
RECUSED = "recused"
WRITTEN = "the written procedure"
VALUES = {"in_favour": VoteValue.FOR, "against": VoteValue.AGAINST, "abstain": VoteValue.ABSTAIN}
LINKS = {"FPCL-2024-003": ConflictKind.BOARD, "FPCL-2025-008": ConflictKind.PURCHASE}
CHANNELS = {"in_person": VoteChannel.ROOM, "hybrid": VoteChannel.SYSTEM, "online": VoteChannel.CALL}


def note_meetings(book: Book, timeline: Timeline) -> None:
    """Prepared with its agenda, called, held on its day, minuted."""
    for said in book.file["context"]["meetings"]:
        code, given = said["code"], book.invented["meetings"][said["code"]]
        before = [one for one in book.proposals if one.file["decision"] and one.file["decision"]["meeting"] == code]
        timeline.on(given["called"], code, partial(prepare, book, said))
        for proposal in before:
            timeline.on(proposal.invented["decision"]["on_agenda"], proposal.ref, partial(put, book, proposal, code))
        timeline.on(given["called"], code, partial(call, book, code))
        for proposal in before:
            timeline.on(given["called"], proposal.ref, partial(declare_links, book, proposal))
        if said["quorum_met"]:
            note_sitting(book, timeline, said, given, before)
        else:
            timeline.on(book.in_days(-1), code, partial(move, book, code, given["moved_days"]))
    timeline.on(book.extras["written"]["called"], WRITTEN, partial(ask_in_writing, book))


def note_sitting(
    book: Book, timeline: Timeline, said: dict[str, Any], given: dict[str, Any], items: list[Proposal]
) -> None:
    """The day of the meeting, and its minutes."""
    code = said["code"]
    timeline.on(said["date"], code, partial(sit_down, book, said, given["observers"]))
    for proposal in items:
        timeline.on(said["date"], proposal.ref, partial(decide, book, proposal, said["mode"]))
    timeline.on(said["date"], code, partial(close, book, code))
    timeline.on(given["minutes_approved"], code, partial(approve, book, code))


def ask_in_writing(book: Book, at: dt.datetime) -> None:
    """A written procedure on a small grant: one has voted, some have only declared, the others have yet to look."""
    given, officer = book.extras["written"], book.person(OFFICER)
    meeting = prepare_meeting(mode=MeetingMode.WRITTEN, held_date=at.date(), by=officer, at=at)
    (proposal,) = (one for one in book.proposals if one.ref == given["about"])
    item = put_on_agenda(
        meeting,
        decision_type=DecisionType.APPROVE,
        application=proposal.application,
        proposal=proposal.file["summary"],
        by=officer,
        at=at,
    )
    call_meeting(meeting, by=officer, at=at)
    item.refresh_from_db()
    for seat in given["declared"]:
        declare_interest(item, by=book.member(seat), at=at)
    for seat, value in given["votes"].items():
        cast_vote(item, value=VALUES[value], by=book.member(seat), at=at)


def prepare(book: Book, said: dict[str, Any], at: dt.datetime) -> None:
    """A draft with its day."""
    book.rows[said["code"]] = prepare_meeting(
        mode=said["mode"], held_date=day(said["date"]), by=book.person(OFFICER), at=at
    )


def put(book: Book, proposal: Proposal, code: str, at: dt.datetime) -> None:
    """The item with its conditions, as members will vote on it."""
    conditions = [
        {
            "text": row["label"],
            "owner": row["owner"],
            "due_date": day(row["due"]) if "due" in row else book.in_days(row["due_days"]),
            "before_tranche": row.get("tranche", 1),
        }
        for row in proposal.invented["decision"]["conditions"]
    ]
    proposal.rows["item"] = put_on_agenda(
        book.rows[code],
        decision_type=DecisionType.APPROVE_WITH_CONDITIONS if conditions else DecisionType.APPROVE,
        application=proposal.application,
        proposal=proposal.file["summary"],
        conditions=conditions,
        by=book.person(OFFICER),
        at=at,
    )


def call(book: Book, code: str, at: dt.datetime) -> None:
    """The agenda goes out."""
    call_meeting(book.rows[code], by=book.person(OFFICER), at=at)


def move(book: Book, code: str, days: int, at: dt.datetime) -> None:
    """The meeting that is still to come is held some days after the loading."""
    move_meeting(book.rows[code], held_date=book.in_days(days), reason=CLOCK, by=book.person(OFFICER), at=at)


def declare_links(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Who has a link says so as soon as the agenda is out."""
    for seat, note in proposal.invented["decision"].get("recusal_reason", {}).items():
        by, conflict = book.member(seat), LINKS[proposal.ref]
        declare_interest(proposal.rows["item"], conflict=conflict, note=note, by=by, at=at)


def sit_down(book: Book, said: dict[str, Any], observers: list[str], at: dt.datetime) -> None:
    """Members and observers are there; the meeting opens."""
    meeting = book.rows[said["code"]]
    open_meeting(meeting, by=book.person(OFFICER), at=at)
    for seat in observers:
        attend_meeting(meeting, by=book.member(seat), at=at, channel=CHANNELS[said["mode"]])


def decide(book: Book, proposal: Proposal, mode: str, at: dt.datetime) -> None:
    """Those without a link say so and vote; the rule counts."""
    item = proposal.rows["item"]
    for seat, value in proposal.invented["decision"]["votes"].items():
        if value == RECUSED:
            continue
        declare_interest(item, by=book.member(seat), at=at)
        cast_vote(item, value=VALUES[value], channel=CHANNELS[mode], by=book.member(seat), at=at)
    decide_item(item, by=book.person(OFFICER), at=at)
    proposal.application.refresh_from_db()


def close(book: Book, code: str, at: dt.datetime) -> None:
    """The meeting is over; an officer draws up the minutes."""
    meeting = book.rows[code]
    close_meeting(meeting, by=book.person(OFFICER), at=at)
    draft_minutes(meeting, by=book.person(OFFICER), at=at)


def approve(book: Book, code: str, at: dt.datetime) -> None:
    """A second person agrees with the minutes."""
    approve_minutes(book.rows[code], by=book.person(OTHER), at=at)
