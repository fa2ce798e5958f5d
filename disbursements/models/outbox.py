"""The outbox: what has to be done outside, written in the transaction that asks for it. The queue only wakes it up."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from disbursements.states import Errand, ErrandState
from fundmgmt.access import can


class OutboxQuerySet(models.QuerySet):
    """Errands."""

    def visible_to(self, user: Any) -> Self:
        """All or none. Equals the policy disbursements.view_outbox row by row."""
        return self if can(user, "disbursements.view_outbox") else self.none()


class Outbox(models.Model):
    """One errand. `subject` is the id of the row it is about; `attempts` counts tries in a row without an answer.

    A try is counted before its work begins, so that one which kills its worker is parked in the end all the same.
    """

    kind = models.CharField(max_length=8, choices=Errand)
    key = models.CharField(max_length=200, unique=True)
    subject = models.PositiveBigIntegerField()
    thread = models.UUIDField(default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=8, choices=ErrandState, default=ErrandState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, help_text="until then somebody works on it")
    last_error = models.TextField(blank=True)
    added_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text="when it was done or parked")

    objects = OutboxQuerySet.as_manager()
    private_fields = ()

    class Meta:
        """Each errand once, found by when it is due."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=ErrandState.values), name="outbox_state_known"),
            models.CheckConstraint(
                condition=Q(state=ErrandState.WAITING, settled_at__isnull=True)
                | ~Q(state=ErrandState.WAITING) & Q(settled_at__isnull=False),
                name="outbox_settled_has_its_moment",
            ),
        )
        indexes = (models.Index(fields=("not_before",), condition=Q(state=ErrandState.WAITING), name="outbox_due"),)

    def __str__(self) -> str:
        """Key."""
        return self.key

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:errand", args=[self.pk])
