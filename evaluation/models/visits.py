"""What the fund saw for itself: milestones checked, visits planned and done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from evaluation.states import FindingCategory, VisitKind
from fundmgmt.access import STAFF
from fundmgmt.models.append_only import AppendOnlyModel


class MilestoneCheck(AppendOnlyModel):
    """One look at one milestone. The newest row counts; a verification can be taken back by another row."""

    grant = models.ForeignKey("disbursements.Grant", models.PROTECT, related_name="+")
    milestone = models.ForeignKey("applications.Milestone", models.PROTECT, related_name="+")
    verified = models.BooleanField()
    checked_date = models.DateField()
    evidence = models.TextField()
    paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    private_fields = ("evidence",)

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Milestone and finding."""
        return f"{self.milestone_id}: {'verified' if self.verified else 'not verified'}"

    @property
    def thread(self) -> Any:
        """The project's story."""
        return self.grant.thread


class VisitQuerySet(models.QuerySet["Visit"]):
    """Visits."""

    def visible_to(self, user: Any) -> VisitQuerySet:
        """For the people of the fund."""
        return self.select_related("grant") if user is not None and STAFF(user) else self.none()


class Visit(models.Model):
    """A look planned by a rule; `rule` says which one spoke and `because_minor` the amount it spoke of."""

    grant = models.ForeignKey("disbursements.Grant", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=VisitKind)
    rule = models.CharField(max_length=48)
    limit_minor = models.BigIntegerField(default=0, help_text="the rule's amount on the day it spoke")
    planned_date = models.DateField()
    done_date = models.DateField(null=True, blank=True)
    finding = models.TextField(blank=True)
    satisfactory = models.BooleanField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    private_fields = ("finding",)

    objects = VisitQuerySet.as_manager()

    class Meta:
        """One of a kind per grant."""

        ordering = ("planned_date", "id")
        indexes = (
            models.Index(fields=("planned_date", "id"), condition=models.Q(done_date__isnull=True), name="visit_to_do"),
        )
        constraints = (models.UniqueConstraint(fields=("grant", "kind"), name="visit_once"),)

    def __str__(self) -> str:
        """Kind and grant."""
        return f"{self.get_kind_display()} · {self.grant.ref}"

    @property
    def thread(self) -> Any:
        """The project's story."""
        return self.grant.thread

    @property
    def organisation_id(self) -> int:
        """The organisation visited."""
        return self.grant.organisation_id


class VisitFinding(AppendOnlyModel):
    """One thing a visit found, by its category: serious ones stop payments until they are answered."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="findings")
    category = models.CharField(max_length=12, choices=FindingCategory)
    serious = models.BooleanField()

    private_fields = ()

    class Meta:
        """Each category once; serious first."""

        ordering = ("-serious", "id")
        constraints = (models.UniqueConstraint(fields=("visit", "category"), name="visit_finding_once"),)

    def __str__(self) -> str:
        """Category."""
        return str(self.get_category_display())
