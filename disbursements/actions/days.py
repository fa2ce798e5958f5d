"""Closing the bank's days: only when every line is accounted for; from then on no fact of the bank joins them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from disbursements.actions.funding import FUND_THREAD
from disbursements.models import BankStatement, ClosedDay, StatementLine
from disbursements.queries.days import balance_on, bridge_on
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import money
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from fundmgmt.models import User


def close_day(*, account: str, currency: str, day: dt.date, by: User, at: dt.datetime) -> ClosedDay:
    """Close an account up to and with a day. Raises StepRefused (field `day`) with what is missing."""
    with transaction.atomic():
        require(by, "disbursements.close_day")
        statement = _covering(account, currency, day, at)
        before = ClosedDay.objects.filter(account=account, currency=currency).order_by("-day").first()
        if before is not None and before.day >= day:
            raise StepRefused(
                _("This account is closed up to %(day)s already.") % {"day": in_words(before.day)}, field="day"
            )
        lines = StatementLine.objects.filter(statement__account=account, statement__currency=currency, booked__lte=day)
        waiting = lines.unsettled().count()
        if waiting:
            said = ngettext(
                "%(n)s line up to this day is unmatched. Settle it first; nothing is written off by closing.",
                "%(n)s lines up to this day are unmatched. Settle them first; nothing is written off by closing.",
                waiting,
            )
            raise StepRefused(said % {"n": waiting}, field="day")
        bridge = bridge_on(currency, day)
        if bridge.claimed:
            said = ngettext(
                "%(n)s receipt, refund, cost or move is noted for a day of the bank up to then, and no line shows "
                "it. Import the next statement, or correct it.",
                "%(n)s receipts, refunds, costs or moves are noted for days of the bank up to then, and no line "
                "shows them. Import the next statement, or correct them.",
                bridge.claimed,
            )
            raise StepRefused(said % {"n": bridge.claimed}, field="day")
        if bridge.rest:
            raise StepRefused(
                _("Bank and ledger differ by %(rest)s on this day, and nothing explains it. Look at the days' page.")
                % {"rest": money(bridge.rest, currency)},
                field="day",
            )
        if before is not None:
            lines = lines.filter(booked__gt=before.day)
        return _close(statement, day, lines, balance_on(account, currency, day) or 0, before, by=by, at=at)


def _covering(account: str, currency: str, day: dt.date, at: dt.datetime) -> BankStatement:
    rows = BankStatement.objects.filter(account=account, currency=currency).select_related("file")
    last = rows.order_by("-no").first()
    if last is None:
        raise StepRefused(_("No statement of this account was imported yet."))
    if day >= timezone.localdate(at):
        raise StepRefused(_("Today is not over: choose an earlier day."), field="day")
    if last.end < day:
        raise StepRefused(
            _("The statements go up to %(day)s only. Import the next one first.") % {"day": in_words(last.end)},
            field="day",
        )
    return last


def _close(
    statement: BankStatement,
    day: dt.date,
    lines: QuerySet[StatementLine],
    balance_minor: int,
    before: ClosedDay | None,
    *,
    by: User,
    at: dt.datetime,
) -> ClosedDay:
    matched = list(
        lines.order_by("id").values_list(
            "pk", "amount_minor", "kind", "instruction", "batch", "contribution", "refund", "entry"
        )
    )
    content = json.dumps([before.seal if before else "", day.isoformat(), balance_minor, matched], default=str)
    row = ClosedDay(
        account=statement.account,
        currency=statement.currency,
        day=day,
        balance_minor=balance_minor,
        line_count=len(matched),
        seal=hashlib.sha256(content.encode()).hexdigest(),
        closed_by=by,
        closed_at=at,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise StepRefused(_("Something changed while you closed the day. Look again."), field="day") from error
    facts = {
        "day": day,
        "currency": row.currency,
        "balance_minor": balance_minor,
        "count": row.line_count,
        "seal": row.seal,
    }
    journal.record("disbursements.closedday.add", row, by=by, at=at, facts=facts, thread=FUND_THREAD)
    return row
