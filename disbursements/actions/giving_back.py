"""Giving a gift back: two treasurers, the money set aside in the books, the provider told once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from disbursements.actions.answers import OVER, Next
from disbursements.actions.ledger import NotEnoughMoney, change_purse, pair, post_entry, purse_code, reverse_entry
from disbursements.actions.locking import lock_books
from disbursements.actions.outbox import put_errand
from disbursements.gateway.protocol import Rejected, Unknown
from disbursements.gateway.stripe_giving import GivenBack, Giving
from disbursements.models import Donation, GivingBack, LedgerEntry
from disbursements.models.disputes import OPEN_ANSWERS
from disbursements.queries.ledger import held_in
from disbursements.states import (
    DISPUTE_BARS,
    AccountCode,
    DisputeState,
    DonationState,
    EntryKind,
    Errand,
    GivingBackState,
)
from fundmgmt import journal
from fundmgmt.formats.words import money
from fundmgmt.models import StepRefused
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundmgmt.models import User

    Clock = Callable[[], dt.datetime]

OPEN = (GivingBackState.PROPOSED, GivingBackState.CONFIRMED)
GIVABLE = (DonationState.PAID, DonationState.PART_REFUNDED)
PENDING_SECONDS = 3600


def _facts(row: GivingBack, **more: object) -> dict[str, object]:
    found = {"gift": row.donation.ref, "no": row.no, "amount_minor": row.amount_minor}
    return {**found, "currency": row.donation.currency, **more}


def _locked(donation: Donation) -> Donation:
    rows = Donation.objects.select_for_update(of=("self",), no_key=True).select_related(
        "earmark", "contribution__donor"
    )
    return rows.get(pk=donation.pk)


def propose_giving_back(donation: Donation, *, by: User, at: dt.datetime, amount_minor: int, reason: str) -> GivingBack:
    """One treasurer proposes to give a gift or a part of it back; another confirms."""
    with transaction.atomic():
        held = _locked(donation)
        if held.state not in GIVABLE:
            raise StepRefused(_("Only a gift that was paid can be given back."))
        if held.refunds.filter(state__in=OPEN).exists():
            raise StepRefused(_("There is a proposal already. It is confirmed or declined first."))
        _require_undisputed(held)
        if not 0 < amount_minor <= held.left_minor:
            raise StepRefused(_("Give back between nothing and what is left of the gift."), field="amount")
        row = GivingBack(donation=held, thread=held.thread, no=held.refunds.count() + 1, amount_minor=amount_minor)
        row.proposed_by = by
        return begin(row, by=by, at=at, facts=_facts(row), reason=reason)


def confirm_giving_back(
    row: GivingBack, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> GivingBack:
    """Another treasurer confirms: the money leaves the books in this transaction, the provider is told after it."""
    with transaction.atomic():
        held = _locked(row.donation)
        _require_undisputed(held)
        settled = _share(held, row.amount_minor)
        lock_books([held.settled_currency])  # what lies with the provider is counted, then set aside
        perform(
            row,
            "confirm",
            by=by,
            at=at,
            facts=_facts(row),
            expected_version=expected_version,
            confirmer=by,
            settled_minor=settled,
            when=at,
        )
        _require_held(held.settled_currency, settled)
        _set_aside(row, held, settled, by=by, at=at)
        put_errand(Errand.REFUND, f"refund:{row.key}", row.pk, thread=row.thread, at=at)
    return row


def _require_undisputed(held: Donation) -> None:
    """The provider gives nothing back of a gift that the giver's bank takes; nor is it given back while we argue."""
    states = set(held.disputes.values_list("state", flat=True))
    if DisputeState.LOST in states:
        raise StepRefused(_("The giver's bank took this gift back: the giver has the money already."))
    if states & set(DISPUTE_BARS):
        raise StepRefused(
            _("The giver's bank disputes this gift and holds the money. Answer the dispute first; see the gift's page.")
        )
    if held.disputes.filter(answers__state__in=OPEN_ANSWERS).exists():
        raise StepRefused(_("An answer to the giver's bank is proposed. It is declined or sent first."))


def _require_held(currency: str, settled: int) -> None:
    there = held_in(AccountCode.PROVIDER, currency)
    if there < settled:
        raise StepRefused(
            _("The account with the card provider holds only %(amount)s. Move money there first.")
            % {"amount": money(there, currency)}
        )


