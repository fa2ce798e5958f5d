"""Laws of counting: shares come from their parts, sums do not know an order, periods cover everything."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.queries.arithmetic import (
    Share,
    differs_by_more_than,
    mean_in_tenths,
    per_head,
    periods,
    reaches,
    roll_up,
)

SHARES = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)).map(lambda two: Share(two[0], two[0] + two[1] + 1)),
    min_size=1,
    max_size=8,
)


@given(SHARES, st.randoms())
def test_a_roll_up_does_not_know_the_order(shares: list[Share], random: object) -> None:
    shuffled = list(shares)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert roll_up(shares) == roll_up(shuffled)


@given(SHARES, st.integers(0, 8))
def test_a_roll_up_of_roll_ups_is_the_roll_up(shares: list[Share], cut: int) -> None:
    parts = [roll_up(shares[:cut]), roll_up(shares[cut:])]
    assert roll_up(part for part in parts if part is not None) == roll_up(shares)


@given(SHARES)
def test_a_share_of_parts_within_wholes_is_never_over_the_whole(shares: list[Share]) -> None:
    total = roll_up(shares)
    assert total is not None
    assert total.denominator is not None
    assert 0 <= total.numerator <= total.denominator


def test_percentages_are_never_averaged() -> None:
    assert roll_up([Share(28, 152), Share(4, 45)]) == Share(32, 197)
    assert roll_up([]) is None
    with pytest.raises(ValueError, match="cannot be added"):
        roll_up([Share(1), Share(1, 2)])


@given(st.integers(0, 72), st.integers(1, 18))
def test_a_mean_reads_as_decimal_would_round_it(total: int, n: int) -> None:
    exact = (Decimal(total) / Decimal(n)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert Decimal(mean_in_tenths(total, n)).scaleb(-1) == exact


def test_the_sample_s_means_and_costs() -> None:
    assert mean_in_tenths(28, 9) == mean_in_tenths(56, 18) == 31
    assert not reaches(41, 18, 250)
    assert reaches(50, 18, 250)
    assert reaches(5, 2, 250)
    assert per_head(3_297_200 + 240_000, 158) == 22_387
    assert differs_by_more_than(1000, 1101, 1000)
    assert not differs_by_more_than(1000, 1100, 1000)
    assert not differs_by_more_than(1000, 900, 1000)


@given(st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1)), st.integers(1, 36), st.integers(1, 8))
def test_periods_touch_and_cover_the_project(start: dt.date, months: int, parts: int) -> None:
    end = start + dt.timedelta(days=30 * months)
    spans = periods(start, end, parts)
    assert spans[0][0] == start
    assert spans[-1][1] == end
    for (_a, before), (after, _b) in pairwise(spans):
        assert after == before + dt.timedelta(days=1)
