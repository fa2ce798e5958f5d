"""A share kept as a fraction is typed as people write it."""

import pytest
from django.core.exceptions import ValidationError

from fundmgmt.forms.people import FractionField


@pytest.mark.parametrize("typed", ["2/3", " 2 / 3 ", "[2, 3]"])
def test_a_fraction_stays_exact(typed: str) -> None:
    assert FractionField().clean(typed) == [2, 3]


@pytest.mark.parametrize("typed", ["", "two thirds", "0/3", "4/3", "0.66", "1/0"])
def test_what_is_no_fraction_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        FractionField().clean(typed)


def test_a_fraction_is_shown_as_typed() -> None:
    assert FractionField().prepare_value([2, 3]) == "2/3"
    assert FractionField().prepare_value("3/4") == "3/4"
