"""Donors, what they promise and what arrives."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

import disbursements.access  # noqa: F401 -- policies stand before the edges name them
from disbursements.models.ledger import Earmark, LedgerEntry, StandingManager
from disbursements.states import CheckOutcome, DonorKind, PledgeState
from fundmgmt.access import can, policies
from fundmgmt.models import AppendOnlyModel, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField, Money


class DonorQuerySet(models.QuerySet):
    """Donors."""

    def visible_to(self, user: Any) -> Self:
        """All or none: donors are known to those who keep the fund's money."""
        return self if can(user, "disbursements.view_donor") else self.none()


class Donor(models.Model):
    """Who gives."""

    ref = models.CharField(max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind of donor"), max_length=32, choices=DonorKind)
    checked_until_date = models.DateField(_("due diligence valid until"), null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()
    readers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)

    objects = DonorQuerySet.as_manager()
    private_fields = ("name",)

    class Meta:
        """By reference."""

        ordering = ("ref",)

    def __str__(self) -> str:
        """Name."""
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:donor", args=[self.ref])


class DonorCheck(AppendOnlyModel):
    """One look at who a donor is: papers, origin of the money, the sanctions lists of that day. Never edited."""

    donor = models.ForeignKey(Donor, models.PROTECT, related_name="checks")
    outcome = models.CharField(_("outcome"), max_length=12, choices=CheckOutcome)
    lists_note = models.CharField(_("sanctions lists looked at"), max_length=200)
    checked_date = models.DateField(_("checked on"))
    until_date = models.DateField(_("valid until"))
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    private_fields = ("lists_note",)

    class Meta:
        """The newest first."""

        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(outcome__in=CheckOutcome.values), name="donor_check_outcome_known"),
            models.CheckConstraint(condition=Q(until_date__gte=F("checked_date")), name="donor_check_days_in_order"),
        )

    def __str__(self) -> str:
        """Day."""
        return str(self.checked_date)


class PledgeQuerySet(WorkflowQuerySet):
    """Pledges."""

    def visible_to(self, user: Any) -> Self:
        """All or none."""
        return self if can(user, "disbursements.view_pledge") else self.none()


class Pledge(WorkflowModel):
    """A donor's promise, kept in its own currency. It is no money: the ledger notes it as a memo."""

    ref = models.CharField(max_length=16, unique=True)
    donor = models.ForeignKey(Donor, models.PROTECT, related_name="pledges")
    amount_minor = MinorField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    earmark = models.ForeignKey(Earmark, models.PROTECT, null=True, blank=True, related_name="pledges")
    pledged_date = models.DateField(_("pledged on"))
    state = WorkflowState(choices=PledgeState, default=PledgeState.ANNOUNCED)

    objects = PledgeQuerySet.as_manager()
    private_fields = ()
    state_tones = {"paid": "ok", "written_off": "no", "partly_paid": "wait"}

    class Meta:
        """A pledge is above nothing."""

        ordering = ("ref",)
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pledge_above_zero"),
            models.CheckConstraint(condition=Q(state__in=PledgeState.values), name="pledge_state_known"),
        )

    def __str__(self) -> str:
        """Reference."""
        return self.ref

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:pledge", args=[self.ref])

    @transition(
        field=state,
        source=PledgeState.ANNOUNCED,
        target=PledgeState.SIGNED,
        permission=policies()["disbursements.sign_pledge"],
        custom={"label": _("Record the signed pledge"), "style": "primary"},
    )
    def sign(self) -> None:
        """The donor's signature is on file."""

    @transition(
        field=state,
        source=PledgeState.SIGNED,
        target=PledgeState.PARTLY_PAID,
        permission=policies()["disbursements.receive_pledge"],
        custom={"label": _("Record a part received"), "system": True},
    )
    def receive_part(self) -> None:
        """Some of it arrived."""

    @transition(
        field=state,
        source=PledgeState.PARTLY_PAID,
        target=None,
        permission=policies()["disbursements.receive_pledge"],
        custom={"label": _("Record another part received"), "system": True},
    )
    def receive_more(self) -> None:
        """More of it arrived."""

    @transition(
        field=state,
        source=[PledgeState.SIGNED, PledgeState.PARTLY_PAID],
        target=PledgeState.PAID,
        permission=policies()["disbursements.receive_pledge"],
        custom={"label": _("Record the rest received"), "system": True},
    )
    def receive_all(self) -> None:
        """All of it arrived."""

    @transition(
        field=state,
        source=[PledgeState.PARTLY_PAID, PledgeState.PAID],
        target=PledgeState.PARTLY_PAID,
        permission=policies()["disbursements.receive_pledge"],
        custom={"label": _("Take back a part recorded by mistake"), "system": True},
    )
    def lose_part(self) -> None:
        """A part had not arrived; another part had."""

    @transition(
        field=state,
        source=[PledgeState.PARTLY_PAID, PledgeState.PAID],
        target=PledgeState.SIGNED,
        permission=policies()["disbursements.receive_pledge"],
        custom={"label": _("Take back all that was recorded by mistake"), "system": True},
    )
    def lose_all(self) -> None:
        """Nothing had arrived."""

    @transition(
        field=state,
        source=[PledgeState.ANNOUNCED, PledgeState.SIGNED, PledgeState.PARTLY_PAID],
        target=PledgeState.WRITTEN_OFF,
        permission=policies()["disbursements.write_off_pledge"],
        custom={"label": _("Write off the rest"), "style": "danger", "side": True},
    )
    def write_off(self) -> None:
        """What is missing will not come."""


class PledgeInstalment(models.Model):
    """When a part of a pledge is due."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="instalments")
    due_date = models.DateField()
    amount_minor = MinorField()

    private_fields = ()

    class Meta:
        """One part a day."""

        ordering = ("due_date",)
        constraints = (models.UniqueConstraint(fields=("pledge", "due_date"), name="instalment_once"),)

    def __str__(self) -> str:
        """Day."""
        return str(self.due_date)


class Contribution(models.Model):
    """Money that arrived, with the line of the bank statement it stands on."""

    donor = models.ForeignKey(Donor, models.PROTECT, related_name="contributions")
    pledge = models.ForeignKey(Pledge, models.PROTECT, null=True, blank=True, related_name="contributions")
    earmark = models.ForeignKey(Earmark, models.PROTECT, null=True, blank=True, related_name="+")
    amount_minor = MinorField()
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    received_date = models.DateField()
    bank_reference = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = StandingManager()
    private_fields = ("bank_reference",)

    class Meta:
        """One bank line is one contribution."""

        ordering = ("-received_date", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("bank_reference", "received_date"),
                condition=Q(taken_back_at__isnull=True),
                name="contribution_once",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="contribution_above_zero"),
        )

    def __str__(self) -> str:
        """Day."""
        return f"{self.donor_id} {self.received_date}"

    @property
    def money(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount_minor, self.currency)
