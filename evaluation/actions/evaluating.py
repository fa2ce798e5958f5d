"""The evaluator's work: rating, scoring, classing, handing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.closing import settle_known, unsettle_known
from disbursements.actions.locking import lock_grant
from disbursements.states import ClosureCode
from evaluation.models import Evaluation, FactCorrection, Rating, ReplicabilityScore
from evaluation.models.evaluations import CRITERIA, REPLICABILITY
from evaluation.queries.evaluations import gaps_of, replicability_of
from fundmgmt.workflow import StepRefused, begin, perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from disbursements.models import Grant
    from fundmgmt.models import User

TOP_RATING, TOP_SCORE, TOP_EVIDENCE = 6, 4, 5


def plan_evaluation(
    grant: Grant, *, by: User, at: dt.datetime, evaluator: User, second: User | None, method: str = "visit"
) -> Evaluation:
    """Name two independent evaluators for a grant."""
    with transaction.atomic():
        lock_grant(grant.pk)
        if Evaluation.objects.filter(grant=grant).exists():
            raise StepRefused(_("This project has an evaluation already."))
        row = Evaluation(grant=grant, thread=grant.thread, evaluator=evaluator, second=second, method=method)
        facts = {"method": method, "evaluator": evaluator.pk, "second": second.pk if second else None}
        begin(row, by=by, at=at, facts=facts)
        settle_known(grant, ClosureCode.EVALUATION, at=at)
        unsettle_known(grant, ClosureCode.PRACTICE, at=at)  # a note by hand was for a project without evaluation
    return row


def begin_evaluation(
    evaluation: Evaluation, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> Evaluation:
    """Declare independence and begin."""
    return perform(evaluation, "begin_work", by=by, at=at, expected_version=expected_version)


def rate_criterion(
    evaluation: Evaluation,
    *,
    by: User,
    at: dt.datetime,
    criterion: str,
    score: int | None,
    evidence_level: int,
    reason: str,
    expected_version: int | None = None,
) -> Evaluation:
    """Rate one criterion 1 to 6 with a reason and its evidence; no rating where there is no evidence."""
    if criterion not in CRITERIA:
        raise StepRefused(_("There is no such criterion."))
    if not 0 <= evidence_level <= TOP_EVIDENCE:
        raise StepRefused(_("The ladder of evidence goes from 0 to 5."), field="evidence_level")
    if score is not None and not 1 <= score <= TOP_RATING:
        raise StepRefused(_("Rate from 1 to 6."), field="score")
    if score is not None and evidence_level == 0:
        raise StepRefused(_("Without evidence there is no rating: leave it unrated and say why."), field="score")
    if not reason.strip():
        raise StepRefused(_("Write the reason; it is what others learn from."), field="reason")
    with transaction.atomic():
        facts = {"criterion": criterion, "score": score, "evidence_level": evidence_level}
        perform(evaluation, "rate_criterion", by=by, at=at, facts=facts, expected_version=expected_version)
        Rating.objects.update_or_create(
            evaluation=evaluation,
            criterion=criterion,
            defaults={"score": score, "evidence_level": evidence_level, "reason": reason.strip()},
        )
    return evaluation


def score_replicability(
    evaluation: Evaluation,
    *,
    by: User,
    at: dt.datetime,
    scores: Mapping[str, int],
    expected_version: int | None = None,
) -> Evaluation:
    """One evaluator's answers to the nine questions, 0 to 4 each; a second time replaces their first."""
    for item, score in scores.items():
        if item not in REPLICABILITY or not 0 <= score <= TOP_SCORE:
            raise StepRefused(_("Score each question from 0 to 4."), field=item)
    with transaction.atomic():
        facts = {"scorer": by.pk}
        perform(evaluation, "score_items", by=by, at=at, facts=facts, expected_version=expected_version)
        for item, score in scores.items():
            ReplicabilityScore.objects.update_or_create(
                evaluation=evaluation, scorer=by, item=item, defaults={"score": score}
            )
    return evaluation


def classify_practice(
    evaluation: Evaluation,
    *,
    by: User,
    at: dt.datetime,
    practice_class: int | None,
    evidence_level: int,
    summary: str,
    lessons: str = "",
    expected_version: int | None = None,
) -> Evaluation:
    """Class (or none), overall evidence level, summary and lessons. Higher classes ask for more evidence."""
    needed = {3: 2, 4: 3}.get(practice_class or 0, 0)
    if evidence_level < needed:
        text = _("This class needs evidence level %(n)s or more.") % {"n": needed}
        raise StepRefused(text, field="practice_class")
    if not summary.strip():
        raise StepRefused(_("Write a short summary."), field="summary")
    return perform(
        evaluation,
        "classify",
        by=by,
        at=at,
        facts={"practice_class": practice_class, "evidence_level": evidence_level},
        expected_version=expected_version,
        practice_class=practice_class,
        evidence_level=evidence_level,
        summary=summary.strip(),
        lessons=lessons.strip(),
    )


def submit_evaluation(
    evaluation: Evaluation, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> Evaluation:
    """Hand it in; StepRefused tells the first thing that is missing."""
    with transaction.atomic():
        gaps = gaps_of(evaluation, timezone.localdate(at))
        if gaps:
            raise StepRefused(gaps[0])
        return perform(evaluation, "submit", by=by, at=at, expected_version=expected_version, submitted_at=at)


def correct_facts(
    evaluation: Evaluation, *, by: User, at: dt.datetime, text: str, expected_version: int | None = None
) -> Evaluation:
    """The organisation says which fact is wrong; ratings are not theirs to change."""
    if not text.strip():
        raise StepRefused(_("Say which fact is wrong and what is right."), field="text")
    with transaction.atomic():
        perform(evaluation, "correct_facts", by=by, at=at, expected_version=expected_version)
        FactCorrection.objects.create(evaluation=evaluation, text=text.strip(), by=by, at=at)
    return evaluation


def take_back_evaluation(
    evaluation: Evaluation, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Evaluation:
    """Take it up again, after a correction or a mistake."""
    return perform(evaluation, "take_back", by=by, at=at, reason=reason, expected_version=expected_version)


def make_final(evaluation: Evaluation, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Evaluation:
    """It stands; the case record can be written."""
    total, n = replicability_of(evaluation)
    facts: dict[str, int | None] = {
        "evidence_level": evaluation.evidence_level,
        "practice_class": evaluation.practice_class,
        "replicability_sum": total,
        "replicability_n": n,
    }
    facts |= dict(evaluation.ratings.values_list("criterion", "score"))
    with transaction.atomic():
        lock_grant(evaluation.grant_id)
        perform(evaluation, "make_final", by=by, at=at, facts=facts, expected_version=expected_version, final_at=at)
        settle_known(evaluation.grant, ClosureCode.PRACTICE, at=at)
    return evaluation
