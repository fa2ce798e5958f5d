"""Schedules a window allows."""

from __future__ import annotations

import datetime as dt

from fundmgmt.rules import rule


def schedules_for(window: str, on: dt.date) -> list[str]:
    """Shares in percent, the usual one first; empty for an unknown window."""
    return list(rule("tranche_schedules", on).value.get(window, []))
