"""Posting: the only way into the ledger. Lines first, then the entry that closes over them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.locking import lock_books
from disbursements.models import Account, ClosedDay, LedgerEntry, LedgerLine, Purse
from disbursements.models.ledger import UNRESTRICTED, WHOLE
from disbursements.queries.hashing import entry_hash
from disbursements.queries.sources import spend_from
from disbursements.states import ACCOUNT_KINDS, AccountCode, EntryKind
from fundmgmt import journal
from fundmgmt.formats.words import day as in_words
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disbursements.models import Donor, Earmark, Grant, Rate, Tranche
    from fundmgmt.models import User


class Unbalanced(Exception):
    """Programming error: the lines of an entry do not sum to zero in a currency."""


class NotEnoughMoney(StepRefused):
    """The fund, or the money of an earmark, does not have this amount."""


@dataclass(frozen=True)
class Line:
    """A signed amount in minor units on an account; debit is positive."""

    account: AccountCode
    amount_minor: int
    currency: str
    earmark: Earmark | None = None
    donor: Donor | None = None
    grant: Grant | None = None
    tranche: Tranche | None = None
    rate: Rate | None = None


def pair(debit: AccountCode, credit: AccountCode, amount_minor: int, currency: str, **about: Any) -> list[Line]:
    """Two lines that move an amount from `credit` to `debit`."""
    return [Line(debit, amount_minor, currency, **about), Line(credit, -amount_minor, currency, **about)]


def spend(
    debit: AccountCode, credit: AccountCode, amount_minor: int, currency: str, *, earmark: Earmark | None, **about: Any
) -> list[Line]:
    """Lines that spend an amount of an earmark, each naming the donor whose money it is. Call after change_purse."""
    lines: list[Line] = []
    for donor, part in spend_from(currency, earmark, amount_minor):
        lines += pair(debit, credit, part, currency, earmark=earmark, donor=donor, **about)
    return lines


def accounts_by_code() -> dict[str, Account]:
    """Every account, opened on first use."""
    have = {account.code: account for account in Account.objects.all()}
    for code, kind in ACCOUNT_KINDS.items():
        if code not in have:
            have[str(code)] = Account.objects.get_or_create(code=str(code), defaults={"kind": kind})[0]
    return have


def _check(lines: list[Line]) -> None:
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.amount_minor
    if len(lines) < 2 or any(sums.values()):  # noqa: PLR2004 -- an entry has two sides
        raise Unbalanced(f"{len(lines)} lines, sums {dict(sums)}")


def post_entry(
    kind: EntryKind,
    cause: Any,
    lines: Iterable[Line],
    *,
    by: User | None,
    at: dt.datetime,
    day: dt.date | None = None,
    reverses: LedgerEntry | None = None,
) -> LedgerEntry:
    """Write one entry with its lines in the caller's transaction; `cause` is the row behind it.

    The same cause has one entry of a kind (StepRefused on a second). Amounts in minor units; raises Unbalanced.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the ledger is written in the transaction of the step that moves the money")
    wanted = [line for line in lines if line.amount_minor]
    _check(wanted)
    source = cause if isinstance(cause, str) else journal.subject_of(cause)
    accounts = accounts_by_code()
    head = lock_books({line.currency for line in wanted})
    if LedgerEntry.objects.filter(kind=kind, source=source).exists():
        raise StepRefused(_("This stands in the ledger already."))
    day = day or timezone.localdate(at)
    _require_open_day(wanted, day)
    entry = LedgerEntry(
        no=head.no + 1,
        kind=kind,
        source=source,
        at=at,
        day=day,
        reverses=reverses,
        recorded_by=by,
        prev_hash=head.hash,
    )
    rows = [_row(entry, accounts, line) for line in wanted]
    LedgerLine.objects.bulk_create(rows)
    entry.hash = entry_hash(entry, rows, {account.pk: code for code, account in accounts.items()})
    entry.save(force_insert=True)
    head.no, head.hash = entry.no, entry.hash
    head.save(update_fields=["no", "hash"])
    return entry


def _require_open_day(lines: list[Line], day: dt.date) -> None:
    """A fact of the bank does not join a day of the bank that is closed."""
    currencies = {line.currency for line in lines if line.account == AccountCode.BANK}
    shut = ClosedDay.objects.filter(currency__in=currencies, day__gte=day).order_by("-day").first()
    if shut is not None:
        raise StepRefused(
            _(
                "The bank's days are closed up to %(closed)s, each line accounted for; %(day)s takes no more. "
                "Look at the day on the bank's paper; what was missed is booked on a day that is open."
            )
            % {"closed": in_words(shut.day), "day": in_words(day)}
        )


def _row(entry: LedgerEntry, accounts: Mapping[str, Account], line: Line) -> LedgerLine:
    return LedgerLine(
        entry_id=entry.pk,
        account=accounts[str(line.account)],
        amount_minor=line.amount_minor,
        currency=line.currency,
        earmark=line.earmark,
        donor=line.donor,
        grant=line.grant,
        tranche=line.tranche,
        rate=line.rate,
    )


