"""What the fund knows and no line of a statement shows yet, in the form the matching takes it."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _t

from disbursements.gateway.file_batch import block_id, end_to_end_id
from disbursements.models import (
    BatchItem,
    Contribution,
    Donor,
    Grant,
    LedgerEntry,
    LedgerLine,
    PaymentInstruction,
    Pledge,
    Refund,
    StatementLine,
    Tranche,
)
from disbursements.queries.funds import owed_back
from disbursements.queries.matching import Candidate, LineFact, mentions
from disbursements.states import (
    LIVE,
    MONEY_LEFT,
    AccountCode,
    EntryKind,
    InstructionState,
    LineKind,
    PledgeState,
    RailCode,
    TrancheState,
)
from fundmgmt.formats.words import money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

BY_BANK = (RailCode.PAPER_ORDER, RailCode.BANK_FILE)
BY_HAND = {"bank:": LineKind.COST, "move:": LineKind.MOVED}  # booked by hand: the bank's reference is the cause
DEAD = (InstructionState.FAILED, InstructionState.RETURNED)
TAKING = (PledgeState.SIGNED, PledgeState.PARTLY_PAID)
MOST = 60  # choices a person can still read


def fact_of(line: StatementLine) -> LineFact:
    """The line as the matching sees it."""
    return LineFact(
        id=line.pk,
        amount_minor=line.amount_minor,
        currency=line.currency,
        day=line.booked,
        end_to_end_id=line.end_to_end_id,
        reference=line.bank_reference,
        party=line.party,
        text=line.text,
        code=line.code,
    )


def known(currency: str, *, amounts: set[int] | None = None) -> list[Candidate]:
    """Everything in a currency that stands in the books and on no line yet (seven queries); `amounts` narrows it."""
    found = [*_payments(currency), *_contributions(currency), *_refunds(currency), *_returns(currency)]
    found += [*_booked_by_hand(currency), *_batches(currency)]
    return [one for one in found if amounts is None or one.amount_minor in amounts]


def _shown(*kinds: str) -> Exists:
    return Exists(StatementLine.objects.filter(instruction=OuterRef("pk"), kind__in=kinds))


def _sent_by_bank(currency: str) -> QuerySet[PaymentInstruction]:
    rows = PaymentInstruction.objects.filter(currency=currency, rail__in=BY_BANK)
    return rows.select_related("tranche__grant__application", "bank_detail")


def payment_of(row: PaymentInstruction, kind: str = LineKind.PAYMENT, sign: int = -1) -> Candidate:
    """An instruction as it should stand on a statement."""
    day = row.tranche.bank_date or timezone.localdate(row.prepared_at)
    return Candidate(
        kind=kind,
        id=row.pk,
        amount_minor=sign * row.amount_minor,
        currency=row.currency,
        day=day,
        end_to_end_id=end_to_end_id(row.key),
        reference=row.rail_reference or row.tranche.bank_reference,
        name=row.bank_detail.holder,
        label=f"{row.tranche.ref} · {row.bank_detail.holder}",
        about={"instruction": row},
    )


def _payments(currency: str) -> Iterator[Candidate]:
    """Payments that left and that no statement shows yet."""
    rows = _sent_by_bank(currency).filter(tranche__state__in=[*MONEY_LEFT, TrancheState.REVERSED])
    for row in rows.filter(~_shown(LineKind.PAYMENT, LineKind.LATE)).exclude(state=InstructionState.FAILED):
        yield payment_of(row)


def _batches(currency: str) -> Iterator[Candidate]:
    """Batches of several payments none of which is shown yet, for banks that book them in one line."""
    shown = StatementLine.objects.filter(Q(batch=OuterRef("batch")) | Q(instruction=OuterRef("instruction")))
    rows = BatchItem.objects.filter(instruction__currency=currency, instruction__isnull=False)
    sums: dict[int, tuple[int, int]] = {}
    for item in rows.filter(~Exists(shown.exclude(kind=""))).select_related("instruction"):
        total, count = sums.get(item.batch_id, (0, 0))
        amount = item.instruction.amount_minor if item.instruction else 0
        sums[item.batch_id] = (total + amount, count + 1)
    whole = BatchItem.objects.filter(batch__in=sums, instruction__currency=currency).select_related("batch")
    sizes: dict[int, int] = {}
    batches = {}
    for item in whole:
        sizes[item.batch_id] = sizes.get(item.batch_id, 0) + 1
        batches[item.batch_id] = item.batch
    for pk, (total, count) in sums.items():
        if count > 1 and sizes.get(pk) == count:
            batch = batches[pk]
            name = block_id(batch.ref, currency)
            yield Candidate(
                kind=LineKind.BATCH,
                id=pk,
                amount_minor=-total,
                currency=currency,
                day=batch.on_date,
                end_to_end_id=name,
                reference=batch.bank_reference or name,
                label=f"{batch.ref} · {_t('%(n)s payments') % {'n': count}}",
                about={"batch": batch},
            )


def _contributions(currency: str) -> Iterator[Candidate]:
    rows = Contribution.objects.filter(currency=currency, statement_lines__isnull=True).select_related("donor")
    for row in rows:
        yield Candidate(
            kind=LineKind.CONTRIBUTION,
            id=row.pk,
            amount_minor=row.amount_minor,
            currency=currency,
            day=row.received_date,
            reference=row.bank_reference,
            name=row.donor.name,
            label=f"{row.donor} · {row.bank_reference}",
            about={"contribution": row},
        )


def _refunds(currency: str) -> Iterator[Candidate]:
    rows = Refund.objects.filter(statement_lines__isnull=True, grant__currency=currency)
    for row in rows.select_related("grant__organisation", "grant__application"):
        yield Candidate(
            kind=LineKind.REFUND,
            id=row.pk,
            amount_minor=row.amount_minor,
            currency=currency,
            day=row.received_date,
            reference=row.bank_reference,
            name=row.grant.organisation.name,
            label=f"{row.grant.ref} · {row.grant.organisation}",
            about={"refund": row},
        )


def _returns(currency: str) -> Iterator[Candidate]:
    """Payments that a person recorded as sent back."""
    rows = list(_sent_by_bank(currency).filter(state=InstructionState.RETURNED).filter(~_shown(LineKind.RETURNED)))
    stem = f"{Tranche._meta.label_lower}:"
    causes = {f"{stem}{row.tranche_id}" for row in rows}
    entries = {one.source: one for one in LedgerEntry.objects.filter(kind=EntryKind.RETURN, source__in=causes)}
    for row in rows:
        if entry := entries.get(f"{stem}{row.tranche_id}"):
            one = payment_of(row, LineKind.RETURNED, 1)
            yield replace(one, day=entry.day, about=one.about | {"entry": entry})


def booked_by_hand() -> Q:
    """Entries that a person booked with the bank's reference: costs, fees, money moved between own accounts."""
    causes = [Q(source__startswith=stem) for stem in BY_HAND]
    return reduce(or_, causes) & Q(kind__in=[EntryKind.COST, EntryKind.FEE, EntryKind.MOVED])


