"""The people and money most tests of this stage need."""

import datetime as dt
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.utils import timezone

from disbursements.actions import releasing
from disbursements.actions.funding import add_earmark
from disbursements.models import Earmark, Grant, Tranche
from fundmgmt.models.rules import Rule
from tests.factories import applications
from tests.factories import grants as make
from tests.factories.rails import Clock, SpokenRail, spoken
from tests.standing_in import KEY, SECRET, Provider, standing_in
from tests.worlds import standing


@pytest.fixture(scope="module")
def standing_grant(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[make.Cast, Grant]]:
    """pytestmark = pytest.mark.usefixtures("standing_grant"): people and grant are made once for the module."""

    def build() -> tuple[make.Cast, Grant]:
        people = make.cast()
        return people, make.ready(people)

    yield from standing(django_db_blocker, build)


@pytest.fixture
def made(request: pytest.FixtureRequest, db: None) -> tuple[make.Cast, Grant | None]:
    if "standing_grant" in request.fixturenames:
        return deepcopy(request.getfixturevalue("standing_grant"))
    return make.cast(), None


@pytest.fixture
def people(made: tuple[make.Cast, Grant | None]) -> make.Cast:
    return made[0]


@pytest.fixture
def grant(made: tuple[make.Cast, Grant | None]) -> Grant:
    return made[1] or make.ready(made[0])


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


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """The card provider's double, and this system set up to ask it."""
    with standing_in() as found:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = found.url, KEY
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
        yield found


@pytest.fixture
def aims(db: None) -> Earmark:
    """One thing that visitors may give for."""
    officer = applications.person("pmo@example.org", "officer")
    earmark = add_earmark(by=officer, code="vocational", label="Vocational training (pledge 2)")
    words = {"vocational": {"en": "Learning a trade", "fr": "Apprendre un métier", "sw": "Kujifunza ufundi"}}
    Rule.objects.create(
        key="donation_aims",
        value=words,
        valid_from=dt.date(2026, 1, 1),
        decided_in="SC-2026-01",
        reason="Page.",
        added_at=timezone.now(),
    )
    return earmark
