"""The seal of a ledger entry, the same for writing and for proving."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from disbursements.models import Account, LedgerEntry, LedgerLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

AT_ONCE = 2000
ENTRY = ("no", "kind", "source", "at", "day", "reverses_id", "recorded_by_id", "prev_hash", "hash")
LINE = ("account_id", "amount_minor", "currency", "earmark_id", "donor_id", "grant_id", "tranche_id", "rate_id")


def entry_content(entry: LedgerEntry, lines: Iterable[LedgerLine], accounts: Mapping[int, str]) -> dict[str, Any]:
    """An entry, its lines and the hash before it, as plain JSON."""
    return {
        "no": entry.no,
        "kind": str(entry.kind),
        "source": entry.source,
        "at": entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "day": entry.day.isoformat(),
        "reverses": str(entry.reverses_id or ""),
        "by": entry.recorded_by_id,
        "lines": sorted(
            [
                accounts[line.account_id],
                line.amount_minor,
                line.currency,
                line.earmark_id or 0,
                line.donor_id or 0,
                line.grant_id or 0,
                line.tranche_id or 0,
                line.rate_id or 0,
            ]
            for line in lines
        ),
        "prev": entry.prev_hash,
    }


def sealed_content() -> Iterator[tuple[dict[str, Any], str]]:
    """Every entry as it must have been sealed, in order, with the seal it has (three queries, read as a stream)."""
    accounts = dict(Account.objects.values_list("pk", "code"))
    lines = LedgerLine.objects.order_by("entry__no").values_list("entry__no", *LINE).iterator(chunk_size=AT_ONCE)
    by_entry = groupby(lines, key=itemgetter(0))
    no, mine = next(by_entry, (None, iter(())))
    for row in LedgerEntry.objects.order_by("no").values(*ENTRY).iterator(chunk_size=AT_ONCE):
        told = []
        while no is not None and no < row["no"]:
            no, mine = next(by_entry, (None, iter(())))
        if no == row["no"]:
            told = sorted([accounts[line[1]], *line[2:4], *(pk or 0 for pk in line[4:])] for line in mine)
        content = {
            "no": row["no"],
            "kind": row["kind"],
            "source": row["source"],
            "at": row["at"].astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "day": row["day"].isoformat(),
            "reverses": str(row["reverses_id"] or ""),
            "by": row["recorded_by_id"],
            "lines": told,
            "prev": row["prev_hash"],
        }
        yield content, row["hash"]


def seal(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of an entry's content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def entry_hash(entry: LedgerEntry, lines: Iterable[LedgerLine], accounts: Mapping[int, str]) -> str:
    """SHA-256 over the canonical JSON of an entry."""
    return seal(entry_content(entry, lines, accounts))