def _booked_by_hand(currency: str) -> Iterator[Candidate]:
    entries = LedgerEntry.objects.filter(booked_by_hand(), statement_lines__isnull=True, reversed_by__isnull=True)
    lines = LedgerLine.objects.filter(account__code=AccountCode.BANK, currency=currency, entry__in=entries)
    for line in lines.select_related("entry"):
        cause, _colon, reference = line.entry.source.partition(":")
        yield Candidate(
            kind=BY_HAND[f"{cause}:"],
            id=line.entry.no,
            amount_minor=line.amount_minor,
            currency=currency,
            day=line.entry.day,
            reference=reference,
            label=f"{line.entry.get_kind_display()} · {reference}",
            about={"entry": line.entry},
        )


# What a person may propose ---------------------------------------------------------------------------


def proposals(line: StatementLine) -> list[Candidate]:
    """What this line could newly be: likely ones first, at most as many as a person can read."""
    found = list(_out(line) if line.amount_minor < 0 else _in(line))
    named = {*mentions(fact_of(line)), line.end_to_end_id} - {""}
    found.sort(key=lambda one: named.isdisjoint({one.reference, one.end_to_end_id}))
    return found[:MOST]


def _plain(line: StatementLine, kind: str, label: str) -> Candidate:
    return Candidate(kind, "", line.amount_minor, line.currency, line.booked, label=label)


def _out(line: StatementLine) -> Iterator[Candidate]:
    yield _plain(line, LineKind.FEE, _t("Bank fee"))
    yield _plain(line, LineKind.COST, _t("Cost of the fund"))
    yield _plain(line, LineKind.EXCHANGE, _t("Exchange between own accounts"))
    for one in _payments(line.currency):
        rest = one.amount_minor - line.amount_minor
        if 0 < rest <= -one.amount_minor // 10:
            label = _t("%(what)s, and %(rest)s of bank fees in the same line") % {
                "what": f"{one.label} ({money(-one.amount_minor, one.currency)})",
                "rest": money(rest, one.currency),
            }
            yield replace(one, amount_minor=line.amount_minor, label=label, end_to_end_id="", reference="")

    yield from _paid_after_all(line)


