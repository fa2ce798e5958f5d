"""Disputes of gifts: what the provider says of them, and what that does to the books.

The money of a gift that its giver's bank takes back leaves the contributions at once, whether it is spent or not, and
stands there again when the dispute is won. The provider's fee is a cost that unrestricted money bears: what others gave
for an aim does not pay for it. Each line of the provider is the cause of its entries.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from disbursements.actions.answers import OVER, Next
from disbursements.actions.donations import ask_gift
from disbursements.actions.ledger import change_purse, pair, post_entry, purse_code, reverse_entry, shares_of, spend
from disbursements.actions.outbox import put_errand
from disbursements.gateway.protocol import Rejected, Unknown
from disbursements.gateway.stripe_disputes import Disputes
from disbursements.models import Dispute, DisputeMovement, Donation, LedgerEntry
from disbursements.states import GIFT_HELD, AccountCode, DisputeState, EntryKind, Errand
from fundmgmt import journal
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from disbursements.gateway.stripe_disputes import DisputeSeen, Movement

    Clock = Callable[[], dt.datetime]

GIFT = "don:"
LOOK_SECONDS = 12 * 3600  # between two looks at a dispute that is not decided
ENDED = (DisputeState.WON, DisputeState.CLOSED)
OPENED = ("open", "answered", "won", "lost")  # what a dispute was before it was one of these
DECIDED = {"won": "win", "lost": "lose", "closed": "close"}


class Unclear(Exception):
    """What the provider says does not fit: nothing is booked, and a person looks."""


def ask_dispute(ident: int, *, clock: Clock) -> Next:
    """Ask the provider how a dispute stands and apply it. Harmless however often it happens."""
    row = Dispute.objects.get(pk=ident)
    if row.state in ENDED:
        return OVER
    return hear_of_dispute(row.reference, clock=clock)[0]


def hear_of_dispute(reference: str, *, clock: Clock) -> tuple[Next, Dispute | None]:
    """Somebody names a dispute: ask the provider about it. None when it is about no gift of ours."""
    found = Disputes().look_up(reference)
    if isinstance(found, Unknown):
        return Next(problem=found.reason or "no certain answer"), None
    if isinstance(found, Rejected):
        return OVER, None
    return take_dispute(found, clock=clock)


def look_for_disputes(start: dt.date, end: dt.date, *, clock: Clock) -> list[str]:
    """Apply every dispute of these days (UTC), whether a message of it came or not; what does not fit, in words."""
    problems = []
    for found in Disputes().of_days(start, end):
        try:
            step = take_dispute(found, clock=clock)[0]
        except Unclear as error:
            step = Next(problem=str(error))
        if step.problem:
            problems.append(step.problem)
    return problems


def take_dispute(found: DisputeSeen, *, clock: Clock) -> tuple[Next, Dispute | None]:
    """A dispute as the provider has it. A gift that is not in the books yet comes first, whoever is told first."""
    number = found.key.removeprefix(GIFT)
    gift = Donation.objects.filter(pk=int(number)).first() if found.key.startswith(GIFT) and number.isdigit() else None
    if gift is None:
        return OVER, None
    if gift.state not in GIFT_HELD:
        step = ask_gift(gift.pk, clock=clock)
        gift.refresh_from_db()
        if gift.state not in GIFT_HELD:
            return Next(problem=step.problem or f"{gift.ref} is disputed and not in the books as paid"), None
    return apply_dispute(gift, found, at=clock())


def apply_dispute(gift: Donation, found: DisputeSeen, *, at: dt.datetime) -> tuple[Next, Dispute]:
    """Bring the books and the dispute to where the provider has them. Twice, late or out of order changes nothing."""
    with transaction.atomic():
        rows = Donation.objects.select_for_update(of=("self",), no_key=True)
        held = rows.select_related("earmark", "contribution__donor").get(pk=gift.pk)
        if (found.payment, found.currency) != (held.payment, held.currency) or found.state == "":
            raise Unclear(f"{found.reference} does not fit the gift {held.ref}")
        row = held.disputes.filter(reference=found.reference).first() or _begin(held, found, at=at)
        row.donation = held
        _book_new(row, held, found, at=at)
        _bring(row, found, at=at)
    return (OVER if row.state in {*ENDED, DisputeState.LOST} else Next(wait_seconds=LOOK_SECONDS)), row


def dispute_facts(row: Dispute) -> dict[str, object]:
    """What the journal keeps of a dispute: codes, amounts, days."""
    until = timezone.localdate(row.due_at) if row.due_at else None
    found = {"gift": row.donation.ref, "amount_minor": row.amount_minor, "currency": row.currency}
    return {**found, "code": row.reason, "until": until}


def _moment(seconds: int) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds else None


def _begin(held: Donation, found: DisputeSeen, *, at: dt.datetime) -> Dispute:
    row = Dispute(
        donation=held,
        thread=held.thread,
        reference=found.reference,
        amount_minor=found.amount_minor,
        currency=found.currency,
        reason=found.reason[:40],
        opened_at=_moment(found.opened_at) or at,
        due_at=_moment(found.due_at),
    )
    begin(row, by=None, at=at, facts=dispute_facts(row))
    key = f"dispute:{row.pk}"  # in case no message ever comes
    put_errand(Errand.DISPUTE, key, row.pk, thread=row.thread, at=at, wait_seconds=LOOK_SECONDS)
    return row


def _bring(row: Dispute, found: DisputeSeen, *, at: dt.datetime) -> None:
    """Forwards only: what is decided stays decided, but for one that was lost and is won after all."""
    if row.state in ENDED:
        return
    if row.state == DisputeState.ASKED and found.state in OPENED:
        row.reason, row.due_at = found.reason[:40], _moment(found.due_at)
        perform(row, "open", by=None, at=at, facts=dispute_facts(row), code=row.reason, due_at=row.due_at)
    if row.state == DisputeState.OPEN and found.state == "answered":
        perform(row, "answer", by=None, at=at, facts=dispute_facts(row))
    if found.state in DECIDED and (row.state != DisputeState.LOST or found.state == "won"):
        perform(row, DECIDED[found.state], by=None, at=at, facts=dispute_facts(row))


# The books -----------------------------------------------------------------------------------------------


def _book_new(row: Dispute, held: Donation, found: DisputeSeen, *, at: dt.datetime) -> None:
    known = set(row.movements.values_list("reference", flat=True))
    for one in sorted(found.movements, key=lambda one: (one.moved_at, one.amount_minor)):
        if one.reference in known:
            continue
        if one.currency != held.settled_currency:
            raise Unclear(f"{found.reference} moves {one.currency}, the gift was credited in {held.settled_currency}")
        taken = _standing(row)
        moved = _keep(row, one, at=at)
        if one.amount_minor < 0 and taken is None:
            _take(moved, held, at=at)
        elif one.amount_minor > 0 and taken is not None:
            _bring_back(moved, taken, held, at=at)
        else:
            raise Unclear(f"{found.reference}: {one.reference} takes twice, or brings back what was not taken")


def _keep(row: Dispute, one: Movement, *, at: dt.datetime) -> DisputeMovement:
    moved = DisputeMovement(
        dispute=row,
        reference=one.reference,
        amount_minor=one.amount_minor,
        fee_minor=one.fee_minor,
        currency=one.currency,
        moved_at=_moment(one.moved_at) or at,
        recorded_at=at,
    )
    moved.save()
    facts = {"gift": row.donation.ref, "amount_minor": one.amount_minor, "fee_minor": one.fee_minor}
    day = timezone.localdate(moved.moved_at)
    more = {"currency": one.currency, "moved_date": day}
    journal.record("disbursements.dispute.move", row, by=None, at=at, facts={**facts, **more})
    return moved


def _entries(moved: DisputeMovement) -> list[LedgerEntry]:
    """What a movement caused and nothing took back."""
    rows = LedgerEntry.objects.filter(source=journal.subject_of(moved), reversed_by__isnull=True)
    return list(rows.order_by("no"))


def _standing(row: Dispute) -> DisputeMovement | None:
    """The movement that took money which has not come back."""
    taken = row.movements.filter(amount_minor__lt=0).order_by("-id").first()
    back = taken and row.movements.filter(amount_minor__gt=0, id__gt=taken.pk).exists()
    return None if back else taken


def _take(moved: DisputeMovement, held: Donation, *, at: dt.datetime) -> None:
    """The gift's own part leaves the contributions; more than it was credited with is a loss on exchange."""
    settled = held.settled_minor or 0
    part = settled * min(moved.dispute.amount_minor, held.amount_minor) // held.amount_minor
    gone = -moved.amount_minor
    if held.currency == held.settled_currency:
        part = min(part, gone)
    _post_gift(moved, held, part, at=at)
    _post_exchange(moved, held, gone - part, at=at)
    _post_fee(moved, moved.fee_minor, at=at)


