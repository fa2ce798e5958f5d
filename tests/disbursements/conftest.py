"""The people and money most tests of this stage need."""

import pytest

from disbursements.models import Grant
from tests.factories import grants as make


@pytest.fixture
def people(db: None) -> make.Cast:
    return make.cast()


@pytest.fixture
def grant(people: make.Cast) -> Grant:
    return make.ready(people)
