"""What a grant has bound and received, by earmark; moving it between earmarks, and freeing what is not used."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from disbursements.actions.ledger import NotEnoughMoney, change_purse, pair, post_entry, purse_code
from disbursements.models import Earmark, Grant, LedgerLine
from disbursements.states import AccountCode, EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def unpaid_by_earmark(grant: Grant) -> dict[Earmark | None, int]:
    """What is committed to a grant and not yet paid, by earmark (four queries)."""
    paid = paid_by_earmark(grant)
    left = {earmark: total - paid.get(earmark, 0) for earmark, total in committed_by_earmark(grant).items()}
    return {earmark: part for earmark, part in left.items() if part > 0}


def _in_order(held: dict[Earmark | None, int]) -> list[Earmark | None]:
    """Unrestricted money first: it is the first to be free again for others."""
    return sorted(held, key=lambda earmark: (earmark is not None, earmark.code if earmark else ""))


def move_commitment(
    grant: Grant, parts: Sequence[tuple[Earmark | None, int]], *, cause: Any, by: User | None, at: dt.datetime
) -> None:
    """Before `parts` are paid: what they exceed their own commitment by is moved there from the other money.

    So an earmark never pays what it did not commit, and what is available of each earmark stays true.
    """
    held = unpaid_by_earmark(grant)
    lacks = {earmark: part - held.get(earmark, 0) for earmark, part in parts}
    wanted = [(earmark, lack) for earmark, lack in lacks.items() if lack > 0]
    if not wanted:
        return
    spare = {earmark: part - dict(parts).get(earmark, 0) for earmark, part in held.items()}
    lines, freed = [], {}
    left = sum(lack for _earmark, lack in wanted)
    for earmark in _in_order(spare):
        part = min(left, spare[earmark])
        if part > 0:
            about = {"earmark": earmark, "grant": grant}
            lines += pair(AccountCode.COMMITTED_BY, AccountCode.COMMITTED, part, grant.currency, **about)
            freed[purse_code(earmark)] = part
            left -= part
    if left:
        raise NotEnoughMoney(_("This is more than what is still committed to the grant."))
    for earmark, lack in wanted:
        about = {"earmark": earmark, "grant": grant}
        lines += pair(AccountCode.COMMITTED, AccountCode.COMMITTED_BY, lack, grant.currency, **about)
    post_entry(EntryKind.RECOMMITMENT, cause, lines, by=by, at=at)
    change_purse(grant.currency, freed, committed=-1)
    change_purse(grant.currency, {purse_code(earmark): lack for earmark, lack in wanted}, committed=1)


def release_commitment(grant: Grant, amount: int, *, cause: Any, by: User | None, at: dt.datetime) -> None:
    """Free a part of what is committed and not yet paid; nothing to do before the agreement is signed."""
    held = unpaid_by_earmark(grant)
    left, lines, shares = min(amount, sum(held.values())), [], {}
    for earmark in _in_order(held):
        part = min(left, held[earmark])
        if part > 0:
            about = {"earmark": earmark, "grant": grant}
            lines += pair(AccountCode.COMMITTED_BY, AccountCode.COMMITTED, part, grant.currency, **about)
            shares[purse_code(earmark)] = part
            left -= part
    if lines:
        post_entry(EntryKind.DECOMMITMENT, cause, lines, by=by, at=at)
        change_purse(grant.currency, shares, committed=-1)
