"""Conditions met and open again. Evaluation, downstream, calls these when a report is accepted or a milestone seen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from disbursements.actions.locking import lock_grant
from disbursements.actions.tranches import reassess_grant
from disbursements.models import Condition, Grant
from disbursements.states import OF_A_STEP, ConditionKind
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from fundmgmt.models import Paper, User


def meet(
    condition: Condition, *, by: User | None, at: dt.datetime, proof: Paper | None = None, reason: str = ""
) -> Condition:
    """Attest a condition. Computed ones refuse; a second time changes nothing. Frees a tranche that waited for it."""
    with transaction.atomic():
        lock_grant(condition.grant_id)
        row = (
            Condition.objects.select_for_update(of=("self",), no_key=True)
            .select_related("grant", "tranche")
            .get(pk=condition.pk)
        )
        require(by, "disbursements.meet_condition", row)
        if row.computed:
            raise StepRefused(_("The system works this condition out by itself; nobody can tick it."))
        if row.met_at is None:
            row.met_at, row.met_by, row.proof = at, by, proof
            row.save(update_fields=["met_at", "met_by", "proof"])
            journal.record(
                "disbursements.condition.meet",
                row,
                by=by,
                at=at,
                facts=_facts(row),
                reason=reason,
                thread=row.grant.thread,
            )
            reassess_grant(row.grant, at=at)
    condition.met_at, condition.met_by, condition.proof = row.met_at, row.met_by, row.proof
    return condition


def attest(condition: Condition, *, by: User, at: dt.datetime, reason: str = "") -> Condition:
    """An officer records by hand what no other step records. Reports and milestones have a step of their own."""
    _by_hand(condition)
    return meet(condition, by=by, at=at, reason=reason)


def withdraw(condition: Condition, *, by: User, at: dt.datetime, reason: str) -> Condition:
    """Take back what was recorded by hand."""
    _by_hand(condition)
    return unmeet(condition, by=by, at=at, reason=reason)


def _by_hand(condition: Condition) -> None:
    if condition.kind in OF_A_STEP:
        raise StepRefused(
            _("Nobody ticks this: it is met when the report is accepted or the milestone verified. Do that instead.")
        )


def unmeet(condition: Condition, *, by: User | None, at: dt.datetime, reason: str) -> Condition:
    """Take an attestation back, with a reason: what was accepted was not right after all."""
    with transaction.atomic():
        lock_grant(condition.grant_id)
        row = (
            Condition.objects.select_for_update(of=("self",), no_key=True)
            .select_related("grant", "tranche")
            .get(pk=condition.pk)
        )
        require(by, "disbursements.meet_condition", row)
        if row.met_at is None:
            return condition
        row.met_at = row.met_by = row.proof = None
        row.save(update_fields=["met_at", "met_by", "proof"])
        journal.record(
            "disbursements.condition.unmeet",
            row,
            by=by,
            at=at,
            facts=_facts(row),
            reason=reason,
            thread=row.grant.thread,
        )
        reassess_grant(row.grant, at=at)
    condition.met_at = condition.met_by = condition.proof = None
    return condition


def _facts(row: Condition) -> dict[str, object]:
    return {
        "condition": row.pk,
        "kind": row.kind,
        "code": row.code,
        "tranche": row.tranche.no if row.tranche else None,
    }


def find_conditions(grant: Grant, name: str, code: str = "") -> QuerySet[Condition]:
    """Rows of a name: report_1_accepted, final_report_accepted, milestones_verified with the milestone's code."""
    if name.startswith("report_"):
        return grant.conditions.filter(kind=ConditionKind.REPORT_ACCEPTED, code=name.split("_")[1])
    rows = grant.conditions.filter(kind=name)
    return rows.filter(code=code) if code else rows


def meet_named(
    grant: Grant, name: str, *, by: User | None, at: dt.datetime, code: str = "", proof: Paper | None = None
) -> int:
    """Meet every row of this name (a report may free several tranches); how many there are."""
    rows = list(find_conditions(grant, name, code))
    for row in rows:
        meet(row, by=by, at=at, proof=proof)
    return len(rows)


def set_due(grant: Grant, name: str, due_date: dt.date, code: str = "") -> int:
    """Tell when a condition is due (evaluation knows its reports' days); an overdue report blocks."""
    return find_conditions(grant, name, code).update(due_date=due_date)
