"""Comparing a rail's own account of a period with our instructions: a pure function, and the rows it needs."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, Q, When
from django.utils import timezone

from disbursements.gateway.protocol import RailLine
from disbursements.gateway.registry import RAILS
from disbursements.gateway.registry import rail as rail_of
from disbursements.models import BatchItem, PaymentInstruction, RailCheck, RailFinding, StatementLine
from disbursements.states import FindingKind, FindingState, InstructionState, LineKind, RailCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet


COUNTED = (
    InstructionState.ACCEPTED,
    InstructionState.UNKNOWN,
    InstructionState.PAID,
    InstructionState.RETURNED,
)
SLACK = dt.timedelta(days=3)  # the two sides write midnight at different moments: a neighbour's day is looked at too
BANK_SLACK = dt.timedelta(days=14)  # a bank takes days to carry out what a person brought
OWN_NAME = re.compile(r"DISB-(\d+)-V(\d+)")


@dataclass(frozen=True)
class Ours:
    """One instruction as the comparison sees it."""

    id: int
    key: str
    amount_minor: int
    currency: str
    on_date: dt.date
    alive: bool  # the rail should have it
    returned: bool = False  # paid and sent back: the rail may show both movements, which sum to nothing


@dataclass(frozen=True)
class Difference:
    """One difference between the two sides."""

    kind: str
    key: str
    on_date: dt.date
    currency: str
    our_minor: int | None = None
    their_minor: int | None = None
    reference: str = ""
    instruction: int | None = None


@dataclass(frozen=True)
class Comparison:
    """Both sides counted, and where they differ."""

    ours: int
    theirs: int
    agreed: int
    differences: tuple[Difference, ...]


def compare(ours: Iterable[Ours], theirs: Iterable[RailLine], start: dt.date, end: dt.date) -> Comparison:
    """Who has what: by key, each once. A key the rail has twice counts with its sum, so that a double payment shows.

    Both sides may hand in days beyond the period: they help to find the partner, and are not counted themselves.
    """
    book = {one.key: one for one in ours}
    held: dict[str, list[RailLine]] = {}
    for line in theirs:
        held.setdefault(line.key, []).append(line)
    found, agreed, counted_ours, counted_theirs = [], 0, 0, 0
    for key in sorted({*book, *held}):
        mine, lines = book.get(key), held.get(key, [])
        days = [line.on_date for line in lines] + ([mine.on_date] if mine else [])
        if not any(start <= day <= end for day in days):
            continue
        counted_ours += mine is not None and mine.alive
        counted_theirs += len(lines)
        difference = _difference(key, mine, lines)
        agreed += difference is None and bool(lines)
        found += [difference] if difference else []
    return Comparison(counted_ours, counted_theirs, agreed, tuple(found))


def _difference(key: str, mine: Ours | None, lines: Sequence[RailLine]) -> Difference | None:
    if not lines:
        if mine is None or not mine.alive:
            return None
        return Difference(
            FindingKind.OURS_ONLY, key, mine.on_date, mine.currency, our_minor=mine.amount_minor, instruction=mine.id
        )
    total, first = sum(line.amount_minor for line in lines), lines[0]
    about: dict[str, Any] = {"their_minor": total, "reference": first.reference}
    if mine is None or not mine.alive:
        ident = mine.id if mine else None
        return Difference(FindingKind.RAIL_ONLY, key, first.on_date, first.currency, instruction=ident, **about)
    right = {mine.amount_minor, 0} if mine.returned else {mine.amount_minor}
    if total not in right or {line.currency for line in lines} != {mine.currency}:
        return Difference(
            FindingKind.DIFFERS,
            key,
            first.on_date,
            first.currency,
            our_minor=mine.amount_minor,
            instruction=mine.id,
            **about,
        )
    return None


def ours_in(code: str, start: dt.date, end: dt.date) -> list[Ours]:
    """Instructions of a rail in a period and a little around it (one query)."""
    zone = timezone.get_current_timezone()
    slack = slack_of(code)
    first = dt.datetime.combine(start - slack, dt.time.min, zone)
    last = dt.datetime.combine(end + slack, dt.time.max, zone)
    rows = PaymentInstruction.objects.filter(rail=code, prepared_at__range=(first, last)).order_by("id")
    return [
        Ours(
            id=row.pk,
            key=row.key,
            amount_minor=row.amount_minor,
            currency=row.currency,
            on_date=timezone.localdate(row.prepared_at),
            alive=row.state in COUNTED,
            returned=row.state == InstructionState.RETURNED,
        )
        for row in rows
    ]


def slack_of(code: str) -> dt.timedelta:
    """How far beyond the period a partner is looked for."""
    return BANK_SLACK if rail_of(code).capabilities().by_hand else SLACK


def theirs_in(code: str, start: dt.date, end: dt.date) -> list[RailLine]:
    """The other side's lines of the period and a little around it.

    A rail is asked (call it outside of a transaction). What people carry by hand stands on the bank's statements.
    """
    slack, able = slack_of(code), rail_of(code).capabilities()
    if able.by_hand:
        return _from_statements(code, start - slack, end + slack)
    if not able.keeps_list:
        return _asked(code, start, end)
    return list(rail_of(code).reconcile(start - slack, end + slack))


def _asked(code: str, start: dt.date, end: dt.date) -> list[RailLine]:
    """A rail without a list is asked for each payment of ours. It cannot tell of payments that we do not have."""
    found = []
    for mine in ours_in(code, start, end):
        status = rail_of(code).status(mine.key)
        if status.state not in {"absent", "failed"}:  # no answer is no difference: the errand asks on
            minor = mine.amount_minor if status.amount_minor is None else status.amount_minor
            found.append(RailLine(mine.key, status.reference, minor, status.currency or mine.currency, mine.on_date))
    return found


def _from_statements(code: str, start: dt.date, end: dt.date) -> list[RailLine]:
    """Payments of a way that is carried by hand, as the bank's statements show them (three queries)."""
    lines = StatementLine.objects.filter(booked__range=(start, end), amount_minor__lt=0)
    tied = lines.filter(kind=LineKind.PAYMENT, instruction__rail=code).select_related("instruction")
    found = [_line(row, row.instruction.key, row.instruction.amount_minor) for row in tied if row.instruction]
    batches = lines.filter(kind=LineKind.BATCH)
    whole = {row.batch_id: row for row in batches}
    items = BatchItem.objects.filter(instruction__rail=code, batch__statement_lines__in=batches)
    found += [
        _line(whole[item.batch_id], item.instruction.key, item.instruction.amount_minor)
        for item in items.select_related("instruction").distinct()
        if item.instruction
    ]
    if code == RailCode.BANK_FILE:
        unknown = lines.filter(kind="", end_to_end_id__istartswith="DISB-")
        named = [(row, OWN_NAME.fullmatch(row.end_to_end_id.upper())) for row in unknown]
        found += [_line(row, f"disb:{name[1]}:v{name[2]}", -row.amount_minor) for row, name in named if name]
    return found


