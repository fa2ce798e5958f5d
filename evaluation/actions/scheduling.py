"""When a grant becomes active its reports and visits are planned, by rule."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from disbursements.actions import conditions
from disbursements.queries.calendar import days_moved_by
from disbursements.states import ChangePart, ConditionKind
from evaluation.models import Report, Visit
from evaluation.queries.arithmetic import periods
from evaluation.states import ReportKind, ReportState, VisitKind
from fundmgmt import journal
from fundmgmt.rules import month_after, rules
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from disbursements.models import Grant
    from fundmgmt.models import User

RISKY = frozenset({"significant", "high"})


def _facts(report: Report) -> dict[str, Any]:
    return {
        "no": report.no,
        "report_kind": report.kind,
        "period_start": report.period_start,
        "period_end": report.period_end,
        "due_date": report.due_date,
    }


def _progress_count(grant: Grant, months_each: int) -> int:
    """As many progress reports as payments wait for; without such conditions, one every `months_each` months."""
    codes = grant.conditions.filter(kind=ConditionKind.REPORT_ACCEPTED).values_list("code", flat=True)
    awaited = [int(code) for code in codes if code.isdigit()]
    if awaited:
        return max(awaited)
    count = 0
    while month_after(grant.start_date, (count + 1) * months_each) <= grant.end_date:
        count += 1
    return max(count - 1, 0) if month_after(grant.start_date, count * months_each) > grant.end_date else count


def schedule_reports(grant: Grant, *, by: User | None, at: dt.datetime) -> list[Report]:
    """Plan the progress reports and the final one. A second call changes nothing."""
    with transaction.atomic():
        if Report.objects.filter(grant=grant).exists():
            return list(Report.objects.filter(grant=grant))
        found = rules(["report_due_days", "final_report_due_days", "report_months"], timezone.localdate(at))
        count = _progress_count(grant, found["report_months"].value)
        spans = periods(grant.start_date, grant.end_date, count + 1)[:count]
        plan = [(ReportKind.PROGRESS, start, end, found["report_due_days"].value) for start, end in spans]
        plan.append((ReportKind.FINAL, grant.start_date, grant.end_date, found["final_report_due_days"].value))
        reports = []
        for no, (kind, start, end, days) in enumerate(plan, 1):
            report = Report(
                grant=grant,
                thread=grant.thread,
                no=no,
                kind=kind,
                period_start=start,
                period_end=end,
                due_date=end + dt.timedelta(days=days),
            )
            reports.append(begin(report, by=by, at=at, facts=_facts(report)))
            _tell_due_day(report)
        return reports


def replan_report(
    report: Report,
    *,
    by: User | None,
    at: dt.datetime,
    period_start: dt.date,
    period_end: dt.date,
    due_date: dt.date,
    reason: str = "",
    expected_version: int | None = None,
) -> Report:
    """Other dates than the rule gives; until the report is handed in."""
    dates = {"period_start": period_start, "period_end": period_end, "due_date": due_date}
    facts = {"no": report.no, "report_kind": report.kind, **dates}
    with transaction.atomic():
        perform(report, "replan", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version, **dates)
        _tell_due_day(report)
    return report


def follow_new_end(grant: Grant, *, at: dt.datetime) -> Report | None:
    """A project that ends later reports on its whole length later; None when the final report is handed in."""
    final = Report.objects.filter(grant=grant, kind=ReportKind.FINAL).select_related("grant").first()
    if final is None or final.state not in {ReportState.DUE, ReportState.DRAFT} or final.period_end == grant.end_date:
        return None
    wait = final.due_date - final.period_end
    told = days_moved_by(grant, grant.terms_no, ChangePart.REPORT_DATE)
    return replan_report(
        final,
        by=None,
        at=at,
        period_start=min(final.period_start, grant.end_date),
        period_end=grant.end_date,
        due_date=told.get(str(final.no), grant.end_date + wait),
    )


def follow_new_days(grant: Grant, terms_no: int, *, at: dt.datetime) -> list[Report]:
    """Reports whose due day these terms moved, with their periods; the next report begins where the one before ends.

    A report that is handed in already stays as it is.
    """
    days = days_moved_by(grant, terms_no, ChangePart.REPORT_DATE)
    rows = Report.objects.filter(grant=grant, kind=ReportKind.PROGRESS).select_related("grant").order_by("no")
    moved: list[Report] = []
    for report in rows:
        follows = bool(moved) and moved[-1].no == report.no - 1
        if report.state not in {ReportState.DUE, ReportState.DRAFT} or not (follows or str(report.no) in days):
            continue
        due = days.get(str(report.no), report.due_date)
        end = due - (report.due_date - report.period_end)
        start = moved[-1].period_end + dt.timedelta(days=1) if follows else report.period_start
        dates = {"period_start": min(start, end), "period_end": end, "due_date": due}
        moved.append(replan_report(report, by=None, at=at, **dates))
    return moved


def _tell_due_day(report: Report) -> None:
    """Payments that wait for this report know when it is due."""
    conditions.set_due(report.grant, f"report_{report.no}_accepted", report.due_date)
    if report.kind == ReportKind.FINAL:
        conditions.set_due(report.grant, "final_report_accepted", report.due_date)


def plan_visits(grant: Grant, *, by: User | None, at: dt.datetime) -> list[Visit]:
    """The looks that the rules ask for: a visit, a spot check, or a check by phone. A second call changes nothing."""
    limits = rules(["visit_from_minor", "spot_check_from_minor", "spot_check_before_days"], timezone.localdate(at))
    visit, spot = limits["visit_from_minor"].value, limits["spot_check_from_minor"].value
    wanted = []
    if grant.amount_minor > visit:
        half = grant.start_date + (grant.end_date - grant.start_date) / 2
        wanted.append((VisitKind.VISIT, "visit_from_minor", visit, half))
    else:
        wanted.append((VisitKind.PHONE, "visit_from_minor", visit, month_after(grant.start_date, 1)))
    second = grant.tranches.filter(no=2).first()
    risky = grant.application.risk_rating in RISKY
    if second is not None and (risky or grant.amount_minor > spot):
        rule = "risk_rating" if risky else "spot_check_from_minor"
        day = second.planned_date - dt.timedelta(days=limits["spot_check_before_days"].value)
        wanted.append((VisitKind.SPOT_CHECK, rule, 0 if risky else spot, day))
    with transaction.atomic():
        return [_plan_visit(grant, by, at, one) for one in wanted]


def _plan_visit(grant: Grant, by: User | None, at: dt.datetime, wanted: tuple[str, str, int, dt.date]) -> Visit:
    kind, rule, limit_minor, day = wanted
    visit, new = Visit.objects.get_or_create(
        grant=grant, kind=kind, defaults={"rule": rule, "limit_minor": limit_minor, "planned_date": day}
    )
    if new:
        facts = {"visit_kind": kind, "rule": rule, "planned_date": day}
        journal.record("evaluation.visit.plan", visit, by=by, at=at, facts=facts)
    return visit
