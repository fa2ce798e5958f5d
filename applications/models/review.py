"""Reviews: who was asked, what each reviewer scored, what was moderated, and who is barred from a project."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from applications import access
from applications.states import ConflictKind, Recommendation, ReviewState
from fundmgmt.access import policies
from fundmgmt.formats import words
from fundmgmt.models import WorkflowModel, WorkflowQuerySet, WorkflowState


def barred(user: Any, path: str = "") -> Q:
    """Rows whose project is closed to this person by a declared conflict or by belonging to the organisation."""
    prefix = f"{path}__" if path else ""
    declared = ConflictOfInterest.objects.filter(application=OuterRef(f"{prefix}pk"), user=user.pk)
    return Q(Exists(declared)) | Q(**{f"{prefix}organisation_id__in": user.organisation_ids})


def reviews_of(path: str, user: Any) -> QuerySet[Any]:
    """This person's reviews of the project at `path`, recused ones too."""
    return Review.objects.filter(application=OuterRef(path), reviewer=user.pk)


def all_are_in(path: str, user: Any) -> Q:
    """Projects at `path` whose every review is handed in, this person's among them."""
    waiting = Review.objects.filter(application=OuterRef(path)).exclude(
        state__in=(ReviewState.RECUSED, ReviewState.SUBMITTED)
    )
    mine = reviews_of(path, user).filter(state=ReviewState.SUBMITTED)
    return Q(Exists(mine)) & ~Q(Exists(waiting))


class ConflictQuerySet(models.QuerySet["ConflictOfInterest"]):
    """Declared conflicts."""

    def visible_to(self, user: Any) -> ConflictQuerySet:
        """Officers and those who audit."""
        return self if user.is_authenticated and user.role_codes & access.READS_CONFLICTS else self.none()


class ConflictOfInterest(models.Model):
    """A link that bars one person from one project, wherever it was declared. It stays."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="conflicts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    conflict = models.CharField(max_length=24, choices=ConflictKind)
    note = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=24, help_text="where it was declared: review, or the ref of an agenda item")
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    private_fields = ("note",)
    objects = ConflictQuerySet.as_manager()

    class Meta:
        """Once per person and project."""

        constraints = (models.UniqueConstraint(fields=("application", "user"), name="conflict_once"),)

    def __str__(self) -> str:
        """Who, which project."""
        return f"{self.user_id} and {self.application_id}: {self.conflict}"


class ProfileQuerySet(models.QuerySet["ReviewerProfile"]):
    """Reviewers and what they bring."""

    def visible_to(self, user: Any) -> ProfileQuerySet:
        """One's own; officers and those who audit see all."""
        if not user.is_authenticated:
            return self.none()
        return self if user.role_codes & access.READS_CONFLICTS else self.filter(user=user)


