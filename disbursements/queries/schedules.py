"""Schedules a window allows, and the shares of a grant as they stand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from disbursements.queries.budgets import AS_SIGNED
from disbursements.states import TrancheState
from fundmgmt.formats.words import percent
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disbursements.models import Grant, Tranche


def schedules_for(window: str, on: dt.date) -> list[str]:
    """Shares in percent, the usual one first; empty for an unknown window."""
    return list(rule("tranche_schedules", on).value.get(window, []))


def schedule_now(grant: Grant, rows: Iterable[Tranche]) -> str:
    """The shares as signed, or as a change of the terms has moved them."""
    if grant.terms_no == AS_SIGNED:
        return grant.schedule
    gone = {TrancheState.CANCELLED, TrancheState.REVERSED}
    return " / ".join(percent(row.share_bp) for row in rows if row.state not in gone)
