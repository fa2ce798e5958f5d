"""Conditions: attested by those who may, once; what is taken back blocks, what is met frees."""

import pytest

from disbursements.actions import conditions, tranches
from disbursements.models import Condition, Grant
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, StepRefused
from tests.factories import applications
from tests.factories import grants as make
from tests.telling import last_of, refused, told

pytestmark = pytest.mark.usefixtures("standing_grant")

AT = make.ASKED


@pytest.fixture
def training(grant: Grant) -> Condition:
    """Met when the grant was made ready."""
    return grant.conditions.get(kind="safeguarding_training_done")


def test_an_attestation_taken_back_blocks_what_waited_for_money(
    people: make.Cast, grant: Grant, training: Condition
) -> None:
    row = make.checked(people, make.tranche(grant))
    assert row.state == "checked"
    for person, why in ((people.owner, "not among your roles"), (people.payer, "not among your roles")):
        with refused(Refused, why, training, row):
            conditions.unmeet(training, by=person, at=AT, reason="The list was signed later.")
    conditions.unmeet(training, by=people.checker, at=AT, reason="The list was signed later.")
    assert (training.met_at, training.met_by, training.proof) == (None, None, None)
    assert (told(training)[0], last_of(training).remark.text) == ("unmeet", "The list was signed later.")
    row.refresh_from_db()
    assert (row.state, told(row)[0], last_of(row).facts["unmet"]) == (
        "blocked",
        "block",
        ["safeguarding_training_done"],
    )
    with refused(tranches.ConditionsOpen, "still open", row):
        tranches.approve_tranche(row, by=people.approver, at=AT)
    conditions.meet(training, by=people.signer, at=AT, reason="Held again on Monday.")
    assert (training.met_at, training.met_by) == (AT, people.signer)
    row.refresh_from_db()
    assert told(row) == ("unblock", "blocked", "checked", None)


def test_an_approval_given_before_is_no_way_round_a_condition(
    people: make.Cast, grant: Grant, training: Condition
) -> None:
    row = make.approved(people, make.tranche(grant))
    conditions.unmeet(training, by=people.checker, at=AT, reason="The list was signed later.")
    with refused(tranches.ConditionsOpen, "still open", row):
        tranches.issue_order(row, by=people.payer, at=AT)
    with refused(tranches.ConditionsOpen, "still open", row):
        tranches.pay_tranche(row, by=people.payer, at=AT, bank_reference="OUT-1", bank_date=AT.date())


def test_what_stands_already_is_told_once(people: make.Cast, grant: Grant, training: Condition) -> None:
    entries = JournalEntry.objects.count()
    conditions.meet(training, by=people.signer, at=AT)
    assert training.met_by == people.checker, "the first attestation stays"
    report = conditions.find_conditions(grant, "report_1_accepted")[0]
    conditions.unmeet(report, by=people.checker, at=AT, reason="Never met.")
    assert JournalEntry.objects.count() == entries


def test_nobody_ticks_what_the_system_works_out(people: make.Cast, grant: Grant) -> None:
    computed = grant.conditions.filter(computed=True)
    assert computed.exists()
    for row in computed:
        with refused(StepRefused, "works this condition out by itself", row):
            conditions.meet(row, by=people.checker, at=AT)


def test_an_officer_of_the_grantee_attests_nothing(people: make.Cast, grant: Grant, training: Condition) -> None:
    tied = applications.person("tied@example.org", "officer")
    people.organisation.memberships.create(user=tied, role="viewer", valid_from=make.RECEIVED.date())
    with refused(Refused, "belong to the organisation", training):
        conditions.unmeet(training, by=tied, at=AT, reason="Mine.")


def test_a_report_frees_every_tranche_that_waits_for_it(people: make.Cast, grant: Grant) -> None:
    waiting = conditions.find_conditions(grant, "report_1_accepted")
    assert waiting.count() >= 1
    assert conditions.meet_named(grant, "report_1_accepted", by=people.checker, at=AT) == waiting.count()
    assert set(waiting.values_list("met_by", flat=True)) == {people.checker.pk}
    assert conditions.meet_named(grant, "report_9_accepted", by=people.checker, at=AT) == 0
