"""The journal: delivered once, swept, sealed, verified."""

import datetime as dt

import pytest
from django.db import connection, transaction

from fundmgmt import journal, triggers
from fundmgmt.kinds import FactError, Kind, clean_facts, register_kinds
from fundmgmt.models import Checkpoint, JournalEntry, Organisation, Receipt, User
from fundmgmt.models.refs import next_ref
from fundmgmt.workflow import begin, perform

AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db
taken: list[tuple[str, int]] = []
failing: set[str] = set()

register_kinds([Kind("tests.thing.happen", "Happened", ("code", "many"))])


def take(entry: JournalEntry) -> None:
    if entry.kind in failing:
        raise RuntimeError("not today")
    taken.append((entry.kind, entry.pk))


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> str:
    name = "tests.taker"
    taker = journal.Consumer(name, ("fundmgmt.organisation.",), f"{__name__}.take")
    monkeypatch.setitem(journal._consumers, name, taker)
    taken.clear()
    failing.clear()
    return name


@pytest.fixture
def organisation() -> Organisation:
    with transaction.atomic():
        row = Organisation(
            ref=next_ref("ORG", 2026), name="Umoja", kind="community_organisation", legal_status="none", created_at=AT
        )
        return begin(row, by=None, at=AT)


def test_each_entry_is_taken_once(consumer: str, organisation: Organisation) -> None:
    entry = JournalEntry.objects.get()
    assert journal.sweep() == 1
    assert journal.deliver(entry.pk) == 0
    assert journal.sweep() == 0
    assert taken == [("fundmgmt.organisation.begin", entry.pk)]
    assert list(Receipt.objects.values_list("entry_id", "consumer")) == [(entry.pk, consumer)]


def test_a_failing_consumer_undoes_nothing_and_is_swept_later(consumer: str, organisation: Organisation) -> None:
    failing.add("fundmgmt.organisation.begin")
    assert journal.sweep() == 0
    assert JournalEntry.objects.count() == 1
    assert Receipt.objects.count() == 0
    failing.clear()
    assert journal.sweep() == 1


@pytest.mark.parametrize("value", ["A sentence with words; and more, that goes on", "é", {"a": 1}, 1.5, b"x"])
def test_free_text_and_floats_are_no_facts(value: object) -> None:
    with pytest.raises(FactError):
        clean_facts("tests.thing.happen", {"code": value})


def test_facts_are_held_to_their_kind() -> None:
    with pytest.raises(FactError):
        clean_facts("tests.thing.happen", {"name": "x"})
    assert clean_facts("tests.thing.happen", {"code": dt.date(2026, 1, 2), "many": [1, "A-1", None]}) == {
        "code": "2026-01-02",
        "many": [1, "A-1", None],
    }


def test_seals_chain_and_cover_only_what_moved(organisation: Organisation) -> None:
    first = journal.seal_checkpoint(AT)
    assert journal.seal_checkpoint(AT) is None
    with transaction.atomic():
        journal.record("tests.thing.happen", organisation, by=None, at=AT)
    second = journal.seal_checkpoint(AT)
    assert (first.prev_root, second.prev_root, second.heads) == ("", first.root, 1)
    verdict = journal.verify()
    assert (verdict.problems, verdict.checkpoints, verdict.root) == ([], 2, second.root)


def test_a_last_entry_taken_away_is_missed(organisation: Organisation) -> None:
    with transaction.atomic():
        journal.record("tests.thing.happen", organisation, by=None, at=AT)
    journal.seal_checkpoint(AT)
    triggers.remove()
    try:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM fundmgmt_journalentry WHERE seq = 2")
        thread = organisation.thread
        checkpoint = Checkpoint.objects.get()
        assert journal.verify().problems == [
            f"thread {thread}: its last entry is not the one its head remembers",
            f"checkpoint {checkpoint.pk} of 2026-03-01: the seal does not fit",
        ]
    finally:
        triggers.lay()


def test_one_thread_can_be_verified_alone(organisation: Organisation) -> None:
    assert journal.verify(organisation.thread).entries == 1


def test_outside_a_transaction_nothing_is_written(transactional_db: None) -> None:
    user = User.objects.create_user("a@example.org", name="A")
    with pytest.raises(RuntimeError):
        journal.record("tests.thing.happen", user, by=None, at=AT, thread=None)
    assert JournalEntry.objects.count() == 0


def test_delivery_runs_after_commit(transactional_db: None, consumer: str) -> None:
    with transaction.atomic():
        row = Organisation(ref="ORG-1", name="U", kind="community_organisation", legal_status="none", created_at=AT)
        begin(row, by=None, at=AT)
        assert taken == []
    assert [kind for kind, _pk in taken] == ["fundmgmt.organisation.begin"]


def test_a_step_rolled_back_leaves_no_entry(organisation: Organisation) -> None:
    before = JournalEntry.objects.count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        perform(organisation, "describe", by=_officer(), at=AT, name="Other")
        raise ZeroDivisionError
    organisation.refresh_from_db()
    assert (JournalEntry.objects.count(), organisation.name) == (before, "Umoja")


def _officer() -> User:
    user = User.objects.create_user("o@example.org", name="O")
    user.role_grants.create(role="officer", valid_from=dt.date(2024, 1, 1))
    return user
