"""The case record: what the journal tells of one project, gathered for those who want to learn from it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from evaluation.access import (
    DRAFT_CASE,
    PASS_SAFEGUARDING,
    PUBLISH,
    RETIRE,
    SEND_BACK_CASE,
    SYSTEM,
    VIEW_LIBRARY,
    WRITE_CASE,
)
from evaluation.states import CaseState
from fundmgmt.access import STAFF
from fundmgmt.models.journal import JournalEntry
from fundmgmt.models.workflow import WorkflowModel, WorkflowQuerySet, WorkflowState

BEFORE_PUBLICATION = [CaseState.GATHERING, CaseState.DRAFTING, CaseState.SAFEGUARDING_CHECK, CaseState.VALIDATION]


class CaseRecordQuerySet(WorkflowQuerySet):
    """Case records."""

    def visible_to(self, user: Any) -> CaseRecordQuerySet:
        """Those of the person's organisations; all for the people of the fund."""
        rows = self.select_related("organisation")
        if not getattr(user, "is_authenticated", False):
            return rows.none()
        if STAFF(user):
            return rows
        return rows.filter(organisation__in=user.organisation_ids)

    def published(self) -> CaseRecordQuerySet:
        """Those with a published text; while a text is being revised the published one stays."""
        return self.filter(published_version__isnull=False).exclude(state=CaseState.RETIRED)


