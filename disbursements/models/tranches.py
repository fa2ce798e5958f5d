"""Tranches: one part of a grant's money, and the four people it takes to move it."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from itertools import combinations
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.grants import ALLOW, Grant
from disbursements.models.paying import PayingSteps
from disbursements.models.sending import tranche_guards
from disbursements.states import BEFORE_SENT, MONEY_LEFT, TrancheState
from fundmgmt.access import STAFF, holds_voting_seat
from fundmgmt.models import Guard, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import MinorField

PEOPLE = ("requested_by", "checked_by", "approved_by", "paid_by")


def _different(one: str, other: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}) | ~Q(**{one: F(other)}),
        name=f"tranche_{one}_not_{other}",
    )


def _lift(target: str, label: object) -> dict[str, Any]:
    return {
        "source": TrancheState.ON_HOLD,
        "target": target,
        "permission": ALLOW["disbursements.hold_tranche"],
        "custom": {"label": label, "system": True, "side": True},
    }


class TrancheQuerySet(WorkflowQuerySet):
    """Tranches."""

    def visible_to(self, user: Any) -> Self:
        """As their grant."""
        if STAFF(user) or holds_voting_seat(user):
            return self
        if user is None or not user.is_authenticated:
            return self.none()
        return self.filter(grant__organisation_id__in=user.organisation_ids)


class Tranche(PayingSteps, WorkflowModel):
    """Requested by the grantee, checked by an officer, approved by one treasurer, sent by another."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="tranches")
    no = models.PositiveSmallIntegerField()
    share_bp = models.PositiveIntegerField()
    amount_minor = MinorField(_("amount"))
    planned_date = models.DateField(_("planned for"))
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(null=True)
    certified_name = models.CharField(max_length=120, blank=True)
    spent_stated_minor = MinorField(null=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_hash = models.CharField(max_length=64, blank=True)
    approval_round = models.PositiveSmallIntegerField(default=1, help_text="approvals of earlier rounds are void")
    bank_detail = models.ForeignKey("disbursements.BankDetail", models.PROTECT, null=True, related_name="+")
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    bank_reference = models.CharField(max_length=64, blank=True)
    bank_date = models.DateField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    received_minor = MinorField(null=True)
    received_date = models.DateField(null=True)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    held_from = models.CharField(max_length=32, blank=True)
    state = WorkflowState(choices=TrancheState, default=TrancheState.PLANNED)

    objects = TrancheQuerySet.as_manager()
    private_fields = ("certified_name", "bank_reference")
    main_path = ("planned", "requested", "checked", "approved", "sent", "confirmed")
    state_tones = {"requested": "wait", "checked": "wait", "approved": "wait", "sent": "wait"}

    class Meta:
        """Four people, and money that left has a payee, a proof and its people."""

        ordering = ("grant_id", "no")
        constraints = (
            models.UniqueConstraint(fields=("grant", "no"), name="tranche_no_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="tranche_above_zero"),
            models.CheckConstraint(condition=Q(state__in=TrancheState.values), name="tranche_state_known"),
            *(_different(one, other) for one, other in combinations(PEOPLE, 2)),
            models.CheckConstraint(
                condition=~Q(state__in=[*MONEY_LEFT, TrancheState.REVERSED])
                | Q(
                    requested_by__isnull=False,
                    checked_by__isnull=False,
                    approved_by__isnull=False,
                    paid_by__isnull=False,
                    bank_detail__isnull=False,
                    sent_at__isnull=False,
                    bank_date__isnull=False,
                )
                & ~Q(bank_reference="")
                & ~Q(approved_hash=""),
                name="tranche_sent_has_its_people",
            ),
            models.CheckConstraint(
                condition=~Q(state=TrancheState.CONFIRMED)
                | Q(confirmed_by__isnull=False, received_minor__isnull=False, received_date__isnull=False),
                name="tranche_confirmed_has_receipt",
            ),
        )
        indexes = (
            models.Index(fields=("state", "planned_date"), name="tranche_queue"),
            models.Index(fields=("planned_date", "id", "state"), name="tranche_by_day"),
        )

    def __str__(self) -> str:
        """Grant and number."""
        return f"{self.grant.ref}/{self.no}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:tranche", args=[self.pk])

    @property
    def ref(self) -> str:
        """Short name."""
        return f"{self.grant.ref}/{self.no}"

    @property
    def currency(self) -> str:
        """The grant's."""
        return self.grant.currency

    @property
    def organisation_id(self) -> int:
        """The grantee's, for membership policies."""
        return self.grant.organisation_id

    @cached_property
    def approvers(self) -> list[Any]:
        """People whose approval counts: given in this round (one query)."""
        rows = self.approvals.filter(round=self.approval_round).select_related("approver").order_by("id")
        return [row.approver for row in rows]

    def request_seal(self) -> str:
        """The request that counts, down to its lines; empty for a row that nobody asked for (two queries)."""
        newest = max(self.requests.all(), key=lambda row: row.no, default=None) if self.requested_at else None
        return newest.fingerprint() if newest else ""

    def payload_hash(self, detail: Any = None, seal: str | None = None) -> str:
        """What an approval binds to: the amount, the payee's details in this version, and all that was certified.

        `seal` is that of the request, where it has been read already.
        """
        detail = detail or self.bank_detail
        payload = {
            "tranche": self.pk,
            "grant": self.grant.ref,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "bank_detail": detail.fingerprint() if detail else "",
            "request": self.request_seal() if seal is None else seal,
            "asked": [self.requested_by_id, self.certified_name, self.spent_stated_minor],
        }
        return hashlib.sha256(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @classmethod
    def guards(cls) -> list[Guard]:
        """The database's own refusals, for programs and hands that do not pass the gate."""
        return tranche_guards()

    @transition(
        field=state,
        source=TrancheState.PLANNED,
        target=TrancheState.REQUESTED,
        permission=ALLOW["disbursements.request_tranche"],
        custom={
            "label": _("Ask for this tranche"),
            "style": "primary",
            "next": _("The programme office checks your request, two treasurers release it."),
        },
    )
    def request(self, *, requester: Any, certified_name: str, spent_stated_minor: int, when: Any) -> None:
        """The grantee asks and certifies."""
        self.requested_by, self.requested_at = requester, when
        self.certified_name, self.spent_stated_minor = certified_name, spent_stated_minor

    @transition(
        field=state,
        source=TrancheState.PLANNED,
        target=None,
        permission=ALLOW["disbursements.replan_tranche"],
        custom={"label": _("Plan it anew"), "system": True},
    )
    def replan(self, *, amount_minor: int, share_bp: int, planned_date: Any) -> None:
        """A change of the terms moved it, before anybody asked for it; an act."""
        self.amount_minor, self.share_bp, self.planned_date = amount_minor, share_bp, planned_date

    @transition(
        field=state,
        source=[TrancheState.REQUESTED, TrancheState.CHECKED, TrancheState.BLOCKED],
        target=TrancheState.PLANNED,
        permission=ALLOW["disbursements.return_request"],
        custom={"label": _("Return the request with a reason"), "side": True},
    )
    def return_request(self) -> None:
        """The grantee corrects and asks again."""
        self.requested_by = self.requested_at = self.checked_by = self.checked_at = None
        self.certified_name, self.spent_stated_minor = "", None
        self.approval_round += 1

    @transition(
        field=state,
        source=TrancheState.REQUESTED,
        target=TrancheState.CHECKED,
        permission=ALLOW["disbursements.check_tranche"],
        custom={
            "label": _("Record the check"),
            "style": "primary",
            "next": _("A condition that is not met blocks the tranche until it is; otherwise a treasurer can approve."),
        },
    )
    def check_request(self, *, checker: Any, when: Any) -> None:
        """The programme office has compared the request with reports and agreement."""
        self.checked_by, self.checked_at = checker, when

    @transition(
        field=state,
        source=TrancheState.CHECKED,
        target=TrancheState.BLOCKED,
        permission=ALLOW["disbursements.block_tranche"],
        custom={"label": _("Block: a condition is not met"), "side": True, "system": True},
    )
    def block(self) -> None:
        """A condition fails; approvals given so far are void."""
        self.approval_round += 1

    @transition(
        field=state,
        source=TrancheState.BLOCKED,
        target=TrancheState.CHECKED,
        permission=ALLOW["disbursements.unblock_tranche"],
        custom={"label": _("Look at the conditions again"), "side": True},
    )
    def unblock(self) -> None:
        """All conditions hold now (the action checks)."""

    @transition(
        field=state,
        source=TrancheState.CHECKED,
        target=None,
        permission=ALLOW["disbursements.approve_tranche"],
        custom={"label": _("Approve as one of several"), "system": True},
    )
    def add_approval(self) -> None:
        """One of several approvals is given; another person's is still needed."""

    @transition(
        field=state,
        source=TrancheState.CHECKED,
        target=TrancheState.APPROVED,
        permission=ALLOW["disbursements.approve_tranche"],
        custom={
            "label": _("Approve the release"),
            "style": "primary",
            "next": _("When as many people have approved as the amount asks for, another treasurer sends the money."),
        },
    )
    def approve(self, *, approver: Any, bank_detail: Any, when: Any) -> None:
        """The last person needed binds their name to this amount and this payee."""
        self.approved_by, self.approved_at, self.bank_detail = approver, when, bank_detail
        self.approved_hash = self.payload_hash()

    @transition(
        field=state,
        source=TrancheState.APPROVED,
        target=TrancheState.CHECKED,
        permission=ALLOW["disbursements.void_approval"],
        custom={"label": _("Take the approval back"), "side": True},
    )
    def void_approval(self) -> None:
        """Something changed after the approval."""
        self.approved_by = self.approved_at = self.bank_detail = None
        self.approved_hash = ""
        self.approval_round += 1

    @transition(
        field=state,
        source=TrancheState.SENT,
        target=TrancheState.CONFIRMED,
        permission=ALLOW["disbursements.confirm_receipt"],
        custom={"label": _("Confirm what arrived"), "style": "primary"},
    )
    def confirm(self, *, confirmer: Any, received_minor: int, received_date: Any, when: Any) -> None:
        """The grantee says how much arrived and when."""
        self.confirmed_by, self.confirmed_at = confirmer, when
        self.received_minor, self.received_date = received_minor, received_date

    @transition(
        field=state,
        source=list(BEFORE_SENT),
        target=TrancheState.ON_HOLD,
        permission=ALLOW["disbursements.hold_tranche"],
        custom={"label": _("Put on hold"), "side": True, "system": True},
    )
    def hold(self) -> None:
        """The grant is stopped."""
        self.held_from = self.state

    def _back(self) -> None:
        self.held_from = ""

    @transition(field=state, **_lift(TrancheState.PLANNED, _("Back to planned")))
    def lift_planned(self) -> None:
        """Where it was."""
        self._back()

    @transition(field=state, **_lift(TrancheState.REQUESTED, _("Back to requested")))
    def lift_requested(self) -> None:
        """Where it was."""
        self._back()

    @transition(field=state, **_lift(TrancheState.CHECKED, _("Back to checked")))
    def lift_checked(self) -> None:
        """Where it was."""
        self._back()

    @transition(field=state, **_lift(TrancheState.BLOCKED, _("Back to blocked")))
    def lift_blocked(self) -> None:
        """Where it was."""
        self._back()

    @transition(field=state, **_lift(TrancheState.APPROVED, _("Back to approved")))
    def lift_approved(self) -> None:
        """Where it was; sending asks every condition again."""
        self._back()

    @transition(
        field=state,
        source=[*BEFORE_SENT, TrancheState.ON_HOLD],
        target=TrancheState.CANCELLED,
        permission=ALLOW["disbursements.cancel_tranche"],
        custom={"label": _("Cancel this tranche"), "style": "danger", "side": True},
    )
    def cancel(self) -> None:
        """It will not be paid; the amount is free again."""

    @transition(
        field=state,
        source=list(MONEY_LEFT),
        target=TrancheState.REVERSED,
        permission=ALLOW["disbursements.reverse_tranche"],
        custom={"label": _("Record that the bank sent it back"), "style": "danger", "side": True},
    )
    def reverse(self) -> None:
        """The money came back; a new tranche stands in its place."""
