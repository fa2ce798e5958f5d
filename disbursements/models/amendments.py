"""Changes of a grant's terms: typed rows upon a version, never a copy of the grant."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.grants import ALLOW, Grant
from disbursements.states import (
    AS_DAY,
    AS_NUMBER,
    UNDECIDED,
    AmendmentKind,
    AmendmentState,
    ChangePart,
    Decider,
)
from fundmgmt.access import STAFF, holds_voting_seat
from fundmgmt.models import Guard, WorkflowModel, WorkflowQuerySet, WorkflowState


class AmendmentQuerySet(WorkflowQuerySet):
    """Changes."""

    def visible_to(self, user: Any) -> Self:
        """As their grant."""
        if STAFF(user) or holds_voting_seat(user):
            return self
        if user is None or not user.is_authenticated:
            return self.none()
        return self.filter(grant__organisation_id__in=user.organisation_ids)

    def undecided(self) -> Self:
        """Asked for, or approved and not in force yet."""
        return self.filter(state__in=UNDECIDED)


class Amendment(WorkflowModel):
    """Asked for by the grantee or an officer, decided by whom the rules name, never by who asked."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="amendments")
    no = models.PositiveSmallIntegerField()
    kind = models.CharField(_("what changes"), max_length=16, choices=AmendmentKind)
    reason = models.TextField(_("why"))
    decider = models.CharField(_("who decides"), max_length=12, choices=Decider)
    rule = models.CharField(max_length=40, blank=True, help_text="key of the rule that spoke")
    moved_bp = models.PositiveIntegerField(null=True, help_text="share of the budget that moves, in basis points")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_ref = models.CharField(max_length=24, blank=True, help_text="agenda item of the Committee")
    terms_no = models.PositiveSmallIntegerField(null=True, help_text="the grant's terms that it made")
    applied_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=AmendmentState, default=AmendmentState.PROPOSED)

    objects = AmendmentQuerySet.as_manager()
    private_fields = ("reason",)
    main_path = ("proposed", "approved", "applied")
    state_tones = {"proposed": "wait", "approved": "wait", "applied": "ok", "refused": "no"}

    class Meta:
        """One of a kind at a time, one before the Committee, decided as the rules say."""

        ordering = ("grant_id", "no")
        indexes = (models.Index(fields=("state", "asked_at", "id"), name="amendment_queue"),)
        constraints = (
            models.UniqueConstraint(fields=("grant", "no"), name="amendment_no_once"),
            models.UniqueConstraint(fields=("grant", "terms_no"), name="amendment_terms_once"),
            models.UniqueConstraint(
                fields=("grant", "kind"), condition=Q(state__in=UNDECIDED), name="amendment_one_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=("grant",),
                condition=Q(state__in=UNDECIDED, decider=Decider.COMMITTEE),
                name="amendment_one_for_the_committee",
            ),
            models.CheckConstraint(condition=Q(state__in=AmendmentState.values), name="amendment_state_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="amendment_has_a_reason"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")), name="amendment_decided_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AmendmentState.APPROVED, AmendmentState.APPLIED])
                | Q(decider=Decider.NOTICE)
                | Q(decider=Decider.OFFICER, decided_by__isnull=False)
                | Q(decider=Decider.COMMITTEE) & ~Q(decision_ref=""),
                name="amendment_decided_as_ruled",
            ),
            models.CheckConstraint(
                condition=~Q(state=AmendmentState.APPLIED) | Q(terms_no__isnull=False, applied_at__isnull=False),
                name="amendment_in_force_has_terms",
            ),
        )

    def __str__(self) -> str:
        """What changes."""
        return str(self.get_kind_display())

    @property
    def ref(self) -> str:
        """Grant and number."""
        return f"{self.grant.ref}/C{self.no}"

    @property
    def organisation_id(self) -> int:
        """The grantee's, for membership policies."""
        return self.grant.organisation_id

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:amendment", args=[self.pk])

    @classmethod
    def guards(cls) -> list[Guard]:
        """What was asked is what is decided; what is in force stays."""
        fixed = ("grant_id", "no", "kind", "reason", "decider", "asked_by_id")
        changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in fixed)
        return [
            Guard("fixed", "UPDATE", f"({changed})", "a change says what was asked for"),
            Guard("stays", "UPDATE", "OLD.\"state\" = 'applied'", "a change in force is changed by another change"),
        ]

    @transition(
        field=state,
        source=AmendmentState.PROPOSED,
        target=AmendmentState.APPROVED,
        permission=ALLOW["disbursements.notify_amendment"],
        custom={
            "label": _("Give notice: it holds at once"),
            "style": "primary",
            "next": _("The new amounts are in force. The programme office reads your notice."),
        },
    )
    def notify(self, *, when: Any) -> None:
        """A shift so small that nobody decides it."""
        self.decided_at = when

    @transition(
        field=state,
        source=AmendmentState.PROPOSED,
        target=AmendmentState.APPROVED,
        permission=ALLOW["disbursements.approve_amendment"],
        custom={
            "label": _("Approve the change"),
            "style": "primary",
            "next": _("The new terms are in force at once. Reports handed in before keep the old ones."),
        },
    )
    def approve(self, *, decider: Any, when: Any) -> None:
        """Another officer than the one who asked."""
        self.decided_by, self.decided_at = decider, when

    @transition(
        field=state,
        source=AmendmentState.PROPOSED,
        target=AmendmentState.APPROVED,
        permission=ALLOW["disbursements.carry_decision"],
        custom={"label": _("Approved by the Committee"), "system": True},
    )
    def approve_by_committee(self, *, decision_ref: str, when: Any) -> None:
        """The Committee's votes decided."""
        self.decision_ref, self.decided_at = decision_ref, when

    @transition(
        field=state,
        source=AmendmentState.PROPOSED,
        target=AmendmentState.REFUSED,
        permission=ALLOW["disbursements.refuse_amendment"],
        custom={"label": _("Do not approve it"), "side": True},
    )
    def refuse(self, *, decider: Any, decision_ref: str = "", when: Any) -> None:
        """The terms stay."""
        self.decided_by, self.decision_ref, self.decided_at = decider, decision_ref, when

    @transition(
        field=state,
        source=list(UNDECIDED),
        target=AmendmentState.WITHDRAWN,
        permission=ALLOW["disbursements.withdraw_amendment"],
        custom={"label": _("Withdraw it"), "side": True},
    )
    def withdraw(self) -> None:
        """Who asked no longer wants it."""

    @transition(
        field=state,
        source=AmendmentState.APPROVED,
        target=AmendmentState.APPLIED,
        permission=ALLOW["disbursements.apply_amendment"],
        custom={
            "label": _("Put it in force"),
            "style": "primary",
            "next": _("The terms of the grant change as shown."),
        },
    )
    def apply(self, *, terms_no: int, when: Any) -> None:
        """The terms changed with it (the action writes them)."""
        self.terms_no, self.applied_at = terms_no, when


