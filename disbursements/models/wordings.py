"""Wordings of the agreement that the fund makes itself: proposed by one person, put in force by another."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.grants import ALLOW
from disbursements.states import WordingState
from fundmgmt.access import can
from fundmgmt.models import Guard, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.models.guards import same_person


class WordingQuerySet(WorkflowQuerySet):
    """Wordings."""

    def visible_to(self, user: Any) -> Self:
        """For the people of the fund; a grantee reads the words in its agreement."""
        return self if can(user, "disbursements.view_agreementwording") else self.none()

    def in_force(self) -> Self:
        """Those that agreements are made with, from their day on."""
        return self.filter(state=WordingState.IN_FORCE)


class AgreementWording(WorkflowModel):
    """One version in all languages. Its texts never change: another text is another version."""

    code = models.CharField(_("version"), max_length=16, unique=True)
    from_date = models.DateField(_("from"))
    decision = models.CharField(_("decided in"), max_length=64)
    reason = models.TextField(_("why"))
    texts = models.JSONField(help_text="by language: words by name, promises in order")
    sha256 = models.CharField(max_length=64)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=WordingState, default=WordingState.PROPOSED)

    objects = WordingQuerySet.as_manager()
    private_fields = ()
    state_tones = {"proposed": "wait", "in_force": "ok", "declined": "no"}

    class Meta:
        """Two people; one version for each day."""

        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=WordingState.values), name="wording_state_known"),
            models.CheckConstraint(condition=~Q(decision="") & ~Q(reason=""), name="wording_says_who_and_why"),
            models.CheckConstraint(
                condition=~Q(state=WordingState.IN_FORCE)
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("proposed_by")),
                name="wording_in_force_by_another",
            ),
            models.UniqueConstraint(
                fields=("from_date",), condition=Q(state=WordingState.IN_FORCE), name="wording_one_a_day"
            ),
        )

    def __str__(self) -> str:
        """Its version."""
        return self.code

    @property
    def ref(self) -> str:
        """Its version."""
        return self.code

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:wording", args=[self.pk])

    @classmethod
    def guards(cls) -> list[Guard]:
        """Proposed first, never rewritten, and two accounts of one person are one person."""
        same = same_person("decided_by_id", 'NEW."proposed_by_id"')
        fixed = ("code", "from_date", "decision", "reason", "sha256", "proposed_by_id")
        changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in fixed)
        texts = 'CAST(OLD."texts" AS TEXT) <> CAST(NEW."texts" AS TEXT)'
        return [
            Guard("born", "INSERT", f"NEW.\"state\" <> '{WordingState.PROPOSED}'", "a wording is proposed first"),
            Guard("fixed", "UPDATE", f"({changed} OR {texts})", "a wording says what was proposed"),
            Guard(
                "people",
                "UPDATE",
                f"NEW.\"state\" = '{WordingState.IN_FORCE}' AND {same}",
                "a wording is put in force by another person",
            ),
        ]

    @transition(
        field=state,
        source=WordingState.PROPOSED,
        target=WordingState.IN_FORCE,
        permission=ALLOW["disbursements.enact_wording"],
        custom={
            "label": _("Put the wording in force"),
            "style": "primary",
            "next": _("Agreements prepared from its day on say this. Agreements prepared before keep their words."),
        },
    )
    def enact(self, *, decider: Any, when: Any) -> None:
        """A second person has read it in every language."""
        self.decided_by, self.decided_at = decider, when

    @transition(
        field=state,
        source=WordingState.PROPOSED,
        target=WordingState.DECLINED,
        permission=ALLOW["disbursements.decline_wording"],
        custom={"label": _("Do not use this wording"), "side": True},
    )
    def decline(self, *, decider: Any, when: Any) -> None:
        """It is not used; another may be proposed from it."""
        self.decided_by, self.decided_at = decider, when
