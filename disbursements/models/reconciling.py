"""Days of the bank that are closed, and checks of a rail against our own book."""
# ruff: noqa: S608 -- table names of our own; no value from outside enters the guards

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.banking import PaymentInstruction
from disbursements.models.grants import ALLOW
from disbursements.models.statements import SeenByMoneyStaff, StatementLine
from disbursements.states import FindingKind, FindingState, RailCode
from fundmgmt.access import can
from fundmgmt.models import AppendOnlyModel, AppendOnlyQuerySet, Guard, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField


class ClosedDay(AppendOnlyModel):
    """An account is closed up to a day: every line is accounted for, and no fact of the bank joins any more."""

    account = models.CharField(max_length=40)
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    day = models.DateField()
    balance_minor = MinorField()
    line_count = models.PositiveIntegerField()
    seal = models.CharField(max_length=64)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()

    objects = SeenByMoneyStaff.as_manager()
    private_fields = ("account",)

    class Meta:
        """Once, and forwards."""

        ordering = ("-day", "-id")
        constraints = (models.UniqueConstraint(fields=("account", "currency", "day"), name="day_closed_once"),)

    def __str__(self) -> str:
        """Day."""
        return f"{self.currency} {self.day}"

    @classmethod
    def guards(cls) -> list[Guard]:
        """Not over an unmatched line, and not before a day that is closed."""
        line = StatementLine._meta.db_table
        unmatched = (
            f'SELECT 1 FROM "{line}" l JOIN "disbursements_bankstatement" s ON s."id" = l."statement_id" '
            'WHERE s."account" = NEW."account" AND s."currency" = NEW."currency" '
            'AND l."booked" <= NEW."day" AND l."state" <> \'matched\''
        )
        later = (
            f'SELECT 1 FROM "{cls._meta.db_table}" c WHERE c."account" = NEW."account" '
            'AND c."currency" = NEW."currency" AND c."day" >= NEW."day"'
        )
        return [
            Guard("unmatched", "INSERT", f"EXISTS ({unmatched})", "a day with unmatched lines stays open"),
            Guard("later", "INSERT", f"EXISTS ({later})", "a later day is closed already"),
        ]


class RailCheckQuerySet(AppendOnlyQuerySet):
    """Checks."""

    def visible_to(self, user: Any) -> Self:
        """All or none."""
        return self if can(user, "disbursements.view_railcheck") else self.none()


class RailCheck(AppendOnlyModel):
    """One comparison of a rail's own account with ours over a period."""

    thread = models.UUIDField(default=uuid.uuid4, editable=False)
    rail = models.CharField(max_length=16, choices=RailCode)
    start = models.DateField()
    end = models.DateField()
    ours = models.PositiveIntegerField()
    theirs = models.PositiveIntegerField()
    agreed = models.PositiveIntegerField()
    ran_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ran_at = models.DateTimeField()

    objects = RailCheckQuerySet.as_manager()
    private_fields = ()

    class Meta:
        """Newest first."""

        ordering = ("-id",)
        constraints = (models.CheckConstraint(condition=Q(start__lte=F("end")), name="rail_check_days_in_order"),)

    def __str__(self) -> str:
        """Rail and period."""
        return f"{self.get_rail_display()} {self.start} – {self.end}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:rail_check", args=[self.pk])


class RailFindingQuerySet(WorkflowQuerySet):
    """Findings."""

    def visible_to(self, user: Any) -> Self:
        """All or none."""
        return self if can(user, "disbursements.view_railfinding") else self.none()


class RailFinding(WorkflowModel):
    """A difference with a rail, open until it is gone at a later check or a person explains it."""

    check_run = models.ForeignKey(RailCheck, models.PROTECT, related_name="findings")
    rail = models.CharField(max_length=16, choices=RailCode)
    kind = models.CharField(max_length=12, choices=FindingKind)
    key = models.CharField(max_length=64)
    rail_reference = models.CharField(max_length=64, blank=True)
    on_date = models.DateField()
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    our_minor = MinorField(null=True)
    their_minor = MinorField(null=True)
    instruction = models.ForeignKey(PaymentInstruction, models.PROTECT, null=True, related_name="+")
    state = WorkflowState(choices=FindingState, default=FindingState.OPEN)

    objects = RailFindingQuerySet.as_manager()
    private_fields = ("rail_reference",)
    state_tones = {"open": "no", "explained": "ok", "gone": "ok"}

    class Meta:
        """One open finding of a kind for each payment."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=FindingState.values), name="finding_state_known"),
            models.UniqueConstraint(
                fields=("rail", "key", "kind"), condition=Q(state=FindingState.OPEN), name="finding_open_once"
            ),
        )

    def __str__(self) -> str:
        """Key."""
        return self.key

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:finding", args=[self.pk])

    @transition(
        field=state,
        source=FindingState.OPEN,
        target=FindingState.EXPLAINED,
        permission=ALLOW["disbursements.explain_finding"],
        custom={
            "label": _("Write down the explanation"),
            "style": "primary",
            "next": _("Nothing is booked. What must be booked comes from the statement or from the rail's own answer."),
        },
    )
    def explain(self) -> None:
        """A person knows why, and says so."""

    @transition(
        field=state,
        source=FindingState.OPEN,
        target=FindingState.GONE,
        permission=ALLOW["disbursements.clear_finding"],
        custom={"label": _("Gone at a later check"), "system": True},
    )
    def clear(self) -> None:
        """Both sides agree now."""
