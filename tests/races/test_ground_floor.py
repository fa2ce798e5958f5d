"""Two people at once: one step happens, one is told."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from fundmgmt import journal
from fundmgmt.models import JournalEntry, Organisation, RoleGrant, User
from fundmgmt.models.refs import next_ref
from fundmgmt.workflow import begin, perform
from tests.races.harness import race

AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def pause(organisation_id: int, user_id: int, version: int | None) -> str:
    row = perform(
        Organisation.objects.get(pk=organisation_id),
        "pause",
        by=User.objects.get(pk=user_id),
        at=AT,
        expected_version=version,
    )
    return row.state


def describe(organisation_id: int, user_id: int, times: int) -> int:
    for number in range(times):
        row = Organisation.objects.get(pk=organisation_id)
        perform(row, "describe", by=User.objects.get(pk=user_id), at=AT, phone=f"{user_id} {number}")
    return times


def take_refs(times: int) -> list[str]:
    taken = []
    for _number in range(times):
        with transaction.atomic():
            taken.append(next_ref("APP", 2026))
    return taken


@pytest.fixture
def officers() -> list[User]:
    users = [User.objects.create_user(f"o{n}@example.org", name=f"Officer {n}") for n in range(4)]
    for user in users:
        RoleGrant.objects.create(user=user, role="officer", valid_from=dt.date(2024, 1, 1))
    return users


@pytest.fixture
def organisation(officers: list[User]) -> Organisation:
    with transaction.atomic():
        row = Organisation(
            ref=next_ref("ORG", 2026), name="Umoja", kind="community_organisation", legal_status="none", created_at=AT
        )
        return begin(row, by=officers[0], at=AT)


@pytest.mark.parametrize("version", [0, None])
def test_of_four_officers_at_once_one_takes_the_step(
    organisation: Organisation, officers: list[User], version: int | None
) -> None:
    outcomes = race(pause, [(organisation.pk, user.pk, version) for user in officers])
    refusal = "StaleObject" if version is not None else "NoSuchStep"
    assert sorted(name for name, _value in outcomes) == sorted(["ok", refusal, refusal, refusal])
    assert JournalEntry.objects.filter(kind="fundmgmt.organisation.pause").count() == 1


def test_one_thread_written_by_four_processes_stays_one_chain(organisation: Organisation, officers: list[User]) -> None:
    outcomes = race(describe, [(organisation.pk, user.pk, 5) for user in officers])
    assert outcomes == [("ok", 5)] * 4
    assert JournalEntry.objects.filter(thread=organisation.thread).count() == 21
    assert journal.verify().problems == []


def test_references_are_given_once_and_without_gaps() -> None:
    outcomes = race(take_refs, [(10,), (10,), (10,)])
    refs = sorted(ref for _name, taken in outcomes for ref in taken)
    assert refs == [f"APP-2026-{n:04d}" for n in range(1, 31)]
