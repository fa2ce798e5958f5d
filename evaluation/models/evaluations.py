"""An independent look at one project: six criteria, and how well others could repeat it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from evaluation.access import CORRECT_FACTS, RATE, SCORE, START_EVALUATION
from evaluation.states import EvaluationMethod, EvaluationState, PracticeClass
from fundmgmt.access import STAFF
from fundmgmt.models.journal import JournalEntry
from fundmgmt.models.workflow import WorkflowModel, WorkflowQuerySet, WorkflowState

CRITERIA = ("EV-01", "EV-02", "EV-03", "EV-04", "EV-05", "EV-06")
IMPACT = "EV-05"
REPLICABILITY = tuple(f"RP-0{n}" for n in range(1, 10))
ETHICS = "RP-05"
TOP_EVIDENCE = 5


class EvaluationQuerySet(WorkflowQuerySet):
    """Evaluations."""

    def visible_to(self, user: Any) -> EvaluationQuerySet:
        """All for the people of the fund; for the organisation once handed in."""
        rows = self.select_related("grant", "grant__organisation", "grant__application", "evaluator", "second")
        if not getattr(user, "is_authenticated", False):
            return rows.none()
        if STAFF(user):
            return rows
        return rows.filter(
            grant__organisation__in=user.organisation_ids,
            state__in=[EvaluationState.SUBMITTED, EvaluationState.FINAL],
        )


class Evaluation(WorkflowModel):
    """One evaluation of one grant. `evaluator` leads, `second` scores replicability beside them."""

    grant = models.ForeignKey("disbursements.Grant", models.PROTECT, related_name="+")
    method = models.CharField(_("how deep"), max_length=8, choices=EvaluationMethod)
    evaluator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    declared_independent = models.BooleanField(default=False)
    summary = models.TextField(_("summary"), blank=True)
    lessons = models.TextField(_("lessons, one a line"), blank=True)
    practice_class = models.PositiveSmallIntegerField(choices=PracticeClass, null=True)
    evidence_level = models.PositiveSmallIntegerField(null=True)
    submitted_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=EvaluationState, default=EvaluationState.PLANNED)

    private_fields = ("summary", "lessons")

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        """One evaluation of a grant; the ladder has six rungs."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("grant",), name="evaluation_once"),
            models.CheckConstraint(
                condition=Q(evidence_level__isnull=True) | Q(evidence_level__lte=TOP_EVIDENCE), name="evidence_ladder"
            ),
            models.CheckConstraint(condition=Q(state__in=EvaluationState.values), name="evaluation_state_known"),
        )

    def __str__(self) -> str:
        """The grant's reference."""
        return _("Evaluation of %(ref)s") % {"ref": self.grant.ref}

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("evaluation:evaluation", args=[self.pk])

    @property
    def organisation_id(self) -> int:
        """The organisation evaluated."""
        return self.grant.organisation_id

    def took_part(self, user: Any) -> bool:
        """Whether the journal knows a step of theirs in reviewing, deciding or managing this project."""
        story = JournalEntry.objects.filter(thread=self.grant.thread, actor=user)
        return story.filter(Q(kind__startswith="applications.") | Q(kind__startswith="disbursements.")).exists()

    @transition(
        field=state,
        source=EvaluationState.PLANNED,
        target=EvaluationState.IN_PROGRESS,
        permission=START_EVALUATION,
        custom={"label": _("Declare independence and begin"), "style": "primary"},
    )
    def begin_work(self) -> None:
        """The evaluator declares that they had no part in the project."""
        self.declared_independent = True

    @transition(
        field=state,
        source=EvaluationState.IN_PROGRESS,
        target=None,
        permission=RATE,
        custom={"label": _("Rate a criterion")},
    )
    def rate_criterion(self) -> None:
        """Rows beside it; an act."""

    @transition(
        field=state,
        source=EvaluationState.IN_PROGRESS,
        target=None,
        permission=SCORE,
        custom={"label": _("Score replicability")},
    )
    def score_items(self) -> None:
        """Rows beside it; an act."""

    @transition(
        field=state,
        source=EvaluationState.IN_PROGRESS,
        target=None,
        permission=RATE,
        custom={"label": _("Class the practice and write the summary")},
    )
    def classify(self, *, practice_class: int | None, evidence_level: int, summary: str, lessons: str) -> None:
        """Class, evidence level, summary and lessons."""
        self.practice_class, self.evidence_level = practice_class, evidence_level
        self.summary, self.lessons = summary, lessons

    @transition(
        field=state,
        source=EvaluationState.IN_PROGRESS,
        target=EvaluationState.SUBMITTED,
        permission=RATE,
        custom={
            "label": _("Hand in the evaluation"),
            "style": "primary",
            "next": _("The organisation reads it and may correct facts. Ratings stay yours."),
        },
    )
    def submit(self, *, submitted_at: Any) -> None:
        """The grantee may read it now."""
        self.submitted_at = submitted_at

    @transition(
        field=state,
        source=EvaluationState.SUBMITTED,
        target=None,
        permission=CORRECT_FACTS,
        custom={"label": _("Correct a fact")},
    )
    def correct_facts(self) -> None:
        """A row beside it; an act."""

    @transition(
        field=state,
        source=EvaluationState.SUBMITTED,
        target=EvaluationState.IN_PROGRESS,
        permission=RATE,
        custom={"label": _("Take it up again"), "side": True},
    )
    def take_back(self) -> None:
        """After a correction of facts, or a mistake."""

    @transition(
        field=state,
        source=EvaluationState.SUBMITTED,
        target=EvaluationState.FINAL,
        permission=RATE,
        custom={
            "label": _("Make the evaluation final"),
            "style": "primary",
            "next": _("The case record can be written from now on. A final evaluation does not change."),
        },
    )
    def make_final(self, *, final_at: Any) -> None:
        """It stands."""
        self.final_at = final_at


class Rating(models.Model):
    """One criterion: 1 to 6 with a reason and its own evidence level, or unrated with a reason."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="ratings")
    criterion = models.CharField(max_length=8)
    score = models.PositiveSmallIntegerField(null=True)
    evidence_level = models.PositiveSmallIntegerField()
    reason = models.TextField()

    private_fields = ("reason",)

    class Meta:
        """Once per criterion; no rating without evidence."""

        ordering = ("criterion",)
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "criterion"), name="rating_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=6), name="rating_one_to_six"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(evidence_level__gte=1), name="rating_needs_evidence"
            ),
            models.CheckConstraint(condition=Q(evidence_level__lte=TOP_EVIDENCE), name="rating_evidence_ladder"),
        )

    def __str__(self) -> str:
        """Criterion and score."""
        return f"{self.criterion}: {self.score}"


class ReplicabilityScore(models.Model):
    """One of nine questions, 0 to 4, by one of the two evaluators."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="scores")
    scorer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    item = models.CharField(max_length=8)
    score = models.PositiveSmallIntegerField()

    private_fields = ()

    class Meta:
        """Once per person and question."""

        ordering = ("item", "scorer")
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "scorer", "item"), name="replicability_once"),
            models.CheckConstraint(condition=Q(score__lte=4), name="replicability_scale"),
        )

    def __str__(self) -> str:
        """Question and score."""
        return f"{self.item}: {self.score}"


class FactCorrection(models.Model):
    """What the organisation says is wrong in the evaluation, and what the evaluator answers."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="corrections")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    private_fields = ("text",)

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        """When."""
        return f"{self.evaluation_id} {self.at:%Y-%m-%d}"
