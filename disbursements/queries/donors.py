"""Donors: parts of pledges, checks that end, and the money of one donor from receipt to payment."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from disbursements.models import Contribution, Donor, Grant, LedgerLine, Pledge, PledgeInstalment
from disbursements.queries.sources import PAID_OUT
from disbursements.states import SPENT_FROM, AccountCode, EntryKind, PledgeState
from fundmgmt.access import can
from fundmgmt.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

PROMISED = (PledgeState.ANNOUNCED, PledgeState.SIGNED, PledgeState.PARTLY_PAID)


@dataclass(frozen=True)
class Part:
    """One part of a pledge: what of it has come, and how it stands on a day."""

    pledge: Pledge
    due_date: dt.date
    amount_minor: int
    came_minor: int
    state: str  # paid, waits, soon, late, written_off

    @property
    def left(self) -> Money:
        """What is still to come."""
        return Money(self.amount_minor - self.came_minor, self.pledge.currency)

    @property
    def amount(self) -> Money:
        """The whole part."""
        return Money(self.amount_minor, self.pledge.currency)


def parts_of(pledges: Iterable[Pledge], today: dt.date, soon_days: int) -> list[Part]:
    """Parts with how they stand (two queries). What came for a pledge fills its parts in the order of their days."""
    wanted = {row.pk: row for row in pledges}
    came = dict(
        Contribution.objects.filter(pledge__in=wanted).order_by().values_list("pledge").annotate(Sum("amount_minor"))
    )
    found = []
    for row in PledgeInstalment.objects.filter(pledge__in=wanted).order_by("due_date", "id"):
        pledge = wanted[row.pledge_id]
        part = min(came.get(row.pledge_id, 0), row.amount_minor)
        came[row.pledge_id] = came.get(row.pledge_id, 0) - part
        found.append(Part(pledge, row.due_date, row.amount_minor, part, _state(row, pledge, part, today, soon_days)))
    return found


def _state(row: PledgeInstalment, pledge: Pledge, came: int, today: dt.date, soon_days: int) -> str:
    if came == row.amount_minor:
        return "paid"
    if pledge.state not in PROMISED:
        return "written_off"
    if row.due_date < today:
        return "late"
    return "soon" if row.due_date <= today + dt.timedelta(days=soon_days) else "waits"


def late_parts(today: dt.date) -> list[Part]:
    """Parts that should have come (three queries)."""
    due = Pledge.objects.filter(state__in=PROMISED, instalments__due_date__lt=today).select_related("donor").distinct()
    return [part for part in parts_of(due, today, 0) if part.state == "late"]


def donors_to_check(today: dt.date, soon_days: int) -> QuerySet[Donor]:
    """Donors with an open promise whose check ends soon, has ended or was never made."""
    ends = Q(checked_until_date=None) | Q(checked_until_date__lte=today + dt.timedelta(days=soon_days))
    return Donor.objects.filter(ends, pledges__state__in=PROMISED).distinct().order_by("checked_until_date", "ref")


def donors_with_statement(user: Any) -> QuerySet[Donor]:
    """Donors whose statement this person may read."""
    if not can(user, "disbursements.list_statements"):
        return Donor.objects.none()
    rows = Donor.objects.all()
    return rows if can(user, "disbursements.view_donor") else rows.filter(readers=user)


@dataclass(frozen=True)
class Use:
    """A part of a donor's money that a grant received."""

    grant: Grant
    no: int | None  # of the tranche; None: it came back from the grantee
    state: str
    day: dt.date
    wish: str
    amount: Money

    @property
    def name(self) -> str:
        """Grant and tranche; what came back says so."""
        return f"{self.grant.ref}/{self.no}" if self.no else _("%(ref)s, came back") % {"ref": self.grant.ref}


@dataclass(frozen=True)
class Account:
    """The money of one donor in one currency. `back` was given back, or a giver's bank took it back."""

    currency: str
    received: Money
    back: Money
    to_grants: Money
    costs: Money

    @property
    def left(self) -> Money:
        """What lies with the fund still."""
        return Money(self.received.minor - self.back.minor - self.to_grants.minor - self.costs.minor, self.currency)


@dataclass(frozen=True)
class DonorMoney:
    """From receipt to payment."""

    accounts: list[Account]
    contributions: list[Contribution]
    uses: list[Use]

    @property
    def grants(self) -> list[Grant]:
        """Each grant that received some, once, in the order in which it did."""
        return list({use.grant.pk: use.grant for use in self.uses}.values())


def money_of(donor: Donor) -> DonorMoney:
    """What a donor gave, which grants and tranches it paid, what went for costs, what is left (four queries)."""
    rows = LedgerLine.objects.filter(donor=donor).order_by()
    gone = [EntryKind.GIVEN_BACK, EntryKind.DISPUTED]
    went = rows.filter(Q(entry__kind__in=gone) | Q(entry__reverses__kind__in=gone))
    taken = went.filter(account__code=AccountCode.CONTRIBUTIONS).values_list("currency")
    back: dict[str, int] = dict(taken.annotate(Sum("amount_minor")))
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for code, currency, total in rows.values_list("account__code", "currency").annotate(Sum("amount_minor")):
        sums[currency][code] = total
    costs = [code for code in SPENT_FROM if code not in PAID_OUT]
    accounts = [
        Account(
            currency,
            Money(back.get(currency, 0) - of[AccountCode.CONTRIBUTIONS], currency),
            Money(back.get(currency, 0), currency),
            Money(sum(of.get(code, 0) for code in PAID_OUT), currency),
            Money(sum(of.get(code, 0) for code in costs), currency),
        )
        for currency, of in sorted(sums.items())
        if AccountCode.CONTRIBUTIONS in of
    ]
    given = Contribution.objects.filter(donor=donor).select_related("pledge", "earmark").order_by("received_date", "id")
    return DonorMoney(accounts, list(given), _uses(rows))


def _uses(rows: QuerySet[LedgerLine]) -> list[Use]:
    """Per tranche and wish what is with the grantee or on its way; what came back stands with a minus."""
    lines = rows.filter(account__code__in=PAID_OUT).select_related("entry", "grant__application", "tranche", "earmark")
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    first: dict[tuple[Any, ...], LedgerLine] = {}
    for line in lines.order_by("entry__no", "id"):
        key = (line.grant_id, line.tranche_id, line.earmark_id, line.currency, line.tranche_id or line.entry_id)
        sums[key] += line.amount_minor
        first.setdefault(key, line)
    found = []
    for key, line in first.items():
        if line.grant is None or not sums[key]:  # money to grantees always names its grant
            continue
        no, state = (line.tranche.no, str(line.tranche.get_state_display())) if line.tranche else (None, "")
        wish = str(line.earmark) if line.earmark else ""
        found.append(Use(line.grant, no, state, line.entry.day, wish, Money(sums[key], line.currency)))
    return found
