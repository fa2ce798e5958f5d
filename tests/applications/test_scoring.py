"""Scores in whole numbers."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from applications.queries.scoring import ScoringRules, Sheet, as_text, mean, spreads, tenths, thresholds, total

WEIGHTS = {"SC-01": 15, "SC-02": 20, "SC-03": 15, "SC-04": 10, "SC-05": 10, "SC-06": 15, "SC-07": 10, "SC-08": 5}
RULES = ScoringRules(WEIGHTS, gates={"SC-03": 3, "SC-02": 2})


def even(score: int) -> dict[str, int]:
    return dict.fromkeys(WEIGHTS, score)


def test_full_marks_are_a_hundred() -> None:
    assert total(even(5), WEIGHTS) == 100
    assert total(even(0), WEIGHTS) == 0
    assert total(even(4) | {"SC-02": 5}, WEIGHTS) == 84


def test_a_mean_is_exact_and_shown_with_one_decimal() -> None:
    value = mean([82, 78, 84])
    assert (value, tenths(value), as_text(value), as_text(Fraction(74))) == (Fraction(244, 3), 813, "81.3", "74")


def test_weights_that_do_not_divide_lose_nothing() -> None:
    assert total({"SC-01": 3}, {"SC-01": 7}) == Fraction(21, 5)


@given(st.dictionaries(st.sampled_from(sorted(WEIGHTS)), st.integers(0, 5), min_size=8, max_size=8))
def test_a_total_lies_between_nothing_and_a_hundred(scores: dict[str, int]) -> None:
    assert 0 <= total(scores, WEIGHTS) <= 100


def test_the_range_that_opens_moderation() -> None:
    close = [Sheet(even(4), WEIGHTS), Sheet(even(3), WEIGHTS), Sheet(even(3), WEIGHTS)]
    assert all(finding.met for finding in spreads(close, RULES))
    at_limit = [Sheet(even(4), WEIGHTS), Sheet(even(4) | {"SC-08": 2}, WEIGHTS)]
    assert all(finding.met for finding in spreads(at_limit, RULES))
    over = [Sheet(even(4), WEIGHTS), Sheet(even(4) | {"SC-08": 1}, WEIGHTS)]
    assert [(f.rule, f.code, f.value) for f in spreads(over, RULES) if not f.met] == [
        ("spread_criterion", "SC-08", "3")
    ]
    wide = [Sheet(even(4), WEIGHTS), Sheet(even(2) | {"SC-08": 3}, WEIGHTS)]
    assert [f.rule for f in spreads(wide, RULES) if not f.met] == ["spread_total"]


def test_thresholds_say_which_rule_spoke() -> None:
    means = {code: Fraction(3) for code in WEIGHTS} | {"SC-03": Fraction(8, 3)}
    found = thresholds(Fraction(129, 2), means, RULES)
    assert [(f.rule, f.code, f.met) for f in found] == [
        ("pass_total", "", False),
        ("gate", "SC-03", False),
        ("gate", "SC-02", True),
    ]
    assert str(found[0].sentence) == "Total 64.5; at least 65 is asked."
    assert str(found[1].sentence) == "SC-03 stands at 2.7; at least 3 is asked."
