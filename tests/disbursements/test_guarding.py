"""Waivers, doubts, findings, renewed diligence: by whom, of what, and what follows."""

import datetime as dt

import pytest

from disbursements.actions import banking, conditions, guarding, holds, tranches
from disbursements.models import Doubt, Grant, Tranche
from disbursements.queries.release import checks_of, unmet
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, StepRefused
from tests.factories import applications as person
from tests.factories import grants as make

pytestmark = pytest.mark.usefixtures("standing_grant")

AT = make.ASKED
LATER = AT + 90 * make.DAY


def blocked(people: make.Cast, grant: Grant) -> Tranche:
    """The second tranche, in whose way only the spending stands."""
    make.confirmed(people, make.tranche(grant))
    make.report(people, grant, 1, 685_000)
    conditions.meet_named(grant, "milestones_verified", by=people.checker, at=LATER)
    return make.checked(people, make.tranche(grant, 2), LATER)


def codes(row: Tranche, at: dt.datetime) -> list[str]:
    return [check.code for check in unmet(checks_of(make.tranche(row.grant, row.no), at))]


# Waivers ------------------------------------------------------------------------------------------


def test_two_people_set_one_condition_aside_for_one_tranche(people: make.Cast, grant: Grant) -> None:
    row = blocked(people, grant)
    assert (row.state, codes(row, LATER)) == ("blocked", ["previous_spent"])
    waiver = guarding.propose_waiver(row, by=people.checker, at=LATER, ident="previous_spent", reason="Fees are due.")
    assert make.tranche(grant, 2).state == "blocked"
    for user, why in ((people.checker, "roles"), (people.officer, "roles"), (people.owner, "roles")):
        with pytest.raises(Refused, match=why):
            guarding.confirm_waiver(waiver, by=user, at=LATER)
    guarding.confirm_waiver(waiver, by=people.second, at=LATER)
    assert make.tranche(grant, 2).state == "checked"
    check = next(check for check in checks_of(make.tranche(grant, 2), LATER) if check.code == "previous_spent")
    assert (check.met, check.waived) == (True, True)
    assert check.reason.endswith("; two people waived it on 29 September 2026")
    assert [entry.kind.rpartition(".")[2] for entry in JournalEntry.objects.filter(kind__contains=".waiver.")] == [
        "begin",
        "confirm",
    ]
    assert "previous_spent" in codes(make.tranche(grant, 3), LATER), "no other tranche is freed"


def test_nobody_confirms_under_another_account(people: make.Cast, grant: Grant) -> None:
    row = blocked(people, grant)
    both = person.person("both@example.org", "officer", phone="+243 970 333 444")
    twin = person.person("both2@example.org", "treasurer", phone="0970 333 444")
    waiver = guarding.propose_waiver(row, by=both, at=LATER, ident="previous_spent", reason="Fees are due.")
    with pytest.raises(Refused, match="second person"):
        guarding.confirm_waiver(waiver, by=twin, at=LATER)


def test_a_refused_waiver_leaves_the_condition_and_may_be_proposed_anew(people: make.Cast, grant: Grant) -> None:
    row = blocked(people, grant)
    waiver = guarding.propose_waiver(row, by=people.checker, at=LATER, ident="previous_spent", reason="Fees are due.")
    with pytest.raises(StepRefused, match="already"):
        guarding.propose_waiver(row, by=people.officer, at=LATER, ident="previous_spent", reason="Again.")
    guarding.refuse_waiver(waiver, by=people.approver, at=LATER, reason="The receipts are missing.")
    assert make.tranche(grant, 2).state == "blocked"
    guarding.propose_waiver(row, by=people.officer, at=LATER, ident="previous_spent", reason="Receipts came.")
    assert [one.state for one in row.waivers.all()] == ["refused", "proposed"]


@pytest.mark.parametrize("code", ["agreement", "bank", "hold", "fund", "people", "double", "attested", "nonsense"])
def test_what_nobody_may_set_aside(people: make.Cast, grant: Grant, code: str) -> None:
    row = blocked(people, grant)
    with pytest.raises(StepRefused, match="never waived"):
        guarding.propose_waiver(row, by=people.checker, at=LATER, ident=code, reason="Please.")


def test_only_what_stands_in_the_way_is_waived_with_a_reason(people: make.Cast, grant: Grant) -> None:
    row = blocked(people, grant)
    with pytest.raises(StepRefused, match="does not stand in the way"):
        guarding.propose_waiver(row, by=people.checker, at=LATER, ident="diligence", reason="Please.")
    with pytest.raises(StepRefused, match="Write why"):
        guarding.propose_waiver(row, by=people.checker, at=LATER, ident="previous_spent", reason="  ")
    with pytest.raises(Refused):
        guarding.propose_waiver(row, by=people.owner, at=LATER, ident="previous_spent", reason="Please.")
    sent = make.tranche(grant)
    with pytest.raises(StepRefused, match="has left"):
        guarding.propose_waiver(sent, by=people.checker, at=LATER, ident="diligence", reason="Please.")


def test_a_waiver_ends_with_its_tranche(people: make.Cast, grant: Grant) -> None:
    row = blocked(people, grant)
    waiver = guarding.propose_waiver(row, by=people.checker, at=LATER, ident="previous_spent", reason="Fees are due.")
    guarding.confirm_waiver(waiver, by=people.lead, at=LATER)
    row = make.tranche(grant, 2)
    for user in (people.second, people.approver):
        tranches.approve_tranche(row, by=user, at=LATER)
    tranches.pay_tranche(row, by=people.payer, at=LATER, bank_reference="OUT-2", bank_date=LATER.date())
    tranches.reverse_tranche(
        row, by=people.approver, at=LATER + make.DAY, bank_date=LATER.date(), reason="Account closed."
    )
    again = grant.tranches.get(replaces=row)
    assert "previous_spent" in codes(again, LATER + make.DAY)


