"""The officer's answer to a report, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from disbursements.actions import closing, conditions, spending
from disbursements.actions.locking import lock_grant
from disbursements.states import ClosureCode, ConditionKind
from evaluation.models import IndicatorValue, Report
from evaluation.queries.receipts import variances
from evaluation.queries.reports import lines_of
from evaluation.states import ReportKind
from fundmgmt import journal
from fundmgmt.workflow import StepRefused, perform

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User


def _facts(report: Report) -> dict[str, object]:
    return {"no": report.no, "report_kind": report.kind}


def send_back_report(
    report: Report, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Report:
    """Ask the grantee for something; the reason is what they read."""
    if not reason.strip():
        raise StepRefused(_("Say what should change."), field="reason")
    facts = _facts(report)
    with transaction.atomic():
        perform(report, "send_back", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
        spending.state_spent(report.grant, report.no, {}, by=by, at=at)
    return report


def accept_report(
    report: Report, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Report:
    """Accept it: its values and spending count from now on and the conditions waiting for it are met."""
    if not reason.strip() and any(row.word == "beyond" for row in variances(report, lines_of(report), localdate(at))):
        raise StepRefused(
            _(
                "A budget line is overspent beyond the rule and no amendment allows it. Write why you accept it all the"
                " same, or send the report back and ask for an amendment."
            ),
            field="reason",
        )
    with transaction.atomic():
        lock_grant(report.grant_id)
        spent = dict(report.expenditures.values_list("line_no", "spent_minor"))
        facts = {**_facts(report), "spent_minor": sum(spent.values()), "currency": report.grant.currency}
        perform(
            report,
            "accept",
            by=by,
            at=at,
            facts=facts,
            reason=reason,
            expected_version=expected_version,
            accepted_at=at,
        )
        for value in report.values.select_related("indicator").prefetch_related("cells"):
            if value.numerator is not None:
                _tell(report, value, by, at)
        spending.record_spent(report.grant, report.no, spent, by=by, at=at, until=report.period_end)
        _conditions_of(report, by, at, met=True)
        if report.kind == ReportKind.FINAL:
            closing.settle_known(report.grant, ClosureCode.FINAL_REPORT, at=at)
    return report


def reopen_report(
    report: Report, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Report:
    """Correct with reason: an accepted report goes back.

    Its spending no longer counts and the conditions it met are open again.
    """
    if not reason.strip():
        raise StepRefused(_("Say what was wrong."), field="reason")
    with transaction.atomic():
        lock_grant(report.grant_id)
        perform(report, "reopen", by=by, at=at, facts=_facts(report), reason=reason, expected_version=expected_version)
        spending.record_spent(report.grant, report.no, {}, by=by, at=at)
        _conditions_of(report, by, at, met=False, reason=reason)
        if report.kind == ReportKind.FINAL:
            closing.unsettle_known(report.grant, ClosureCode.FINAL_REPORT, at=at)
    return report


def _tell(report: Report, value: IndicatorValue, by: User, at: dt.datetime) -> None:
    cells = [
        f"{c.facet}:{c.code}:{c.numerator}/{'' if c.denominator is None else c.denominator}" for c in value.cells.all()
    ]
    facts = {
        "indicator": value.indicator.code,
        "report": report.no,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "method": value.method,
        "lost_to_follow_up": value.lost_to_follow_up,
        "cells": cells,
    }
    journal.record("evaluation.indicatorvalue.accept", value, by=by, at=at, facts=facts, thread=report.thread)


def _conditions_of(report: Report, by: User, at: dt.datetime, *, met: bool, reason: str = "") -> None:
    waiting = list(report.grant.conditions.filter(kind=ConditionKind.REPORT_ACCEPTED, code=str(report.no)))
    if report.kind == ReportKind.FINAL:
        waiting += report.grant.conditions.filter(kind=ConditionKind.FINAL_REPORT_ACCEPTED)
    for condition in waiting:
        if met and condition.met_at is None:
            conditions.meet(condition, by=by, at=at)
        elif not met and condition.met_at is not None:
            conditions.unmeet(condition, by=by, at=at, reason=reason)
