"""A practice on its way to the public: whoever checks it may send it back, and what is missing is named."""

from typing import TYPE_CHECKING

import pytest

from evaluation.actions import publishing
from evaluation.models import CaseRecord
from fundmgmt.access import Refused
from fundmgmt.models import NoSuchStep, RoleGrant, StepRefused
from tests.evaluation.conftest import LATER
from tests.telling import last_of, refused, told

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


@pytest.fixture
def record(world: "World") -> CaseRecord:
    """Its evaluation is final and its text waits for the safeguarding check."""
    world.accept_all()
    world.evaluate()
    row = world.record
    publishing.write_practice(row, by=world.evaluator, at=LATER, draft=world.draft(), tags=["INT-SCH"])
    return publishing.send_to_safeguarding(row, by=world.evaluator, at=LATER)


def test_the_safeguarding_lead_sends_a_text_back(world: "World", record: CaseRecord) -> None:
    lead = world.people.lead
    with refused(StepRefused, "what should change", record) as caught:
        publishing.send_back_practice(record, by=lead, at=LATER, reason=" ")
    assert caught.value.field == "reason"
    with refused(Refused, "not among your roles", record):
        publishing.send_back_practice(record, by=world.owner, at=LATER, reason="Name no quarter.")
    publishing.send_back_practice(record, by=lead, at=LATER, reason="Name no quarter.")
    assert told(record) == ("send_back", "safeguarding_check", "drafting", lead)
    assert last_of(record).remark.text == "Name no quarter."
    with refused(NoSuchStep, "not possible", record):
        publishing.pass_safeguarding(record, by=lead, at=LATER)
    with refused(NoSuchStep, "not possible", record):
        publishing.send_back_practice(record, by=lead, at=LATER, reason="Again.")
    second = publishing.write_practice(
        record, by=world.evaluator, at=LATER, draft=world.draft(context="A town"), tags=[]
    )
    assert (second.number, record.ref) == (2, "PR-001"), "the number is given once"
    publishing.send_to_safeguarding(record, by=world.evaluator, at=LATER)
    assert record.state == "safeguarding_check"


def test_a_validator_sends_it_back_to_be_checked_anew(world: "World", record: CaseRecord) -> None:
    publishing.pass_safeguarding(record, by=world.people.lead, at=LATER)
    publishing.send_back_practice(record, by=world.second, at=LATER, reason="The costs are unclear.")
    assert told(record) == ("send_back", "validation", "drafting", world.second)
    with refused(NoSuchStep, "not possible", record):
        publishing.publish_practice(record, by=world.second, at=LATER)
    publishing.send_to_safeguarding(record, by=world.evaluator, at=LATER)
    publishing.pass_safeguarding(record, by=world.people.lead, at=LATER)
    publishing.publish_practice(record, by=world.second, at=LATER)
    assert (record.state, record.published_version) == ("published", 1)


def test_nobody_checks_or_validates_their_own_text(world: "World", record: CaseRecord) -> None:
    """Not with every role in one hand."""
    for role in ("safeguarding", "officer"):
        RoleGrant.objects.create(user=world.evaluator, role=role, valid_from=LATER.date().replace(year=2024))
    world.evaluator.forget_roles()
    with refused(Refused, "You wrote this text", record):
        publishing.pass_safeguarding(record, by=world.evaluator, at=LATER)
    publishing.pass_safeguarding(record, by=world.people.lead, at=LATER)
    with refused(Refused, "You wrote this text", record):
        publishing.publish_practice(record, by=world.evaluator, at=LATER)


@pytest.mark.parametrize(
    ("lacks", "words"),
    [
        ({"title_sw": ""}, "Title in three languages"),
        ({"steps": []}, "Context, problem and steps"),
        ({"problem": ""}, "Context, problem and steps"),
        ({"consent_organisation": False}, "organisation agrees in writing"),
    ],
)
def test_a_text_is_whole_before_anybody_checks_it(world: "World", lacks: dict, words: str) -> None:
    world.evaluate()
    record = world.record
    with refused(StepRefused, "The practice is written", record):
        publishing.send_to_safeguarding(record, by=world.evaluator, at=LATER)
    publishing.write_practice(record, by=world.evaluator, at=LATER, draft=world.draft(**lacks), tags=[])
    with refused(StepRefused, words, record):
        publishing.send_to_safeguarding(record, by=world.evaluator, at=LATER)
    publishing.write_practice(record, by=world.evaluator, at=LATER, draft=world.draft(), tags=[])
    publishing.send_to_safeguarding(record, by=world.evaluator, at=LATER)
    assert told(record) == ("send_to_safeguarding", "drafting", "safeguarding_check", world.evaluator)


def test_a_tag_nobody_knows_leaves_no_version_behind(world: "World") -> None:
    world.evaluate()
    record = world.record
    with refused(StepRefused, "no tag INT-NIL", record) as caught:
        publishing.write_practice(record, by=world.evaluator, at=LATER, draft=world.draft(), tags=["INT-NIL"])
    assert caught.value.field == "tags"
    assert not record.texts.exists()


def test_a_practice_is_retired_with_a_reason(world: "World", record: CaseRecord) -> None:
    publishing.pass_safeguarding(record, by=world.people.lead, at=LATER)
    publishing.publish_practice(record, by=world.second, at=LATER)
    with refused(StepRefused, "why it is retired", record) as caught:
        publishing.retire_practice(record, by=world.second, at=LATER, reason="")
    assert caught.value.field == "reason"
    with refused(Refused, "not among your roles", record):
        publishing.retire_practice(record, by=world.owner, at=LATER, reason="Wrong.")
    publishing.retire_practice(record, by=world.second, at=LATER, reason="Wrong figures.")
    assert told(record) == ("retire", "published", "retired", world.second)
