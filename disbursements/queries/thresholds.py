"""How many people must approve a payment: by its amount, and by all that goes to one organisation in some days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t

from disbursements.models import Tranche
from disbursements.queries.rates import Rates
from disbursements.states import MONEY_LEFT, TrancheState
from fundmgmt.formats.words import money
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RULES = [
    "functional_currency",
    "approval_second_from_minor",
    "approval_third_from_minor",
    "approval_window_days",
    "rate_max_days",
    "first_payment_cap_minor",
]
ONE, TWO, THREE = 1, 2, 3


@dataclass(frozen=True)
class Asked:
    """How many approvals a payment needs, which rule asked, and the amounts it compared (the fund's currency)."""

    needed: int
    rule: str = ""
    amount: int | None = None
    together: int | None = None
    limit: int = 0
    currency: str = "USD"
    days: int = 0

    @property
    def why(self) -> str:
        """The rule that asked, in words."""
        if self.needed == ONE:
            return _t("one approver")
        if self.together is None or self.amount is None:
            return _t("three approvers because no exchange rate of these days is on file")
        over = money(self.limit, self.currency)
        said = {"amount": money(self.amount, self.currency), "limit": over}
        if self.amount > self.limit:
            if self.needed == TWO:
                return _t("a second approver because %(amount)s is over %(limit)s") % said
            return _t("a third approver because %(amount)s is over %(limit)s") % said
        said |= {"amount": money(self.together, self.currency), "days": str(self.days)}
        if self.needed == TWO:
            return _t("a second approver because %(amount)s in %(days)s days is over %(limit)s") % said
        return _t("a third approver because %(amount)s in %(days)s days is over %(limit)s") % said


def asked_for(amount: int | None, others: int | None, book: Mapping[str, Any]) -> Asked:
    """The law itself: `others` is what else goes to the organisation in these days. None: it cannot be compared."""
    second, third = book["approval_second_from_minor"], book["approval_third_from_minor"]
    days, currency = book["approval_window_days"], book["functional_currency"]
    if amount is None or others is None:
        return Asked(THREE, "rate_max_days", None, None, 0, currency, days)
    together = amount + others
    about: dict[str, Any] = {"amount": amount, "together": together, "currency": currency, "days": days}
    if together > third:
        return Asked(THREE, "approval_third_from_minor", limit=third, **about)
    if together > second:
        return Asked(TWO, "approval_second_from_minor", limit=second, **about)
    return Asked(ONE, "", limit=second, **about)


@dataclass(frozen=True)
class Size:
    """What a payment is worth in the fund's currency, and what the rules make of it."""

    asked: Asked
    functional_minor: int | None
    cap_minor: int


def sizes(tranches: Sequence[Tranche], at: dt.datetime) -> dict[int, Size]:
    """Approvals asked for each tranche, by id (three queries however many). Grants are joined."""
    on = timezone.localdate(at)
    book: dict[str, Any] = {key: value.value for key, value in rules(RULES, on).items()}
    days, into = book["approval_window_days"], book["functional_currency"]
    others = _others({row.grant.organisation_id for row in tranches}, at - dt.timedelta(days=days), at)
    currencies = {row.grant.currency for row in tranches} | {currency for _pk, _org, _amount, currency in others}
    rates = Rates(into, on, book["rate_max_days"], currencies)
    found = {}
    for row in tranches:
        own = rates.functional(row.amount_minor, row.grant.currency)
        beside = [
            rates.functional(amount, currency)
            for pk, organisation, amount, currency in others
            if organisation == row.grant.organisation_id and pk != row.pk
        ]
        rest = None if None in beside else sum(amount for amount in beside if amount is not None)
        found[row.pk] = Size(asked_for(own, rest, book), own, book["first_payment_cap_minor"])
    return found


def size_of(tranche: Tranche, at: dt.datetime) -> Size:
    """One tranche."""
    return sizes([tranche], at)[tranche.pk]


def _others(organisations: set[int], since: dt.datetime, at: dt.datetime) -> list[tuple[int, int, int, str]]:
    """Payments to these organisations that were approved or left in these days."""
    approved = Q(state=TrancheState.APPROVED, approved_at__gt=since, approved_at__lte=at)
    left = Q(state__in=MONEY_LEFT, sent_at__gt=since, sent_at__lte=at)
    rows = Tranche.objects.filter(approved | left, grant__organisation__in=organisations)
    columns = ("pk", "grant__organisation_id", "amount_minor", "grant__currency")
    return list(rows.order_by("pk").values_list(*columns))
