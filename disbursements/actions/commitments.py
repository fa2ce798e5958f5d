"""What a grant has bound and received, by earmark, and freeing what it will not use."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from disbursements.actions.ledger import change_purse, pair, post_entry, purse_code
from disbursements.models import Earmark, Grant, LedgerLine
from disbursements.states import AccountCode, EntryKind

if TYPE_CHECKING:
    from fundmgmt.models import User


def paid_by_earmark(grant: Grant) -> dict[Earmark | None, int]:
    """Net money a grant has received or is on its way to it, by earmark, from the ledger (two queries)."""
    return _sums(grant, [AccountCode.GRANTS_PAID, AccountCode.TRANSIT])


def committed_by_earmark(grant: Grant) -> dict[Earmark | None, int]:
    """What is committed to a grant, by earmark (two queries)."""
    return _sums(grant, [AccountCode.COMMITTED])


def _sums(grant: Grant, accounts: list[str]) -> dict[Earmark | None, int]:
    rows = (
        LedgerLine.objects.filter(grant=grant, account__code__in=accounts)
        .order_by()
        .values("earmark_id")
        .annotate(total=Sum("amount_minor"))
        .values_list("earmark_id", "total")
    )
    totals = dict(rows)
    earmarks = Earmark.objects.in_bulk([pk for pk in totals if pk])
    return {earmarks.get(pk): total for pk, total in totals.items() if total}


def release_commitment(grant: Grant, amount: int, *, cause: Any, by: User | None, at: dt.datetime) -> None:
    """Free a part of a grant's commitment; nothing to do before the agreement is signed."""
    held = committed_by_earmark(grant)
    left, lines, shares = min(amount, sum(held.values())), [], {}
    for earmark in sorted(held, key=lambda e: (e is not None, e.code if e else "")):
        part = min(left, held[earmark])
        if part > 0:
            about = {"earmark": earmark, "grant": grant}
            lines += pair(AccountCode.COMMITTED_BY, AccountCode.COMMITTED, part, grant.currency, **about)
            shares[purse_code(earmark)] = part
            left -= part
    if lines:
        post_entry(EntryKind.DECOMMITMENT, cause, lines, by=by, at=at)
        change_purse(grant.currency, shares, committed=-1)