class Change(models.Model):
    """One field of the terms: what it was and what it becomes. Targets count in hundredths, money in minor units."""

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="changes")
    part = models.CharField(max_length=16, choices=ChangePart)
    key = models.CharField(max_length=24, blank=True, help_text="number of the line or tranche, code of the indicator")
    before_number = models.BigIntegerField(null=True)
    after_number = models.BigIntegerField(null=True)
    before_date = models.DateField(null=True)
    after_date = models.DateField(null=True)
    before_text = models.CharField(max_length=160, blank=True)
    after_text = models.CharField(max_length=160, blank=True, help_text="a new line: its description")
    category = models.CharField(max_length=4, blank=True, help_text="a new line: its kind of cost")

    private_fields = ("before_text", "after_text")

    class Meta:
        """Each field once; a number for numbers, a day for days."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("amendment", "part", "key"), name="change_once"),
            models.CheckConstraint(
                condition=~Q(part__in=AS_NUMBER) | Q(after_number__gte=0), name="change_of_a_number_has_one"
            ),
            models.CheckConstraint(
                condition=~Q(part__in=AS_DAY) | Q(before_date__isnull=False, after_date__isnull=False),
                name="change_of_a_day_has_one",
            ),
            models.CheckConstraint(
                condition=~Q(part=ChangePart.NEW_LINE)
                | Q(before_number__isnull=True, after_number__gt=0) & ~Q(after_text="") & ~Q(category=""),
                name="change_to_a_new_line_says_all",
            ),
        )

    def __str__(self) -> str:
        """Part and key."""
        return f"{self.part} {self.key}".strip()

    @property
    def before(self) -> int | dt.date | str | None:
        """What it was."""
        return self._value("before")

    @property
    def after(self) -> int | dt.date | str | None:
        """What it becomes."""
        return self._value("after")

    def _value(self, side: str) -> Any:
        kind = "number" if self.part in AS_NUMBER else "date" if self.part in AS_DAY else "text"
        return getattr(self, f"{side}_{kind}")

    @classmethod
    def of(cls, part: str, key: str, before: Any, after: Any) -> Change:
        """Unsaved, each value in the column of its part."""
        kind = "number" if part in AS_NUMBER else "date" if part in AS_DAY else "text"
        return cls(part=part, key=key, **{f"before_{kind}": before, f"after_{kind}": after})