# Doubts -------------------------------------------------------------------------------------------


def twice(people: make.Cast, grant: Grant, days: int) -> Tranche:
    """The second tranche, of the same amount, so many days after the first was sent."""
    make.confirmed(people, make.tranche(grant))
    at = AT + days * make.DAY
    make.report(people, grant, 1, 1_000_000, at)
    conditions.meet_named(grant, "milestones_verified", by=people.checker, at=at)
    return make.checked(people, make.tranche(grant, 2), at)


@pytest.mark.parametrize(("days", "state"), [(44, "blocked"), (45, "checked")])
def test_the_same_amount_within_the_days_is_looked_at(people: make.Cast, grant: Grant, days: int, state: str) -> None:
    row = twice(people, grant, days)
    assert row.state == state
    assert codes(row, AT + days * make.DAY) == (["double"] if state == "blocked" else [])


def test_a_doubt_is_cleared_by_another_person_with_a_reason(people: make.Cast, grant: Grant) -> None:
    row = twice(people, grant, 10)
    at = AT + 10 * make.DAY
    doubt = Doubt.objects.get(tranche=row)
    assert (doubt.kind, doubt.other) == ("same_amount", f"{grant.ref}/1")
    for user in (people.checker, people.owner):
        with pytest.raises(Refused):
            guarding.clear_doubt(doubt, by=user, at=at, reason="Two parts.")
    with pytest.raises(StepRefused, match="Write why"):
        guarding.clear_doubt(doubt, by=people.signer, at=at, reason="")
    guarding.clear_doubt(doubt, by=people.signer, at=at, reason="The schedule has two equal parts.")
    assert make.tranche(grant, 2).state == "checked"
    assert not Doubt.objects.filter(state="open").exists()


def test_an_account_shared_by_two_organisations_stops_the_payment(people: make.Cast, grant: Grant) -> None:
    other = person.organisation(person.person("other@example.org"), name="Another one")
    owner = person.person("other2@example.org")
    other.memberships.create(user=owner, role="owner", valid_from=dt.date(2026, 2, 2))
    banking.enter_bank_detail(
        other, by=owner, at=make.SIGNED, holder="Other", bank_name="Rawbank", account_number="00123 4417"
    )
    row = make.checked(people, make.tranche(grant))
    assert (row.state, codes(row, AT)) == ("blocked", ["double"])
    check = next(check for check in checks_of(row, AT) if check.code == "double")
    assert other.ref not in check.reason, "the grantee does not read who the other is"
    assert Doubt.objects.get().other == other.ref


# Findings and diligence ---------------------------------------------------------------------------


def test_a_finding_of_high_priority_waits_for_its_answer(people: make.Cast, grant: Grant) -> None:
    row = make.checked(people, make.tranche(grant))
    finding = guarding.note_finding(grant, by=people.officer, at=AT, source="evaluation.visit:7", found_date=AT.date())
    again = guarding.note_finding(grant, by=people.officer, at=AT, source="evaluation.visit:7", found_date=AT.date())
    assert finding == again
    row = make.tranche(grant)
    assert (row.state, codes(row, AT)) == ("blocked", ["finding"])
    with pytest.raises(Refused):
        guarding.answer_finding(finding, by=people.owner, at=AT, answer="Mended.")
    guarding.answer_finding(finding, by=people.signer, at=AT, answer="Receipts are numbered now.")
    assert make.tranche(grant).state == "checked"
    with pytest.raises(StepRefused, match="already"):
        guarding.answer_finding(finding, by=people.signer, at=AT, answer="Again.")


def test_diligence_that_ended_is_renewed(people: make.Cast, grant: Grant) -> None:
    late = dt.datetime(2028, 3, 1, 9, tzinfo=dt.UTC)
    row = make.tranche(grant)
    assert "diligence" in codes(row, late)
    with pytest.raises(Refused):
        guarding.renew_diligence(grant, by=people.owner, at=late, until=late.date() + make.DAY, reason="Checked.")
    with pytest.raises(StepRefused, match="passed"):
        guarding.renew_diligence(grant, by=people.officer, at=late, until=late.date(), reason="Checked.")
    guarding.renew_diligence(
        grant,
        by=people.officer,
        at=late,
        until=dt.date(2030, 3, 1),
        psea_until=dt.date(2028, 3, 1),
        reason="Twelve items rated anew.",
    )
    assert "diligence" not in codes(row, late)
    assert "psea" not in codes(row, late)
    assert "psea" in codes(row, late + make.DAY)


def test_every_condition_in_the_way_says_what_to_do_next(people: make.Cast, grant: Grant) -> None:
    blocked(people, grant)
    holds.suspend_grant(grant, by=people.lead, at=LATER, kind="security", reason="Roads are closed.")
    guarding.note_finding(grant, by=people.officer, at=LATER, source="evaluation.visit:7", found_date=LATER.date())
    missing = unmet(checks_of(make.tranche(grant, 2), dt.datetime(2028, 3, 1, tzinfo=dt.UTC)))
    assert [check.code for check in missing] == ["agreement", "diligence", "previous_spent", "hold", "finding"]
    assert all(check.reason and check.todo for check in missing)
    assert [check.rule for check in missing] == ["", "dd_valid_months", "spend_previous_share_bp", "", ""]
