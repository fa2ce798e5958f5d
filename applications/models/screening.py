"""What screening leaves behind: what was submitted, the answers to the eligibility questions, what was asked back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.states import EligibilityAnswer, Section
from fundmgmt.models import Paper


class Submission(models.Model):
    """An application as it was handed in, frozen; its PDF is written from `snapshot` alone."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="submission_rows")
    no = models.PositiveSmallIntegerField()
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    snapshot = models.JSONField()
    paper = models.OneToOneField(Paper, models.PROTECT, null=True, blank=True, related_name="+")

    private_fields = ("snapshot",)

    class Meta:
        """In order."""

        ordering = ("no",)
        constraints = (models.UniqueConstraint(fields=("application", "no"), name="submission_no_once"),)

    def __str__(self) -> str:
        """Number."""
        return str(self.no)


class EligibilityCheck(models.Model):
    """The answer to one eligibility question in one round (a submission has one round)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="eligibility_checks")
    round = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=8)
    answer = models.CharField(_("answer"), max_length=8, choices=EligibilityAnswer)
    note = models.CharField(_("note"), max_length=500, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    private_fields = ("note",)

    class Meta:
        """By item."""

        ordering = ("round", "item")
        constraints = (
            models.UniqueConstraint(fields=("application", "round", "item"), name="eligibility_item_once_a_round"),
            models.CheckConstraint(
                condition=~Q(answer__in=("no", "unclear")) | ~Q(note=""), name="eligibility_no_has_a_note"
            ),
        )

    def __str__(self) -> str:
        """Item and answer."""
        return f"{self.item}: {self.answer}"


class SectionReturn(models.Model):
    """A section the organisation is asked to change, and why."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="section_returns")
    round = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=16, choices=Section)
    reason = models.CharField(_("what should change"), max_length=500)
    returned_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    private_fields = ("reason",)

    class Meta:
        """In the order of the form."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("application", "section"),
                condition=Q(answered_at__isnull=True),
                name="section_return_open_once",
            ),
        )

    def __str__(self) -> str:
        """The section."""
        return self.get_section_display()
