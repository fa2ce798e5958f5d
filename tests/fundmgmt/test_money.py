"""Laws of money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundmgmt.money import Money, MoneyError, parse_amount, split

minors = st.integers(min_value=-(10**15), max_value=10**15)


@given(st.integers(0, 10**13), st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(sum))
def test_the_parts_sum_to_the_whole(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(minors, minors, minors)
def test_sums_are_exact_in_any_order(a: int, b: int, c: int) -> None:
    x, y, z = (Money(m, "USD") for m in (a, b, c))
    assert (x + y) + z == x + (y + z)
    assert x + y - y == x
    assert (x + y).minor == a + b


@given(st.integers(0, 10**13))
def test_an_amount_survives_being_written_and_read(minor: int) -> None:
    money = Money(minor, "USD")
    assert Money.of(money.decimal, "USD") == money
    assert parse_amount(str(money.decimal), "USD") == money


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("13396", 1339600),
        ("13 396,00", 1339600),
        ("13\u00a0396,5", 1339650),
        ("13,396.00", 1339600),
        ("13.396,00", 1339600),
        ("1,234,567", 123456700),
        ("1.234.567,89", 123456789),
        ("USD 12.5", 1250),
        ("$12", 1200),
        ("0,05", 5),
    ],
)
def test_what_people_type_is_read(typed: str, minor: int) -> None:
    assert parse_amount(typed, "USD") == Money(minor, "USD")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("1.250", "1.250 can be read in two ways. Write 1250, or 1.25."),
        ("12.345,678", "Use at most 2 decimals."),
        ("12 EUR", "This amount is asked in USD only."),
        ("USD 5 CDF", "This amount is asked in USD only."),
        ("-5", "Write an amount in figures, for example 1250.50."),
        ("abc", "Write an amount in figures, for example 1250.50."),
        ("1,2,3", "Write an amount in figures, for example 1250.50."),
        ("1.2.3,4", "Write an amount in figures, for example 1250.50."),
        ("", "Write an amount in figures, for example 1250.50."),
        ("1e5", "Write an amount in figures, for example 1250.50."),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(typed: str, message: str, settings: object) -> None:
    from django.utils.translation import override

    with override("en"), pytest.raises(MoneyError) as refused:
        parse_amount(typed, "USD")
    with override("en"):
        assert str(refused.value.message) == message


def test_two_currencies_never_meet() -> None:
    with pytest.raises(MoneyError):
        Money(1, "USD") + Money(1, "CDF")
    with pytest.raises(MoneyError):
        Money.of("1", "XXX")
    with pytest.raises(MoneyError):
        Money.of("1.005", "USD")
    with pytest.raises(MoneyError):
        split(10, [0, 0])


def test_decimal_form() -> None:
    assert Money(-5, "USD").decimal == Decimal("-0.05")
    assert str(Money(123456, "CDF")) == "1234.56 CDF"
