"""Waivers: one condition of one tranche set aside, with a reason, by two people."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.conditions import Condition
from disbursements.models.grants import ALLOW
from disbursements.models.tranches import Tranche
from disbursements.states import WaivableCode, WaiverState
from fundmgmt.access import STAFF
from fundmgmt.models import Guard, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.models.guards import same_person


class WaiverQuerySet(WorkflowQuerySet):
    """Waivers."""

    def visible_to(self, user: Any) -> Self:
        """As their tranche."""
        if STAFF(user):
            return self
        if user is None or not user.is_authenticated:
            return self.none()
        return self.filter(tranche__grant__organisation_id__in=user.organisation_ids)

    def standing(self) -> Self:
        """Proposed or confirmed."""
        return self.exclude(state=WaiverState.REFUSED)


class Waiver(WorkflowModel):
    """Proposed by the programme office, confirmed by a second person. It ends with its tranche."""

    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="waivers")
    code = models.CharField(_("condition"), max_length=16, choices=WaivableCode)
    condition = models.ForeignKey(Condition, models.PROTECT, null=True, related_name="waivers")
    reason = models.TextField(_("why"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=WaiverState, default=WaiverState.PROPOSED)

    objects = WaiverQuerySet.as_manager()
    private_fields = ("reason",)
    state_tones = {"proposed": "wait", "confirmed": "ok", "refused": "no"}

    class Meta:
        """Two people, one waiver for each condition, and only of what may be waived."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=WaiverState.values), name="waiver_state_known"),
            models.CheckConstraint(condition=Q(code__in=WaivableCode.values), name="waiver_of_what_may_be"),
            models.CheckConstraint(
                condition=Q(code=WaivableCode.ATTESTED, condition__isnull=False)
                | ~Q(code=WaivableCode.ATTESTED) & Q(condition__isnull=True),
                name="waiver_names_its_condition",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(state=WaiverState.CONFIRMED)
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("proposed_by")),
                name="waiver_confirmed_by_another",
            ),
            models.UniqueConstraint(
                fields=("tranche", "code"),
                condition=Q(condition__isnull=True) & ~Q(state=WaiverState.REFUSED),
                name="waiver_once",
            ),
            models.UniqueConstraint(
                fields=("tranche", "condition"),
                condition=Q(condition__isnull=False) & ~Q(state=WaiverState.REFUSED),
                name="waiver_of_a_condition_once",
            ),
        )

    def __str__(self) -> str:
        """What is set aside."""
        return str(self.condition) if self.condition else str(self.get_code_display())

    @property
    def ref(self) -> str:
        """The tranche's."""
        return self.tranche.ref

    @property
    def grant(self) -> Any:
        """The grant, for policies about who has a part in it."""
        return self.tranche.grant

    @property
    def organisation_id(self) -> int:
        """The grantee's, for membership policies."""
        return self.tranche.grant.organisation_id

    @property
    def ident(self) -> str:
        """The condition it sets aside, as release checks name it."""
        return f"condition-{self.condition_id}" if self.condition_id else str(self.code)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:waiver", args=[self.pk])

    @classmethod
    def guards(cls) -> list[Guard]:
        """Two accounts of one person are one person; a confirmed waiver is not rewritten."""
        same = same_person("decided_by_id", 'NEW."proposed_by_id"')
        fixed = ("tranche_id", "code", "reason", "proposed_by_id")
        changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in fixed)
        condition = 'COALESCE(OLD."condition_id", 0) <> COALESCE(NEW."condition_id", 0)'
        return [
            Guard(
                "people",
                "UPDATE",
                f"NEW.\"state\" = 'confirmed' AND {same}",
                "a waiver is confirmed by another person",
            ),
            Guard("fixed", "UPDATE", f"({changed} OR {condition})", "a waiver says what was proposed"),
            Guard("born", "INSERT", "NEW.\"state\" <> 'proposed'", "a waiver is proposed first"),
        ]

    @transition(
        field=state,
        source=WaiverState.PROPOSED,
        target=WaiverState.CONFIRMED,
        permission=ALLOW["disbursements.confirm_waiver"],
        custom={
            "label": _("Confirm the waiver"),
            "style": "primary",
            "next": _("The condition no longer stands in the way of this tranche, and of no other."),
        },
    )
    def confirm(self, *, decider: Any, when: Any) -> None:
        """A second person agrees."""
        self.decided_by, self.decided_at = decider, when

    @transition(
        field=state,
        source=WaiverState.PROPOSED,
        target=WaiverState.REFUSED,
        permission=ALLOW["disbursements.refuse_waiver"],
        custom={"label": _("Do not waive it"), "side": True},
    )
    def refuse(self, *, decider: Any, when: Any) -> None:
        """The condition stays."""
        self.decided_by, self.decided_at = decider, when
