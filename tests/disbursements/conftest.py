"""The people and money most tests of this stage need."""

from collections.abc import Iterator

import pytest

from disbursements.actions import releasing
from disbursements.models import Grant, Tranche
from tests.factories import grants as make
from tests.factories.rails import Clock, SpokenRail, spoken


@pytest.fixture
def people(db: None) -> make.Cast:
    return make.cast()


@pytest.fixture
def grant(people: make.Cast) -> Grant:
    return make.ready(people)


@pytest.fixture
def clock() -> Clock:
    return Clock(make.ASKED)


@pytest.fixture
def rail(db: None) -> Iterator[SpokenRail]:
    with spoken() as found:
        yield found


@pytest.fixture
def approved(people: make.Cast, rail: SpokenRail) -> Tranche:
    make.wallet_limits(people)
    return make.approved(people, make.tranche(make.ready(people, pay_to=make.wallet, **make.MICRO)))


@pytest.fixture
def released(people: make.Cast, approved: Tranche, rail: SpokenRail) -> Tranche:
    return releasing.release_tranche(approved, by=people.payer, at=make.ASKED, rail=rail.code)
