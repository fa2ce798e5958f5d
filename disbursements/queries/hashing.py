"""The seal of a ledger entry, the same for writing and for proving."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disbursements.models import LedgerEntry, LedgerLine


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


def entry_hash(entry: LedgerEntry, lines: Iterable[LedgerLine], accounts: Mapping[int, str]) -> str:
    """SHA-256 over the canonical JSON of an entry."""
    content = entry_content(entry, lines, accounts)
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
