"""Batches of payments: many instructions, one file for the bank, released in one piece."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.banking import PaymentInstruction
from disbursements.models.grants import ALLOW
from disbursements.models.tranches import Tranche
from disbursements.states import BatchState, FileLayout
from fundmgmt.access import can
from fundmgmt.models import Guard, WorkflowModel, WorkflowQuerySet, WorkflowState


class PaymentBatchQuerySet(WorkflowQuerySet):
    """Batches."""

    def visible_to(self, user: Any) -> Self:
        """All or none: those who pay, check or audit."""
        return self if can(user, "disbursements.view_paymentbatch") else self.none()


class PaymentBatch(WorkflowModel):
    """Approved tranches that leave together. Once released its file never changes."""

    ref = models.CharField(max_length=16, unique=True)
    layout = models.CharField(_("layout of the file"), max_length=8, choices=FileLayout, default=FileLayout.PAIN001)
    on_date = models.DateField(_("day the bank shall pay"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, null=True, related_name="+")
    handed_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    handed_over_at = models.DateTimeField(null=True)
    bank_reference = models.CharField(max_length=64, blank=True)
    state = WorkflowState(choices=BatchState, default=BatchState.OPEN)

    objects = PaymentBatchQuerySet.as_manager()
    private_fields = ("bank_reference",)
    main_path = ("open", "released", "handed_over", "settled")
    state_tones = {"released": "wait", "handed_over": "wait", "settled": "ok", "dropped": "no"}

    class Meta:
        """What was released has its releaser and its time."""

        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[BatchState.OPEN, BatchState.DROPPED])
                | Q(released_by__isnull=False, released_at__isnull=False),
                name="batch_released_by_somebody",
            ),
        )

    def __str__(self) -> str:
        """Reference."""
        return self.ref

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:batch", args=[self.ref])

    @classmethod
    def guards(cls) -> list[Guard]:
        """The file the bank got stays the file we show."""
        changed = 'OLD."paper_id" IS NOT NULL AND (NEW."paper_id" IS NULL OR NEW."paper_id" <> OLD."paper_id")'
        return [Guard("file", "UPDATE", changed, "the file of a released batch stays")]

    @transition(
        field=state,
        source=BatchState.OPEN,
        target=None,
        permission=ALLOW["disbursements.fill_batch"],
        custom={"label": _("Put payments in")},
    )
    def put_in(self) -> None:
        """An act: what is in the batch changed, so whoever looked before looks again."""

    @transition(
        field=state,
        source=BatchState.OPEN,
        target=None,
        permission=ALLOW["disbursements.fill_batch"],
        custom={"label": _("Take a payment out")},
    )
    def take_out(self) -> None:
        """An act."""

    @transition(
        field=state,
        source=BatchState.OPEN,
        target=BatchState.RELEASED,
        permission=ALLOW["disbursements.release_batch"],
        custom={
            "label": _("Release the batch"),
            "style": "primary",
            "next": _("Every payment in it is released and the file for the bank is written. It cannot be taken back."),
        },
    )
    def release(self, *, releaser: Any, when: Any) -> None:
        """The payer's act; the file is written in the same transaction."""
        self.released_by, self.released_at = releaser, when

    @transition(
        field=state,
        source=BatchState.RELEASED,
        target=BatchState.HANDED_OVER,
        permission=ALLOW["disbursements.hand_over_batch"],
        custom={
            "label": _("Record that the bank has the file"),
            "style": "primary",
            "next": _("The bank's statement tells what became of each payment."),
        },
    )
    def hand_over(self, *, by_whom: Any, when: Any, bank_reference: str) -> None:
        """The bank has it."""
        self.handed_over_by, self.handed_over_at, self.bank_reference = by_whom, when, bank_reference

    @transition(
        field=state,
        source=[BatchState.RELEASED, BatchState.HANDED_OVER],
        target=BatchState.SETTLED,
        permission=ALLOW["disbursements.settle_batch"],
        custom={"label": _("Every payment has its answer"), "system": True},
    )
    def settle(self) -> None:
        """The statement, or a proven failure, answered for each payment."""

    @transition(
        field=state,
        source=BatchState.OPEN,
        target=BatchState.DROPPED,
        permission=ALLOW["disbursements.fill_batch"],
        custom={
            "label": _("Drop the batch"),
            "style": "danger",
            "side": True,
            "next": _("Its payments are free for another batch."),
        },
    )
    def drop(self) -> None:
        """Nothing left."""


class BatchItem(models.Model):
    """A tranche in a batch. A tranche waits in one batch at a time."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="items")
    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="batch_items")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    taken_out_at = models.DateTimeField(null=True)
    instruction = models.OneToOneField(PaymentInstruction, models.PROTECT, null=True, related_name="batch_item")

    private_fields = ()

    class Meta:
        """Waiting in one batch only."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("tranche",),
                condition=Q(taken_out_at__isnull=True, instruction__isnull=True),
                name="batch_item_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(instruction__isnull=True) | Q(taken_out_at__isnull=True), name="batch_item_released_stays"
            ),
        )

    def __str__(self) -> str:
        """Batch and tranche."""
        return f"{self.batch_id} {self.tranche_id}"
