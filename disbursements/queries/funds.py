"""What the fund received, promised and gave, by earmark; and which money a project may use."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum

from disbursements.models import Contribution, DisputeMovement, Donor, Earmark, LedgerLine, Pledge, Purse
from disbursements.models.ledger import UNRESTRICTED, WHOLE
from disbursements.states import HELD_AT, AccountCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from disbursements.models import Grant


@dataclass(frozen=True)
class Balance:
    """Money of one earmark (None: unrestricted) in one currency, in minor units."""

    earmark: Earmark | None
    currency: str
    received: int
    committed: int
    paid: int
    costs: int

    @property
    def available(self) -> int:
        """Received less committed less costs."""
        return self.received - self.committed - self.costs

    @property
    def waits_for(self) -> int:
        """What is committed, not yet paid and beyond what was received: it waits for pledges to be paid."""
        return max(min(-self.available, self.committed - self.paid), 0)

    @property
    def cash(self) -> int:
        """Received less paid less costs: what lies at the bank and with the card provider."""
        return self.received - self.paid - self.costs

    @property
    def code(self) -> str:
        """Code of the purse."""
        return self.earmark.code if self.earmark else UNRESTRICTED


def balances() -> list[Balance]:
    """Balances by earmark and currency, from the ledger's lines (two queries)."""
    rows = (
        LedgerLine.objects.order_by()
        .values("earmark_id", "currency", "account__code")
        .annotate(total=Sum("amount_minor"))
        .values_list("earmark_id", "currency", "account__code", "total")
    )
    sums: dict[tuple[int | None, str], dict[str, int]] = {}
    for earmark_id, currency, account, total in rows:
        sums.setdefault((earmark_id, currency), {})[account] = total
    earmarks = {earmark.pk: earmark for earmark in Earmark.objects.all()}
    found = [
        Balance(
            earmarks.get(earmark_id) if earmark_id else None,
            currency,
            received=-of.get(AccountCode.CONTRIBUTIONS, 0) - of.get(AccountCode.INTEREST, 0),
            committed=of.get(AccountCode.COMMITTED, 0),
            paid=of.get(AccountCode.TRANSIT, 0) + of.get(AccountCode.GRANTS_PAID, 0),
            costs=of.get(AccountCode.COSTS, 0)
            + of.get(AccountCode.FEES, 0)
            + of.get(AccountCode.EXCHANGE, 0)
            + of.get(AccountCode.OWED, 0)
            + of.get(AccountCode.ROUNDING, 0),
        )
        for (earmark_id, currency), of in sums.items()
        if any(of.get(code, 0) for code in (AccountCode.CONTRIBUTIONS, AccountCode.COMMITTED, *HELD_AT))
    ]
    return sorted(found, key=lambda b: (b.currency != "USD", b.currency, b.earmark is not None, b.code))


def total_of(rows: Iterable[Balance], currency: str) -> Balance:
    """All money of one currency."""
    mine = [row for row in rows if row.currency == currency]
    return Balance(
        None,
        currency,
        sum(b.received for b in mine),
        sum(b.committed for b in mine),
        sum(b.paid for b in mine),
        sum(b.costs for b in mine),
    )


def taken_for_disputes(currency: str) -> int:
    """What givers' banks took back and did not bring again, with the provider's fees for it, in minor units."""
    caused = f"{DisputeMovement._meta.label_lower}:"
    about = Q(entry__source__startswith=caused) | Q(entry__reverses__source__startswith=caused)
    rows = LedgerLine.objects.filter(about, account__code=AccountCode.PROVIDER, currency=currency)
    return -(rows.aggregate(total=Sum("amount_minor"))["total"] or 0)


def owed_back(*grants: Grant) -> dict[int, int]:
    """What payees still have to give back because it was paid once too often, by grant (one query)."""
    rows = LedgerLine.objects.filter(account__code=AccountCode.OWED).order_by()
    rows = rows.filter(grant__in=grants) if grants else rows
    totals: dict[int, int] = defaultdict(int)
    for grant, amount in rows.values_list("grant", "amount_minor"):  # few; grouped by SQLite it reads the whole ledger
        totals[grant] += amount
    return {grant: total for grant, total in totals.items() if total}