def decline_giving_back(
    row: GivingBack, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> GivingBack:
    """The gift stays as it is."""
    return perform(row, "decline", by=by, at=at, facts=_facts(row), reason=reason, expected_version=expected_version)


def _share(held: Donation, amount_minor: int) -> int:
    """The part of what the gift was settled at; all of it together is never more than that."""
    before = _part(held, held.given_back_minor)
    return _part(held, held.given_back_minor + amount_minor) - before


def _part(held: Donation, amount_minor: int) -> int:
    return (held.settled_minor or 0) * amount_minor // held.amount_minor


def _set_aside(row: GivingBack, held: Donation, settled: int, *, by: User | None, at: dt.datetime) -> None:
    about = {"earmark": held.earmark, "donor": held.contribution.donor if held.contribution else None}
    lines = pair(AccountCode.CONTRIBUTIONS, AccountCode.PROVIDER, settled, held.settled_currency, **about)
    try:
        change_purse(held.settled_currency, {purse_code(held.earmark): settled}, received=-1)
    except NotEnoughMoney as error:
        raise StepRefused(
            _("The fund does not hold this much for this aim any more: some is committed or spent, or went for fees.")
        ) from error
    post_entry(EntryKind.GIVEN_BACK, row, lines, by=by, at=at)


# What the provider answers ---------------------------------------------------------------------------


def submit_giving_back(ident: int, *, clock: Clock) -> Next:
    """Tell the provider, after a look whether it knows of this refund already."""
    row = GivingBack.objects.select_related("donation").get(pk=ident)
    if row.state != GivingBackState.CONFIRMED:
        return OVER
    giving, held = Giving(), row.donation
    known = giving.refunds_of(held.payment)
    if isinstance(known, list) and row.key not in {one.key for one in known}:
        answer = giving.give_back(held.payment, row.amount_minor, row.key)
        if isinstance(answer, Rejected):
            _fail(row, at=clock(), reason=answer.reason)
            return OVER
        known = answer if isinstance(answer, Unknown) else giving.refunds_of(held.payment)
    if isinstance(known, Unknown):
        return Next(problem=known.reason or "no certain answer")
    return apply_refunds(held, known, at=clock())


def ask_refunds(donation: Donation, *, clock: Clock) -> Next:
    """Everything that the provider gave back of a gift, whoever asked for it there."""
    if not donation.payment or donation.state not in {*GIVABLE, DonationState.REFUNDED}:
        return OVER
    known = Giving().refunds_of(donation.payment)
    if isinstance(known, Unknown):
        return Next(problem=known.reason or "no certain answer")
    return apply_refunds(donation, known, at=clock())


def apply_refunds(donation: Donation, known: list[GivenBack], *, at: dt.datetime) -> Next:
    """Bring our refunds to where the provider has them. One that nobody here proposed is booked as well."""
    pending = False
    with transaction.atomic():
        held = _locked(donation)
        ours = {row.key: row for row in held.refunds.all()}
        by_reference = {row.reference: row for row in ours.values() if row.reference}
        for one in known:
            row = ours.get(one.key) or by_reference.get(one.reference)
            if row is None and one.state == "paid":
                row = _made_there(held, one, at=at)
            if row is not None:
                _apply(row, held, one, at=at)
            pending = pending or one.state == "pending"
    return Next(wait_seconds=PENDING_SECONDS) if pending else OVER


def _made_there(held: Donation, one: GivenBack, *, at: dt.datetime) -> GivingBack:
    """Somebody gave money back on the provider's own pages: it is gone, so the books say so."""
    no = held.refunds.count() + 1
    row = GivingBack(donation=held, thread=held.thread, no=no, amount_minor=one.amount_minor)
    begin(row, by=None, at=at, facts=_facts(row, outside=True))
    _set_aside(row, held, _share(held, one.amount_minor), by=None, at=at)
    return row


def _apply(row: GivingBack, held: Donation, one: GivenBack, *, at: dt.datetime) -> None:
    row.donation = held
    if one.state == "paid" and row.state in OPEN:
        aside = row.settled_minor or _share(held, row.amount_minor)
        settled = one.settled_minor or aside
        perform(row, "finish", by=None, at=at, facts=_facts(row), reference=one.reference, settled_minor=settled)
        _book_difference(row, held, settled - aside, at=at)
        step = "give_back_all" if row.amount_minor == held.left_minor else "give_back_part"
        perform(held, step, by=None, at=at, facts=_facts(row), amount_minor=row.amount_minor)
    elif one.state == "failed" and row.state in {GivingBackState.CONFIRMED, GivingBackState.DONE}:
        _fail(row, at=at)


def _book_difference(row: GivingBack, held: Donation, more: int, *, at: dt.datetime) -> None:
    """Money of another currency goes back at the rate of its own day: what that costs or brings is exchange."""
    if not more:
        return
    about = {"earmark": held.earmark, "donor": held.contribution.donor if held.contribution else None}
    lines = pair(AccountCode.EXCHANGE, AccountCode.PROVIDER, more, held.settled_currency, **about)
    post_entry(EntryKind.EXCHANGE, row, lines, by=None, at=at)
    change_purse(held.settled_currency, {purse_code(held.earmark): more}, costs=1)


def _fail(row: GivingBack, *, at: dt.datetime, reason: str = "") -> None:
    """It was not given back: what was set aside stands in the books again."""
    with transaction.atomic():
        held = _locked(row.donation)
        was_done = row.state == GivingBackState.DONE
        perform(row, "fail", by=None, at=at, facts=_facts(row), reason=reason)
        source = journal.subject_of(row)
        for entry in LedgerEntry.objects.filter(source=source, kind__in=[EntryKind.GIVEN_BACK, EntryKind.EXCHANGE]):
            reverse_entry(entry, by=None, at=at)
        aside = -sum(_lines_on(source, EntryKind.GIVEN_BACK))
        change_purse(held.settled_currency, {purse_code(held.earmark): aside}, received=1)
        more = -sum(_lines_on(source, EntryKind.EXCHANGE))
        if more:
            change_purse(held.settled_currency, {purse_code(held.earmark): more}, costs=-1)
        if was_done:
            whole = held.given_back_minor == row.amount_minor
            step = "hold_all" if whole else "hold_part"
            perform(held, step, by=None, at=at, facts=_facts(row), amount_minor=row.amount_minor)


def _lines_on(source: str, kind: EntryKind) -> list[int]:
    """What an entry of a refund took from the provider's account, below zero."""
    entry = LedgerEntry.objects.filter(source=source, kind=kind).first()
    if entry is None:
        return []
    return list(entry.lines.filter(account__code=AccountCode.PROVIDER).values_list("amount_minor", flat=True))
