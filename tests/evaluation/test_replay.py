"""A case record is what the journal tells: it can be rebuilt from it, and a change beside the journal is put back."""

from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from evaluation.actions.replaying import replay_records
from evaluation.models import CaseRecord, Figure, Moment
from evaluation.queries.casebook import told_by_the_journal, told_by_the_record
from fundmgmt import journal, triggers

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


def test_the_record_opens_at_submission_and_gathers_every_case_worthy_step(world: "World") -> None:
    record = world.record
    kinds = list(record.moments.values_list("kind", flat=True))
    assert kinds[0] == "applications.application.submit"
    assert {"applications.application.approve", "disbursements.grant.activate"} <= set(kinds)
    amount = Figure.objects.get(
        moment__case_record=record, moment__kind="disbursements.grant.begin", key="amount_minor"
    )
    assert amount.number == world.grant.amount_minor
    assert amount.moment.entry.facts["amount_minor"] == world.grant.amount_minor


def test_the_rebuilt_record_equals_the_live_one(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.publish()
    assert record.state == "published"
    assert told_by_the_journal(record.thread) == told_by_the_record(record)
    found = replay_records(repair=False)
    assert (found.equal, found.whole) == (1, True)
    call_command("replay_journal", "--check")


def test_a_tampered_record_is_found_and_put_back(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.publish()
    texts = record.texts.count()
    before = told_by_the_record(record)
    Figure.objects.filter(key="numerator").update(number=7)
    Moment.objects.filter(kind="disbursements.grant.activate").update(to_state="closed")
    gone = Moment.objects.filter(kind="evaluation.report.accept").first()
    gone.figures.all().delete()
    gone.delete()
    assert not replay_records(repair=False).whole
    with pytest.raises(CommandError):
        call_command("replay_journal", "--check")
    call_command("replay_journal")
    again = CaseRecord.objects.get(thread=record.thread)
    assert told_by_the_record(again) == before
    assert again.texts.count() == texts
    assert replay_records(repair=False).whole


def test_a_state_changed_behind_the_gate_is_put_back(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.publish()
    before = told_by_the_record(record)
    triggers.remove()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE evaluation_caserecord SET state = 'gathering', ref = NULL WHERE id = %s", [record.pk])
    triggers.lay()
    assert replay_records(repair=True).different == [record.thread]
    assert told_by_the_record(CaseRecord.objects.get(pk=record.pk)) == before


def test_twice_delivered_is_once_gathered(world: "World") -> None:
    from evaluation.actions.gathering import gather_moment
    from fundmgmt.models import JournalEntry

    count = Moment.objects.count()
    for entry in JournalEntry.objects.filter(thread=world.grant.thread):
        gather_moment(entry)
    assert Moment.objects.count() == count
    assert journal.verify().problems == []