class ReviewerProfile(models.Model):
    """What a reviewer brings: provinces known from living or working there, and child protection as a profession."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviewer_profile")
    provinces = models.JSONField(default=list, blank=True)
    child_protection = models.BooleanField(_("works in child protection"), default=False)

    private_fields = ()
    objects = ProfileQuerySet.as_manager()

    def __str__(self) -> str:
        """Who."""
        return f"profile of {self.user_id}"


class ReviewQuerySet(WorkflowQuerySet):
    """Reviews."""

    def visible_to(self, user: Any) -> ReviewQuerySet:
        """One's own; the others' once all are in; all for officers and auditors without a conflict or review."""
        if not user.is_authenticated:
            return self.none()
        rows = Q(reviewer=user) if "reviewer" in user.role_codes else Q(pk__in=[])
        if user.role_codes & access.READS_CONFLICTS:
            rows |= ~barred(user, "application") & ~Q(Exists(reviews_of("application", user)))
        return self.filter(rows | all_are_in("application", user))

    def counting(self) -> ReviewQuerySet:
        """Reviews that count: not recused."""
        return self.exclude(state=ReviewState.RECUSED)

    def submitted(self) -> ReviewQuerySet:
        """Reviews handed in, each with its total as a numerator over 5."""
        return self.filter(state=ReviewState.SUBMITTED).annotate(
            total_num=Sum(F("scores__score") * F("scores__weight"))
        )


class Review(WorkflowModel):
    """One reviewer's work on one proposal, in the project's thread."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    due_date = models.DateField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    recommendation = models.CharField(_("advice"), max_length=20, choices=Recommendation, blank=True)
    overall = models.TextField(_("overall comment"), blank=True)
    state = WorkflowState(choices=ReviewState, default=ReviewState.INVITED)

    private_fields = ("overall",)
    main_path = (ReviewState.INVITED, ReviewState.ACCEPTED, ReviewState.SUBMITTED)
    objects = ReviewQuerySet.as_manager()

    class Meta:
        """Once per reviewer and proposal."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("application", "reviewer"), name="review_once"),
            models.CheckConstraint(condition=Q(state__in=ReviewState.values), name="review_state"),
        )

    def __str__(self) -> str:
        """Which project."""
        return str(self.application)

    def get_absolute_url(self) -> str:
        """The reviewer's page."""
        return reverse("applications:review", args=[self.pk])

    @property
    def ref(self) -> str:
        """The project's reference."""
        return str(self.application.ref)

    @transition(
        field=state,
        source=ReviewState.INVITED,
        target=ReviewState.ACCEPTED,
        permission=policies()["applications.accept_review"],
        custom={
            "label": _("Accept the review"),
            "style": "primary",
            "next": _("The whole proposal opens, and your score sheet."),
        },
    )
    def accept(self, *, accepted_at: Any) -> None:
        """The reviewer has no conflict and takes the review on."""
        self.accepted_at = accepted_at

    @transition(
        field=state,
        source=(ReviewState.INVITED, ReviewState.ACCEPTED, ReviewState.REOPENED, ReviewState.SUBMITTED),
        target=ReviewState.RECUSED,
        permission=policies()["applications.declare_conflict"],
        custom={
            "label": _("Declare a link with this project"),
            "style": "plain",
            "next": _("The file closes for this reviewer at once, and another is invited."),
            "side": True,
        },
    )
    def declare_conflict(self) -> None:
        """A link with the project: its file closes for this reviewer at once, and the scores no longer count."""

    @transition(
        field=state,
        source=(ReviewState.ACCEPTED, ReviewState.REOPENED),
        target=ReviewState.SUBMITTED,
        permission=policies()["applications.submit_review"],
        custom={
            "label": _("Hand in the review"),
            "style": "primary",
            "next": _("Your scores are fixed. The others' open to you once everybody has handed in."),
        },
    )
    def submit(self, *, submitted_at: Any, recommendation: str, overall: str) -> None:
        """All criteria are scored."""
        self.submitted_at = submitted_at
        self.recommendation = recommendation
        self.overall = overall

    @transition(
        field=state,
        source=ReviewState.SUBMITTED,
        target=ReviewState.REOPENED,
        permission=policies()["applications.reopen_review"],
        custom={
            "label": _("Reopen the review"),
            "style": "plain",
            "next": _("The reviewer may change scores and hands in again. The first scores stay in the journal."),
            "side": True,
        },
    )
    def reopen(self) -> None:
        """A mistake to put right, with a reason."""


class ReviewScore(models.Model):
    """One criterion of one review. `weight` is fixed from the rules when the review is handed in."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="scores")
    criterion = models.CharField(max_length=8)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True)
    weight = models.PositiveSmallIntegerField(null=True, blank=True)

    private_fields = ("comment",)

    class Meta:
        """Once per criterion; 0 to 5."""

        ordering = ("criterion",)
        constraints = (
            models.UniqueConstraint(fields=("review", "criterion"), name="score_once"),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__lte=5), name="score_0_to_5"),
        )

    def __str__(self) -> str:
        """Criterion and score."""
        return f"{self.criterion}: {self.score}"


class ModerationQuerySet(models.QuerySet["Moderation"]):
    """Moderated results."""

    def visible_to(self, user: Any) -> QuerySet[Moderation]:
        """Officers, auditors and the reviewers whose work it closed; nobody with a conflict."""
        if not user.is_authenticated:
            return self.none()
        rows = all_are_in("application", user)
        if user.role_codes & access.READS_CONFLICTS:
            rows |= ~Q(Exists(reviews_of("application", user)))
        return self.filter(rows).exclude(barred(user, "application"))


class Moderation(models.Model):
    """The result of all reviews of a proposal. Originals stay where they are; the reason is the moderator's."""

    application = models.OneToOneField("applications.Application", models.PROTECT, related_name="moderation")
    mean_num = models.PositiveIntegerField()
    mean_den = models.PositiveIntegerField()
    moderated_tenths = models.PositiveSmallIntegerField(help_text="the result in tenths of a point")
    criteria = models.JSONField(default=dict, help_text="mean of each criterion in hundredths, or as moderated")
    moderated_criteria = models.JSONField(default=list, blank=True, help_text="codes the moderator changed")
    reviews = models.PositiveSmallIntegerField()
    was_open = models.BooleanField(help_text="whether a range was too wide, so that a talk was held")
    meets = models.BooleanField(help_text="whether every threshold of the day was met")
    gate_met = models.BooleanField(help_text="whether the binding least score was met")
    findings = models.JSONField(default=list, help_text="the rules that spoke, with their numbers")
    reason = models.TextField(blank=True)
    moderated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    moderated_at = models.DateTimeField()

    private_fields = ("reason",)
    objects = ModerationQuerySet.as_manager()

    class Meta:
        """At most 100 points."""

        constraints = (models.CheckConstraint(condition=Q(moderated_tenths__lte=1000), name="moderated_up_to_100"),)

    def __str__(self) -> str:
        """The result."""
        return words.tenths(self.moderated_tenths)
