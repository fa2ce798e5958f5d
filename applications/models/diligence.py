"""Due diligence: risks rated with evidence, sanctions leads that a person clears, open items, and how long it holds."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from applications import access
from applications.models.review import barred
from applications.states import LeadSubject, PseaBand, Risk


class DiligenceQuerySet(models.QuerySet[Any]):
    """Rows of due diligence."""

    def visible_to(self, user: Any) -> QuerySet[Any]:
        """Officers and those who audit, without a conflict."""
        if not user.is_authenticated or not user.role_codes & access.READS_CONFLICTS:
            return self.none()
        return self.exclude(barred(user, "application"))


class SummaryQuerySet(models.QuerySet[Any]):
    """Summaries of due diligence."""

    def visible_to(self, user: Any) -> QuerySet[Any]:
        """Everybody who works for the fund, without a conflict."""
        if not user.is_authenticated or not user.role_codes & access.READS_DILIGENCE:
            return self.none()
        return self.exclude(barred(user, "application"))


class Check(models.Model):
    """One item of the due diligence or PSEA rubric, rated by an officer with evidence."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="checks")
    item = models.CharField(max_length=8)
    rating = models.PositiveSmallIntegerField(_("rating"))
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    private_fields = ("evidence", "note")
    objects = DiligenceQuerySet.as_manager()

    class Meta:
        """Once per item; DD from 1 to 4, PS from 1 to 3."""

        ordering = ("item",)
        constraints = (
            models.UniqueConstraint(fields=("application", "item"), name="check_once"),
            models.CheckConstraint(
                condition=Q(rating__gte=1) & (Q(rating__lte=3) | Q(item__startswith="DD-", rating__lte=4)),
                name="check_on_its_scale",
            ),
        )

    def __str__(self) -> str:
        """Item and rating."""
        return f"{self.item}: {self.rating}"


class OpenItem(models.Model):
    """Something that is still missing. It is closed with a note, or carried into a condition of the award."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="open_items")
    item = models.CharField(max_length=8, help_text="code of the rubric: EL-02, DD-05")
    text = models.CharField(_("what is missing"), max_length=300)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    as_condition = models.BooleanField(_("carried into a condition of the award"), default=False)
    closing_note = models.CharField(_("how it was settled"), max_length=300, blank=True)

    private_fields = ("text", "closing_note")
    objects = DiligenceQuerySet.as_manager()

    class Meta:
        """In order."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Code and words."""
        return f"{self.item}: {self.text}"


class SanctionsLead(models.Model):
    """A name that resembles one on a list: a lead that a person clears, never a verdict."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="sanctions_leads")
    matched = models.CharField(_("whose name"), max_length=16, choices=LeadSubject)
    list_name = models.CharField(_("name of the list"), max_length=120)
    list_date = models.DateField(_("date of the list"))
    note = models.CharField(_("what resembles what"), max_length=300)
    found_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cleared_at = models.DateTimeField(null=True, blank=True)
    same_person = models.BooleanField(_("it is the same person or body"), null=True, blank=True)
    clearing_note = models.CharField(_("birth year, place, and how it was settled"), max_length=300, blank=True)

    private_fields = ("note", "clearing_note")
    objects = DiligenceQuerySet.as_manager()

    class Meta:
        """In order; whoever clears says whether it is the same."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True, same_person__isnull=True)
                | Q(cleared_at__isnull=False, same_person__isnull=False),
                name="lead_cleared_with_answer",
            ),
        )

    def __str__(self) -> str:
        """The list."""
        return f"{self.list_name} ({self.list_date})"


class DueDiligence(models.Model):
    """The result, with the days until which it holds, as computed from the rules of the day it was finished."""

    application = models.OneToOneField("applications.Application", models.PROTECT, related_name="due_diligence")
    overall = models.PositiveSmallIntegerField(_("overall risk"), choices=Risk)
    psea_total = models.PositiveSmallIntegerField()
    psea_band = models.CharField(max_length=8, choices=PseaBand)
    valid_until_date = models.DateField()
    psea_valid_until_date = models.DateField()
    needs_conditions = models.BooleanField(help_text="an award carries conditions")
    no_award = models.BooleanField(help_text="no award is made at this risk")
    finished_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    finished_at = models.DateTimeField()
    note = models.TextField(blank=True)

    private_fields = ("note",)
    objects = SummaryQuerySet.as_manager()

    def __str__(self) -> str:
        """Overall risk."""
        return self.get_overall_display()
