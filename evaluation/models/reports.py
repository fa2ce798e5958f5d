"""A grantee's report: eight short boxes, values of indicators, spending by budget line."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from evaluation.access import JUDGE_REPORT, PLAN_REPORT, WRITE_REPORT
from evaluation.states import WRITABLE, Facet, Method, ReportKind, ReportState
from fundmgmt.access import STAFF
from fundmgmt.models.workflow import StepRefused, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import MinorField

BOXES = ("done", "not_done", "why", "children_and_families", "safeguarding", "money", "learning", "next_steps")
BOX_WORDS = 120


class ReportQuerySet(WorkflowQuerySet):
    """Reports."""

    def visible_to(self, user: Any) -> ReportQuerySet:
        """Those of the person's organisations; all for the people of the fund."""
        rows = self.select_related("grant", "grant__organisation", "grant__application")
        if not getattr(user, "is_authenticated", False):
            return rows.none()
        if STAFF(user):
            return rows
        return rows.filter(grant__organisation__in=user.organisation_ids)


class Report(WorkflowModel):
    """One report of a grant: `no` counts from 1, the final report has the highest."""

    grant = models.ForeignKey("disbursements.Grant", models.PROTECT, related_name="+")
    no = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=ReportKind)
    period_start = models.DateField()
    period_end = models.DateField()
    due_date = models.DateField()
    submitted_at = models.DateTimeField(null=True, blank=True, help_text="first time it was handed in")
    resubmitted_at = models.DateTimeField(null=True, blank=True, help_text="last time it was handed in")
    accepted_at = models.DateTimeField(null=True, blank=True)
    done = models.TextField(_("What was done?"), blank=True)
    not_done = models.TextField(_("What was planned and not done?"), blank=True)
    why = models.TextField(_("Why?"), blank=True)
    children_and_families = models.TextField(_("What changed for children and families?"), blank=True)
    safeguarding = models.TextField(_("How were children kept safe in the project?"), blank=True)
    money = models.TextField(_("What should we know about the money?"), blank=True)
    learning = models.TextField(_("What did you learn?"), blank=True)
    next_steps = models.TextField(_("What comes next?"), blank=True)
    spending_given = models.BooleanField(default=False, editable=False)
    terms_no = models.PositiveSmallIntegerField(default=1, help_text="terms of the grant it was handed in against")
    state = WorkflowState(choices=ReportState, default=ReportState.DUE)

    private_fields = BOXES

    objects = ReportQuerySet.as_manager()

    class Meta:
        """One of each number; periods run forward."""

        ordering = ("due_date", "id")
        indexes = (
            models.Index(fields=("due_date", "id"), name="report_by_day"),
            models.Index(fields=("state", "resubmitted_at", "id"), name="report_queue"),
        )
        constraints = (
            models.UniqueConstraint(fields=("grant", "no"), name="report_number_once"),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="report_period_forward"),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_state_known"),
        )

    def __str__(self) -> str:
        """Kind, number and grant."""
        return f"{self.get_kind_display()} {self.no} · {self.grant.ref}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("evaluation:report", args=[self.pk])

    @property
    def organisation_id(self) -> int:
        """The organisation that writes it."""
        return self.grant.organisation_id

    @property
    def ref(self) -> str:
        """Short to say: grant and number."""
        return f"{self.grant.ref}/R{self.no}"

    @property
    def days_late(self) -> int | None:
        """Days after the due day when it was first handed in; 0 in time; None when not handed in."""
        if self.submitted_at is None:
            return None
        return max((timezone.localdate(self.submitted_at) - self.due_date).days, 0)

    def days_overdue(self, today: dt.date) -> int:
        """Days after the due day while it is still to be handed in."""
        return max((today - self.due_date).days, 0) if self.submitted_at is None else 0

    @transition(
        field=state,
        source=[ReportState.DUE, ReportState.DRAFT],
        target=None,
        permission=PLAN_REPORT,
        custom={"label": _("Change the report's dates")},
    )
    def replan(self, *, period_start: dt.date, period_end: dt.date, due_date: dt.date) -> None:
        """Other dates than the rule gives."""
        if period_end < period_start:
            raise StepRefused(_("The period ends before it begins."), field="period_end")
        if due_date < period_end:
            raise StepRefused(_("A report cannot be due before its period ends."), field="due_date")
        self.period_start, self.period_end, self.due_date = period_start, period_end, due_date

    @transition(
        field=state,
        source=ReportState.DUE,
        target=ReportState.DRAFT,
        permission=WRITE_REPORT,
        custom={"label": _("Begin the report"), "style": "primary"},
    )
    def begin_writing(self) -> None:
        """The grantee begins to write."""

    @transition(
        field=state,
        source=[ReportState.DRAFT, ReportState.SENT_BACK],
        target=None,
        permission=WRITE_REPORT,
        custom={"label": _("Write a part of the report")},
    )
    def fill_part(self, **boxes: Any) -> None:
        """Write boxes; values and spending are rows beside it."""
        for name, text in boxes.items():
            if name not in {*BOXES, "spending_given"}:
                raise StepRefused(_("This report has no such part."))
            setattr(self, name, text)

    @transition(
        field=state,
        source=[ReportState.DRAFT, ReportState.SENT_BACK],
        target=ReportState.SUBMITTED,
        permission=WRITE_REPORT,
        custom={
            "label": _("Hand in the report"),
            "style": "primary",
            "next": _("The programme officer reads it within ten working days and accepts it or writes back to you."),
        },
    )
    def submit(self, *, submitted_at: dt.datetime, terms_no: int = 1) -> None:
        """Hand it in against these terms, which it keeps; the first time counts for lateness."""
        self.terms_no = terms_no
        self.submitted_at = self.submitted_at or submitted_at
        self.resubmitted_at = submitted_at

    @transition(
        field=state,
        source=ReportState.SUBMITTED,
        target=ReportState.SENT_BACK,
        permission=JUDGE_REPORT,
        custom={"label": _("Send the report back"), "style": "plain", "side": True},
    )
    def send_back(self) -> None:
        """Ask for something."""

    @transition(
        field=state,
        source=ReportState.SUBMITTED,
        target=ReportState.ACCEPTED,
        permission=JUDGE_REPORT,
        custom={
            "label": _("Accept the report"),
            "style": "primary",
            "next": _("The report counts as a condition for the next tranche, and its figures enter the results."),
        },
    )
    def accept(self, *, accepted_at: dt.datetime) -> None:
        """Its figures count from now on."""
        self.accepted_at = accepted_at

    @transition(
        field=state,
        source=ReportState.ACCEPTED,
        target=ReportState.SENT_BACK,
        permission=JUDGE_REPORT,
        custom={"label": _("Correct: reopen the accepted report"), "style": "danger", "side": True},
    )
    def reopen(self) -> None:
        """A mistake was found after acceptance; the condition is open again."""
        self.accepted_at = None

    @property
    def is_writable(self) -> bool:
        """Whether the grantee can still change it."""
        return self.state in WRITABLE


