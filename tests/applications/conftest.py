"""The people and places most tests of this stage need."""

import pytest

from applications.models import Application, Call
from fundmgmt.models import Organisation, User
from tests.factories import applications as make
from tests.factories.catalogues import put_catalogues


@pytest.fixture
def catalogues(db: None) -> None:
    put_catalogues()


@pytest.fixture
def officer(db: None) -> User:
    return make.person("officer@example.org", "officer")


@pytest.fixture
def second_officer(db: None) -> User:
    return make.person("second-officer@example.org", "officer")


@pytest.fixture
def writer(db: None) -> User:
    return make.person("writer@example.org")


@pytest.fixture
def organisation(writer: User) -> Organisation:
    return make.organisation(writer)


@pytest.fixture
def call(officer: User) -> Call:
    return make.open_call(officer)


@pytest.fixture
def draft(call: Call, organisation: Organisation, writer: User) -> Application:
    return make.draft(call, organisation, writer)


@pytest.fixture
def submitted(catalogues: None, call: Call, organisation: Organisation, writer: User) -> Application:
    return make.submitted(call, organisation, writer)
