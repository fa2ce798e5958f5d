"""Days a grant lives by, which a later end may move: of tranches, of milestones, of what later stages have planned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disbursements.models import Change
from disbursements.queries.budgets import changes_in_force
from disbursements.states import ChangePart, ConditionKind, TrancheState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from disbursements.models import Grant


@dataclass(frozen=True)
class Planned:
    """One day: which part of the terms, its key, what it is called. `follows` moves with the end by itself."""

    part: ChangePart
    key: str
    label: str
    day: dt.date
    follows: bool = False


_providers: list[Callable[[Grant], Iterable[Planned]]] = []


def register_days(provider: Callable[[Grant], Iterable[Planned]]) -> None:
    """A later stage tells of days that it has planned for a grant and can still move."""
    _providers.append(provider)


def milestone_days(grant: Grant) -> dict[str, dt.date]:
    """The day of each milestone by code: as planned, moved with the start, and by changes in force."""
    days = {row.code: row.due_date + grant.moved for row in grant.application.milestones.all()}
    changes = changes_in_force(grant, grant.terms_no, ChangePart.MILESTONE_DATE)
    return days | {change.key: change.after_date for change in changes if change.after_date is not None}


def days_moved_by(grant: Grant, terms_no: int, part: ChangePart) -> dict[str, dt.date]:
    """What the change that made these terms made of days of one part, by key."""
    changes = Change.objects.filter(amendment__grant=grant, amendment__terms_no=terms_no, part=part)
    return {change.key: change.after_date for change in changes if change.after_date is not None}


def movable_days(grant: Grant) -> list[Planned]:
    """Days that may still move: tranches nobody asked for, milestones nobody has verified, reports to come."""
    found = [
        Planned(ChangePart.TRANCHE_DATE, str(row.no), "", row.planned_date)
        for row in grant.tranches.filter(state=TrancheState.PLANNED).order_by("no")
    ]
    about = grant.conditions.filter(kind=ConditionKind.MILESTONE_VERIFIED, met_at__isnull=False)
    verified = set(about.values_list("code", flat=True))
    titles = {row.code: row.title for row in grant.application.milestones.all()}
    for code, day in sorted(milestone_days(grant).items()):
        if code not in verified:
            found.append(Planned(ChangePart.MILESTONE_DATE, code, titles.get(code, ""), day))
    for provider in _providers:
        found += provider(grant)
    return found
