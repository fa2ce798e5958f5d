"""Where the reviews of a proposal stand, and which rules speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from applications.models import Application, Review, ReviewerProfile
from applications.queries import scoring
from applications.queries.scoring import Finding, ScoringRules, Sheet
from applications.states import ApplicationState, ReviewState
from fundmgmt.rules import rules

if TYPE_CHECKING:
    import datetime as dt
    from fractions import Fraction

KEYS = [
    "scoring_weights",
    "scoring_pass_total",
    "scoring_gates",
    "scoring_binding_gate",
    "scoring_spread_total",
    "scoring_spread_criterion",
    "reviewers_needed",
]


def scoring_rules(on: dt.date) -> ScoringRules:
    """The rule values of a day (one query)."""
    book = rules(KEYS, on)
    return ScoringRules(
        weights=book["scoring_weights"].value,
        pass_total=book["scoring_pass_total"].value,
        gates=book["scoring_gates"].value,
        spread_total=book["scoring_spread_total"].value,
        spread_criterion=book["scoring_spread_criterion"].value,
        reviewers=book["reviewers_needed"].value,
        binding_gate=book["scoring_binding_gate"].value,
    )


@dataclass(frozen=True)
class Summary:
    """All reviews of a proposal together. `mean` and what follows are None until every review is in."""

    reviews: list[Review]
    panel: list[Finding]
    sheets: list[Sheet]
    mean: Fraction | None = None
    by_criterion: dict[str, Fraction] | None = None
    spread: tuple[Finding, ...] = ()
    thresholds: tuple[Finding, ...] = ()

    @property
    def all_in(self) -> bool:
        """Enough reviewers, and each has handed in."""
        return self.mean is not None

    @property
    def needs_moderation(self) -> bool:
        """Whether a range is too wide."""
        return not all(finding.met for finding in self.spread)

    @property
    def range(self) -> Fraction:
        """How far the totals lie apart."""
        totals = [sheet.total for sheet in self.sheets]
        return max(totals) - min(totals)


def sheet_of(review: Review) -> Sheet:
    """Scores and weights of a review handed in."""
    scores, weights = {}, {}
    for row in review.scores.all():
        if row.score is not None and row.weight is not None:
            scores[row.criterion], weights[row.criterion] = row.score, row.weight
    return Sheet(scores, weights)


def counting_reviews(application: Application) -> list[Review]:
    """Reviews that are not recused, with reviewer and scores (two queries)."""
    rows = Review.objects.filter(application=application).counting()
    return list(rows.select_related("reviewer").prefetch_related("scores"))


def panel_checks(application: Application, reviews: list[Review], book: ScoringRules) -> list[Finding]:
    """Three reviewers, one who knows the region, one who works in child protection: tells, never bars."""
    profiles = ReviewerProfile.objects.filter(user__in=[review.reviewer_id for review in reviews])
    region = sum(1 for profile in profiles if application.province in profile.provinces)
    protection = sum(1 for profile in profiles if profile.child_protection)
    return [
        Finding("reviewers", len(reviews) >= book.reviewers, str(len(reviews)), book.reviewers),
        Finding("region", region >= 1, str(region), 1),
        Finding("child_protection", protection >= 1, str(protection), 1),
    ]


def summary_of(application: Application, on: dt.date) -> Summary:
    """The state of all reviews. For officers, and for readers once all are in: ask the policy first."""
    book = scoring_rules(on)
    reviews = counting_reviews(application)
    panel = panel_checks(application, reviews, book)
    sheets = [sheet_of(review) for review in reviews if review.state == ReviewState.SUBMITTED]
    if len(reviews) < book.reviewers or len(sheets) < len(reviews):
        return Summary(reviews, panel, sheets)
    mean = scoring.mean([sheet.total for sheet in sheets])
    by_criterion = {code: scoring.mean([sheet.scores[code] for sheet in sheets]) for code in book.weights}
    return Summary(
        reviews,
        panel,
        sheets,
        mean,
        by_criterion,
        tuple(scoring.spreads(sheets, book)),
        tuple(scoring.thresholds(mean, by_criterion, book)),
    )


def _states_of(application: Application) -> list[str]:
    return list(Review.objects.filter(application=application).counting().values_list("state", flat=True))


def reviews_are_in(application: Application, on: dt.date) -> bool:
    """Enough reviewers, and each has handed in (two queries)."""
    states = _states_of(application)
    needed = rules(["reviewers_needed"], on)["reviewers_needed"].value
    return len(states) >= needed and all(state == ReviewState.SUBMITTED for state in states)


def panel_work(application: Application, on: dt.date) -> object:
    """What an officer does with the reviews now, in words (two queries)."""
    states = _states_of(application)
    if len(states) < rules(["reviewers_needed"], on)["reviewers_needed"].value:
        return _("Invite reviewers")
    if any(state != ReviewState.SUBMITTED for state in states):
        return _("Follow the reviews")
    moderated = application.state == ApplicationState.MODERATION
    return _("Moderate the scores") if moderated else _("Fix the result of the reviews")


def findings_of(stored: list[dict[str, Any]]) -> list[Finding]:
    """Findings as a moderation keeps them, readable again."""
    return [Finding(**row) for row in stored]
