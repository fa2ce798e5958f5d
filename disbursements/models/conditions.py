"""Conditions of a grant or a tranche, and the spending that some of them are computed from."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.models.grants import Grant
from disbursements.models.tranches import Tranche
from disbursements.states import OF_A_STEP, ConditionKind, ConditionOwner
from fundmgmt.access import STAFF
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import says
from fundmgmt.money import MinorField


class ConditionQuerySet(models.QuerySet):
    """Conditions."""

    def visible_to(self, user: Any) -> Self:
        """As their grant."""
        if STAFF(user):
            return self
        if user is None or not user.is_authenticated:
            return self.none()
        return self.filter(grant__organisation_id__in=user.organisation_ids)


class Condition(models.Model):
    """What must be true before a tranche leaves. Computed kinds ask the facts, the others are met by people."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="conditions")
    tranche = models.ForeignKey(Tranche, models.PROTECT, null=True, blank=True, related_name="conditions")
    kind = models.CharField(max_length=32, choices=ConditionKind)
    code = models.CharField(max_length=24, blank=True, help_text="number of the report, code of the milestone")
    computed = models.BooleanField()
    label = models.CharField(max_length=300, blank=True, help_text="words of the decision or the milestone's title")
    owner = models.CharField(max_length=12, choices=ConditionOwner, default=ConditionOwner.GRANTEE)
    owner_name = models.CharField(max_length=80, blank=True, help_text="as the decision names who sees to it")
    due_date = models.DateField(null=True, blank=True)
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    proof = models.ForeignKey("fundmgmt.Paper", models.PROTECT, null=True, blank=True, related_name="+")

    objects = ConditionQuerySet.as_manager()
    private_fields = ("label", "owner_name")

    class Meta:
        """Each condition once."""

        ordering = ("tranche__no", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("grant", "tranche", "kind", "code"),
                condition=Q(tranche__isnull=False),
                name="condition_once_per_tranche",
            ),
            models.UniqueConstraint(
                fields=("grant", "kind", "code"), condition=Q(tranche__isnull=True), name="condition_once_per_grant"
            ),
        )

    def __str__(self) -> str:
        """In words, in the reader's language."""
        kind = _t(str(self.get_kind_display())) % {"code": self.code} if self.code else str(self.get_kind_display())
        return says(kind, self.label) if self.label and self.kind != ConditionKind.AWARD else self.label or kind

    @property
    def organisation_id(self) -> int:
        """The grantee's, for membership policies."""
        return self.grant.organisation_id

    @property
    def name(self) -> str:
        """The name others know it by: report_1_accepted, milestones_verified."""
        return f"report_{self.code}_accepted" if self.kind == ConditionKind.REPORT_ACCEPTED else self.kind

    @property
    def by_hand(self) -> bool:
        """Somebody records it; the others are met by a step of their own."""
        return self.kind not in OF_A_STEP

    @property
    def is_met(self) -> bool:
        """Somebody attested it."""
        return self.met_at is not None


class ReportedSpend(models.Model):
    """What an accepted report says was spent on one budget line, in the report's own period."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="reported_spend")
    report_no = models.PositiveSmallIntegerField()
    line_no = models.PositiveSmallIntegerField()
    spent_minor = MinorField()
    until_date = models.DateField(null=True, help_text="last day of the report's period")
    recorded_at = models.DateTimeField()

    private_fields = ()

    class Meta:
        """Each line of each report once."""

        ordering = ("report_no", "line_no")
        constraints = (
            models.UniqueConstraint(fields=("grant", "report_no", "line_no"), name="spend_once"),
            models.CheckConstraint(condition=Q(spent_minor__gte=0), name="spend_not_below_zero"),
        )

    def __str__(self) -> str:
        """Report and line."""
        return f"{self.report_no}/{self.line_no}"


class StatedSpend(models.Model):
    """What a report that is handed in says of one budget line, until it is accepted or goes back."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="stated_spend")
    report_no = models.PositiveSmallIntegerField()
    line_no = models.PositiveSmallIntegerField()
    spent_minor = MinorField()

    private_fields = ()

    class Meta:
        """Each line of each report once."""

        ordering = ("report_no", "line_no")
        constraints = (
            models.UniqueConstraint(fields=("grant", "report_no", "line_no"), name="stated_once"),
            models.CheckConstraint(condition=Q(spent_minor__gte=0), name="stated_not_below_zero"),
        )

    def __str__(self) -> str:
        """Report and line."""
        return f"{self.report_no}/{self.line_no}"


class Finding(models.Model):
    """Something of high priority that a visit or a check found. Until it is answered, nothing is sent."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="findings")
    source = models.CharField(max_length=96, unique=True, help_text="app.model:id of what found it")
    found_date = models.DateField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(_("how it was settled"), blank=True)

    objects = ConditionQuerySet.as_manager()
    private_fields = ("answer",)

    class Meta:
        """An answer has words and a person."""

        ordering = ("found_date", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_by__isnull=False) & ~Q(answer=""),
                name="finding_answered_by_somebody",
            ),
        )

    def __str__(self) -> str:
        """Day."""
        return _t("Finding of %(day)s") % {"day": in_words(self.found_date)}

    def get_absolute_url(self) -> str:
        """Where it is answered: the grant's page tells of it."""
        return self.grant.get_absolute_url()

    @property
    def ref(self) -> str:
        """The grant's."""
        return self.grant.ref

    @property
    def organisation_id(self) -> int:
        """The grantee's, for membership policies."""
        return self.grant.organisation_id
