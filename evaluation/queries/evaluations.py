"""Reads for evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _t

from evaluation.models import Evaluation, ReplicabilityScore
from evaluation.models.evaluations import CRITERIA, ETHICS, IMPACT, REPLICABILITY
from fundmgmt.models import RubricItem
from fundmgmt.rules import rules

if TYPE_CHECKING:
    import datetime as dt


def rubric(prefix: str) -> list[RubricItem]:
    """Questions whose code begins so, in order."""
    return list(RubricItem.objects.filter(code__startswith=f"{prefix}-").order_by("code"))


def replicability_of(evaluation: Evaluation) -> tuple[int, int]:
    """Sum and number of all scores; the mean is only ever these two."""
    scores = list(evaluation.scores.values_list("score", flat=True))
    return sum(scores), len(scores)


def least_ethics(evaluation: Evaluation) -> int | None:
    """The lower of the two scores on ethics."""
    return min(evaluation.scores.filter(item=ETHICS).values_list("score", flat=True), default=None)


def gaps_of(evaluation: Evaluation, day: dt.date) -> list[str]:
    """What is still missing before it can be handed in."""
    gaps = []
    ratings = {rating.criterion: rating for rating in evaluation.ratings.all()}
    limit = rules(["impact_unrated_up_to_minor"], day)["impact_unrated_up_to_minor"].value
    for criterion in CRITERIA:
        rating = ratings.get(criterion)
        if rating is None:
            if criterion != IMPACT or evaluation.grant.amount_minor > limit:
                gaps.append(_t("%(code)s is not rated yet.") % {"code": criterion})
        elif rating.score is None and rating.evidence_level > 0:
            small = criterion == IMPACT and evaluation.grant.amount_minor <= limit
            if not small:
                gaps.append(_t("%(code)s has evidence but no rating.") % {"code": criterion})
    if evaluation.evidence_level is None:
        gaps.append(_t("The evidence level and the summary are not written yet."))
    if evaluation.practice_class is not None:
        gaps += _unscored(evaluation)
    return gaps


def _unscored(evaluation: Evaluation) -> list[str]:
    people = [person for person in (evaluation.evaluator, evaluation.second) if person is not None]
    if len(people) < 2:  # noqa: PLR2004 -- replicability is scored by two
        return [_t("A practice needs a second evaluator.")]
    counts = {person.pk: 0 for person in people}
    for scorer in ReplicabilityScore.objects.filter(evaluation=evaluation).values_list("scorer", flat=True):
        counts[scorer] = counts.get(scorer, 0) + 1
    return [
        _t("%(name)s has not scored all nine questions of replicability.") % {"name": person.name}
        for person in people
        if counts[person.pk] < len(REPLICABILITY)
    ]
