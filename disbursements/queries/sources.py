"""Whose money is spent: the oldest first, within one earmark and one currency.

The rule. Receipts stand in the order in which the ledger has them. What leaves an earmark (payments, costs, fees,
losses on exchange) is taken from the oldest receipt of that earmark and currency that has something left, and each line
names its donor. What comes back goes to the donors whose money it was. Within one donor, too, the oldest receipt is
spent first, so that a line tells which contribution and which pledge it spends. Money without a donor (interest, gains
on exchange) is the fund's own and stands in the same order.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Max, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from disbursements.models import Contribution, Donor, LedgerLine, Tranche
from disbursements.states import SPENT_FROM, AccountCode, EntryKind
from fundmgmt.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disbursements.models import Earmark, Grant, LedgerEntry

RECEIVED_ON = (AccountCode.CONTRIBUTIONS, AccountCode.INTEREST)
PAID_OUT = (AccountCode.TRANSIT, AccountCode.GRANTS_PAID)
Part = tuple[Donor | None, int]


@dataclass(frozen=True)
class Lot:
    """What is left of one receipt."""

    no: int
    donor: int | None
    left: int


def lots(currency: str, earmark: Earmark | None) -> list[Lot]:
    """What is left of each receipt of an earmark, the oldest first (two queries)."""
    mine = LedgerLine.objects.filter(currency=currency, earmark=earmark)
    rows = mine.filter(account__code__in=[*RECEIVED_ON, *SPENT_FROM]).order_by().values("donor")
    left = {row["donor"]: -row["total"] for row in rows.annotate(total=Sum("amount_minor"))}
    receipts: dict[int | None, list[tuple[int, int]]] = defaultdict(list)
    stands = mine.filter(account__code__in=RECEIVED_ON, amount_minor__lt=0, entry__reversed_by__isnull=True)
    came, own = stands.filter(donor__in=[d for d in left if d]), stands.filter(donor__isnull=True)
    for no, donor, minor in (came | own).order_by("entry__no", "id").values_list("entry__no", "donor", "amount_minor"):
        receipts[donor].append((no, -minor))
    found = [lot for donor, rest in left.items() if rest > 0 for lot in _unspent(donor, receipts[donor], rest)]
    short = sum(-rest for rest in left.values() if rest < 0)
    return _without(sorted(found, key=lambda lot: (lot.no, lot.donor or 0)), short)


def _without(found: list[Lot], short: int) -> list[Lot]:
    """Who got back more than was left (a fee was paid from it) had the rest from the oldest of the others."""
    kept = []
    for lot in found:
        part = min(lot.left, short)
        short -= part
        if lot.left > part:
            kept.append(Lot(lot.no, lot.donor, lot.left - part))
    return kept


def _unspent(donor: int | None, receipts: list[tuple[int, int]], left: int) -> list[Lot]:
    """From the newest receipt back, until what is left is told; the rest (a gain) stands behind all receipts."""
    found = []
    for no, minor in reversed(receipts):
        part = min(minor, left)
        if part > 0:
            found.append(Lot(no, donor, part))
            left -= part
    return [*found, Lot(2**63, donor, left)] if left else found


def spend_from(currency: str, earmark: Earmark | None, amount_minor: int) -> list[Part]:
    """Whose money an amount is, by the rule above (three queries). Ask under the purse's lock.

    What nobody's receipt covers has no donor: `verify_ledger` says so.
    """
    taken: dict[int | None, int] = {}
    rest = amount_minor
    for lot in lots(currency, earmark):
        part = min(lot.left, rest)
        if part > 0:
            taken[lot.donor] = taken.get(lot.donor, 0) + part
            rest -= part
    if rest > 0:
        taken[None] = taken.get(None, 0) + rest
    donors = Donor.objects.in_bulk([pk for pk in taken if pk])
    return [(donors[pk] if pk else None, part) for pk, part in taken.items()]


def give_back_to(
    grant: Grant, earmark: Earmark | None, amount_minor: int, *, accounts: Iterable[AccountCode] = PAID_OUT
) -> list[Part]:
    """Whose money comes back from a grant: what was spent last comes back first (two queries)."""
    rows = (
        LedgerLine.objects.filter(grant=grant, earmark=earmark, account__code__in=accounts)
        .order_by()
        .values("donor")
        .annotate(total=Sum("amount_minor"), last=Max("entry__no"))
        .order_by("-last", "-donor")
    )
    parts: list[tuple[int | None, int]] = []
    rest = amount_minor
    for row in rows:
        part = min(row["total"], rest)
        if part > 0:
            parts.append((row["donor"], part))
            rest -= part
    donors = Donor.objects.in_bulk([pk for pk, _part in parts if pk])
    return [(donors[pk] if pk else None, part) for pk, part in parts]


@dataclass(frozen=True)
class Source:
    """A part of a payment and whose money it is; contribution and pledge as far as they are known."""

    donor: Donor | None
    earmark: Earmark | None
    contribution: Contribution | None
    amount_minor: int
    currency: str
    entry: LedgerEntry

    @property
    def money(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount_minor, self.currency)


def sources_of(tranche: Tranche) -> list[Source]:
    """The money behind a tranche that left, part by part (three queries)."""
    lines = LedgerLine.objects.filter(
        tranche=tranche,
        account__code=AccountCode.TRANSIT,
        amount_minor__gt=0,
        entry__kind=EntryKind.IN_TRANSIT,
        entry__reversed_by__isnull=True,
    )
    return _told(lines.order_by("entry__no", "id"))


def _told(lines: Any) -> list[Source]:
    before = (
        LedgerLine.objects.filter(
            donor=OuterRef("donor"),
            currency=OuterRef("currency"),
            account__code__in=SPENT_FROM,
            entry__no__lt=OuterRef("entry__no"),
        )
        .order_by()
        .values("donor")
        .annotate(total=Sum("amount_minor"))
    )
    wish = Coalesce("earmark_id", 0)
    same = before.annotate(wish=wish).filter(wish=Coalesce(OuterRef("earmark_id"), 0)).values("total")
    rows = list(lines.select_related("donor", "earmark", "entry").annotate(before=Coalesce(Subquery(same[:1]), 0)))
    held: dict[tuple[int | None, int | None, str], list[Contribution]] = defaultdict(list)
    given = Contribution.objects.filter(donor__in={row.donor_id for row in rows if row.donor_id})
    for one in given.select_related("pledge", "entry").order_by("entry__no"):
        held[one.donor_id, one.earmark_id, one.currency].append(one)
    found: list[Source] = []
    told: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = (row.donor_id, row.earmark_id, row.currency)
        start = row.before + told.get((*key, row.entry_id), 0)
        told[*key, row.entry_id] = told.get((*key, row.entry_id), 0) + row.amount_minor
        found += [
            Source(row.donor, row.earmark, one, part, row.currency, row.entry)
            for one, part in _pieces(held[key], start, row.amount_minor)
        ]
    return found


def _pieces(given: Iterable[Contribution], start: int, amount: int) -> list[tuple[Contribution | None, int]]:
    """Which contributions cover [start, start + amount) of what a donor gave."""
    found: list[tuple[Contribution | None, int]] = []
    begin = 0
    for one in given:
        part = min(begin + one.amount_minor, start + amount) - max(begin, start)
        if part > 0:
            found.append((one, part))
        begin += one.amount_minor
    rest = amount - sum(part for _one, part in found)
    return [*found, (None, rest)] if rest else found
