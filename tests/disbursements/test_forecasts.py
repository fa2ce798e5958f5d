"""The forecast of what is left: a law of its arithmetic, and who is told."""

import datetime as dt

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from disbursements.actions import spending
from disbursements.models import Grant
from disbursements.panels import waiting
from disbursements.queries.forecasts import forecast, outlook_in_words
from disbursements.views.outlook import outlook
from tests.factories import grants as make

START, END = dt.date(2026, 1, 1), dt.date(2026, 12, 31)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number - 1)


@pytest.mark.parametrize(
    ("periods", "expected", "used_up", "said"),
    [
        ([(day(73), 10_000)], 50_000, None, "about 500.00 USD (50\xa0%) will be left on 31 December 2026"),
        ([(day(73), 10_000), (day(146), 10_000)], 50_000, None, "(50\xa0%) will be left"),
        ([(day(73), 20_000)], 100_000, None, "all is spent by 31 December 2026"),
        ([(day(73), 40_000)], 100_000, day(183), "all is spent on 2 July 2026, before the last day"),
        ([(day(365), 90_000)], 90_000, None, "about 100.00 USD (10\xa0%)"),
    ],
)
def test_the_same_pace_goes_on(
    periods: list[tuple[dt.date, int]], expected: int, used_up: dt.date | None, said: str
) -> None:
    found = forecast(100_000, START, END, periods)
    assert found is not None
    assert (found.expected_minor, found.used_up) == (expected, used_up)
    with override("en"):
        assert said in outlook_in_words(found, "USD").replace("\xa0USD", " USD")


@given(st.lists(st.tuples(st.integers(1, 365), st.integers(0, 10**9)), min_size=1), st.integers(1, 10**9))
def test_a_forecast_is_never_less_than_what_is_spent_nor_more_than_the_award(
    told: list[tuple[int, int]], amount: int
) -> None:
    found = forecast(amount, START, END, [(day(number), minor) for number, minor in told])
    assert found is not None
    spent = sum(minor for _number, minor in told)
    assert found.spent[-1][1] == spent
    assert min(spent, amount) <= found.expected_minor <= amount
    assert found.left_minor >= 0


def test_nothing_reported_is_no_forecast(people: make.Cast, grant: Grant) -> None:
    assert forecast(100_000, START, END, []) is None
    assert outlook(grant) is None
    desk = [item for item in waiting(people.officer, make.ASKED.date()) if "may be left" in str(item.what)]
    assert desk == []
    until = grant.start_date + (grant.end_date - grant.start_date) / 2
    spending.record_spent(grant, 1, {1: 100_000}, by=people.checker, at=make.ASKED, until=until)
    chart = outlook(grant)
    assert chart is not None
    assert len(chart.rows) == 3
    (item,) = [item for item in waiting(people.officer, make.ASKED.date()) if "may be left" in str(item.what)]
    assert (item.ref, item.why) == (grant.ref, chart.title)