def fits(earmark: Earmark, application: Any) -> bool:
    """Whether a donor's wish allows this project: each list that is not empty must name something of it."""
    places = not earmark.provinces or application.province in earmark.provinces
    pillars = not earmark.pillars or application.pillar in earmark.pillars
    tags = not earmark.tags or bool(set(earmark.tags) & set(application.tags or []))
    return places and pillars and tags


def usable_earmarks(application: Any) -> list[Earmark | None]:
    """Money a project may use, in the order it is used: earmarked for it first, then unrestricted (one query)."""
    return [*(earmark for earmark in Earmark.objects.order_by("code") if fits(earmark, application)), None]


def purses(currency: str) -> dict[str, Purse]:
    """Purses of a currency by code (one query)."""
    return {purse.code: purse for purse in Purse.objects.filter(currency=currency)}


def available_in(purse: Purse | None) -> int:
    """Received less committed less costs of a purse."""
    return purse.received_minor - purse.committed_minor - purse.costs_minor if purse else 0


def cash_in(purse: Purse | None) -> int:
    """Received less paid less costs of a purse."""
    return purse.received_minor - purse.paid_minor - purse.costs_minor if purse else 0


@dataclass(frozen=True)
class Allocation:
    """Which money carries an amount: (earmark, part). `short` is what no fitting money covers."""

    parts: tuple[tuple[Earmark | None, int], ...]
    short: int


def allocate(amount: int, order: list[Earmark | None], room: dict[str, int]) -> Allocation:
    """Fill `amount` from the purses in order; `room` says how much each has."""
    left, parts = amount, []
    for earmark in order:
        code = earmark.code if earmark else UNRESTRICTED
        take = min(left, max(room.get(code, 0), 0))
        if take:
            parts.append((earmark, take))
            left -= take
    return Allocation(tuple(parts), left)


def plan_commitment(application: Any, amount: int, currency: str) -> Allocation:
    """Which money an award would bind (two queries); `short` is a warning, for earmarks bind at release."""
    held = purses(currency)
    return allocate(amount, usable_earmarks(application), {code: available_in(p) for code, p in held.items()})


def plan_release(
    application: Any, amount: int, currency: str, *, bound: Mapping[Earmark | None, int] | None = None
) -> Allocation:
    """Which money a tranche would spend (two queries); `short` above zero blocks it.

    `bound` is what this grant has committed and not yet paid, by earmark. That and what nobody committed is spent
    first, money for this purpose before unrestricted; only then money that another grant counts on too.
    """
    held, order = purses(currency), usable_earmarks(application)
    mine = {earmark.code if earmark else UNRESTRICTED: part for earmark, part in (bound or {}).items()}
    cash = {code: cash_in(purse) for code, purse in held.items()}
    free = {code: min(cash[code], mine.get(code, 0) + max(available_in(purse), 0)) for code, purse in held.items()}
    first = allocate(amount, order, free)
    taken = {earmark.code if earmark else UNRESTRICTED: part for earmark, part in first.parts}
    rest = allocate(first.short, order, {code: left - taken.get(code, 0) for code, left in cash.items()})
    parts = dict(first.parts)
    for earmark, part in rest.parts:
        parts[earmark] = parts.get(earmark, 0) + part
    return Allocation(tuple(parts.items()), rest.short)


def uncommitted(currency: str) -> int:
    """What the whole fund may still award in a currency."""
    return available_in(Purse.objects.filter(code=WHOLE, currency=currency).first())


def received_of(pledge: Pledge) -> int:
    """What arrived for a pledge, in minor units of its currency."""
    return pledge.contributions.aggregate(total=Sum("amount_minor"))["total"] or 0


def donors_for_list(user: Any) -> QuerySet[Donor]:
    """Donors in the list."""
    return Donor.objects.visible_to(user)


def pledges_for_list(user: Any) -> QuerySet[Pledge]:
    """Pledges with donor, earmark and what arrived."""
    return (
        Pledge.objects.visible_to(user)
        .select_related("donor", "earmark")
        .annotate(
            received_minor=Sum("contributions__amount_minor", filter=Q(contributions__taken_back_at=None), default=0)
        )
    )


def contributions_of(pledge: Pledge | None = None, donor: Donor | None = None) -> QuerySet[Contribution]:
    """What arrived for a pledge or from a donor."""
    wanted = Q(pledge=pledge) if pledge else Q(donor=donor)
    return Contribution.objects.filter(wanted).select_related("pledge", "earmark", "entry")
