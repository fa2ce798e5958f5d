"""Stops of payment, and money that comes back."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.grants import ALLOW, Grant
from disbursements.models.ledger import LedgerEntry, StandingManager
from disbursements.states import HoldKind, HoldState
from fundmgmt.access import can
from fundmgmt.models import WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import MinorField


class HoldQuerySet(WorkflowQuerySet):
    """Holds."""

    def visible_to(self, user: Any) -> Self:
        """That a hold exists is known to the fund's people; its words are another policy."""
        return self if can(user, "disbursements.view_hold") else self.none()

    def standing(self) -> Self:
        """Not lifted."""
        return self.exclude(state=HoldState.LIFTED)


class Hold(WorkflowModel):
    """Why a grant is stopped. Lifting it takes two people, and never its opener alone."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="holds")
    kind = models.CharField(_("why"), max_length=16, choices=HoldKind)
    detail = models.TextField(blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    review_date = models.DateField(_("look at it again on"))
    lift_proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lift_proposed_at = models.DateTimeField(null=True)
    lift_reason = models.TextField(blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    decision_ref = models.CharField(max_length=24, blank=True, help_text="agenda item that lifted it")
    state = WorkflowState(choices=HoldState, default=HoldState.OPEN)

    objects = HoldQuerySet.as_manager()
    private_fields = ("detail", "lift_reason")
    state_tones = {"open": "no", "lift_proposed": "wait", "lifted": "ok"}

    class Meta:
        """Two people lift."""

        ordering = ("-opened_at", "-id")
        indexes = (
            models.Index(fields=("opened_at", "id"), name="hold_by_day"),
            models.Index(fields=("state", "review_date", "id"), name="hold_queue"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=HoldState.values), name="hold_state_known"),
            models.CheckConstraint(
                condition=~Q(state=HoldState.LIFTED)
                | ~Q(decision_ref="") & ~Q(kind=HoldKind.SAFEGUARDING)
                | Q(lifted_by__isnull=False, lift_proposed_by__isnull=False) & ~Q(lifted_by=F("lift_proposed_by")),
                name="hold_lifted_by_two",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True) | Q(opened_by__isnull=True) | ~Q(lifted_by=F("opened_by")),
                name="hold_opener_does_not_lift",
            ),
        )

    def __str__(self) -> str:
        """Kind."""
        return str(self.get_kind_display())

    @property
    def ref(self) -> str:
        """The grant's."""
        return self.grant.ref

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:hold", args=[self.pk])

    @transition(
        field=state,
        source=HoldState.OPEN,
        target=HoldState.LIFT_PROPOSED,
        permission=ALLOW["disbursements.propose_lift"],
        custom={
            "label": _("Propose to lift the hold"),
            "style": "primary",
            "next": _("A second person confirms. Until then nothing moves."),
        },
    )
    def propose_lift(self, *, proposer: Any, when: Any, lift_reason: str) -> None:
        """The first person says why it is safe again."""
        self.lift_proposed_by, self.lift_proposed_at, self.lift_reason = proposer, when, lift_reason

    @transition(
        field=state,
        source=HoldState.OPEN,
        target=None,
        permission=ALLOW["disbursements.review_hold"],
        custom={"label": _("It stays: look again later")},
    )
    def look_again(self, *, review_date: Any) -> None:
        """Somebody looked; the reason still holds. An act."""
        self.review_date = review_date

    @transition(
        field=state,
        source=HoldState.LIFT_PROPOSED,
        target=HoldState.LIFTED,
        permission=ALLOW["disbursements.confirm_lift"],
        custom={
            "label": _("Lift the hold"),
            "style": "primary",
            "next": _("When no other hold is open, payments go on from where they stood."),
        },
    )
    def confirm_lift(self, *, confirmer: Any, when: Any) -> None:
        """The second person agrees."""
        self.lifted_by, self.lifted_at = confirmer, when

    @transition(
        field=state,
        source=HoldState.LIFT_PROPOSED,
        target=HoldState.OPEN,
        permission=ALLOW["disbursements.keep_hold"],
        custom={"label": _("Keep the hold"), "side": True},
    )
    def keep(self) -> None:
        """The second person does not agree."""
        self.lift_proposed_by = self.lift_proposed_at = None
        self.lift_reason = ""

    @transition(
        field=state,
        source=[HoldState.OPEN, HoldState.LIFT_PROPOSED],
        target=HoldState.LIFTED,
        permission=ALLOW["disbursements.carry_decision"],
        custom={"label": _("Lifted by the Committee"), "system": True, "side": True},
    )
    def lift_by_decision(self, *, decision_ref: str, when: Any) -> None:
        """The Committee decided that payments go on."""
        self.decision_ref, self.lifted_at = decision_ref, when


class Refund(models.Model):
    """Unspent money a grantee returned, tied to its ledger entry."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="refunds")
    amount_minor = MinorField()
    received_date = models.DateField()
    bank_reference = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = StandingManager()
    private_fields = ("bank_reference",)

    class Meta:
        """One bank line is one refund."""

        ordering = ("received_date", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("grant", "bank_reference"), condition=Q(taken_back_at__isnull=True), name="refund_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_above_zero"),
        )

    def __str__(self) -> str:
        """Day."""
        return f"{self.grant_id} {self.received_date}"
