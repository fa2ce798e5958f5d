"""The rows of an application's sections: budget, activities, indicators, milestones, risks, tranches, documents."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.states import BudgetCategory, FileRole, RiskLevel
from fundmgmt.models import Indicator, Paper
from fundmgmt.money import MinorField


class BudgetLine(models.Model):
    """One cost. `total_minor` is quantity times unit cost, rounded half up to the minor unit by the action."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="budget_lines")
    no = models.PositiveSmallIntegerField()
    category = models.CharField(_("kind of cost"), max_length=3, choices=BudgetCategory)
    description = models.CharField(_("what it is"), max_length=160)
    unit = models.CharField(_("unit"), max_length=32)
    quantity = models.DecimalField(_("how many"), max_digits=12, decimal_places=2)
    unit_cost_minor = MinorField(_("cost of one"))
    total_minor = MinorField()
    justification = models.CharField(_("reason for a large line"), max_length=300, blank=True)

    private_fields = ("description", "justification")

    class Meta:
        """In the order of the form."""

        ordering = ("no",)
        constraints = (
            models.UniqueConstraint(fields=("application", "no"), name="budget_line_no_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_cost_minor__gt=0, total_minor__gt=0), name="budget_line_above_zero"
            ),
        )

    def __str__(self) -> str:
        """Number and text."""
        return f"{self.no}. {self.description}"


class Activity(models.Model):
    """One piece of work, from one month of the project to another (both counted from 1)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="activities")
    code = models.CharField(max_length=8)
    title = models.CharField(_("what you will do"), max_length=200)
    start_month = models.PositiveSmallIntegerField(_("from month"))
    end_month = models.PositiveSmallIntegerField(_("to month"))

    private_fields = ("title",)

    class Meta:
        """By code, as numbered."""

        ordering = ("id",)
        verbose_name_plural = "activities"
        constraints = (
            models.UniqueConstraint(fields=("application", "code"), name="activity_code_once"),
            models.CheckConstraint(
                condition=Q(start_month__gte=1, end_month__gte=F("start_month")), name="activity_months_in_order"
            ),
        )

    def __str__(self) -> str:
        """Code and title."""
        return f"{self.code} {self.title}"


class ApplicationIndicator(models.Model):
    """A promised change: where it starts and where it should get. A share keeps its two counts; missing is not zero."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="indicators")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+")
    baseline_num = models.PositiveIntegerField(_("of these, how many today"), null=True, blank=True)
    baseline_den = models.PositiveIntegerField(_("counted in all today"), null=True, blank=True)
    baseline_value = models.DecimalField(_("today"), max_digits=12, decimal_places=2, null=True, blank=True)
    target_value = models.DecimalField(_("at the end"), max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        """As chosen."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("application", "indicator"), name="application_indicator_once"),
            models.CheckConstraint(
                condition=Q(baseline_num__isnull=True, baseline_den__isnull=True)
                | Q(baseline_num__isnull=False, baseline_den__gt=0, baseline_num__lte=F("baseline_den")),
                name="application_indicator_part_of_whole",
            ),
        )

    def __str__(self) -> str:
        """The indicator's code."""
        return self.indicator.code


class Milestone(models.Model):
    """Something that can be seen to be done; it may release a tranche."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="milestones")
    code = models.CharField(max_length=8)
    title = models.CharField(_("what will be done"), max_length=200)
    due_date = models.DateField(_("by when"))
    releases_tranche = models.PositiveSmallIntegerField(_("releases tranche number"), null=True, blank=True)

    private_fields = ("title",)

    class Meta:
        """By day."""

        ordering = ("due_date", "id")
        constraints = (models.UniqueConstraint(fields=("application", "code"), name="application_milestone_code_once"),)

    def __str__(self) -> str:
        """Code and title."""
        return f"{self.code} {self.title}"


class PlannedTranche(models.Model):
    """A tranche as the applicant plans it; `share_bp` in basis points of the award."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="planned_tranches")
    no = models.PositiveSmallIntegerField()
    share_bp = models.PositiveSmallIntegerField(_("share"))
    planned_date = models.DateField(_("planned for"))

    class Meta:
        """By number."""

        ordering = ("no",)
        constraints = (
            models.UniqueConstraint(fields=("application", "no"), name="planned_tranche_no_once"),
            models.CheckConstraint(condition=Q(share_bp__gt=0, share_bp__lte=10_000), name="planned_tranche_share"),
        )

    def __str__(self) -> str:
        """Number."""
        return str(self.no)


class ProjectRisk(models.Model):
    """What could go wrong, and what would be done."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="risks")
    risk = models.CharField(_("what could go wrong"), max_length=300)
    level = models.CharField(_("how serious"), max_length=16, choices=RiskLevel)
    response = models.CharField(_("what you will do about it"), max_length=300)

    private_fields = ("risk", "response")

    class Meta:
        """As written."""

        ordering = ("id",)

    def __str__(self) -> str:
        """The risk."""
        return self.risk


class ApplicationFile(models.Model):
    """A document of the application and what it proves."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="files")
    paper = models.OneToOneField(Paper, models.PROTECT, related_name="+")
    role = models.CharField(_("what it is"), max_length=16, choices=FileRole)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """As added."""

        ordering = ("id",)

    def __str__(self) -> str:
        """What it is."""
        return self.get_role_display()
