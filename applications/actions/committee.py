"""Meetings and agendas: prepare, put on, call, open, close, minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.actions.deciding import add_conditions, check_award
from applications.actions.reviewing import lock
from applications.actions.seats import mark_present, seat_of
from applications.actions.voting import (
    ask_for_meeting,
    cast_vote,
    comment_item,
    decide_item,
    declare_interest,
    defer_item,
)
from applications.models import AgendaItem, Application, AwardCondition, Meeting
from applications.states import (
    ABOUT_APPLICATION,
    APPROVALS,
    AWARDED,
    ApplicationState,
    DecisionType,
    ItemState,
    MeetingMode,
    MeetingState,
    VoteChannel,
)
from fundmgmt.models import NoSuchStep, StepRefused, next_ref
from fundmgmt.rules import rule, working_days_after
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable, Mapping

    from fundmgmt.models import User

# One door to the Committee's verbs: those on one item live in voting.py.
__all__ = [
    "add_condition",
    "approve_minutes",
    "ask_for_meeting",
    "attend_meeting",
    "call_meeting",
    "cast_vote",
    "close_meeting",
    "comment_item",
    "decide_item",
    "declare_interest",
    "defer_item",
    "move_meeting",
    "open_meeting",
    "prepare_meeting",
    "put_on_agenda",
    "withdraw_condition",
]


def prepare_meeting(
    *, mode: str, held_date: dt.date, by: User | None, at: dt.datetime, place: str = "", note: str = ""
) -> Meeting:
    """A new meeting, or a written procedure, numbered SC-<year>-<number>."""
    with transaction.atomic():
        if mode not in MeetingMode.values:
            raise StepRefused(_("Choose how the Committee meets."), field="mode")
        if held_date < timezone.localdate(at):
            raise StepRefused(_("This day is past. Choose a later one."), field="held_date")
        meeting = Meeting(
            ref=next_ref("SC", held_date.year), mode=mode, held_date=held_date, place=place.strip(), note=note.strip()
        )
        facts = {"ref": meeting.ref, "mode": mode, "held_date": held_date}
        return begin(meeting, by=by, at=at, facts=facts)


def call_meeting(meeting: Meeting, *, by: User | None, at: dt.datetime, expected_version: int | None = None) -> Meeting:
    """Send the agenda out. A written procedure opens at once; its last day follows from the rule."""
    with transaction.atomic():
        items = meeting.items.count()
        if meeting.written and not items:
            raise StepRefused(_("A written procedure needs at least one item: put one on the agenda first."))
        day = timezone.localdate(at)
        until = working_days_after(day, rule("committee_written_days", day).value) if meeting.written else None
        perform(
            meeting,
            "call",
            by=by,
            at=at,
            facts={"ref": meeting.ref, "answers_until": until, "items": items},
            expected_version=expected_version,
            called_at=at,
            answers_until_date=until,
        )
        if meeting.written:
            open_meeting(meeting, by=by, at=at)
    return meeting


def move_meeting(
    meeting: Meeting,
    *,
    held_date: dt.date,
    reason: str,
    by: User | None,
    at: dt.datetime,
    expected_version: int | None = None,
) -> Meeting:
    """Hold it on another day, with the reason that members read."""
    if held_date < timezone.localdate(at):
        raise StepRefused(_("This day is past. Choose a later one."), field="held_date")
    return perform(
        meeting,
        "move_day",
        by=by,
        at=at,
        reason=reason,
        facts={"ref": meeting.ref, "held_date": held_date, "was": meeting.held_date},
        expected_version=expected_version,
        held_date=held_date,
    )


def open_meeting(meeting: Meeting, *, by: User | None, at: dt.datetime, expected_version: int | None = None) -> Meeting:
    """Votes are possible from now on."""
    seats = meeting.attendances.filter(seat__votes=True).count()
    facts = {"ref": meeting.ref, "seats": seats}
    return perform(meeting, "open", by=by, at=at, facts=facts, expected_version=expected_version, opened_at=at)


def attend_meeting(meeting: Meeting, *, by: User, at: dt.datetime, channel: str = VoteChannel.SYSTEM) -> Meeting:
    """A holder or alternate says that the seat is there."""
    with transaction.atomic():
        perform(meeting, "attend", by=by, at=at, facts={"seat": seat_of(by).code, "channel": channel})
        mark_present(meeting, by, channel, at)
    return meeting


def close_meeting(
    meeting: Meeting, *, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> Meeting:
    """Every item is decided or deferred; the minutes follow."""
    facts = {"ref": meeting.ref, "items": meeting.items.count()}
    return perform(meeting, "close", by=by, at=at, facts=facts, expected_version=expected_version, closed_at=at)


def approve_minutes(
    meeting: Meeting, *, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> Meeting:
    """A second person agrees with the minutes; they are final."""
    paper = meeting.minutes_paper
    return perform(
        meeting,
        "approve_minutes",
        by=by,
        at=at,
        facts={"ref": meeting.ref, "sha256": paper.sha256 if paper else ""},
        expected_version=expected_version,
        approved_by=by,
        approved_at=at,
    )


def put_on_agenda(
    meeting: Meeting,
    *,
    decision_type: str,
    by: User | None,
    at: dt.datetime,
    application: Application | None = None,
    thread: uuid.UUID | None = None,
    title: str = "",
    proposal: str = "",
    amount_minor: int | None = None,
    departs_because: str = "",
    conditions: Iterable[Mapping[str, Any]] = (),
) -> AgendaItem:
    """Propose a decision. The project is named by `application` or by its `thread`; a change of rules has neither."""
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update(of=("self",), no_key=True).get(pk=meeting.pk)
        if meeting.state not in {MeetingState.DRAFT, MeetingState.CALLED} and not (
            meeting.state == MeetingState.OPEN and not meeting.written
        ):
            raise NoSuchStep(_("The agenda of this meeting is closed."))
        if application is None and thread is not None:
            application = Application.objects.filter(thread=thread).first()
        rows = list(conditions)
        if decision_type != DecisionType.CHANGE_RULE:
            application = _check_project(
                meeting, application, decision_type, len(rows), amount_minor, departs_because, by, at
            )
        elif not title.strip():
            raise StepRefused(_("Give the item a title."), field="title")
        last = AgendaItem.objects.filter(meeting=meeting).aggregate(last=Max("no"))["last"] or 0
        item = AgendaItem(
            meeting=meeting,
            no=last + 1,
            application=application,
            title=title.strip() or (str(application) if application else ""),
            decision_type=decision_type,
            proposal=proposal.strip(),
            amount_minor=_amount(application, decision_type, amount_minor),
            currency=application.currency if application else "USD",
            departs_because=departs_because.strip(),
        )
        if application is not None:
            item.thread = application.thread
        begin(item, by=by, at=at, facts={"ref": item.ref, "decision_type": decision_type})
        add_conditions(rows, item=item)
        return item


def _amount(application: Application | None, decision_type: str, amount_minor: int | None) -> int | None:
    if decision_type in APPROVALS and application is not None and amount_minor is None:
        return application.requested_minor
    return amount_minor


def _check_project(  # noqa: PLR0917 -- the same parts as the item
    meeting: Meeting,
    application: Application | None,
    decision_type: str,
    conditions: int,
    amount_minor: int | None,
    departs_because: str,
    by: User | None,
    at: dt.datetime,
) -> Application:
    if application is None:
        raise StepRefused(_("Name the project this item is about."), field="application")
    application = lock(application)
    if application.agenda_items.filter(state=ItemState.PROPOSED).exists():
        raise StepRefused(_("This project is on an agenda already."), field="application")
    windows = rule("committee_written_windows", timezone.localdate(at)).value if meeting.written else ()
    if meeting.written and not (decision_type in ABOUT_APPLICATION and application.window in windows):
        raise StepRefused(_("The written procedure is for small grants: this item needs a meeting."))
    if decision_type not in ABOUT_APPLICATION:
        if application.state not in AWARDED:
            raise StepRefused(_("This decision is about a grant, and this project has none."), field="decision_type")
        return application
    if application.state == ApplicationState.DEFERRED:
        perform(application, "send_to_committee", by=by, at=at, facts={"meeting": meeting.ref})
    if application.state != ApplicationState.IN_COMMITTEE:
        raise StepRefused(_("This project is not before the Committee now."), field="application")
    if decision_type in APPROVALS:
        _check_award(application, decision_type, conditions, amount_minor, departs_because)
    return application


def _check_award(
    application: Application, decision_type: str, conditions: int, amount_minor: int | None, departs_because: str
) -> None:
    if amount_minor is not None and not 0 < amount_minor <= application.requested_minor:
        raise StepRefused(_("The award is above zero and at most what was asked for."), field="amount_minor")
    if decision_type == DecisionType.APPROVE_WITH_CONDITIONS:
        conditions = max(conditions, 1)  # asked for again, really there, when the decision is recorded
    check_award(application, conditions=conditions, departs_because=departs_because, by_committee=True)


def add_condition(
    item: AgendaItem,
    *,
    text: str,
    by: User | None,
    at: dt.datetime,
    owner: str = "grantee",
    due_date: dt.date | None = None,
    kind: str = "named",
    before_tranche: int | None = None,
) -> AwardCondition:
    """Propose a condition before the vote, so that members know what they vote on."""
    with transaction.atomic():
        item = AgendaItem.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
        (row,) = add_conditions(
            [{"text": text, "owner": owner, "due_date": due_date, "kind": kind, "before_tranche": before_tranche}],
            item=item,
        )
        facts = {"ref": item.ref, "no": row.no, "kind": row.kind, "due_date": row.due_date}
        perform(item, "add_condition", by=by, at=at, facts=facts)
    return row


def withdraw_condition(item: AgendaItem, *, no: int, by: User | None, at: dt.datetime) -> AgendaItem:
    """Take a proposed condition back before the decision."""
    with transaction.atomic():
        perform(item, "withdraw_condition", by=by, at=at, facts={"ref": item.ref, "no": no})
        gone, _each = AwardCondition.objects.filter(item=item, no=no).delete()
        if not gone:
            raise StepRefused(_("There is no such condition any more."), field="no")
    return item
