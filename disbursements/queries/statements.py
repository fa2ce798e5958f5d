"""Reading bank statements: lists, how much was matched by itself, what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, Q, When

from disbursements.models import BankStatement, StatementLine
from disbursements.states import LineState, MatchedBy
from fundmgmt.access import can

if TYPE_CHECKING:
    from django.db.models import QuerySet

LOOK_AHEAD = 50
BY_ITSELF = Q(state=LineState.MATCHED, proposed_at=None) & ~Q(matched_by=MatchedBy.PERSON)


@dataclass(frozen=True)
class Rate:
    """How far the matching is, and how much of it needed nobody."""

    lines: int
    looked: int
    by_itself: int
    proposed: int
    matched: int

    @property
    def waiting(self) -> int:
        """Lines that stand in the way of closing."""
        return self.lines - self.matched

    @property
    def running(self) -> bool:
        """Whether a worker still has lines to look at."""
        return self.looked < self.lines


def statements_for_list(user: Any) -> QuerySet[BankStatement]:
    """Statements with how many of their lines wait."""
    return (
        BankStatement.objects.visible_to(user)
        .select_related("file", "file__imported_by")
        .annotate(
            waiting=Count("lines", filter=~Q(lines__state=LineState.MATCHED)),
        )
    )


def lines_for_list(user: Any) -> QuerySet[StatementLine]:
    """Lines with what they were matched to."""
    return StatementLine.objects.visible_to(user).select_related(
        "statement",
        "batch",
        "donor",
        "pledge",
        "grant",
        "entry",
        "instruction__tranche__grant",
        "contribution__donor",
        "refund__grant",
    )


def next_line(done: StatementLine, user: Any) -> StatementLine | None:
    """The line this person can go on with: of the same account first, in the order of the list, then from its top."""
    rows = lines_for_list(user).filter(state__in=(LineState.OPEN, LineState.PROPOSED)).exclude(pk=done.pk)
    same = Q(statement__account=done.statement.account, statement__currency=done.statement.currency)
    behind = Q(booked__lt=done.booked) | Q(booked=done.booked, pk__lt=done.pk)
    order = (Case(When(same, then=0), default=1), Case(When(behind, then=1), default=0), "booked", "pk")
    for row in rows.order_by(*order)[:LOOK_AHEAD]:
        if row.state == LineState.OPEN or can(user, "disbursements.confirm_line", row):
            return row
    return None


def rate_of(lines: QuerySet[StatementLine]) -> Rate:
    """The rate of any lines (one query)."""
    found = lines.order_by().aggregate(
        lines=Count("pk"),
        looked=Count("pk", filter=Q(looked_at__isnull=False) | ~Q(state=LineState.OPEN)),
        by_itself=Count("pk", filter=BY_ITSELF),
        proposed=Count("pk", filter=Q(proposed_at__isnull=False, proposed_by=None)),
        matched=Count("pk", filter=Q(state=LineState.MATCHED)),
    )
    return Rate(**found)


def what_it_is(line: StatementLine) -> str:
    """What a line was matched to, or what is proposed, in a few words."""
    found = (
        line.instruction and line.instruction.tranche.ref,
        line.batch and line.batch.ref,
        line.contribution and line.contribution.donor.name,
        line.refund and line.refund.grant.ref,
        line.grant and line.grant.ref,
        line.pledge and f"{line.donor} · {line.pledge}",
        line.donor and line.donor.name,
        line.entry and str(line.entry.no),
    )
    return next((str(one) for one in found if one), "")
