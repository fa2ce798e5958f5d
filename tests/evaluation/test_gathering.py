"""A case record follows its project: closed with it, open again with it, and left alone once it is public."""

from typing import TYPE_CHECKING

import pytest

from applications.actions import intake, screening
from applications.models import Application
from evaluation.actions import publishing
from evaluation.models import CaseRecord
from evaluation.queries.casebook import told_by_the_journal, told_by_the_record
from fundmgmt import journal
from fundmgmt.access import Refused
from fundmgmt.workflow import perform
from tests.evaluation.conftest import LATER
from tests.factories import applications as make
from tests.telling import last_of, refused, told

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


@pytest.fixture
def application(world: "World") -> Application:
    """Another project of the same organisation, handed in."""
    return make.submitted(make.open_call(world.people.officer), world.people.organisation, world.owner)


def record_of(application: Application) -> CaseRecord:
    journal.sweep()
    return CaseRecord.objects.get(thread=application.thread)


def test_a_record_ends_with_its_project_and_comes_back_with_it(world: "World", application: Application) -> None:
    record = record_of(application)
    assert record.state == "gathering"
    with refused(Refused, "by itself", record):
        perform(record, "close_with_thread", by=world.evaluator, at=LATER)
    intake.withdraw_application(application, by=world.owner, at=LATER, reason="Other plans")
    record = record_of(application)
    assert told(record) == ("close_with_thread", "gathering", "retired", None)
    assert last_of(record).facts == {"because": "withdrawn"}
    with refused(Refused, "by itself", record):
        perform(record, "take_up_again", by=world.evaluator, at=LATER)
    screening.correct_application(
        application, "correct_to_submitted", reason="They called.", by=world.officer, at=LATER
    )
    record = record_of(application)
    assert told(record) == ("take_up_again", "retired", "gathering", None)
    assert last_of(record).facts == {"because": "submitted"}
    kinds = [kind.rpartition(".")[2] for kind in record.moments.values_list("kind", flat=True)]
    assert kinds == ["submit", "withdraw", "correct_to_submitted"]
    assert told_by_the_journal(record.thread) == told_by_the_record(record)


def test_a_proposal_found_not_eligible_takes_its_record_up_again_after_the_appeal(
    world: "World", application: Application
) -> None:
    make.answer_all(make.in_check(application, world.people.officer), world.people.officer, EL_06="Patrols.")
    screening.find_ineligible(application, reason="A harmful method.", by=world.people.officer, at=LATER)
    assert told(record_of(application)) == ("close_with_thread", "gathering", "retired", None)
    screening.correct_application(
        application, "correct_to_check", reason="The appeal was heard.", by=world.officer, at=LATER
    )
    record = record_of(application)
    assert told(record) == ("take_up_again", "retired", "gathering", None)
    assert last_of(record).facts == {"because": "eligibility_check"}


def test_a_record_being_written_closes_too_and_gathers_anew(world: "World", application: Application) -> None:
    publishing.start_drafting(record_of(application), by=world.evaluator, at=LATER)
    intake.withdraw_application(application, by=world.owner, at=LATER, reason="Other plans")
    assert told(record_of(application)) == ("close_with_thread", "drafting", "retired", None)
    screening.correct_application(
        application, "correct_to_submitted", reason="They called.", by=world.officer, at=LATER
    )
    assert record_of(application).state == "gathering"


def test_a_practice_retired_on_purpose_stays_retired(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.publish()
    publishing.retire_practice(record, by=world.second, at=LATER, reason="Replaced by a newer one.")
    before = told(record)
    perform(world.grant.application, "mark_agreed", by=None, at=LATER, agreed_at=LATER)
    assert told(record_of(world.grant.application)) == before
