"""Which rails can carry a tranche to its payee, and in plain words why the others cannot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from disbursements.gateway.registry import RAILS
from disbursements.gateway.registry import rail as rail_of
from disbursements.models import BankDetail, Outbox, PaymentInstruction
from disbursements.states import (
    LIVE,
    ON_ITS_WAY,
    RAILS_FOR,
    DetailKind,
    Errand,
    ErrandState,
    InstructionState,
    RailCode,
    TrancheState,
)
from fundmgmt.formats.words import money
from fundmgmt.money import MINOR_DIGITS
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disbursements.models import Tranche

LIMITS = "mobile_money_limits"
MONTH = 30  # days that count together


@dataclass(frozen=True)
class Offer:
    """One rail for one tranche; `reason` says why not, and is empty when it can be used."""

    code: str
    label: str
    reason: object
    by_hand: bool
    note: object = ""

    @property
    def fits(self) -> bool:
        """Whether it can be used."""
        return not self.reason


def offers(tranche: Tranche, on: dt.date) -> list[Offer]:
    """Every rail there is, with the reason why it does not fit where it does not."""
    able = {code: rail_of(code).capabilities() for code in RAILS}
    return [
        Offer(code, str(RailCode(code).label), why_not(code, tranche, on), able[code].by_hand, able[code].note)
        for code in RAILS
    ]


def why_not(code: str, tranche: Tranche, on: dt.date) -> str:
    """Why this rail cannot carry this tranche on this day; empty when it can."""
    if tranche.bank_detail is None:
        return _("There are no bank details to pay to.")
    if code not in RAILS:
        return _("This way of paying is not set up.")
    return next(_reasons(code, tranche, tranche.bank_detail, on), "")


def _reasons(code: str, tranche: Tranche, detail: BankDetail, on: dt.date) -> Iterator[str]:
    able, kind = rail_of(code).capabilities(), DetailKind(detail.kind)
    if code not in RAILS_FOR[kind]:
        yield _KIND_WORDS[kind]()
    if able.missing:
        yield str(able.missing)
    if tranche.currency not in able.currencies:
        yield _("It does not carry %(currency)s.") % {"currency": tranche.currency}
    if tranche.amount_minor % 10 ** (MINOR_DIGITS[tranche.currency] - able.decimals):
        yield _("It carries whole units only; this amount has smaller ones.")
    if able.max_minor is not None and tranche.amount_minor > able.max_minor:
        yield _("It carries at most %(limit)s at once.") % {"limit": money(able.max_minor, tranche.currency)}
    if code == RailCode.MOBILE_MONEY:
        yield from _mobile(tranche, detail, on)


_KIND_WORDS = {
    DetailKind.BANK_ACCOUNT: lambda: _("It does not reach the bank account this payee has given."),
    DetailKind.CONNECTED_ACCOUNT: lambda: _("This payee is reached through its fiscal host abroad only."),
    DetailKind.MOBILE_WALLET: lambda: _("This payee has given a mobile wallet, which it does not reach."),
}


def _mobile(tranche: Tranche, detail: BankDetail, on: dt.date) -> Iterator[str]:
    values = rules(["mobile_money_windows", LIMITS], on)
    amount, currency = tranche.amount_minor, tranche.currency
    if tranche.grant.application.window not in values["mobile_money_windows"].value:
        yield _("Mobile money is for micro grants only. Ask the grantee for a bank account.")
    limits = values[LIMITS].value.get(currency)
    if limits is None:
        yield _("The fund has set no limits for mobile money in %(currency)s.") % {"currency": currency}
        return
    if amount > limits["once"]:
        yield _(
            "%(amount)s is more than mobile money may carry at once (%(limit)s). Pay to a bank account; "
            "a payment is never split to stay under a limit."
        ) % {"amount": money(amount, currency), "limit": money(limits["once"], currency)}
    for days, name in ((1, "day"), (MONTH, "month")):
        sent = _sent_to(detail, currency, on, days)
        if sent + amount > limits[name]:
            yield _WITHIN[name]() % {"sent": money(sent, currency), "limit": money(limits[name], currency)}


_WITHIN = {
    "day": lambda: _(
        "This wallet was sent %(sent)s today already; together it would be more than it may receive in a day "
        "(%(limit)s). Splitting to stay under a limit is refused."
    ),
    "month": lambda: _(
        "This wallet was sent %(sent)s within 30 days; together it would be more than it may receive in a month "
        "(%(limit)s). Splitting to stay under a limit is refused."
    ),
}


def _sent_to(detail: BankDetail, currency: str, on: dt.date, days: int) -> int:
    """What went, or is on its way, to this wallet in the days up to `on`, for whichever grant or organisation."""
    first = dt.datetime.combine(on - dt.timedelta(days=days - 1), dt.time.min, timezone.get_current_timezone())
    rows = PaymentInstruction.objects.filter(
        rail=RailCode.MOBILE_MONEY,
        bank_detail__account_number=detail.account_number,
        currency=currency,
        state__in=LIVE,
        prepared_at__gte=first,
    )
    return rows.aggregate(total=Sum("amount_minor"))["total"] or 0


@dataclass(frozen=True)
class Ceiling:
    """What a wallet may receive, how much of that is used, and the rule that says so."""

    facts: list[tuple[str, str]]
    label: str
    origin: str
    key: str


def ceiling_of(tranche: Tranche, on: dt.date) -> Ceiling | None:
    """The limits for the wallet this tranche would go to; None when it does not go to a wallet or none are set."""
    detail, currency = tranche.bank_detail, tranche.currency
    spoken = rules([LIMITS], on)[LIMITS]
    limits = spoken.value.get(currency)
    if detail is None or detail.kind != DetailKind.MOBILE_WALLET or limits is None:
        return None
    facts = [
        (_("At once"), limits["once"]),
        (_("To one wallet in a day"), limits["day"]),
        (_("To one wallet in 30 days"), limits["month"]),
        (_("Sent to this wallet today"), _sent_to(detail, currency, on, 1)),
        (_("Sent to this wallet in 30 days"), _sent_to(detail, currency, on, MONTH)),
        (_("This payment"), tranche.amount_minor),
    ]
    shown = [(label, money(minor, currency)) for label, minor in facts]
    return Ceiling(shown, spoken.label, spoken.origin, LIMITS)


@dataclass(frozen=True)
class Attempt:
    """One instruction as the page shows it."""

    key: str
    rail: str
    state: str
    label: str
    problem: str
    at: dt.datetime


def attempts_of(tranche: Tranche) -> list[Attempt]:
    """What rails were told about a tranche, newest first, with the trouble there was (two queries)."""
    rows = list(tranche.instructions.order_by("-pk"))
    errands = Outbox.objects.filter(key__in=[f"{kind}:{row.key}" for row in rows for kind in Errand.values])
    trouble = {errand.key.partition(":")[2]: errand.last_error for errand in errands if errand.last_error}
    return [
        Attempt(
            row.key,
            str(row.get_rail_display()),
            row.state,
            str(row.get_state_display()),
            trouble.get(row.key, ""),
            row.prepared_at,
        )
        for row in rows
    ]


def idle_steps(tranche: Tranche, on: dt.date) -> frozenset[str]:
    """Steps of the payer that lead nowhere for this tranche now, so that nobody is offered them.

    When no way of paying fits, the release stays: its page says of each way why not.
    """
    if tranche.state != TrancheState.APPROVED:
        return frozenset()
    last = tranche.instructions.order_by("pk").last()
    idle = set()
    if last is None or last.state in ON_ITS_WAY or last.again_at:
        idle.add("decide_again")
    if last is None or last.state not in ON_ITS_WAY:
        idle.add("withdraw_order")
    fitting = {offer.by_hand for offer in offers(tranche, on) if offer.fits}
    if fitting == {True} or (last is not None and (last.state in ON_ITS_WAY or not last.again_at)):
        idle.add("release")
    if True not in fitting or (last is not None and last.state == InstructionState.FAILED and not last.again_at):
        idle |= {"issue_order", "send"}
    return frozenset(idle)


@dataclass(frozen=True)
class Work:
    """What the outbox holds now."""

    waiting: int
    parked_count: int
    oldest_due: dt.datetime | None
    parked: list[Outbox]
    troubled: list[Outbox]


def work_of(now: dt.datetime, most: int = 50) -> Work:
    """Counts, the oldest errand that is due, those that are parked and those that had no answer (four queries)."""
    rows = Outbox.objects.filter(state=ErrandState.WAITING)
    counted = Outbox.objects.aggregate(
        waiting=Count("pk", filter=Q(state=ErrandState.WAITING)), parked=Count("pk", filter=Q(state=ErrandState.PARKED))
    )
    due = rows.filter(not_before__lte=now).aggregate(first=Min("not_before"))["first"]
    parked = Outbox.objects.filter(state=ErrandState.PARKED).order_by("settled_at")[:most]
    return Work(
        counted["waiting"],
        counted["parked"],
        due,
        list(parked),
        list(rows.filter(attempts__gt=0).exclude(last_error="").order_by("-attempts", "pk")[:most]),
    )
