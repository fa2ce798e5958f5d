"""Whether an entry of the ledger may be taken back as a mistake; and where else it is corrected, when not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from disbursements.models import Contribution, LedgerEntry, Refund
from disbursements.queries.candidates import booked_by_hand
from disbursements.queries.ledger import held_in
from disbursements.queries.sources import lots
from disbursements.states import AccountCode, EntryKind, GrantState, PledgeState
from fundmgmt.formats.words import money

if TYPE_CHECKING:
    from collections.abc import Iterator

OVER = (GrantState.CLOSED, GrantState.TERMINATED)


def why_not_taken_back(entry: LedgerEntry) -> str:
    """Why this entry cannot be taken back, and what to do instead; empty when it can (at most six queries)."""
    return next(_reasons(entry), "")


def _reasons(entry: LedgerEntry) -> Iterator[str]:
    if entry.kind == EntryKind.REVERSAL:
        yield _("This entry takes another one back. Record what is right anew.")
    elif LedgerEntry.objects.filter(reverses=entry).exists():
        yield _("This entry is taken back already.")
    elif entry.kind == EntryKind.RECEIPT:
        yield from _receipt(Contribution.objects.filter(entry=entry).select_related("donor", "pledge").first())
    elif entry.kind == EntryKind.REFUND:
        yield from _refund(Refund.objects.filter(entry=entry).select_related("grant").first())
    elif not LedgerEntry.objects.filter(booked_by_hand(), pk=entry.pk).exists():
        yield _("This entry follows from a step. It is corrected where the step was taken, never here.")
    elif entry.statement_lines.exists():
        yield shown()
    elif entry.kind == EntryKind.MOVED:
        yield from _moved(entry)


def shown() -> str:
    """A line of the bank proves it."""
    return _("A line of the bank statement shows it. If the line was matched by mistake, undo that match first.")


def _receipt(row: Contribution | None) -> Iterator[str]:
    if row is None or hasattr(row, "donation"):
        yield _("This is a gift by card. It is given back on the gift's page, never here.")
        return
    if row.statement_lines.exists():
        yield shown()
    if row.pledge is not None:
        if row.pledge.state == PledgeState.WRITTEN_OFF:
            yield _("The rest of its pledge is written off, reckoned with this money.")
        if row.pledge.contributions.filter(pk__gt=row.pk).exists():
            yield _("More has arrived for the same pledge since. Take the later one back first.")
    left = sum(lot.left for lot in lots(row.currency, row.earmark) if lot.donor == row.donor_id)
    if left < row.amount_minor:
        yield _(
            "Only %(left)s of this donor's money is left for this purpose; the rest is paid out. Record first what "
            "truly arrived, then take this back."
        ) % {"left": money(left, row.currency)}


def _refund(row: Refund | None) -> Iterator[str]:
    if row is None:
        yield _("This entry follows from a step. It is corrected where the step was taken, never here.")
        return
    if row.statement_lines.exists():
        yield shown()
    if row.grant.state in OVER:
        yield _("The grant is closed: its accounts count with this money.")


def _moved(entry: LedgerEntry) -> Iterator[str]:
    line = entry.lines.select_related("account").get(amount_minor__gt=0)
    there = held_in(AccountCode(line.account.code), line.currency)
    if there < line.amount_minor:
        yield _("Only %(amount)s is left on the account it went to.") % {"amount": money(there, line.currency)}
