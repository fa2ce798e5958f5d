"""Checkpoints of the books: reading them, and what they seal."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Sum

from disbursements.models import BooksCheckpoint, LedgerLine
from fundmgmt.models import SealedHead

if TYPE_CHECKING:
    from django.db.models import QuerySet


def canonical(content: dict[str, Any]) -> bytes:
    """The bytes that are hashed and signed: JSON with sorted keys and no spaces."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of a checkpoint's content."""
    return hashlib.sha256(canonical(content)).hexdigest()


def sums_up_to(no: int) -> tuple[int, dict[str, int]]:
    """How many lines there are up to an entry, and what stands on each account in each currency (two queries)."""
    lines = LedgerLine.objects.filter(entry__no__lte=no)
    rows = lines.order_by().values_list("account__code", "currency").annotate(Sum("amount_minor"))
    return lines.count(), {f"{code} {currency}": total for code, currency, total in sorted(rows)}


def sealed_entries() -> int:
    """How many entries of the journal its seals cover (one query)."""
    heads = SealedHead.objects.order_by().values("thread").annotate(last=Max("seq"))
    return heads.aggregate(total=Sum("last"))["total"] or 0


def checkpoints_for_page() -> QuerySet[BooksCheckpoint]:
    """The newest first, with their batches."""
    return BooksCheckpoint.objects.select_related("batch").order_by("-no")


def copy_for_papers() -> str:
    """Number and hash of the newest, as it is printed on what leaves the fund; empty before the first."""
    seal = last_checkpoint()
    return f"{seal.no} {seal.hash}" if seal else ""


def last_checkpoint() -> BooksCheckpoint | None:
    """The newest."""
    return checkpoints_for_page().first()
