"""Batches of payments: what is in them, what they sum to, and what a second look should see."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _t

from disbursements.gateway.bank_file import BankFile
from disbursements.gateway.protocol import Instruction
from disbursements.models import BatchItem, PaymentBatch, PaymentInstruction, Tranche
from disbursements.queries.accounts import accounts_on
from disbursements.queries.release import load_facts, release_checks, unmet
from disbursements.states import MONEY_LEFT, DetailKind, InstructionState, TrancheState
from fundmgmt.access import can
from fundmgmt.formats.words import says
from fundmgmt.money import Money
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

FINAL = (InstructionState.PAID, InstructionState.FAILED, InstructionState.RETURNED)
SATURDAY = 5


@dataclass
class Look:
    """One payment of a batch as the second look shows it."""

    item: BatchItem
    tranche: Tranche
    warnings: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)

    @property
    def payee(self) -> str:
        """Who gets it."""
        return self.tranche.bank_detail.holder if self.tranche.bank_detail else ""


@dataclass(frozen=True)
class SecondLook:
    """A whole batch before release."""

    looks: list[Look]
    totals: list[Money]
    payees: list[tuple[str, str, int, Money]]  # name, account, payments, sum
    general: list[str]
    stops: list[str]
    seal: str

    @property
    def may_go(self) -> bool:
        """Nothing stands in the way."""
        return bool(self.looks) and not self.stops and not any(look.stops for look in self.looks)


def batches_for_list(user: Any) -> QuerySet[PaymentBatch]:
    """Batches with how many payments they hold and how many have their answer."""
    standing = Q(items__taken_out_at__isnull=True)
    return (
        PaymentBatch.objects.visible_to(user)
        .select_related("opened_by", "paper")
        .annotate(
            count=Count("items", filter=standing),
            done=Count("items", filter=standing & Q(items__instruction__state__in=FINAL)),
        )
    )


def items_of(batch: PaymentBatch) -> QuerySet[BatchItem]:
    """Payments that stand in a batch, with all that a file or a page needs."""
    rows = batch.items.filter(taken_out_at__isnull=True).order_by("id")
    return rows.select_related(
        "instruction",
        "tranche__grant__application",
        "tranche__grant__organisation",
        "tranche__bank_detail",
        "tranche__approved_by",
        "instruction__bank_detail",
    )


def waiting_tranches(user: Any) -> QuerySet[Tranche]:
    """Approved tranches in no batch and without an order on paper, for the one who puts a batch together."""
    in_batch = BatchItem.objects.filter(tranche=OuterRef("pk"), taken_out_at__isnull=True, instruction__isnull=True)
    ordered = PaymentInstruction.objects.filter(tranche=OuterRef("pk")).exclude(
        state__in=[InstructionState.FAILED, InstructionState.RETURNED]
    )
    to_bank = {"bank_detail__kind": DetailKind.BANK_ACCOUNT}  # wallets and hosts abroad are paid one by one
    rows = Tranche.objects.visible_to(user).filter(state=TrancheState.APPROVED, **to_bank)
    rows = rows.filter(~Exists(in_batch), ~Exists(ordered))
    return rows.select_related("grant__application", "grant__organisation", "bank_detail").order_by(
        "planned_date", "id"
    )


def totals_of(tranches: Sequence[Tranche]) -> list[Money]:
    """Sum of each currency, by its code."""
    sums: dict[str, int] = defaultdict(int)
    for tranche in tranches:
        sums[tranche.currency] += tranche.amount_minor
    return [Money(sums[code], code) for code in sorted(sums)]


def second_look(batch: PaymentBatch, user: Any, at: dt.datetime, today: dt.date) -> SecondLook:
    """Everything a payer should see before releasing (as many queries for one payment as for two hundred)."""
    looks = [Look(item, item.tranche) for item in items_of(batch)]
    tranches = [look.tranche for look in looks]
    facts = load_facts(tranches, at)
    earlier = _paid_before(tranches)
    shared = _by_account(looks)
    names = accounts_on(today)
    rail = BankFile()
    for look in looks:
        tranche, detail = look.tranche, look.tranche.bank_detail
        if tranche.state != TrancheState.APPROVED:
            look.stops.append(_t("it is no longer approved"))
        look.stops += [says(check.label, check.reason) for check in unmet(release_checks(facts[tranche.pk]))]
        answer = can(user, "disbursements.pay_tranche", tranche)
        if not answer:
            look.stops.append(str(answer.reason))
        if detail is None:
            continue
        look.stops += [str(why) for why in rail.validate(_as_told(tranche, batch))]
        if tranche.currency not in names:
            look.stops.append(_t("the fund has no account of its own in %(code)s") % {"code": tranche.currency})
        if detail.currency != tranche.currency:
            look.warnings.append(
                _t("the account is kept in %(code)s: the bank will exchange") % {"code": detail.currency}
            )
        if detail.pk not in earlier:
            look.warnings.append(_t("first payment to this account"))
        if len(shared[detail.account_number]) > 1:
            look.warnings.append(
                _t("%(n)s payments of this batch go to this account") % {"n": len(shared[detail.account_number])}
            )
    return SecondLook(
        looks=looks,
        totals=totals_of(tranches),
        payees=_payees(looks),
        general=_general(batch, today),
        stops=[_t("The batch is empty.")] if not looks else [],
        seal=seal_of(looks),
    )


def _as_told(tranche: Tranche, batch: PaymentBatch) -> Instruction:
    detail = tranche.bank_detail
    assert detail is not None
    return Instruction(
        key=f"disb:{tranche.pk}:v1",
        amount_minor=tranche.amount_minor,
        currency=tranche.currency,
        payee=detail.holder,
        account=detail.account_number,
        bank=detail.bank_name,
        purpose=tranche.ref,
        on_date=batch.on_date,
    )


def _paid_before(tranches: Sequence[Tranche]) -> set[int]:
    """Bank details that money has left for already."""
    details = [tranche.bank_detail_id for tranche in tranches if tranche.bank_detail_id]
    rows = Tranche.objects.filter(bank_detail__in=details, state__in=MONEY_LEFT)
    return set(rows.values_list("bank_detail_id", flat=True))


def _by_account(looks: Sequence[Look]) -> dict[str, list[Look]]:
    found: dict[str, list[Look]] = defaultdict(list)
    for look in looks:
        if look.tranche.bank_detail:
            found[look.tranche.bank_detail.account_number].append(look)
    return found


def _payees(looks: Sequence[Look]) -> list[tuple[str, str, int, Money]]:
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for look in looks:
        detail = look.tranche.bank_detail
        if detail is not None:
            sums[detail.holder, str(detail.masked), look.tranche.currency].append(look.tranche.amount_minor)
    return [
        (name, account, len(amounts), Money(sum(amounts), currency))
        for (name, account, currency), amounts in sorted(sums.items())
    ]


def _general(batch: PaymentBatch, today: dt.date) -> list[str]:
    found = []
    if batch.on_date < today:
        found.append(_t("The day the bank shall pay has passed. The bank will take its next day."))
    holidays = set(rule("public_holidays", today).value)
    if batch.on_date.weekday() >= SATURDAY or batch.on_date.isoformat() in holidays:
        found.append(_t("The day the bank shall pay is no working day."))
    return found


def seal_of(looks: Sequence[Look]) -> str:
    """What was looked at: tranches, their approved payloads, in their order."""
    content = "|".join(f"{look.tranche.pk}:{look.tranche.approved_hash}" for look in looks)
    return hashlib.sha256(content.encode()).hexdigest()


def progress_of(batch: PaymentBatch) -> dict[str, int]:
    """How many payments of a released batch stand in which state (one query)."""
    rows = batch.items.filter(instruction__isnull=False).order_by().values_list("instruction__state")
    return dict(rows.annotate(Count("id")))


def batch_for_detail(user: Any) -> QuerySet[PaymentBatch]:
    """One batch with its people and its file."""
    return PaymentBatch.objects.visible_to(user).select_related("opened_by", "released_by", "handed_over_by", "paper")
