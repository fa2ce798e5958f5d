"""Runs of the journal's verification, so that a long one can be left and found again."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from fundmgmt.access import can

PATIENCE = dt.timedelta(minutes=30)


class VerificationQuerySet(models.QuerySet["Verification"]):
    """Runs, newest first."""

    def visible_to(self, user: Any) -> "VerificationQuerySet":
        """All, for whoever may begin one. Equals the policy fundmgmt.view_verification row by row."""
        return self.all() if can(user, "fundmgmt.view_verification") else self.none()


class Verification(models.Model):
    """One recomputation of all chains and seals: how far it is, and its verdict."""

    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveBigIntegerField(default=0, help_text="entries recomputed")
    total = models.PositiveBigIntegerField(default=0, help_text="entries there were at the start")
    threads = models.PositiveBigIntegerField(default=0)
    checkpoints = models.PositiveIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)
    problems = models.JSONField(default=list)

    private_fields = ()
    objects = VerificationQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        """When."""
        return f"{self.started_at:%Y-%m-%d %H:%M}"

    @property
    def whole(self) -> bool:
        """Finished, and nothing was changed, taken out or put in."""
        return self.finished_at is not None and not self.problems

    @property
    def given_up(self) -> bool:
        """Not finished for so long that the worker must have died."""
        return self.finished_at is None and timezone.now() - self.started_at > PATIENCE