def _line(row: StatementLine, key: str, amount_minor: int) -> RailLine:
    return RailLine(
        key=key,
        reference=row.bank_reference,
        amount_minor=amount_minor,
        currency=row.currency,
        on_date=row.booked,
    )


def rails_to_check() -> list[tuple[str, str]]:
    """Every way of paying that is connected: by its own account, or by the bank's statements."""
    return [(code, str(RailCode(code).label)) for code in RAILS if not rail_of(code).capabilities().missing]


def checks_for_list(user: Any) -> QuerySet[RailCheck]:
    """Checks with how many of their findings are still open."""
    still = Count("findings", filter=Q(findings__state=FindingState.OPEN))
    return RailCheck.objects.visible_to(user).select_related("ran_by").annotate(found=Count("findings"), still=still)


def next_finding(done: RailFinding, user: Any) -> RailFinding | None:
    """The next difference that nobody has explained: of the same way of paying first, oldest first."""
    rows = findings_for_list(user).filter(state=FindingState.OPEN).exclude(pk=done.pk)
    return rows.order_by(Case(When(rail=done.rail, then=0), default=1), "on_date", "pk").first()


def findings_for_list(user: Any) -> QuerySet[RailFinding]:
    """Findings with the payment they speak of."""
    return RailFinding.objects.visible_to(user).select_related("check_run", "instruction__tranche__grant__application")
