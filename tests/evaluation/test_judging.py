"""The officer's answer to a report: sent back with a reason, accepted, reopened; and what follows from each."""

from typing import TYPE_CHECKING

import pytest

from evaluation.actions import judging, reporting
from evaluation.models import Report
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, NoSuchStep, RoleGrant, StaleObject, StepRefused
from tests.evaluation.conftest import LATER
from tests.telling import last_of, refused, told

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


@pytest.fixture
def report(world: "World") -> Report:
    """The first report, whole and handed in: half of each budget line is spent."""
    row = world.write(world.reports[0])
    return reporting.submit_report(row, by=world.owner, at=LATER)


def spent(world: "World") -> int:
    return sum(world.grant.reported_spend.values_list("spent_minor", flat=True))


def waiting(report: Report) -> set[object]:
    """When the conditions that wait for this report were met."""
    return set(
        report.grant.conditions.filter(kind="report_accepted", code=str(report.no)).values_list("met_at", flat=True)
    )


def test_a_report_sent_back_is_the_grantees_again(world: "World", report: Report) -> None:
    with refused(StepRefused, "what should change", report) as caught:
        judging.send_back_report(report, by=world.officer, at=LATER, reason="  ")
    assert caught.value.field == "reason"
    with refused(Refused, "not among your roles", report):
        judging.send_back_report(report, by=world.owner, at=LATER, reason="How many girls?")
    with refused(StaleObject, "in the meantime", report):
        judging.send_back_report(report, by=world.officer, at=LATER, reason="How many?", expected_version=0)
    judging.send_back_report(report, by=world.officer, at=LATER, reason="How many girls?")
    assert told(report) == ("send_back", "submitted", "sent_back", world.officer)
    assert (last_of(report).facts["no"], last_of(report).remark.text) == (1, "How many girls?")
    assert (spent(world), waiting(report)) == (0, {None})
    with refused(NoSuchStep, "not possible", report):
        judging.accept_report(report, by=world.officer, at=LATER)
    world.write(report, numerator=50)
    reporting.submit_report(report, by=world.owner, at=LATER)
    judging.accept_report(report, by=world.officer, at=LATER)
    assert report.state == "accepted"


def test_an_accepted_report_counts_once_and_meets_what_waits_for_it(world: "World", report: Report) -> None:
    half = sum(line.total_minor * 5 // 10 for line in world.grant.application.budget_lines.all())
    assert (spent(world), waiting(report)) == (0, {None})
    with refused(Refused, "not among your roles", report):
        judging.accept_report(report, by=world.evaluator, at=LATER)
    judging.accept_report(report, by=world.officer, at=LATER)
    assert told(report) == ("accept", "submitted", "accepted", world.officer)
    assert (last_of(report).facts["spent_minor"], last_of(report).facts["currency"]) == (half, "USD")
    assert (spent(world), waiting(report), report.accepted_at) == (half, {LATER}, LATER)
    values = JournalEntry.objects.filter(kind="evaluation.indicatorvalue.accept")
    assert [(one.facts["indicator"], one.facts["numerator"], one.facts["denominator"]) for one in values] == [
        ("OC-04", 48, 60)
    ]
    with refused(NoSuchStep, "not possible", report):
        judging.accept_report(report, by=world.officer, at=LATER)
    assert spent(world) == half


def test_a_reopened_report_counts_no_more_and_opens_its_conditions(world: "World", report: Report) -> None:
    with refused(NoSuchStep, "not possible", report):
        judging.reopen_report(report, by=world.officer, at=LATER, reason="Two receipts are the same.")
    judging.accept_report(report, by=world.officer, at=LATER)
    with refused(StepRefused, "what was wrong", report) as caught:
        judging.reopen_report(report, by=world.officer, at=LATER, reason="")
    assert caught.value.field == "reason"
    with refused(Refused, "not among your roles", report):
        judging.reopen_report(report, by=world.owner, at=LATER, reason="Two receipts are the same.")
    assert waiting(report) == {LATER}
    judging.reopen_report(report, by=world.officer, at=LATER, reason="Two receipts are the same.")
    assert told(report) == ("reopen", "accepted", "sent_back", world.officer)
    assert (spent(world), waiting(report)) == (0, {None})
    unmet = JournalEntry.objects.filter(kind="disbursements.condition.unmeet")
    assert {entry.remark.text for entry in unmet} == {"Two receipts are the same."}


def test_an_officer_of_the_grantee_answers_no_report_of_it(world: "World", report: Report) -> None:
    RoleGrant.objects.create(user=world.owner, role="officer", valid_from=LATER.date().replace(year=2024))
    world.owner.forget_roles()
    for step, more in (
        (judging.accept_report, {}),
        (judging.send_back_report, {"reason": "Mine."}),
    ):
        with refused(Refused, "belong to the organisation", report):
            step(report, by=world.owner, at=LATER, **more)


def test_reopening_one_report_leaves_what_the_others_met(world: "World") -> None:
    world.accept_all()
    first, second = world.reports[:2]
    assert (waiting(first), waiting(second)) == ({LATER}, {LATER})
    judging.reopen_report(first, by=world.officer, at=LATER, reason="A page is missing.")
    assert (waiting(first), waiting(second)) == ({None}, {LATER})