class IndicatorValue(models.Model):
    """One indicator in one report: two counts, never a percentage. Nothing given is NULL, never zero."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="values")
    indicator = models.ForeignKey("fundmgmt.Indicator", models.PROTECT, related_name="+")
    numerator = models.BigIntegerField(null=True, blank=True)
    denominator = models.BigIntegerField(null=True, blank=True)
    lost_to_follow_up = models.PositiveIntegerField(null=True, blank=True)
    method = models.CharField(max_length=12, choices=Method, default=Method.REGISTERED)
    note = models.TextField(blank=True)

    private_fields = ("note",)

    class Meta:
        """Once per report; a share is a share."""

        ordering = ("indicator__code",)
        constraints = (
            models.UniqueConstraint(fields=("report", "indicator"), name="value_once"),
            models.CheckConstraint(
                condition=Q(numerator__isnull=True) | Q(numerator__gte=0), name="value_numerator_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(denominator__isnull=True) | Q(denominator__gt=0), name="value_denominator_above_zero"
            ),
        )

    def __str__(self) -> str:
        """Indicator and counts."""
        return f"{self.indicator.code}: {self.numerator}/{self.denominator}"

    @property
    def thread(self) -> Any:
        """The project's story."""
        return self.report.thread


class IndicatorCell(models.Model):
    """A part of a value by sex, age or disability. The parts of a facet sum to the value."""

    value = models.ForeignKey(IndicatorValue, models.CASCADE, related_name="cells")
    facet = models.CharField(max_length=12, choices=Facet)
    code = models.CharField(max_length=8)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField(null=True, blank=True)

    class Meta:
        """One row per cell."""

        ordering = ("facet", "code")
        constraints = (
            models.UniqueConstraint(fields=("value", "facet", "code"), name="cell_once"),
            models.CheckConstraint(condition=Q(numerator__gte=0), name="cell_not_negative"),
            models.CheckConstraint(
                condition=Q(denominator__isnull=True) | Q(denominator__gte=F("numerator")), name="cell_part_of_whole"
            ),
        )

    def __str__(self) -> str:
        """Facet, code and counts."""
        return f"{self.facet}.{self.code}: {self.numerator}/{self.denominator}"


class Expenditure(models.Model):
    """What was spent on one budget line since the report before."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="expenditures")
    line_no = models.PositiveSmallIntegerField()
    spent_minor = MinorField()
    note = models.TextField(blank=True, help_text="why it differs from the budget by more than a tenth")

    private_fields = ("note",)

    class Meta:
        """Once per line."""

        ordering = ("line_no",)
        constraints = (
            models.UniqueConstraint(fields=("report", "line_no"), name="expenditure_once"),
            models.CheckConstraint(condition=Q(spent_minor__gte=0), name="expenditure_not_negative"),
        )

    def __str__(self) -> str:
        """Line and amount."""
        return f"{self.line_no}: {self.spent_minor}"
