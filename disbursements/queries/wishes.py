"""Donors' wishes against what happens: warnings at the award, at a tranche and at what was really spent.

A wish (earmark) warns at the award and binds when a tranche leaves; here stands what is told before and after that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from disbursements.models import Earmark, LedgerLine, Purse, ReportedSpend
from disbursements.models.ledger import UNRESTRICTED
from disbursements.queries.funds import available_in, fits, plan_commitment, plan_release
from disbursements.queries.sources import PAID_OUT
from disbursements.states import AccountCode, EntryKind, GrantState, TrancheState
from fundmgmt.formats.words import money

if TYPE_CHECKING:
    from disbursements.models import Grant, Tranche

OVER = (GrantState.ENDED, GrantState.CLOSING, GrantState.CLOSED, GrantState.TERMINATED)
AHEAD = (TrancheState.REQUESTED, TrancheState.CHECKED, TrancheState.BLOCKED, TrancheState.APPROVED)


@dataclass(frozen=True)
class Warn:
    """One warning, and the rule behind it."""

    text: str
    rule: str


def award_warnings(application: Any, amount_minor: int, currency: str) -> list[Warn]:
    """Before a grant is opened: what the money that may be used here does not cover (four queries)."""
    short = plan_commitment(application, amount_minor, currency).short
    if not short:
        return []
    said = _("%(amount)s of the award is not covered by money that may be used for this project.")
    return [_binds(said % {"amount": money(short, currency)}), *_kept_for_others(application, currency)]


def tranche_warnings(tranche: Tranche) -> list[Warn]:
    """Before a tranche leaves: what is missing for it, or what another grant counts on too (a fixed number of queries).

    Nothing is said of a tranche that nobody asked for, or that left.
    """
    if tranche.state not in AHEAD:
        return []
    grant, currency = tranche.grant, tranche.currency
    bound = _bound(grant)
    plan = plan_release(grant.application, tranche.amount_minor, currency, bound=bound)
    if plan.short:
        said = _("%(amount)s of this tranche is not covered by money that may be used for this project.")
        return [
            _binds(said % {"amount": money(plan.short, currency)}),
            *_kept_for_others(grant.application, currency),
        ]
    held = {purse.code: max(available_in(purse), 0) for purse in Purse.objects.filter(currency=currency)}
    found = []
    for earmark, part in plan.parts:
        code = earmark.code if earmark else UNRESTRICTED
        beyond = part - bound.get(earmark, 0) - held.get(code, 0)
        if beyond > 0:
            said = _("%(amount)s of it, %(wish)s, is counted on by another grant too.")
            told = said % {"amount": money(beyond, currency), "wish": _wish(earmark)}
            found.append(Warn(told, _("Awards wait for pledges to be paid; who is released first is paid first.")))
    return found


def spent_warnings(grant: Grant) -> list[Warn]:
    """After reports: money paid for a wish that the project fits no longer, or did not spend (three queries)."""
    found, currency = [], grant.currency
    left = ReportedSpend.objects.filter(grant=grant).aggregate(total=Sum("spent_minor"))["total"] or 0
    for earmark, paid in _paid_in_order(grant):
        spent = min(left, paid)
        left -= spent
        if earmark is None:
            continue
        about = {"paid": money(paid, currency), "spent": money(spent, currency), "wish": earmark.label}
        if not fits(earmark, grant.application):
            said = _("%(paid)s meant for “%(wish)s” was paid to this project, which does not fit that wish any more.")
            found.append(Warn(said % about, _("Ask the donor, or ask the grantee for the money back.")))
        elif spent < paid and grant.state in OVER:
            said = _("Of %(paid)s meant for “%(wish)s” accepted reports tell %(spent)s as spent.")
            found.append(Warn(said % about, _("What is left comes back and is spent for the same wish.")))
    return found


def _binds(text: str) -> Warn:
    return Warn(text, _("A donor's wish warns at the award and binds when a tranche leaves."))


def _wish(earmark: Earmark | None) -> str:
    return _("meant for “%(wish)s”") % {"wish": earmark.label} if earmark else _("unrestricted")


def _kept_for_others(application: Any, currency: str) -> list[Warn]:
    """Money that lies with the fund for aims that this project does not have."""
    held = {purse.code: available_in(purse) for purse in Purse.objects.filter(currency=currency)}
    found = []
    for earmark in Earmark.objects.order_by("code"):
        amount = held.get(earmark.code, 0)
        if amount > 0 and not fits(earmark, application):
            said = _("%(amount)s is kept for “%(wish)s”.") % {"amount": money(amount, currency), "wish": earmark.label}
            found.append(Warn(said, _("This project has another aim or place.")))
    return found


def _bound(grant: Grant) -> dict[Earmark | None, int]:
    """Committed to the grant and not yet paid, by wish (two queries)."""
    sums: dict[int | None, int] = {}
    wanted = [AccountCode.COMMITTED, *PAID_OUT]
    rows = LedgerLine.objects.filter(grant=grant, account__code__in=wanted).order_by()
    for pk, code, total in rows.values_list("earmark", "account__code").annotate(Sum("amount_minor")):
        sums[pk] = sums.get(pk, 0) + (total if code == AccountCode.COMMITTED else -total)
    names = Earmark.objects.in_bulk([pk for pk in sums if pk])
    return {names[pk] if pk else None: total for pk, total in sums.items() if total > 0}


def _paid_in_order(grant: Grant) -> list[tuple[Earmark | None, int]]:
    """Net of what came back, by wish, in the order in which it was first paid (one query)."""
    rows = LedgerLine.objects.filter(grant=grant, account__code__in=PAID_OUT).select_related("earmark", "entry")
    found: dict[Earmark | None, int] = {}
    for line in rows.exclude(entry__kind=EntryKind.DISBURSEMENT).order_by("entry__no", "id"):
        found[line.earmark] = found.get(line.earmark, 0) + line.amount_minor
    return [(earmark, total) for earmark, total in found.items() if total > 0]
