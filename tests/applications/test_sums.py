"""Sums are exact whatever is typed: lines, shares, windows, and the counts of people."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from applications.actions.rows import line_total
from applications.forms.figures import CountField, FigureField, ShareField
from applications.models import Application, BudgetLine, Call
from applications.queries.checks import add_up, share_is_over, share_is_under, window_of
from applications.states import BudgetCategory
from fundmgmt.forms import personal_signs

MINOR = st.integers(1, 10**10)
QUANTITY = st.decimals("0.01", "99999.99", places=2)


@given(QUANTITY, MINOR)
def test_a_line_is_quantity_times_cost_to_the_nearest_minor_unit(quantity: Decimal, cost: int) -> None:
    exact = Fraction(quantity) * cost
    assert abs(line_total(quantity, cost) - exact) <= Fraction(1, 2)


@given(st.lists(st.tuples(st.sampled_from(BudgetCategory.values), MINOR), max_size=40))
def test_the_kinds_of_cost_make_the_total(costs: list[tuple[str, int]]) -> None:
    sums = add_up([BudgetLine(no=n, category=code, total_minor=cost) for n, (code, cost) in enumerate(costs, 1)])
    assert sums.total == sum(cost for _code, cost in costs) == sum(sums.by_category.values())
    assert set(sums.by_category) == set(BudgetCategory.values)


@given(st.integers(0, 10**10), MINOR, st.integers(0, 10_000))
def test_a_share_is_over_under_or_exactly_the_limit(part: int, whole: int, limit: int) -> None:
    share, bound = Fraction(part, whole), Fraction(limit, 10_000)
    assert share_is_over(part, whole, limit) == (share > bound)
    assert share_is_under(part, whole, limit) == (share < bound)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("total", "window"),
    [
        (299_999, "above_window"),
        (300_000, "micro"),
        (1_000_000, "micro"),
        (1_000_001, "small"),
        (3_500_000, "small"),
        (3_500_001, "community"),
        (5_000_000, "community"),
        (6_152_000, "above_window"),
    ],
)
def test_every_amount_has_one_window_without_gaps(total: int, window: str) -> None:
    call = Call(windows=["micro", "small", "community"])
    assert window_of(total, call, dt.date(2026, 3, 1)) == window


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (dt.date(2024, 7, 1), dt.date(2025, 6, 30), 12),
        (dt.date(2025, 6, 15), dt.date(2026, 6, 14), 12),
        (dt.date(2026, 4, 1), dt.date(2026, 11, 30), 8),
        (dt.date(2026, 4, 1), dt.date(2026, 4, 2), 1),
        (dt.date(2024, 6, 1), dt.date(2025, 11, 30), 18),
    ],
)
def test_months_are_counted_as_people_count_them(start: dt.date, end: dt.date, months: int) -> None:
    assert Application(start_date=start, end_date=end).months == months


@given(st.integers(0, 10_000_000))
def test_a_count_may_be_typed_with_spaces(number: int) -> None:
    typed = f"{number:,}".replace(",", " ")
    assert CountField().clean(typed) == number


@pytest.mark.parametrize("typed", ["-1", "1.5", "ten", "1e3", "99999999999999"])
def test_a_count_is_a_whole_number(typed: str) -> None:
    with pytest.raises(ValidationError):
        CountField().clean(typed)


@given(st.decimals("0.01", "999999.99", places=2))
def test_a_figure_keeps_its_decimals(number: Decimal) -> None:
    assert FigureField().clean(str(number)) == number
    assert FigureField().clean(str(number).replace(".", ",")) == number


@pytest.mark.parametrize("typed", ["1.250", "12 USD", "1.2.3,4", "-4", "many", "9999999999999"])
def test_a_figure_that_could_mean_two_things_is_asked_back(typed: str) -> None:
    with pytest.raises(ValidationError):
        FigureField().clean(typed)


@pytest.mark.parametrize(("typed", "share"), [("40", 4000), ("12,5", 1250), ("33.33 %", 3333), ("100", 10_000)])
def test_a_percentage_becomes_basis_points(typed: str, share: int) -> None:
    assert ShareField().clean(typed) == share


@pytest.mark.parametrize("typed", ["101", "0", "100.01", "-5", "a"])
def test_a_percentage_is_above_zero_and_at_most_all(typed: str) -> None:
    with pytest.raises(ValidationError):
        ShareField().clean(typed)


# Words about a person ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Call +243 812 345 678 for more", 1),
        ("Appelez le 0812 345 678", 1),
        ("maman@example.org", 1),
        ("at -10.7167, 25.4667", 1),
        ("10° 43' S", 1),
        ("A child named", 1),
        ("un enfant nommé", 1),
        ("mtoto anayeitwa", 1),
        ("née le 3 mai 2014", 1),
        ("We spend 12 000 000 CDF in 2026-2027", 0),
        ("From 2026-07-01 to 2027-06-30", 0),
        ("160 children, 84 girls, 76 boys; 33490 USD", 0),
        ("Children born in the village since the mine opened", 0),
        ("", 0),
    ],
)
def test_signs_of_a_person_are_seen_and_plain_numbers_are_not(text: str, signs: int) -> None:
    assert len(personal_signs(text)) == signs