def _paid_after_all(line: StatementLine) -> Iterator[Candidate]:
    """Payments of this very amount that counted as failed: the tranche's own when nothing else went out for it."""
    rows = _sent_by_bank(line.currency).filter(state=InstructionState.FAILED, amount_minor=-line.amount_minor)
    rows = rows.filter(~_shown(LineKind.LATE, LineKind.OVERPAID))
    sent = PaymentInstruction.objects.filter(tranche=OuterRef("tranche"), state__in=LIVE)
    for row in rows.annotate(sent=Exists(sent)).order_by("-pk")[:MOST]:
        one = payment_of(row, LineKind.LATE)
        if row.tranche.state == TrancheState.APPROVED and not row.sent:
            label = _t("%(what)s counted as failed and was paid after all: it is the payment of this tranche")
            yield replace(one, label=label % {"what": one.label})
        label = _t("%(what)s counted as failed and was paid after all: it is too much, and the payee gives it back")
        yield replace(
            one,
            kind=LineKind.OVERPAID,
            label=label % {"what": one.label},
            about={"instruction": row, "grant": row.tranche.grant},
        )


def _owed(line: StatementLine) -> Iterator[Candidate]:
    """Grants whose payee still has at least this much to give back."""
    owed = {pk for pk, total in owed_back().items() if total >= line.amount_minor}
    for grant in (
        Grant.objects.filter(pk__in=owed, currency=line.currency)
        .select_related("application", "organisation")
        .order_by("-pk")
    ):
        label = _t("%(who)s gives back what was paid once too often (%(ref)s)")
        label %= {"who": grant.organisation, "ref": grant.ref}
        yield _about(line, LineKind.RECOVERED, f"owed-{grant.pk}", label, grant.ref, grant=grant)


def _in(line: StatementLine) -> Iterator[Candidate]:
    yield _plain(line, LineKind.INTEREST, _t("Interest"))
    yield _plain(line, LineKind.EXCHANGE, _t("Exchange between own accounts"))
    yield from _owed(line)
    yield from _sent_back(line)
    yield from _pledges(line)
    yield from _grants(line)
    for donor in Donor.objects.order_by("ref"):
        label = _t("Contribution of %(donor)s, for anything") % {"donor": donor.name}
        yield _about(line, LineKind.CONTRIBUTION, f"donor-{donor.pk}", label, donor.ref, donor=donor)


def _about(line: StatementLine, kind: str, ident: str, label: str, reference: str, **about: object) -> Candidate:
    return Candidate(
        kind, ident, line.amount_minor, line.currency, line.booked, reference=reference, label=label, about=about
    )


def _sent_back(line: StatementLine) -> Iterator[Candidate]:
    """Payments of this very amount that left and may have come back."""
    rows = _sent_by_bank(line.currency).filter(
        amount_minor=line.amount_minor, state=InstructionState.PAID, tranche__state__in=MONEY_LEFT
    )
    for row in rows.filter(~_shown(LineKind.RETURNED))[:MOST]:
        one = payment_of(row, LineKind.RETURNED, 1)
        label = _t("%(what)s was sent back") % {"what": one.label}
        yield replace(one, label=label)


def _pledges(line: StatementLine) -> Iterator[Candidate]:
    for pledge in Pledge.objects.filter(state__in=TAKING, currency=line.currency).select_related("donor"):
        label = _t("Contribution of %(donor)s for the pledge %(ref)s") % {"donor": pledge.donor, "ref": pledge.ref}
        ident = f"pledge-{pledge.pk}"
        yield _about(line, LineKind.CONTRIBUTION, ident, label, pledge.ref, donor=pledge.donor, pledge=pledge)


def _grants(line: StatementLine) -> Iterator[Candidate]:
    """Grants that were paid at least this much."""
    paid = Q(tranches__state__in=MONEY_LEFT)
    rows = Grant.objects.filter(currency=line.currency).select_related("application", "organisation")
    rows = rows.annotate(paid=Sum("tranches__amount_minor", filter=paid, default=0)).filter(paid__gte=line.amount_minor)
    for grant in rows.order_by("-id")[:MOST]:
        label = _t("Refund from %(who)s (%(ref)s)") % {"who": grant.organisation, "ref": grant.ref}
        yield _about(line, LineKind.REFUND, f"grant-{grant.pk}", label, grant.ref, grant=grant)


def ties(line: StatementLine) -> list[Candidate]:
    """What stands in the books already with this very amount: nearest days first."""
    found = known(line.currency, amounts={line.amount_minor})
    found.sort(key=lambda one: (abs((one.day - line.booked).days), one.code))
    return found[:MOST]
