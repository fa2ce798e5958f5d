"""The gate: what django-fsm leaves open is closed."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from fundmgmt import journal
from fundmgmt.access import Refused
from fundmgmt.actions.erasing import erase_words
from fundmgmt.models import (
    JournalEntry,
    NoSuchStep,
    Organisation,
    OutsideTheGate,
    Remark,
    RoleGrant,
    StaleObject,
    StepRefused,
    User,
    WrittenOnce,
)
from fundmgmt.models.refs import next_ref
from fundmgmt.workflow import begin, perform, steps_for

AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    user = User.objects.create_user("officer@example.org", name="An officer")
    RoleGrant.objects.create(user=user, role="officer", valid_from=dt.date(2024, 1, 1))
    return user


@pytest.fixture
def organisation(officer: User) -> Organisation:
    with transaction.atomic():
        row = Organisation(
            ref=next_ref("ORG", 2026), name="Umoja", kind="community_organisation", legal_status="none", created_at=AT
        )
        return begin(row, by=officer, at=AT)


def test_a_step_changes_state_version_and_journal(organisation: Organisation, officer: User) -> None:
    same = perform(organisation, "pause", by=officer, at=AT, reason="Dormant since spring.")
    assert same is organisation
    assert (organisation.state, organisation.version) == ("paused", 1)
    entry = JournalEntry.objects.latest("id")
    assert (entry.kind, entry.from_state, entry.to_state) == ("fundmgmt.organisation.pause", "active", "paused")
    assert entry.remark.text == "Dormant since spring."
    assert entry.capacity == "officer"
    assert journal.verify().problems == []


def test_refusals_change_nothing(organisation: Organisation, officer: User) -> None:
    stranger = User.objects.create_user("stranger@example.org", name="Stranger", is_superuser=True)
    entries = JournalEntry.objects.count()
    with pytest.raises(Refused):
        perform(organisation, "pause", by=stranger, at=AT)
    with pytest.raises(NoSuchStep):
        perform(organisation, "resume", by=officer, at=AT)
    with pytest.raises(StaleObject):
        perform(organisation, "pause", by=officer, at=AT, expected_version=7)
    organisation.refresh_from_db()
    assert (organisation.state, organisation.version) == ("active", 0)
    assert JournalEntry.objects.count() == entries


def test_every_way_round_the_gate_is_closed(organisation: Organisation) -> None:
    with pytest.raises(AttributeError):
        organisation.state = "paused"
    with pytest.raises(OutsideTheGate):
        organisation.pause()
    with pytest.raises(OutsideTheGate):
        Organisation.objects.create(ref="X", name="x", kind="x", legal_status="x", created_at=AT, state="paused")
    with pytest.raises(OutsideTheGate):
        Organisation.objects.bulk_create([Organisation(ref="X", name="x", created_at=AT, state="paused")])
    with pytest.raises(OutsideTheGate):
        Organisation.objects.update(state="paused")
    with pytest.raises(OutsideTheGate):
        Organisation.objects.bulk_update([organisation], ["state"])
    with pytest.raises(OutsideTheGate):
        Organisation.objects.all().delete()
    with pytest.raises(OutsideTheGate):
        organisation.delete()
    organisation.__dict__["state"] = "paused"
    with pytest.raises(OutsideTheGate):
        organisation.save()


def test_the_database_refuses_a_pair_that_is_no_edge(organisation: Organisation) -> None:
    with pytest.raises(IntegrityError, match="no such step"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE fundmgmt_organisation SET state = 'closed' WHERE id = %s", [organisation.pk])


@pytest.mark.parametrize("sql", ["UPDATE {t} SET kind = 'x'", "DELETE FROM {t}"])
def test_the_database_keeps_the_journal(organisation: Organisation, sql: str) -> None:
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(t="fundmgmt_journalentry"))
    with pytest.raises(WrittenOnce):
        JournalEntry.objects.update(kind="x")


def test_insert_or_replace_cannot_rewrite_the_journal(organisation: Organisation) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE exists on SQLite only")
    columns = ", ".join(f.column for f in JournalEntry._meta.concrete_fields)
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT OR REPLACE INTO fundmgmt_journalentry ({columns}) SELECT {columns} FROM fundmgmt_journalentry"
        )


def test_refresh_never_switches_protection_off(organisation: Organisation, officer: User) -> None:
    other = Organisation.objects.get(pk=organisation.pk)
    perform(other, "pause", by=officer, at=AT)
    organisation.refresh_from_db()
    assert organisation.state == "paused"
    assert Organisation._meta.get_field("state").protected is True
    with pytest.raises(AttributeError):
        organisation.state = "active"


def test_a_stale_copy_cannot_overwrite_another_column(organisation: Organisation) -> None:
    other = Organisation.objects.get(pk=organisation.pk)
    other.phone = "+243 000"
    other.save()
    organisation.name = "Other"
    with pytest.raises(StaleObject), transaction.atomic():
        organisation.save()
    organisation.refresh_from_db()
    assert (organisation.name, organisation.phone) == ("Umoja", "+243 000")


def test_a_changed_row_is_found(organisation: Organisation, officer: User) -> None:
    perform(organisation, "pause", by=officer, at=AT, reason="Words")
    assert journal.seal_checkpoint(AT) is not None
    assert journal.verify().whole
    entry = JournalEntry.objects.latest("id")
    from fundmgmt import triggers

    triggers.remove()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE fundmgmt_journalentry SET facts = '{\"fields\": 9}' WHERE id = %s", [entry.pk])
    assert journal.verify().problems == [f"thread {entry.thread}: entry {entry.seq} was changed"]
    triggers.lay()


def test_erasing_words_keeps_the_chain(organisation: Organisation, officer: User) -> None:
    perform(organisation, "pause", by=officer, at=AT, reason="Words")
    entry = JournalEntry.objects.latest("id")
    administrator = User.objects.create_user("administrator@example.org", name="Administrator")
    RoleGrant.objects.create(user=administrator, role="administrator", valid_from=dt.date(2024, 1, 1))
    with pytest.raises(Refused):
        erase_words(entry, by=officer, at=AT, why="child")
    assert Remark.objects.get(pk=entry.remark_id).text == "Words"
    erase_words(entry, by=administrator, at=AT, why="child")
    assert Remark.objects.get(pk=entry.remark_id).text == ""
    told = JournalEntry.objects.latest("id")
    assert (told.kind, told.facts["line"], told.facts["why"]) == ("fundmgmt.remark.erase", entry.seq, "child")
    with pytest.raises(StepRefused, match="taken out already"):
        erase_words(entry, by=administrator, at=AT, why="child")
    with pytest.raises(StepRefused, match="Nobody wrote"):
        erase_words(told, by=administrator, at=AT, why="child")
    assert journal.verify().problems == []


def test_steps_tell_why_not(organisation: Organisation, officer: User) -> None:
    stranger = User.objects.create_user("stranger@example.org", name="Stranger")
    assert {s.name: bool(s.allowed) for s in steps_for(organisation, officer)} == {"describe": True, "pause": True}
    refused = [s for s in steps_for(organisation, stranger) if not s.allowed]
    assert [s.name for s in refused] == ["describe", "pause"]
    assert all(str(s.allowed.reason) for s in refused)
