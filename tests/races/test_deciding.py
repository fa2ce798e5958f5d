"""Two officers, or one person with two taps: one thing happens."""

from __future__ import annotations

import pytest

from applications.actions import appeals, intake, screening
from applications.models import Appeal, Application, Call
from fundmgmt import journal
from fundmgmt.models import JournalEntry, Organisation, User
from tests.factories import applications as make
from tests.factories.catalogues import put_catalogues
from tests.races.harness import race

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = {"StaleObject", "NoSuchStep", "Refused", "StepRefused", "AlreadySubmitted"}


def submit(application_id: int, user_id: int) -> str:
    row = Application.objects.get(pk=application_id)
    return intake.submit_application(row, declared=True, by=User.objects.get(pk=user_id), at=make.SUBMITTED).state


def decide(application_id: int, user_id: int, what: str) -> str:
    row, officer = Application.objects.get(pk=application_id), User.objects.get(pk=user_id)
    if what == "accept":
        return screening.accept_for_review(row, by=officer, at=make.SCREENED).state
    sections = {"problem": "Say more about the place."}
    return screening.return_application(row, sections=sections, by=officer, at=make.SCREENED).state


def start(call_id: int, organisation_id: int, user_id: int) -> str:
    call, organisation = Call.objects.get(pk=call_id), Organisation.objects.get(pk=organisation_id)
    return intake.start_application(call, organisation, by=User.objects.get(pk=user_id), at=make.WRITTEN).ref


def judge(appeal_id: int, user_id: int) -> str:
    row, person = Appeal.objects.get(pk=appeal_id), User.objects.get(pk=user_id)
    return appeals.give_opinion(row, value="allow", reason="I agree.", by=person, at=make.SCREENED).state


@pytest.fixture
def officers() -> list[User]:
    put_catalogues()
    return [make.person(f"officer{n}@example.org", "officer") for n in (1, 2)]


@pytest.fixture
def owner() -> User:
    return make.person("owner@example.org")


def test_a_form_sent_twice_is_one_submission(officers: list[User], owner: User) -> None:
    call, organisation = make.open_call(officers[0]), make.organisation(owner)
    row = make.fill(make.draft(call, organisation, owner), owner)
    outcomes = race(submit, [(row.pk, owner.pk)] * 4)
    assert [name for name, _value in outcomes].count("ok") == 1, outcomes
    assert {name for name, _value in outcomes} - {"ok"} <= REFUSALS
    assert JournalEntry.objects.filter(kind="applications.application.submit").count() == 1
    row.refresh_from_db()
    assert (row.state, row.submissions) == ("submitted", 1)


def test_an_application_started_twice_is_one_draft(officers: list[User], owner: User) -> None:
    call, organisation = make.open_call(officers[0]), make.organisation(owner)
    outcomes = race(start, [(call.pk, organisation.pk, owner.pk)] * 3)
    assert Application.objects.count() == 1, outcomes


def test_of_two_decisions_at_once_one_stands(officers: list[User], owner: User) -> None:
    call, organisation = make.open_call(officers[0]), make.organisation(owner)
    row = make.submitted(call, organisation, owner)
    make.answer_all(make.in_check(row, officers[0]), officers[0])
    outcomes = race(decide, [(row.pk, officers[0].pk, "accept"), (row.pk, officers[1].pk, "return")])
    assert [name for name, _value in outcomes].count("ok") == 1, outcomes
    row.refresh_from_db()
    assert row.state == next(value for name, value in outcomes if name == "ok")
    assert journal.verify().problems == []


def test_of_three_opinions_at_once_the_first_two_decide(officers: list[User], owner: User) -> None:
    call, organisation = make.open_call(officers[0]), make.organisation(owner)
    row = make.submitted(call, organisation, owner)
    make.answer_all(make.in_check(row, officers[0]), officers[0], EL_02="No account.")
    screening.find_ineligible(row, reason="No account.", by=officers[0], at=make.SCREENED)
    appeal = appeals.lodge_appeal(row, by=owner, at=make.SCREENED, reason="There is one.")
    judges = [officers[1], *(make.person(f"judge{n}@example.org", "officer") for n in (1, 2))]
    outcomes = race(judge, [(appeal.pk, one.pk) for one in judges])
    assert sorted(name for name, _value in outcomes) == ["NoSuchStep", "ok", "ok"], outcomes
    appeal.refresh_from_db()
    row.refresh_from_db()
    assert (appeal.state, appeal.opinions.count(), row.state) == ("upheld", 2, "eligibility_check")
    assert JournalEntry.objects.filter(kind="applications.appeal.uphold").count() == 1
