"""The committee's pages: seats, counts by the law, who may still speak, what is listed for information."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import AgendaItem, Application, Declaration, Meeting, Vote
from applications.queries import law
from applications.queries.law import CommitteeRules, Outcome, VotingSeat
from applications.states import AWARDED, ItemState, MeetingState, VoteValue, Window
from fundmgmt.models import Seat, Term
from fundmgmt.models.people import in_force
from fundmgmt.rules import RuleValue, rules

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

KEYS = [
    "committee_quorum_share",
    "committee_min_voters",
    "committee_min_constituencies",
    "committee_majority_share",
]

WHY = {
    "too_few_seats": _(
        "So many seats are recused that the others cannot make a quorum. The item waits, or an alternate is named."
    ),
    "too_few_present": _("Not enough seats have voted yet for a quorum."),
    "one_constituency": _("The votes come from one constituency only; the rule asks for more than one."),
    "all_abstained": _("Everybody abstained, so the proposal is not carried."),
    "consensus": _("Nobody maintains an objection: carried by consensus."),
    "tie": _("The votes are equal: a tie does not carry, and the chair has no second vote."),
    "majority": _("Somebody objects, and two thirds of the votes cast are in favour: carried by majority."),
    "no_majority": _("Somebody objects, and fewer than two thirds of the votes cast are in favour: not carried."),
    "meeting_asked": _("A member asked for a meeting: the item leaves the written procedure."),
    "objection": _("A member objects: the item leaves the written procedure and goes to a meeting."),
    "time_left": _("Members may still answer until the last day."),
    "no_objection": _("Nobody objected until the last day: carried by no-objection."),
    "deferred": _("Put off to a later meeting."),
}


EARLY = frozenset({"too_few_seats", "too_few_present", "one_constituency", "time_left"})
"""Why a decision cannot be recorded yet."""


def committee_rules(on: dt.date) -> tuple[CommitteeRules, dict[str, RuleValue]]:
    """The law's numbers on a day, and where each comes from (one query)."""
    book = rules(KEYS, on)
    quorum, majority = book["committee_quorum_share"].value, book["committee_majority_share"].value
    return (
        CommitteeRules(
            quorum_share=(quorum[0], quorum[1]),
            min_voters=book["committee_min_voters"].value,
            min_constituencies=book["committee_min_constituencies"].value,
            majority_share=(majority[0], majority[1]),
        ),
        book,
    )


def seats_on(day: dt.date) -> list[Seat]:
    """All seats of the Committee on a day, voting ones first."""
    return list(Seat.objects.filter(in_force(day)))


def recused_seats(item: AgendaItem, day: dt.date) -> set[int]:
    """Seats that take no part: declared here, or held by a person with a link declared elsewhere or by membership."""
    declared = set(Declaration.objects.filter(item=item).exclude(conflict="").values_list("seat_id", flat=True))
    application = item.application
    if application is None:
        return declared
    terms = Term.objects.filter(in_force(day), alternate=False)
    linked = Q(user__in=application.conflicts.values("user"))
    own = Q(user__memberships__organisation_id=application.organisation_id) & in_force(day, "user__memberships__")
    return declared | set(terms.filter(linked | own).values_list("seat_id", flat=True))


def outcome_of(item: AgendaItem, at: dt.datetime) -> tuple[Outcome, dict[str, RuleValue]]:
    """What the law says of an item now, and the rule values it used."""
    day = timezone.localdate(at)
    book, values = committee_rules(day)
    voting = [seat for seat in seats_on(item.meeting.held_date) if seat.votes]
    out = recused_seats(item, day)
    code_of = {seat.pk: seat.code for seat in voting}
    votes = dict(Vote.objects.filter(item=item).values_list("seat_id", "value"))
    seats = tuple(VotingSeat(seat.code, seat.constituency) for seat in voting)
    recused = frozenset(seat.code for seat in voting if seat.pk in out)
    cast = {code_of[pk]: value for pk, value in votes.items() if pk in code_of}
    if not item.meeting.written:
        return law.decide(seats, recused, cast, book), values
    until = item.meeting.answers_until_date
    return (
        law.decide_in_writing(
            seats,
            recused,
            cast,
            meeting_asked=item.meeting_asked_by_id is not None,
            time_over=until is not None and day > until,
            rules=book,
        ),
        values,
    )


def counts_of(outcome: Outcome, values: dict[str, RuleValue], observers: int) -> dict[str, Any]:
    """What is frozen with a decision: the counts and the numbers of the rules as they were."""
    return {
        **asdict(outcome),
        "observers": observers,
        "rules": {key: value.value for key, value in values.items()},
        "decided_in": {key: value.decided_in for key, value in values.items() if value.decided_in},
    }


def observers_at(meeting: Meeting) -> int:
    """Observers who were there."""
    return meeting.attendances.filter(seat__votes=False).count()


@dataclass(frozen=True)
class SeatLine:
    """A seat as an item's page shows it."""

    seat: Seat
    recused: bool
    declared: bool
    vote: str

    @property
    def word(self) -> object:
        """What the seat has done so far."""
        if self.recused:
            return _("recused: a declared link")
        if self.vote:
            return VoteValue(self.vote).label
        return _("no link; has not voted") if self.declared else _("has not declared yet")


def seat_lines(item: AgendaItem, at: dt.datetime) -> list[SeatLine]:
    """Every voting seat and where it stands on an item (four queries)."""
    out = recused_seats(item, timezone.localdate(at))
    declared = set(item.declarations.values_list("seat_id", flat=True))
    votes = dict(item.votes.values_list("seat_id", "value"))
    return [
        SeatLine(seat, seat.pk in out, seat.pk in declared, votes.get(seat.pk, ""))
        for seat in seats_on(item.meeting.held_date)
        if seat.votes
    ]


def for_information(meeting: Meeting) -> QuerySet[Application]:
    """Micro grants an officer approved since the meeting before this one opened: listed, not decided again."""
    before = (
        Meeting.objects.filter(opened_at__isnull=False, held_date__lte=meeting.held_date)
        .exclude(pk=meeting.pk)
        .order_by("-opened_at")
        .first()
    )
    rows = Application.objects.filter(window=Window.MICRO, state__in=AWARDED, decision_ref="")
    if meeting.opened_at is not None:
        rows = rows.filter(decided_at__lte=meeting.opened_at)
        if before is not None and before.opened_at < meeting.opened_at:
            rows = rows.filter(decided_at__gt=before.opened_at)
    elif before is not None:
        rows = rows.filter(decided_at__gt=before.opened_at)
    return rows.select_related("organisation").order_by("decided_at", "pk")


def waiting_items(user: Any, state: MeetingState) -> QuerySet[AgendaItem]:
    """Items still to decide of the meetings in one state, the next day first."""
    rows = AgendaItem.objects.visible_to(user).filter(meeting__state=state, state=ItemState.PROPOSED)
    return rows.select_related("meeting", "application").order_by("meeting__held_date", "meeting_id", "no")
