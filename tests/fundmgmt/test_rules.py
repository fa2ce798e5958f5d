"""Rules: the value of a day, who decided it, and what may be changed."""

import datetime as dt
from typing import Any

import pytest

from fundmgmt.models import Rule
from fundmgmt.rules import SHIPPED_FROM, RuleValueError, UnknownRule, check_value, kept_rules, rule, rules, specs

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


def add(key: str, value: object, day: dt.date) -> None:
    Rule.objects.create(key=key, value=value, valid_from=day, decided_in="SC-2026-01/3", added_at=AT)


def test_the_shipped_value_holds_until_a_version_replaces_it() -> None:
    add("age_general_min", 15, dt.date(2026, 2, 1))
    add("age_general_min", 17, dt.date(2026, 4, 1))
    read = [rule("age_general_min", dt.date(2026, month, 1)).value for month in (1, 2, 3, 4)]
    assert read == [16, 15, 15, 17]
    assert rule("age_general_min", dt.date(2026, 1, 1)).valid_from == SHIPPED_FROM
    assert rule("age_general_min", dt.date(2026, 3, 1)).decided_in == "SC-2026-01/3"


def test_a_rule_fixed_by_law_cannot_be_replaced() -> None:
    add("age_mine_min", 12, dt.date(2026, 1, 1))
    assert rule("age_mine_min", dt.date(2026, 6, 1)).value == 18
    with pytest.raises(RuleValueError):
        check_value("age_mine_min", 12)


@pytest.mark.parametrize("value", [-1, 1.5, "16", True, None])
def test_a_number_rule_takes_whole_numbers(value: object) -> None:
    with pytest.raises(RuleValueError):
        check_value("age_general_min", value)
    assert check_value("age_general_min", 15) == 15


@pytest.mark.parametrize(
    "limits",
    [{"USD": {"once": 1, "day": 2}}, {"USD": {"once": 1, "day": 2, "month": "3"}}, {"USD": {}}, {"USD": 5}],
)
def test_limits_keep_their_names_and_are_numbers(limits: Any) -> None:
    whole = {"USD": {"once": 1, "day": 2, "month": 3}, "CDF": {"once": 1, "day": 2, "month": 3}}
    assert check_value("mobile_money_limits", whole) == whole
    with pytest.raises(RuleValueError, match="once, day, month"):
        check_value("mobile_money_limits", limits)


def test_an_unknown_key_is_a_programming_error() -> None:
    with pytest.raises(UnknownRule):
        rule("no_such_rule", dt.date(2026, 1, 1))


def test_every_shipped_value_passes_its_own_check_and_names_its_source() -> None:
    for key, spec in specs().items():
        assert spec.key == key
        assert spec.label
        assert spec.source
        if not spec.locked:
            assert check_value(key, spec.value) == spec.value


def test_a_page_reads_the_rules_once_and_they_say_the_same(django_assert_num_queries: Any) -> None:
    add("age_general_min", 15, dt.date(2026, 2, 1))
    add("age_general_min", 17, dt.date(2026, 4, 1))
    add("age_mine_min", 12, dt.date(2026, 1, 1))
    days = [dt.date(2026, month, 1) for month in (1, 2, 3, 4)]
    keys = list(specs())
    one_by_one = [rules(keys, day) for day in days]
    with django_assert_num_queries(1), kept_rules():
        assert [rules(keys, day) for day in days] == one_by_one
    add("age_general_min", 18, dt.date(2026, 5, 1))
    with kept_rules():
        assert rule("age_general_min", dt.date(2026, 5, 1)).value == 18
