"""What looks like paying twice: the same amount, the same file, the same account."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from disbursements.models import BankDetail, Doubt, Tranche
from disbursements.states import MONEY_LEFT, DoubtKind, DoubtState, TrancheState
from fundmgmt.models import Paper
from fundmgmt.rules import rule
from fundmgmt.states import PaperKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

ASKED = (TrancheState.REQUESTED, TrancheState.CHECKED, TrancheState.BLOCKED, TrancheState.APPROVED)
PROOFS = (PaperKind.UPLOAD, PaperKind.EVIDENCE, PaperKind.RECEIPT)


@dataclass(frozen=True)
class Likeness:
    """One thing that two payments share; `other` is the reference of the other tranche or organisation."""

    kind: str
    other: str


def likenesses(tranches: Sequence[Tranche], at: dt.datetime) -> dict[int, list[Likeness]]:
    """What each tranche that was asked for shares with others, by id (six queries however many)."""
    asked = [row for row in tranches if row.state in ASKED]
    found: dict[int, list[Likeness]] = defaultdict(list)
    if not asked:
        return found
    for row, other in [*_amounts(asked, at), *_files(asked), *_accounts(asked)]:
        found[row.pk].append(other)
    return found


def _amounts(asked: Sequence[Tranche], at: dt.datetime) -> Iterable[tuple[Tranche, Likeness]]:
    since = at - dt.timedelta(days=rule("double_payment_days", timezone.localdate(at)).value)
    approved = Q(state=TrancheState.APPROVED, approved_at__gt=since, approved_at__lte=at)
    left = Q(state__in=MONEY_LEFT, sent_at__gt=since, sent_at__lte=at)
    organisations = {row.grant.organisation_id for row in asked}
    others = list(
        Tranche.objects.filter(approved | left, grant__organisation__in=organisations).select_related("grant")
    )
    looked_at = Doubt.objects.filter(kind=DoubtKind.AMOUNT, state=DoubtState.CLEARED, tranche__in=others)
    cleared = set(looked_at.values_list("tranche_id", "other"))  # from the other side: one look at both is enough
    for row in asked:
        for other in others:
            if other.pk != row.pk and _same_payment(row, other) and (other.pk, row.ref) not in cleared:
                yield row, Likeness(DoubtKind.AMOUNT, other.ref)


def _same_payment(row: Tranche, other: Tranche) -> bool:
    mine = (row.grant.organisation_id, row.amount_minor, row.grant.currency)
    return mine == (other.grant.organisation_id, other.amount_minor, other.grant.currency)


def _files(asked: Sequence[Tranche]) -> Iterable[tuple[Tranche, Likeness]]:
    """A proof of this project that another project handed in too."""
    threads = {row.thread: row for row in asked}
    proofs = Paper.objects.filter(kind__in=PROOFS).exclude(subject__startswith="applications.")
    mine = list(proofs.filter(thread__in=threads).values_list("thread", "sha256"))
    hashes = {sha for _thread, sha in mine}
    same: dict[str, set[Any]] = defaultdict(set)
    for thread, sha in proofs.filter(sha256__in=hashes).values_list("thread", "sha256"):
        same[sha].add(thread)
    names = dict(
        Tranche.objects.filter(thread__in={thread for threads in same.values() for thread in threads})
        .order_by()
        .values_list("thread", "grant__ref")
    )
    for row in asked:
        others = {thread for own, sha in mine if own == row.thread for thread in same[sha]} - {row.thread}
        for other in sorted(names[thread] for thread in others if thread in names):
            yield row, Likeness(DoubtKind.FILE, other)


def current_details() -> QuerySet[BankDetail]:
    """Details that were not refused; the newest of an organisation is the one in use."""
    return BankDetail.objects.filter(refused_at__isnull=True).select_related("organisation").order_by("no")


def _accounts(asked: Sequence[Tranche]) -> Iterable[tuple[Tranche, Likeness]]:
    own = {row.organisation_id: row for row in current_details().filter(organisation__in=_organisations(asked))}
    numbers = {detail.account_number for detail in own.values()}
    sharing = BankDetail.objects.filter(account_number__in=numbers).values("organisation_id")
    newest = {row.organisation_id: row for row in current_details().filter(organisation__in=sharing)}
    for row in asked:
        mine = own.get(row.grant.organisation_id)
        for other in newest.values():
            if mine and other.organisation_id != mine.organisation_id and other.account_number == mine.account_number:
                yield row, Likeness(DoubtKind.ACCOUNT, other.organisation.ref)


def _organisations(rows: Iterable[Tranche]) -> set[int]:
    return {row.grant.organisation_id for row in rows}
