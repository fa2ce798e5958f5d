"""What waits for people in this stage, and what it adds to a project's dossier and to the menu."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from disbursements.models import Grant
from evaluation.models import CaseRecord, Evaluation, Report, Visit
from evaluation.queries.casebook import story_of
from evaluation.queries.checks import milestones_of
from evaluation.queries.library import published
from evaluation.queries.reports import answer_by, reports_of
from evaluation.queries.results import results_of
from evaluation.redaction import clean
from evaluation.states import CaseState, EvaluationState, ReportState
from fundmgmt.access import can
from fundmgmt.dossier import Panel, register_panel
from fundmgmt.inbox import READ, Board, Item, register_board, register_inbox
from fundmgmt.pages import Section, register_section
from fundmgmt.rules import rule

if TYPE_CHECKING:
    import uuid

MOST_PRACTICES = 3
OPEN_REPORTS = (ReportState.DUE, ReportState.DRAFT, ReportState.SENT_BACK)


def waiting(user: Any, today: dt.date) -> Iterator[Item]:
    """Everything of this stage that waits for a person."""
    if user.organisation_ids:
        yield from _for_grantee(user, today)
    roles = user.role_codes
    if "officer" in roles:
        yield from _for_officer(user, today)
    if "evaluator" in roles:
        yield from _for_evaluator(user)
    if roles & {"evaluator", "officer"}:
        yield from _to_validate(user)
    if "safeguarding" in roles:
        for record in CaseRecord.objects.visible_to(user).filter(state=CaseState.SAFEGUARDING_CHECK)[:READ]:
            yield _case(record, _("Check that nobody can be recognised"))


def _for_grantee(user: Any, today: dt.date) -> Iterator[Item]:
    mine = Report.objects.visible_to(user).filter(
        grant__organisation__in=user.organisation_ids,
        state__in=OPEN_REPORTS,
        grant__state__in=["active", "ended", "closing"],
    )
    what = {
        ReportState.DUE: _("Write the report"),
        ReportState.DRAFT: _("Go on with the report"),
        ReportState.SENT_BACK: _("Answer what the fund asks about the report"),
    }
    soon = today + dt.timedelta(days=rule("report_notice_days", today).value)
    for report in mine.filter(Q(due_date__lte=soon) | ~Q(state=ReportState.DUE))[:READ]:
        tone = "no" if report.due_date < today or report.state == ReportState.SENT_BACK else "wait"
        yield Item(
            what[ReportState(report.state)],
            report.grant.application.title,
            report.get_absolute_url(),
            report.ref,
            due=report.due_date,
            tone=tone,
            queue="reporting",
        )
    handed_in = Evaluation.objects.visible_to(user).filter(
        grant__organisation__in=user.organisation_ids, state=EvaluationState.SUBMITTED
    )
    for evaluation in handed_in[:READ]:
        yield Item(
            _("Read the evaluation and correct facts"),
            evaluation.grant.application.title,
            evaluation.get_absolute_url(),
            evaluation.grant.ref,
        )


def _for_officer(user: Any, today: dt.date) -> Iterator[Item]:
    for report in Report.objects.visible_to(user).filter(state=ReportState.SUBMITTED).order_by("resubmitted_at")[:READ]:
        yield Item(
            _("Answer the report"),
            report.grant.application.title,
            report.get_absolute_url(),
            report.ref,
            due=answer_by(report, today),
        )
    open_visits = Visit.objects.visible_to(user).filter(done_date__isnull=True, planned_date__lte=today)
    for visit in open_visits.filter(grant__state="active").select_related("grant__application")[:READ]:
        yield Item(
            visit.get_kind_display(),
            visit.grant.application.title,
            reverse("evaluation:visit", args=[visit.pk]),
            visit.grant.ref,
            due=visit.planned_date,
            queue="visiting",
        )


def _for_evaluator(user: Any) -> Iterator[Item]:
    mine = Evaluation.objects.visible_to(user).filter(Q(evaluator=user) | Q(second=user))
    for evaluation in mine.exclude(state=EvaluationState.FINAL)[:READ]:
        yield Item(
            _("Go on with the evaluation"),
            evaluation.grant.application.title,
            evaluation.get_absolute_url(),
            evaluation.grant.ref,
        )
    for record in CaseRecord.objects.visible_to(user).filter(state=CaseState.DRAFTING)[:READ]:
        yield _case(record, _("Write the practice"))


def _to_validate(user: Any) -> Iterator[Item]:
    records = CaseRecord.objects.visible_to(user).filter(state=CaseState.VALIDATION)
    for record in records.exclude(texts__author=user)[:READ]:
        yield _case(record, _("Validate and publish the practice"))


def _case(record: CaseRecord, what: object) -> Item:
    return Item(what, str(record.organisation), record.get_absolute_url(), record.ref or "")


def results_panel(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """Reports, milestones and results, for those who may see the grant."""
    grant = Grant.objects.select_related("application", "organisation").filter(thread=thread).first()
    if grant is None or not can(user, "disbursements.view_grant", grant):
        return None
    return {
        "grant": grant,
        "reports": reports_of(grant),
        "milestones": milestones_of(grant),
        "results": results_of(grant),
    }


def case_panel(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """The case record, for those who may see it."""
    record = CaseRecord.objects.select_related("organisation").filter(thread=thread).first()
    if record is None or not can(user, "evaluation.view_caserecord", record):
        return None
    return {"record": record, "moments": len(story_of(record))}


def newest_practices(today: dt.date) -> Iterator[Item]:
    """What was published last, for whoever comes to the first page."""
    del today
    for row in published().order_by("-published_at", "-id")[:MOST_PRACTICES]:
        for text in row.shown_texts:
            if text.number == row.published_version:
                url = reverse("evaluation:practice", args=[row.ref])
                yield Item(_("Read the practice"), clean(text.title), url, row.ref, clean(text.summary))


LEARNING = _("Reports and results")


def register() -> None:
    """Once, at start-up."""
    register_inbox("evaluation", waiting)
    nothing = _("Practices stand here once they are evaluated, checked and validated by a second person.")
    learned = _("What communities learned")
    register_board(Board("practices", 20, learned, nothing, newest_practices, strangers_only=True))
    register_panel(Panel("evaluation.results", 60, _("Results"), "evaluation/panels/results.html", results_panel))
    register_panel(Panel("evaluation.case", 70, _("Case record"), "evaluation/panels/case.html", case_panel))
    for section in (
        Section(50, "reports", _("Reports"), "evaluation:reports", "evaluation.list_reports", group=LEARNING),
        Section(52, "checks", _("Milestones"), "evaluation:checks", "evaluation.view_milestones", group=LEARNING),
        Section(
            54, "evaluations", _("Evaluations"), "evaluation:evaluations", "evaluation.list_evaluations", group=LEARNING
        ),
        Section(56, "cases", _("Case records"), "evaluation:cases", "evaluation.list_cases", group=LEARNING),
        Section(
            58,
            "donor_statements",
            _("Statements for donors"),
            "evaluation:statements",
            "disbursements.list_statements",
            group=LEARNING,
        ),
        Section(80, "library", _("Good practices"), "evaluation:library", "evaluation.view_library", group=LEARNING),
        Section(82, "results", _("Results"), "evaluation:results", "evaluation.view_library", group=LEARNING),
    ):
        register_section(section)