def _bring_back(moved: DisputeMovement, taken: DisputeMovement, held: Donation, *, at: dt.datetime) -> None:
    """Take back what was booked; what did not come whole stays gone, and is booked anew for this movement.

    Less of another currency is the exchange of two days; less of the same one is a part that stays with the giver.
    """
    stays, fee = -taken.amount_minor - moved.amount_minor, taken.fee_minor + moved.fee_minor
    same = held.currency == held.settled_currency
    if (same and stays < 0) or fee < 0:
        raise Unclear(f"{moved.reference} brings back more than was taken")
    for entry in _entries(taken):
        if entry.kind != EntryKind.FEE or moved.fee_minor < 0:
            _reverse(entry, moved, at=at)
    if same:
        _post_gift(moved, held, stays, at=at)
    else:
        _post_exchange(moved, held, stays, at=at)
    _post_fee(moved, fee if moved.fee_minor < 0 else moved.fee_minor, at=at)


def _reverse(entry: LedgerEntry, moved: DisputeMovement, *, at: dt.datetime) -> None:
    lines = list(entry.lines.select_related("account", "earmark"))
    shares = shares_of(line for line in lines if line.account.code != AccountCode.PROVIDER)
    sign = {"received": 1} if entry.kind == EntryKind.DISPUTED else {"costs": -1}
    change_purse(moved.currency, shares, taken=True, **sign)
    reverse_entry(entry, by=None, at=at, day=timezone.localdate(moved.moved_at))


