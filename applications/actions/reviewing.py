"""Reviewers: invite, accept or declare a link, score, hand in, reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application, ConflictOfInterest, Review, ReviewerProfile, ReviewScore
from applications.queries import reviews as read
from applications.queries.scoring import TOP_SCORE
from applications.states import ApplicationState, ReviewState
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import StaleObject, StepRefused, User
from fundmgmt.refs import named_thread
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

UNDER_REVIEW = (ApplicationState.IN_REVIEW, ApplicationState.MODERATION)
LOW_SCORE = 2  # up to here a score needs its reason in words


def lock(application: Application) -> Application:
    """The application's row, locked: whoever counts reviews or checks does it one after the other."""
    return Application.objects.select_for_update(of=("self",), no_key=True).get(pk=application.pk)


def _still_under_review(application: Application) -> None:
    if application.state not in UNDER_REVIEW:
        raise StepRefused(_("This proposal is not in review now, so its reviews cannot change."))


def invite_reviewer(
    application: Application, *, reviewer: User, by: User | None, at: dt.datetime, due_date: dt.date | None = None
) -> Review:
    """Ask a reviewer. Refused for people without the role, of the organisation, with a link, or asked already."""
    with transaction.atomic():
        application = lock(application)
        _still_under_review(application)
        if "reviewer" not in reviewer.role_codes:
            raise StepRefused(_("This person does not hold the reviewer's role."), field="reviewer")
        if application.organisation_id in reviewer.organisation_ids:
            raise StepRefused(_("This person belongs to the organisation itself."), field="reviewer")
        if application.conflicts.filter(user=reviewer).exists():
            raise StepRefused(_("This person has declared a link with this project."), field="reviewer")
        if reviewer.pk == getattr(by, "pk", None):
            raise StepRefused(_("Whoever invites reviewers does not review the same proposal."), field="reviewer")
        reviews = list(Review.objects.filter(application=application))
        if any(review.reviewer_id == reviewer.pk for review in reviews):
            raise StepRefused(_("This person was invited before."), field="reviewer")
        needed = read.scoring_rules(timezone.localdate(at)).reviewers
        if sum(review.state != ReviewState.RECUSED for review in reviews) >= needed:
            raise StepRefused(_("%(count)s reviewers are at work already; no more are needed.") % {"count": needed})
        if due_date is not None and due_date < timezone.localdate(at):
            raise StepRefused(_("This day is past. Choose a later one."), field="due_date")
        review = Review(
            application=application,
            thread=application.thread,
            reviewer=reviewer,
            invited_by=by,
            invited_at=at,
            due_date=due_date,
        )
        return begin(review, by=by, at=at, facts={"reviewer": reviewer.pk, "due_date": due_date})


def accept_review(review: Review, *, by: User | None, at: dt.datetime, expected_version: int | None = None) -> Review:
    """The reviewer has no link with the project and takes the review on; the proposal opens."""
    return perform(review, "accept", by=by, at=at, expected_version=expected_version, accepted_at=at)


def declare_conflict(
    review: Review,
    *,
    conflict: str,
    by: User,
    at: dt.datetime,
    note: str = "",
    expected_version: int | None = None,
) -> Review:
    """A link with the project, declared by the reviewer or found by an officer: the file closes at once."""
    with transaction.atomic():
        application = lock(review.application)
        _still_under_review(application)
        perform(
            review, "declare_conflict", by=by, at=at, facts={"conflict": conflict}, expected_version=expected_version
        )
        ConflictOfInterest.objects.get_or_create(
            application=application,
            user_id=review.reviewer_id,
            defaults={
                "conflict": conflict,
                "note": note,
                "source": "review",
                "declared_at": at,
                "declared_by": by,
            },
        )
    return review


def save_scores(
    review: Review,
    *,
    scores: Mapping[str, tuple[int | None, str]],
    by: User | None,
    at: dt.datetime,
    overall: str = "",
    recommendation: str = "",
    expected_version: int | None = None,
) -> Review:
    """Keep a draft: criterion to (score 0 to 5 or None, comment). Nobody else sees it; it is no step of the story."""
    with transaction.atomic():
        fresh = (
            Review.objects.select_for_update(of=("self",), no_key=True).select_related("application").get(pk=review.pk)
        )
        if expected_version is not None and fresh.version != expected_version:
            raise StaleObject
        require(by, "applications.score_review", fresh)
        if fresh.state not in {ReviewState.ACCEPTED, ReviewState.REOPENED}:
            raise StepRefused(_("Scores can be changed only while the review is open to you."))
        for criterion, (score, comment) in scores.items():
            if score is not None and not 0 <= score <= TOP_SCORE:
                raise StepRefused(_("A score is a whole number from 0 to 5."), field=criterion)
            ReviewScore.objects.update_or_create(
                review=fresh, criterion=criterion, defaults={"score": score, "comment": comment.strip(), "weight": None}
            )
        fresh.overall, fresh.recommendation = overall.strip(), recommendation
        fresh.save()
    review.refresh_from_db()
    return review