class CaseRecord(WorkflowModel):
    """One per project, opened when its proposal is handed in. `ref` is given when the practice gets its name."""

    organisation = models.ForeignKey("fundmgmt.Organisation", models.PROTECT, related_name="+")
    ref = models.CharField(max_length=16, unique=True, null=True)  # noqa: DJ001 -- empty is no reference yet
    opened_at = models.DateTimeField()
    published_version = models.PositiveSmallIntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=CaseState, default=CaseState.GATHERING)

    private_fields = ()

    objects = CaseRecordQuerySet.as_manager()

    class Meta:
        """One per project."""

        ordering = ("-opened_at", "-id")
        indexes = (
            models.Index(fields=("opened_at", "id"), name="case_by_day"),
            models.Index(fields=("state", "opened_at", "id"), name="case_queue"),
        )
        constraints = (
            models.UniqueConstraint(fields=("thread",), name="case_record_once"),
            models.CheckConstraint(condition=Q(state__in=CaseState.values), name="case_state_known"),
        )

    def __str__(self) -> str:
        """Reference, or the organisation."""
        return self.ref or _("Case record · %(name)s") % {"name": self.organisation}

    def get_absolute_url(self) -> str:
        """Its page inside the house."""
        return reverse("evaluation:case", args=[self.thread])

    def was_written_by(self, user: Any) -> bool:
        """Whether this person wrote any version of the text."""
        return self.texts.filter(author=user).exists()

    @transition(
        field=state,
        source=CaseState.GATHERING,
        target=CaseState.DRAFTING,
        permission=DRAFT_CASE,
        custom={"label": _("Begin to write the practice"), "style": "primary"},
    )
    def start_drafting(self) -> None:
        """The evaluation is final, or an evaluator begins."""

    @transition(
        field=state,
        source=CaseState.DRAFTING,
        target=None,
        permission=WRITE_CASE,
        custom={"label": _("Write the practice text")},
    )
    def write_text(self) -> None:
        """A new version beside it; an act."""

    @transition(
        field=state,
        source=CaseState.DRAFTING,
        target=None,
        permission=WRITE_CASE,
        custom={"label": _("Give the practice its number")},
    )
    def name_practice(self, *, ref: str) -> None:
        """Once and for ever."""
        self.ref = self.ref or ref

    @transition(
        field=state,
        source=CaseState.DRAFTING,
        target=CaseState.SAFEGUARDING_CHECK,
        permission=WRITE_CASE,
        custom={
            "label": _("Send the text to the safeguarding check"),
            "style": "primary",
            "next": _("The safeguarding lead looks whether anybody could be recognised."),
        },
    )
    def send_to_safeguarding(self) -> None:
        """The text is ready to be checked."""

    @transition(
        field=state,
        source=CaseState.SAFEGUARDING_CHECK,
        target=CaseState.VALIDATION,
        permission=PASS_SAFEGUARDING,
        custom={"label": _("Nobody can be recognised: pass the text"), "style": "primary"},
    )
    def pass_safeguarding(self) -> None:
        """Nobody can be recognised."""

    @transition(
        field=state,
        source=[CaseState.SAFEGUARDING_CHECK, CaseState.VALIDATION],
        target=CaseState.DRAFTING,
        permission=SEND_BACK_CASE,
        custom={"label": _("Send the text back to its author"), "side": True},
    )
    def send_back(self) -> None:
        """Something must change first."""

    @transition(
        field=state,
        source=CaseState.VALIDATION,
        target=CaseState.PUBLISHED,
        permission=PUBLISH,
        custom={
            "label": _("Validate and publish the practice"),
            "style": "primary",
            "next": _("Anybody can read it from now on, under the licence CC BY 4.0."),
        },
    )
    def publish(self, *, text_version: int, published_at: Any) -> None:
        """Open to all."""
        self.published_version, self.published_at = text_version, published_at

    @transition(
        field=state,
        source=CaseState.PUBLISHED,
        target=CaseState.DRAFTING,
        permission=WRITE_CASE,
        custom={"label": _("Revise the practice"), "side": True},
    )
    def revise(self) -> None:
        """A new version is written; the published one stays until then."""

    @transition(
        field=state,
        source=CaseState.PUBLISHED,
        target=CaseState.RETIRED,
        permission=RETIRE,
        custom={"label": _("Retire the practice"), "style": "danger", "side": True},
    )
    def retire(self) -> None:
        """No longer shown."""

    @transition(
        field=state,
        source=BEFORE_PUBLICATION,
        target=CaseState.RETIRED,
        permission=SYSTEM,
        custom={"label": _("Close with the project"), "side": True, "system": True},
    )
    def close_with_thread(self) -> None:
        """The proposal was ineligible, rejected or withdrawn."""

    @transition(
        field=state,
        source=CaseState.RETIRED,
        target=CaseState.GATHERING,
        permission=SYSTEM,
        custom={"label": _("Open again with the project"), "side": True, "system": True},
    )
    def take_up_again(self) -> None:
        """The proposal came back, after an appeal or a correction."""

    @transition(
        field=state,
        source=CaseState.PUBLISHED,
        target=None,
        permission=VIEW_LIBRARY,
        custom={"label": _("Use as a starting point"), "system": True},
    )
    def replicate(self) -> None:
        """Somebody starts a proposal from it; a row beside it."""


class Moment(models.Model):
    """One case-worthy entry of the project's story."""

    case_record = models.ForeignKey(CaseRecord, models.PROTECT, related_name="moments")
    entry = models.OneToOneField(JournalEntry, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=96)
    at = models.DateTimeField()
    to_state = models.CharField(max_length=32, blank=True)

    private_fields = ()

    class Meta:
        """In the order of the world."""

        ordering = ("at", "entry_id")
        indexes = (models.Index(fields=("case_record", "at"), name="moment_story"),)

    def __str__(self) -> str:
        """Kind and day."""
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Figure(models.Model):
    """One fact of a moment, so that a figure anywhere leads back to the entry it came from."""

    moment = models.ForeignKey(Moment, models.CASCADE, related_name="figures")
    key = models.CharField(max_length=32)
    place = models.PositiveSmallIntegerField(default=0, help_text="position, when the fact is a list")
    number = models.BigIntegerField(null=True)
    code = models.CharField(max_length=64, blank=True)

    private_fields = ()

    class Meta:
        """One per key and place."""

        ordering = ("key", "place")
        constraints = (models.UniqueConstraint(fields=("moment", "key", "place"), name="figure_once"),)

    def __str__(self) -> str:
        """Key and value."""
        return f"{self.key}: {self.code if self.number is None else self.number}"