def reverse_entry(
    entry: LedgerEntry, *, by: User | None, at: dt.datetime, day: dt.date | None = None, cause: Any = None
) -> LedgerEntry:
    """Undo an entry by its mirror image. An entry is reversed once; a reversal is not reversed."""
    if entry.kind == EntryKind.REVERSAL:
        raise StepRefused(_("A reversal cannot be reversed. Post the right entry instead."))
    lines = [
        Line(
            AccountCode(line.account.code),
            -line.amount_minor,
            line.currency,
            earmark=line.earmark,
            donor=line.donor,
            grant=line.grant,
            tranche=line.tranche,
            rate=line.rate,
        )
        for line in entry.lines.select_related("account", "earmark", "donor", "grant", "tranche", "rate")
    ]
    return post_entry(EntryKind.REVERSAL, cause or entry, lines, by=by, at=at, day=day, reverses=entry)


def change_purse(
    currency: str,
    shares: Mapping[str, int],
    *,
    received: int = 0,
    committed: int = 0,
    paid: int = 0,
    costs: int = 0,
    taken: bool = False,
) -> None:
    """Change the purses, each under its lock and by conditional update.

    `shares` maps an earmark's code to its part of the one amount given. Exactly one of received, committed,
    paid, costs is a sign (1 or -1). Raises NotEnoughMoney and changes nothing. `taken`: somebody outside took it, so
    that nobody can refuse; what is missing then is noted, and the purse pays nothing until it is there again.
    """
    total = sum(shares.values())
    for code, amount in [(WHOLE, total), *sorted(shares.items())]:
        Purse.objects.get_or_create(code=code, currency=currency)
        deltas = Deltas(*(amount * sign for sign in (received, committed, paid, costs)))
        purse = Purse.objects.select_for_update(no_key=True).get(code=code, currency=currency)
        room = Q() if taken else _room_for(code, deltas)
        rows = Purse.objects.filter(room, code=code, currency=currency)
        short = deltas.short_of(purse, taken=taken)
        if not (taken or _has_room(purse, deltas)) or not rows.update(short_minor=short, **deltas.as_update()):
            raise NotEnoughMoney(
                _("The fund does not have this amount: what was received, less commitments and costs, is smaller.")
                if code == WHOLE
                else _("The money that may be used for this project is not enough. Other money is kept for other aims.")
            )


@dataclass(frozen=True)
class Deltas:
    """By how much each figure of a purse changes."""

    received: int
    committed: int
    paid: int
    costs: int

    @property
    def out(self) -> int:
        """More money that leaves than comes."""
        return self.paid + self.costs - self.received

    @property
    def bound(self) -> int:
        """More that is promised or spent than comes."""
        return self.committed + self.costs - self.received

    def short_of(self, purse: Purse, *, taken: bool) -> int:
        """What is missing from the locked row afterwards; it grows only by what was taken from outside."""
        after = Purse(
            code=purse.code,
            received_minor=purse.received_minor + self.received,
            committed_minor=purse.committed_minor + self.committed,
            paid_minor=purse.paid_minor + self.paid,
            costs_minor=purse.costs_minor + self.costs,
        )
        return after.missing_minor if taken else min(after.missing_minor, purse.short_minor)

    def as_update(self) -> dict[str, Any]:
        """Added by the database to what stands there then."""
        names = ("received", "committed", "paid", "costs")
        return {f"{name}_minor": F(f"{name}_minor") + getattr(self, name) for name in names}


def _has_room(purse: Purse, deltas: Deltas) -> bool:
    """Asked of the locked row. With the condition of the update and the row's own constraint: three times."""
    if deltas.out > 0 and purse.received_minor < purse.paid_minor + purse.costs_minor + deltas.out:
        return False
    promised = purse.committed_minor + purse.costs_minor + deltas.bound
    return purse.code != WHOLE or deltas.bound <= 0 or purse.received_minor >= promised


def _room_for(code: str, deltas: Deltas) -> Q:
    """The condition under which the update happens at all."""
    wanted = Q()
    if deltas.out > 0:
        wanted &= Q(received_minor__gte=F("paid_minor") + F("costs_minor") + deltas.out)
    if code == WHOLE and deltas.bound > 0:
        wanted &= Q(received_minor__gte=F("committed_minor") + F("costs_minor") + deltas.bound)
    return wanted


def shares_of(lines: Iterable[LedgerLine]) -> dict[str, int]:
    """What these lines sum to, by purse."""
    found: dict[str, int] = defaultdict(int)
    for line in lines:
        found[purse_code(line.earmark)] += line.amount_minor
    return dict(found)


def purse_code(earmark: Earmark | None) -> str:
    """The purse of an earmark, or of unrestricted money."""
    return earmark.code if earmark else UNRESTRICTED