def submit_review(
    review: Review,
    *,
    by: User | None,
    at: dt.datetime,
    scores: Mapping[str, tuple[int | None, str]] | None = None,
    overall: str | None = None,
    recommendation: str | None = None,
    expected_version: int | None = None,
) -> Review:
    """Hand in. The weights of the day are fixed with the scores; the last review in may open moderation."""
    with transaction.atomic():
        application = lock(review.application)
        _still_under_review(application)
        if scores is not None:
            save_scores(
                review,
                scores=scores,
                by=by,
                at=at,
                overall=review.overall if overall is None else overall,
                recommendation=review.recommendation if recommendation is None else recommendation,
                expected_version=expected_version,
            )
            expected_version = None
        facts = _fix_weights(review, at)
        perform(
            review,
            "submit",
            by=by,
            at=at,
            expected_version=expected_version,
            facts=facts | {"recommendation": review.recommendation},
            submitted_at=at,
            recommendation=review.recommendation,
            overall=review.overall,
        )
        open_moderation_if_needed(application, at=at)
    return review


def _fix_weights(review: Review, at: dt.datetime) -> dict[str, Any]:
    """Fix the weights of the day on a complete sheet; what the journal tells of it."""
    weights = read.scoring_rules(timezone.localdate(at)).weights
    rows = {row.criterion: row for row in ReviewScore.objects.filter(review=review)}
    _complete(rows, weights, review.overall, review.recommendation)
    for criterion, weight in weights.items():
        rows[criterion].weight = weight
        rows[criterion].save(update_fields=["weight"])
    return {
        "scores": [f"{code}:{rows[code].score}" for code in weights],
        "weights": [f"{code}:{weight}" for code, weight in weights.items()],
        "total_num": sum((rows[code].score or 0) * weight for code, weight in weights.items()),
        "total_den": TOP_SCORE,
    }


def _complete(rows: Mapping[str, Any], weights: Mapping[str, int], overall: str, recommendation: str) -> None:
    for criterion in weights:
        row = rows.get(criterion)
        if row is None or row.score is None:
            raise StepRefused(_("%(code)s has no score yet.") % {"code": criterion}, field=criterion)
        if row.score <= LOW_SCORE and not row.comment:
            raise StepRefused(
                _("%(code)s: say in a sentence why. A score up to 2 needs its reason.") % {"code": criterion},
                field=f"{criterion}_why",
            )
    if not recommendation:
        raise StepRefused(_("Say what you advise."), field="recommendation")
    if not overall:
        raise StepRefused(_("Write an overall comment: the officer and the Committee rely on it."), field="overall")


def open_moderation_if_needed(application: Application, *, at: dt.datetime) -> None:
    """When the last review is in and scores lie too far apart, the system opens the moderation."""
    if application.state != ApplicationState.IN_REVIEW:
        return
    summary = read.summary_of(application, timezone.localdate(at))
    if not summary.all_in or not summary.needs_moderation:
        return
    perform(
        application,
        "begin_moderation",
        by=None,
        at=at,
        facts={
            "range_bp": int(summary.range * 100),
            "criteria": [finding.code for finding in summary.spread if finding.code],
            "reviews": len(summary.sheets),
        },
    )


def reopen_review(
    review: Review, *, reason: str, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> Review:
    """Let a reviewer put a mistake right, with a reason. What was handed in first stays in the journal."""
    with transaction.atomic():
        _still_under_review(lock(review.application))
        if not reason.strip():
            raise StepRefused(_("Write why the review is reopened."), field="reason")
        return perform(review, "reopen", by=by, at=at, reason=reason, expected_version=expected_version)


def describe_reviewer(
    user: User, *, provinces: list[str], child_protection: bool, by: User | None, at: dt.datetime
) -> ReviewerProfile:
    """What a reviewer brings to a panel: provinces known from within, child protection as a profession."""
    with transaction.atomic():
        require(by, "applications.describe_reviewer")
        profile, _made = ReviewerProfile.objects.update_or_create(
            user=user, defaults={"provinces": sorted(provinces), "child_protection": child_protection}
        )
        journal.record(
            "applications.reviewerprofile.describe",
            profile,
            by=by,
            at=at,
            facts={"user": user.pk, "child_protection": child_protection, "provinces": sorted(provinces)},
            thread=named_thread("user", user.pk),
        )
    return profile