def _post(moved: DisputeMovement, kind: EntryKind, lines: list, *, at: dt.datetime) -> None:
    post_entry(kind, moved, lines, by=None, at=at, day=timezone.localdate(moved.moved_at))


def _post_gift(moved: DisputeMovement, held: Donation, minor: int, *, at: dt.datetime) -> None:
    if minor:
        change_purse(moved.currency, {purse_code(held.earmark): minor}, received=-1, taken=True)
        lines = pair(AccountCode.CONTRIBUTIONS, AccountCode.PROVIDER, minor, moved.currency, **_about(held))
        _post(moved, EntryKind.DISPUTED, lines, at=at)


def _post_exchange(moved: DisputeMovement, held: Donation, minor: int, *, at: dt.datetime) -> None:
    if minor:
        change_purse(moved.currency, {purse_code(held.earmark): minor}, costs=1, taken=True)
        lines = pair(AccountCode.EXCHANGE, AccountCode.PROVIDER, minor, moved.currency, **_about(held))
        _post(moved, EntryKind.EXCHANGE, lines, at=at)


def _post_fee(moved: DisputeMovement, minor: int, *, at: dt.datetime) -> None:
    if minor:
        change_purse(moved.currency, {purse_code(None): minor}, costs=1, taken=True)
        lines = spend(AccountCode.FEES, AccountCode.PROVIDER, minor, moved.currency, earmark=None)
        _post(moved, EntryKind.FEE, lines, at=at)


def _about(held: Donation) -> dict[str, object]:
    return {"earmark": held.earmark, "donor": held.contribution.donor if held.contribution else None}
