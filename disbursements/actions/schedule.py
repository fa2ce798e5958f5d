"""From an award to tranches and their conditions: the window's rule, the applicant's plan, the decision."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import AwardCondition
from disbursements.models import Condition, Tranche
from disbursements.states import ATTESTED, ConditionKind, ConditionOwner
from fundmgmt.models import StepRefused
from fundmgmt.money import split
from fundmgmt.rules import rules
from fundmgmt.workflow import begin

if TYPE_CHECKING:
    from applications.models import Application
    from disbursements.models import Grant
    from fundmgmt.models import User

EVERY_TRANCHE = (
    ConditionKind.AGREEMENT_SIGNED,
    ConditionKind.BANK_VERIFIED,
    ConditionKind.DILIGENCE_VALID,
    ConditionKind.NO_HOLD,
)


@dataclass(frozen=True)
class PlannedPart:
    """One tranche to be."""

    no: int
    share_bp: int
    amount_minor: int
    planned_date: dt.date


def shares_of(schedule: str) -> list[int]:
    """40/40/20 to basis points; raises StepRefused when the parts do not sum to 100."""
    parts = schedule.split("/")
    if not all(part.isdigit() for part in parts) or sum(map(int, parts)) != 100:  # noqa: PLR2004 -- percent of a whole
        raise StepRefused(_("The shares of a schedule sum to 100: for example 40/40/20."), field="schedule")
    return [int(part) * 100 for part in parts]


def choose_schedule(application: Application, on: dt.date, wanted: str = "") -> str:
    """The schedule asked for if the window allows it; else the applicant's own plan; else the window's usual one."""
    allowed = rules(["tranche_schedules"], on)["tranche_schedules"].value.get(application.window, [])
    if not allowed:
        raise StepRefused(_("There is no schedule for this window."), field="schedule")
    if wanted:
        if wanted not in allowed:
            raise StepRefused(
                _("This window allows %(schedules)s.") % {"schedules": ", ".join(allowed)}, field="schedule"
            )
        return wanted
    planned = "/".join(str(t.share_bp // 100) for t in application.planned_tranches.order_by("no"))
    return planned if planned in allowed else str(allowed[0])


def plan_parts(
    amount_minor: int, schedule: str, start: dt.date, end: dt.date, dates: list[dt.date] | None = None
) -> list[PlannedPart]:
    """Amounts that sum exactly to the award, on the given days or evenly between start and end."""
    shares = shares_of(schedule)
    amounts = split(amount_minor, shares)
    if not dates or len(dates) != len(shares):
        days = (end - start).days
        dates = [start + dt.timedelta(days=days * index // len(shares)) for index in range(len(shares))]
    return [
        PlannedPart(no, share, amount, day)
        for no, (share, amount, day) in enumerate(zip(shares, amounts, dates, strict=True), start=1)
    ]


def plan_tranches(grant: Grant, parts: list[PlannedPart], *, by: User | None, at: dt.datetime) -> list[Tranche]:
    """Put the parts on the grant with the conditions of its schedule and of the decision."""
    asked = rules(["tranche_conditions"], timezone.localdate(at))["tranche_conditions"].value
    names = asked.get(grant.schedule) or [[] for _part in parts]
    found = []
    for part in parts:
        tranche = Tranche(
            grant=grant,
            thread=grant.thread,
            no=part.no,
            share_bp=part.share_bp,
            amount_minor=part.amount_minor,
            planned_date=part.planned_date,
        )
        facts = {
            "no": part.no,
            "amount_minor": part.amount_minor,
            "currency": grant.currency,
            "share_bp": part.share_bp,
            "planned_date": part.planned_date,
        }
        found.append(begin(tranche, by=by, at=at, facts=facts))
    rows = []
    for tranche, wanted in zip(found, names, strict=True):
        rows += [_row(tranche, kind) for kind in EVERY_TRANCHE]
        for name in wanted:
            rows += _rows_named(tranche, name)
    Condition.objects.bulk_create([*rows, *_from_decision(grant, found)])
    return found


def _row(tranche: Tranche, kind: str, code: str = "", **more: Any) -> Condition:
    return Condition(grant=tranche.grant, tranche=tranche, kind=kind, code=code, computed=kind not in ATTESTED, **more)


def _rows_named(tranche: Tranche, name: str) -> list[Condition]:
    """A name of the rule book (report_1_accepted, milestones_verified) to rows; milestones become one row each."""
    if name.startswith("report_"):
        return [_row(tranche, ConditionKind.REPORT_ACCEPTED, name.split("_")[1])]
    if name == ConditionKind.MILESTONE_VERIFIED:
        milestones = tranche.grant.application.milestones.filter(releases_tranche=tranche.no).order_by("code")
        return [
            _row(
                tranche,
                ConditionKind.MILESTONE_VERIFIED,
                m.code,
                label=m.title[:300],
                due_date=m.due_date + tranche.grant.moved,
            )
            for m in milestones
        ]
    return [_row(tranche, ConditionKind(name))]


def _from_decision(grant: Grant, tranches: list[Tranche]) -> list[Condition]:
    """Conditions the decision named: before a tranche when it says which one, else before the first."""
    named = AwardCondition.objects.filter(application=grant.application) | AwardCondition.objects.filter(
        item__application=grant.application
    )
    by_no = {tranche.no: tranche for tranche in tranches}
    owners = set(ConditionOwner.values)
    return [
        Condition(
            grant=grant,
            tranche=by_no.get(row.before_tranche or 1),
            kind=ConditionKind.AWARD,
            code=f"{row.item_id or 0}-{row.no}",
            computed=False,
            label=row.text,
            owner=row.owner if row.owner in owners else ConditionOwner.GRANTEE,
            owner_name=row.owner,
            due_date=row.due_date,
        )
        for row in named.order_by("item_id", "no").distinct()
    ]
