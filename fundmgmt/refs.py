"""Public references: CALL-2026-01, APP-2026-0042, GR-2026-0007. Short to say on the phone, stable for ever."""

from __future__ import annotations

import uuid

# Rows that are no workflow objects (an account, a seat, a rule) tell their story in a thread named by what they are.
THREADS = uuid.UUID("5f0c1f3e-6f0b-5d3a-9a52-0f6d1c4c9e11")

WIDTHS = {"CALL": 2, "APP": 4, "GR": 4, "SC": 2, "ORG": 4, "PL": 3, "DN": 3, "PO": 4, "EV": 4, "GF": 4, "RC": 4}


def format_ref(prefix: str, year: int | None, number: int) -> str:
    """Put a reference together; PR (practices) carries no year: PR-001."""
    stem = f"{prefix}-{year}" if year is not None else prefix
    return f"{stem}-{number:0{WIDTHS.get(prefix, 3)}d}"


def named_thread(kind: str, key: object) -> uuid.UUID:
    """The thread of one plain row, the same for ever: of the rule "invitation_days", of the seat "NGO-1"."""
    return uuid.uuid5(THREADS, f"{kind}:{key}")
