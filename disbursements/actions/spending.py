"""Spending that accepted reports state, and unspent money that comes back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from disbursements.actions.closing import look_at_refund, unaccounted
from disbursements.actions.commitments import paid_by_earmark
from disbursements.actions.ledger import change_purse, pair, post_entry, purse_code
from disbursements.actions.locking import lock_grant
from disbursements.actions.tranches import reassess_grant
from disbursements.models import Grant, LedgerEntry, Refund, ReportedSpend, StatedSpend
from disbursements.queries.funds import allocate
from disbursements.queries.sources import give_back_to
from disbursements.states import AccountCode, EntryKind
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.formats.words import money as in_words
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fundmgmt.models import User


def record_spent(
    grant: Grant,
    report_no: int,
    lines: Mapping[int, int],
    *,
    by: User | None,
    at: dt.datetime,
    until: dt.date | None = None,
) -> list[ReportedSpend]:
    """Keep what an accepted report says was spent in its own period, which ended on `until`: line to minor units.

    The same report told again replaces what stood there. Tranches blocked for spending are looked at again.
    """
    if any(minor < 0 for minor in lines.values()):
        raise StepRefused(_("Spending cannot be below zero."))
    with transaction.atomic():
        require(by, "disbursements.record_spent", grant)
        lock_grant(grant.pk)
        grant.stated_spend.filter(report_no=report_no).delete()
        grant.reported_spend.filter(report_no=report_no).exclude(line_no__in=lines).delete()
        rows = [
            ReportedSpend.objects.update_or_create(
                grant=grant,
                report_no=report_no,
                line_no=line,
                defaults={"spent_minor": minor, "recorded_at": at, "until_date": until},
            )[0]
            for line, minor in sorted(lines.items())
        ]
        total = grant.reported_spend.aggregate(total=Sum("spent_minor"))["total"] or 0
        facts = {
            "report_no": report_no,
            "spent_minor": sum(lines.values()),
            "total_minor": total,
            "currency": grant.currency,
        }
        journal.record("disbursements.grant.record_spent", grant, by=by, at=at, facts=facts)
        reassess_grant(grant, at=at)
        look_at_refund(grant, at=at)
    return rows


def state_spent(grant: Grant, report_no: int, lines: Mapping[int, int], *, by: User, at: dt.datetime) -> None:
    """Keep what a report that is handed in says, for requests made meanwhile; nothing when it goes back."""
    with transaction.atomic():
        require(by, "disbursements.state_spent", grant)
        grant.stated_spend.filter(report_no=report_no).delete()
        StatedSpend.objects.bulk_create(
            StatedSpend(grant=grant, report_no=report_no, line_no=no, spent_minor=minor)
            for no, minor in sorted(lines.items())
        )
        facts = {"report_no": report_no, "spent_minor": sum(lines.values()), "currency": grant.currency}
        journal.record("disbursements.grant.state_spent", grant, by=by, at=at, facts=facts)


def record_refund(
    grant: Grant,
    *,
    by: User,
    at: dt.datetime,
    amount_minor: int,
    received_date: dt.date,
    bank_reference: str,
    reason: str = "",
) -> Refund:
    """Unspent money arrived back: to the bank, off what was paid, and free to be awarded again.

    More than is left to account for needs a reason: mostly it is a slip of the pen.
    """
    with transaction.atomic():
        require(by, "disbursements.record_refund", grant)
        Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
        paid = paid_by_earmark(grant)
        _check_refund(grant, amount_minor, sum(paid.values()), reason)
        refund = Refund(
            grant=grant,
            amount_minor=amount_minor,
            received_date=received_date,
            bank_reference=bank_reference.strip(),
            recorded_by=by,
            recorded_at=at,
        )
        try:
            with transaction.atomic():
                refund.save()
        except IntegrityError as error:
            raise StepRefused(
                _("This line of the bank statement is recorded already."), field="bank_reference"
            ) from error
        entry = _post_refund(refund, grant, _shares(paid, amount_minor), by=by, at=at)
        facts = {
            "amount_minor": amount_minor,
            "currency": grant.currency,
            "received_date": received_date,
            "entry": entry.no,
        }
        journal.record("disbursements.grant.record_refund", grant, by=by, at=at, facts=facts, reason=reason)
        look_at_refund(grant, at=at)
    return refund


def _post_refund(
    refund: Refund, grant: Grant, parts: list[tuple[Any, int]], *, by: User, at: dt.datetime
) -> LedgerEntry:
    """To the bank, off what was paid and off what is committed; the purses follow."""
    money, memo = [], []
    for earmark, part in parts:
        about = {"earmark": earmark, "grant": grant}
        for donor, share in give_back_to(grant, earmark, part):
            money += pair(AccountCode.BANK, AccountCode.GRANTS_PAID, share, grant.currency, donor=donor, **about)
        memo += pair(AccountCode.COMMITTED_BY, AccountCode.COMMITTED, part, grant.currency, **about)
    refund.entry = post_entry(EntryKind.REFUND, refund, money, by=by, at=at, day=refund.received_date)
    post_entry(EntryKind.DECOMMITMENT, refund, memo, by=by, at=at, day=refund.received_date)
    refund.save(update_fields=["entry"])
    shares = {purse_code(earmark): part for earmark, part in parts}
    change_purse(grant.currency, shares, paid=-1)
    change_purse(grant.currency, shares, committed=-1)
    return refund.entry


def _check_refund(grant: Grant, amount_minor: int, paid_minor: int, reason: str) -> None:
    if amount_minor <= 0 or amount_minor > paid_minor:
        raise StepRefused(_("A refund cannot be more than what was paid."), field="amount_minor")
    left = max(unaccounted(grant), 0)
    if amount_minor > left and not reason.strip():
        raise StepRefused(
            _("Only %(left)s is left to account for. Look at the amount again, or write why more came back.")
            % {"left": in_words(left, grant.currency)},
            field="reason",
        )


def _shares(paid: dict, amount: int) -> list[tuple]:
    """Take a refund off the money it was paid from: unrestricted money last in, first back."""
    order = sorted(paid, key=lambda earmark: (earmark is not None, earmark.code if earmark else ""))
    room = {purse_code(earmark): part for earmark, part in paid.items()}
    return list(allocate(amount, order, room).parts)
