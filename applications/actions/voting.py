"""On one agenda item: declare, vote, comment, ask for a meeting, and record what the votes decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from applications.actions.deciding import add_conditions, apply_decision
from applications.actions.seats import mark_present, seat_of
from applications.models import AgendaItem, ConflictOfInterest, Declaration, ItemComment, Vote
from applications.queries import committee as read
from applications.states import APPROVALS, DecisionType, ItemResult, MeetingState, VoteChannel, VoteValue
from fundmgmt.models import NoSuchStep, StepRefused
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from applications.queries.law import Outcome
    from fundmgmt.models import User
    from fundmgmt.rules import RuleValue


def declare_interest(item: AgendaItem, *, by: User, at: dt.datetime, conflict: str = "", note: str = "") -> AgendaItem:
    """A member or observer says whether there is a link with the project; empty `conflict` means none.

    A link bars the person from the project at once and takes the seat out of the item's quorum. It cannot be taken
    back here.
    """
    with transaction.atomic():
        seat = seat_of(by)
        facts = {"ref": item.ref, "seat": seat.code, "conflict": conflict or "none"}
        perform(item, "declare", by=by, at=at, facts=facts)
        barred = item.application is not None and item.application.conflicts.filter(user=by).exists()
        earlier = Declaration.objects.filter(item=item, user=by).first()
        if not conflict and (barred or (earlier is not None and earlier.conflict)):
            raise StepRefused(_("You declared a link with this project before; it stays."), field="conflict")
        Declaration.objects.update_or_create(
            item=item, user=by, defaults={"seat": seat, "conflict": conflict, "note": note.strip(), "at": at}
        )
        if conflict and item.application is not None:
            ConflictOfInterest.objects.get_or_create(
                application=item.application,
                user=by,
                defaults={
                    "conflict": conflict,
                    "note": note.strip(),
                    "source": item.ref,
                    "declared_at": at,
                    "declared_by": by,
                },
            )
    return item


def cast_vote(
    item: AgendaItem, *, value: str, by: User, at: dt.datetime, channel: str = VoteChannel.SYSTEM
) -> AgendaItem:
    """Vote for one's own seat, or change the vote until the item is decided. Each vote is journalled."""
    with transaction.atomic():
        if value not in VoteValue.values:
            raise StepRefused(_("Choose for, against or abstain."), field="value")
        seat = seat_of(by)
        before = Vote.objects.filter(item=item, seat=seat).first()
        facts: dict[str, Any] = {"ref": item.ref, "seat": seat.code, "value": value, "channel": channel}
        if before is not None:
            facts["was"] = before.value
        perform(item, "vote", by=by, at=at, facts=facts)
        Vote.objects.update_or_create(
            item=item, seat=seat, defaults={"user": by, "value": value, "channel": channel, "at": at}
        )
        mark_present(item.meeting, by, channel, at)
    return item


def comment_item(item: AgendaItem, *, text: str, by: User, at: dt.datetime) -> AgendaItem:
    """Say something for the record; observers too."""
    with transaction.atomic():
        if not text.strip():
            raise StepRefused(_("Write your comment."), field="text")
        seat = seat_of(by)
        perform(item, "comment", by=by, at=at, facts={"ref": item.ref, "seat": seat.code})
        ItemComment.objects.create(item=item, seat=seat, user=by, text=text.strip(), at=at)
        if item.meeting.state == MeetingState.OPEN:
            mark_present(item.meeting, by, VoteChannel.SYSTEM, at)
    return item


def ask_for_meeting(item: AgendaItem, *, by: User, at: dt.datetime, reason: str = "") -> AgendaItem:
    """Any member takes an item out of the written procedure."""
    seat = seat_of(by)
    facts = {"ref": item.ref, "seat": seat.code}
    return perform(item, "ask_for_meeting", by=by, at=at, facts=facts, reason=reason, seat=seat)


def decide_item(
    item: AgendaItem,
    *,
    by: User | None,
    at: dt.datetime,
    reason: str = "",
    conditions: Iterable[Mapping[str, Any]] = (),
    expected_version: int | None = None,
) -> AgendaItem:
    """Count the votes by the rules of the day and let the decision take effect.

    Without a quorum the item waits (StepRefused says why). An objection in a written procedure sends it to a meeting.
    """
    with transaction.atomic():
        given, item = item, _locked(item)
        if item.meeting.state != MeetingState.OPEN:
            raise NoSuchStep(_("Decisions are recorded while the meeting is open."))
        outcome, values = read.outcome_of(item, at)
        if outcome.result == "waits":
            raise StepRefused(read.WHY[outcome.why])
        if outcome.result == ItemResult.TO_MEETING:
            _settle(item, "defer", outcome.result, outcome, values, reason, expected_version, by, at)
            given.refresh_from_db()
            return given
        add_conditions(conditions, item=item)
        decision = _real_type(item)
        _settle(item, "decide", outcome.result, outcome, values, reason, expected_version, by, at, decision)
        if outcome.carried:
            apply_decision(item, by=by, at=at, reason=reason)
    given.refresh_from_db()
    return given


def _locked(item: AgendaItem) -> AgendaItem:
    rows = AgendaItem.objects.select_for_update(of=("self",), no_key=True).select_related("meeting", "application")
    return rows.get(pk=item.pk)


def _real_type(item: AgendaItem) -> str:
    """An approval with conditions is one that has conditions."""
    if item.decision_type not in APPROVALS:
        return item.decision_type
    has_some = item.conditions.exists()
    if item.decision_type == DecisionType.APPROVE_WITH_CONDITIONS and not has_some:
        raise StepRefused(_("Write at least one condition, or propose to approve without any."), field="conditions")
    return DecisionType.APPROVE_WITH_CONDITIONS if has_some else DecisionType.APPROVE


def defer_item(
    item: AgendaItem, *, reason: str, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> AgendaItem:
    """Nothing is decided; the project stays before the Committee and can be put on a later agenda."""
    with transaction.atomic():
        given, item = item, _locked(item)
        if not reason.strip():
            raise StepRefused(_("Write why the item is put off."), field="reason")
        outcome, values = read.outcome_of(item, at)
        result = ItemResult.TO_MEETING if outcome.quorum else ItemResult.NO_QUORUM
        _settle(item, "defer", result, outcome, values, reason, expected_version, by, at)
    given.refresh_from_db()
    return given


def _settle(  # noqa: PLR0917 -- everything a decision is made of
    item: AgendaItem,
    step: str,
    result: str,
    outcome: Outcome,
    values: dict[str, RuleValue],
    reason: str,
    expected_version: int | None,
    by: User | None,
    at: dt.datetime,
    decision: str = "",
) -> AgendaItem:
    counts = read.counts_of(outcome, values, read.observers_at(item.meeting))
    told = ("eligible", "needed", "present", "in_favour", "against", "abstain", "recused", "observers", "quorum", "why")
    facts: dict[str, Any] = {
        "ref": item.ref,
        "decision_type": decision or item.decision_type,
        "result": result,
        **{key: counts[key] for key in told},
    }
    if step == "decide":
        facts["conditions"] = item.conditions.count()
        if item.amount_minor is not None:
            facts |= {"amount_minor": item.amount_minor, "currency": item.currency}
    return perform(
        item,
        step,
        by=by,
        at=at,
        reason=reason,
        facts=facts,
        expected_version=expected_version,
        result=result,
        counts=counts,
        decided_by=by,
        decided_at=at,
    )
