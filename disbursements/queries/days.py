"""The bank's days: what the bank says, what the ledger says, and what explains the difference."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, Sum, Value
from django.db.models.functions import Cast, Concat

from disbursements.models import (
    BankStatement,
    BatchItem,
    ClosedDay,
    Contribution,
    LedgerEntry,
    LedgerLine,
    PaymentInstruction,
    Refund,
    StatementLine,
)
from disbursements.queries.candidates import booked_by_hand
from disbursements.states import AccountCode, EntryKind, LineKind, LineState

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class Bridge:
    """From the ledger's balance to the bank's on one day, in minor units of one currency.

    ledger + at_start + unmatched - not_shown + other_days = bank. `rest` is what the matches themselves do not explain.
    """

    bank: int
    ledger: int
    at_start: int  # difference that stood there before the first statement
    unmatched: int  # on statements, in no book of ours
    not_shown: int  # in our books, on no statement up to this day
    other_days: int  # matched, but booked by us before the first statement or after this day
    claimed: int  # receipts, refunds, costs and moves noted with a day of the bank that no line shows
    rest: int


def balance_on(account: str, currency: str, day: dt.date) -> int | None:
    """The bank's balance at the end of a day; None before its first statement (two queries)."""
    first = BankStatement.objects.filter(account=account, currency=currency).order_by("no").first()
    if first is None:
        return None
    lines = StatementLine.objects.filter(statement__account=account, statement__currency=currency, booked__lte=day)
    return first.opening_minor + _sum(lines)


def _sum(rows: QuerySet[Any], where: Q | None = None) -> int:
    return (rows.filter(where) if where else rows).aggregate(total=Sum("amount_minor"))["total"] or 0


def bridge_on(currency: str, day: dt.date) -> Bridge:
    """Both balances of a day and what lies between them, over all accounts of a currency."""
    firsts = list(BankStatement.objects.filter(currency=currency, no=1).order_by("start"))
    start = min((one.start for one in firsts), default=day)
    opening = sum(one.opening_minor for one in firsts)
    lines = StatementLine.objects.filter(currency=currency, booked__lte=day)
    matched = lines.filter(state=LineState.MATCHED)
    unmatched, moved = _sum(lines, ~Q(state=LineState.MATCHED)), _sum(matched)
    book = LedgerLine.objects.filter(account__code=AccountCode.BANK, currency=currency)
    within = Q(entry__day__gte=start, entry__day__lte=day)
    shown = book.filter(entry__in=_entries_of(matched))
    shown_all, shown_within = _sum(shown), _sum(shown, within)
    before, since = _sum(book, Q(entry__day__lt=start)), _sum(book, within)
    return Bridge(
        bank=opening + unmatched + moved,
        ledger=before + since,
        at_start=opening - before,
        unmatched=unmatched,
        not_shown=since - shown_within,
        other_days=shown_all - shown_within,
        claimed=claimed_unshown(currency, start, day),
        rest=moved - shown_all,
    )


def _entries_of(lines: QuerySet[StatementLine]) -> QuerySet[LedgerEntry]:
    """The ledger entries that these matched lines show."""
    stem = Value(f"{PaymentInstruction._meta.label_lower}:")
    payments = lines.filter(kind=LineKind.PAYMENT).annotate(cause=Concat(stem, Cast("instruction", CharField())))
    items = BatchItem.objects.filter(
        batch__in=lines.filter(kind=LineKind.BATCH).values("batch"), instruction__isnull=False
    ).annotate(cause=Concat(stem, Cast("instruction", CharField())))
    ordered = Q(source__in=payments.values("cause")) | Q(source__in=items.values("cause"))
    return LedgerEntry.objects.filter(
        Q(pk__in=lines.filter(entry__isnull=False).values("entry"))
        | Q(pk__in=lines.filter(contribution__isnull=False).values("contribution__entry"))
        | Q(pk__in=lines.filter(refund__isnull=False).values("refund__entry"))
        | Q(kind=EntryKind.IN_TRANSIT) & ordered
    )


def claimed_unshown(currency: str, start: dt.date, day: dt.date) -> int:
    """How many receipts, refunds, costs and moves name a day of the bank within the statements and stand on no line."""
    days = {"received_date__gte": start, "received_date__lte": day, "statement_lines__isnull": True}
    costs = LedgerEntry.objects.filter(
        booked_by_hand(),
        day__gte=start,
        day__lte=day,
        statement_lines__isnull=True,
        reversed_by__isnull=True,
        lines__currency=currency,
        lines__account__code=AccountCode.BANK,
    )
    return (
        Contribution.objects.filter(currency=currency, **days).count()
        + Refund.objects.filter(grant__currency=currency, **days).count()
        + costs.count()
    )


def accounts_with_days(user: Any) -> list[dict[str, Any]]:
    """Each account with its last statement, its open lines and the day up to which it is closed (two queries)."""
    last = BankStatement.objects.visible_to(user).filter(account=OuterRef("account"), currency=OuterRef("currency"))
    rows = list(
        BankStatement.objects.visible_to(user)
        .exclude(Exists(last.filter(no__gt=OuterRef("no"))))
        .select_related("file")
        .order_by("currency", "account")
    )
    counted = StatementLine.objects.unsettled().order_by().values_list("statement__account", "statement__currency")
    waiting = {(account, code): count for account, code, count in counted.annotate(Count("id"))}
    closed: dict[tuple[str, str], ClosedDay] = {}
    for one in ClosedDay.objects.visible_to(user).order_by("day"):
        closed[one.account, one.currency] = one
    return [
        {
            "statement": row,
            "waiting": waiting.get((row.account, row.currency), 0),
            "closed": closed.get((row.account, row.currency)),
        }
        for row in rows
    ]


def balances_by_day(account: str, currency: str, *, most: int = 62) -> list[tuple[dt.date, int]]:
    """The balance at the end of each day with movements, newest `most` days (three queries)."""
    rows = StatementLine.objects.filter(statement__account=account, statement__currency=currency)
    moved = list(rows.order_by().values_list("booked").annotate(Sum("amount_minor")).order_by("-booked")[:most])
    if not moved:
        return []
    balance = balance_on(account, currency, moved[0][0]) or 0
    found = []
    for day, change in moved:
        found.append((day, balance))
        balance -= change
    return found[::-1]


def closable_up_to(account: str, currency: str, today: dt.date) -> dt.date | None:
    """The last day up to which nothing stands in the way of closing an account now; None when something does."""
    last = BankStatement.objects.filter(account=account, currency=currency).order_by("-no").first()
    if last is None:
        return None
    day = min(last.end, today - dt.timedelta(days=1))
    closed = ClosedDay.objects.filter(account=account, currency=currency, day__gte=day)
    if closed.exists() or waiting_before(account, currency, day).exists():
        return None
    bridge = bridge_on(currency, day)
    return None if bridge.claimed or bridge.rest else day


def waiting_before(account: str, currency: str, day: dt.date) -> QuerySet[StatementLine]:
    """Lines in the way of closing up to a day."""
    rows = StatementLine.objects.filter(statement__account=account, statement__currency=currency, booked__lte=day)
    return rows.exclude(state=LineState.MATCHED)
