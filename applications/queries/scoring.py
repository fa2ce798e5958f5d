"""Scores in whole numbers: a total is exact, and every threshold says which rule spoke. Pure functions.

A total is score x weight / 5, summed; it is kept as a numerator over 5, so that no weight an administrator sets can
lose a fraction. Numbers come from the fund's rules (domain report 5.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from fundmgmt.formats import words

TOP_SCORE = 5


@dataclass(frozen=True)
class ScoringRules:
    """The rule values of the day."""

    weights: Mapping[str, int]
    pass_total: int = 65
    gates: Mapping[str, int] = field(default_factory=dict)
    spread_total: int = 25
    spread_criterion: int = 2
    reviewers: int = 3
    binding_gate: str = "SC-03"


@dataclass(frozen=True)
class Finding:
    """A rule that spoke: its key, whether it is satisfied, and the numbers behind it."""

    rule: str
    met: bool
    value: str
    limit: int
    code: str = ""

    @property
    def sentence(self) -> object:
        """What the rule says, in the reader's language."""
        return SENTENCES[self.rule] % {"value": words.number(self.value), "limit": self.limit, "code": self.code}


SENTENCES = {
    "pass_total": _("Total %(value)s; at least %(limit)s is asked."),
    "gate": _("%(code)s stands at %(value)s; at least %(limit)s is asked."),
    "spread_total": _("The totals lie %(value)s points apart; up to %(limit)s needs no moderation."),
    "spread_criterion": _("On %(code)s the scores lie %(value)s apart; up to %(limit)s needs no moderation."),
    "reviewers": _("%(value)s reviews are in; %(limit)s are needed."),
    "region": _("%(value)s of the reviewers knows the region; at least %(limit)s is needed."),
    "child_protection": _("%(value)s of the reviewers works in child protection; at least %(limit)s is needed."),
}


def total(scores: Mapping[str, int], weights: Mapping[str, int]) -> Fraction:
    """The sum of score x weight / 5 over all criteria; KeyError when a criterion has no score."""
    return Fraction(sum(scores[code] * weight for code, weight in weights.items()), TOP_SCORE)


def mean(values: Sequence[Fraction | int]) -> Fraction:
    """The exact mean."""
    return sum((Fraction(value) for value in values), Fraction(0)) / len(values)


def tenths(value: Fraction) -> int:
    """The value in tenths, halves rounded up: 244/3 is 813 (81.3)."""
    return int((value * 20 + 1) // 2)


def as_text(value: Fraction) -> str:
    """One decimal where there is a fraction: 81.3, 74. As it is kept; people read `said`."""
    if value.denominator == 1:
        return str(value.numerator)
    whole, rest = divmod(tenths(value), 10)
    return f"{whole}.{rest}"


def said(value: Fraction) -> str:
    """The same in the reader's language: 81,3 in French."""
    return words.number(as_text(value))


@dataclass(frozen=True)
class Sheet:
    """One review handed in: its scores, and the weights of that day."""

    scores: Mapping[str, int]
    weights: Mapping[str, int]

    @property
    def total(self) -> Fraction:
        """The exact total."""
        return total(self.scores, self.weights)


def spreads(sheets: Sequence[Sheet], rules: ScoringRules) -> list[Finding]:
    """How far reviewers lie apart: over all, then on each criterion that lies too far apart."""
    totals = [sheet.total for sheet in sheets]
    apart = max(totals) - min(totals)
    found = [Finding("spread_total", apart <= rules.spread_total, as_text(apart), rules.spread_total)]
    for code in rules.weights:
        values = [sheet.scores[code] for sheet in sheets if code in sheet.scores]
        gap = max(values, default=0) - min(values, default=0)
        if gap > rules.spread_criterion:
            found.append(Finding("spread_criterion", False, str(gap), rules.spread_criterion, code))
    return found


def thresholds(result: Fraction, by_criterion: Mapping[str, Fraction], rules: ScoringRules) -> list[Finding]:
    """Total and gates against the rules."""
    found = [Finding("pass_total", result >= rules.pass_total, as_text(result), rules.pass_total)]
    for code, least in rules.gates.items():
        value = by_criterion[code]
        found.append(Finding("gate", value >= least, as_text(value), least, code))
    return found
