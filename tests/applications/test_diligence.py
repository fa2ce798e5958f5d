"""Due diligence: what must be rated, the overall risk, leads and open items, how long it holds."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.actions import deciding, diligence
from applications.models import Application, DueDiligence
from applications.queries.diligence import overall_risk
from fundmgmt.access import Refused
from fundmgmt.models import NoSuchStep, StepRefused, User
from fundmgmt.rules import month_after
from tests.factories import applications as make
from tests.factories import deciding as scene

AT = scene.AT
KEY = ("DD-01", "DD-03", "DD-05", "DD-08")
ITEMS = [f"DD-{number:02}" for number in range(1, 13)]
RATINGS = st.fixed_dictionaries({item: st.integers(1, 4) for item in ITEMS})


def test_the_rubric_rule() -> None:
    low = {f"DD-{number:02}": 1 for number in range(1, 13)}
    assert overall_risk(low, KEY) == 1
    assert overall_risk(low | {"DD-05": 3}, KEY) == 3
    assert overall_risk(low | {"DD-02": 4}, KEY) == 1
    assert overall_risk({code: 2 if number % 2 else 1 for number, code in enumerate(low)}, ()) == 2


@given(RATINGS)
def test_the_overall_risk_is_never_below_a_key_item(ratings: dict[str, int]) -> None:
    overall = overall_risk(ratings, KEY)
    assert 1 <= overall <= 4
    assert overall >= max(ratings[item] for item in KEY)


def test_months_end_where_the_month_ends() -> None:
    assert month_after(dt.date(2026, 1, 31), 1) == dt.date(2026, 2, 28)
    assert month_after(dt.date(2024, 2, 29), 60) == dt.date(2029, 2, 28)


@pytest.fixture
def proposal(submitted: Application, officer: User) -> Application:
    return scene.in_diligence(make.in_review(submitted, officer), officer)


def test_it_is_finished_only_when_nothing_is_missing(proposal: Application, officer: User) -> None:
    with pytest.raises(StepRefused, match="Not rated yet"):
        diligence.finish_due_diligence(proposal, by=officer, at=AT)
    scene.rate_all(proposal, officer)
    row = diligence.open_item(proposal, item="EL-02", text="The act is missing.", by=officer, at=AT)
    lead = diligence.find_lead(
        proposal, matched="board", list_name="UN list", list_date=AT.date(), note="Entry 12", by=officer, at=AT
    )
    with pytest.raises(StepRefused, match="EL-02"):
        diligence.finish_due_diligence(proposal, by=officer, at=AT)
    diligence.close_item(row, note="Through the host.", by=officer, at=AT)
    with pytest.raises(StepRefused, match="sanctions"):
        diligence.finish_due_diligence(proposal, by=officer, at=AT)
    with pytest.raises(StepRefused, match="birth year"):
        diligence.clear_lead(lead, same_person=False, note=" ", by=officer, at=AT)
    diligence.clear_lead(lead, same_person=False, note="Born elsewhere, another year.", by=officer, at=AT)
    with pytest.raises(NoSuchStep):
        diligence.clear_lead(lead, same_person=True, note="Again", by=officer, at=AT)
    diligence.finish_due_diligence(proposal, by=officer, at=AT)
    found = DueDiligence.objects.get(application=proposal)
    assert (found.overall, found.psea_total, found.psea_band, found.no_award) == (1, 18, "low", False)
    assert found.valid_until_date == dt.date(2028, 4, 1)
    assert found.psea_valid_until_date == dt.date(2031, 4, 1)


def test_a_worrying_rating_needs_words_and_the_scale_holds(proposal: Application, officer: User) -> None:
    with pytest.raises(StepRefused, match="what was found"):
        diligence.record_check(proposal, item="DD-01", rating=3, by=officer, at=AT)
    with pytest.raises(StepRefused, match="scale"):
        diligence.record_check(proposal, item="PS-01", rating=4, note="x", by=officer, at=AT)
    with pytest.raises(StepRefused, match="scale"):
        diligence.record_check(proposal, item="EV-01", rating=1, note="x", by=officer, at=AT)


def test_a_micro_grant_is_approved_by_a_second_officer(
    proposal: Application, officer: User, second_officer: User
) -> None:
    assert proposal.window == "micro"
    with pytest.raises(StepRefused, match="not finished"):
        deciding.approve_application(proposal, by=second_officer, at=AT)
    scene.rate_all(proposal, officer)
    diligence.finish_due_diligence(proposal, by=officer, at=AT)
    assert proposal.state == "due_diligence"
    with pytest.raises(Refused, match="second officer"):
        deciding.approve_application(proposal, by=officer, at=AT)
    deciding.approve_application(proposal, by=second_officer, at=AT)
    assert (proposal.state, proposal.awarded_minor) == ("approved", proposal.requested_minor)


def test_a_significant_risk_asks_for_conditions(proposal: Application, officer: User, second_officer: User) -> None:
    scene.rate_all(proposal, officer, DD_08=3)
    diligence.finish_due_diligence(proposal, by=officer, at=AT)
    with pytest.raises(StepRefused, match="at least one condition"):
        deciding.approve_application(proposal, by=second_officer, at=AT)
    deciding.approve_application(proposal, conditions=[{"text": "Cash book each month"}], by=second_officer, at=AT)
    assert proposal.state == "approved_with_conditions"
    assert [row.text for row in deciding.conditions_of(proposal)] == ["Cash book each month"]


@pytest.mark.parametrize("worst", [{"DD_05": 4}, {}])
def test_a_high_risk_or_a_match_allows_no_award(
    proposal: Application, officer: User, second_officer: User, worst: dict[str, int]
) -> None:
    scene.rate_all(proposal, officer, **worst)
    if not worst:
        lead = diligence.find_lead(
            proposal, matched="signatory", list_name="UN list", list_date=AT.date(), note="12", by=officer, at=AT
        )
        diligence.clear_lead(lead, same_person=True, note="Same year and place.", by=officer, at=AT)
    diligence.finish_due_diligence(proposal, by=officer, at=AT)
    with pytest.raises(StepRefused, match="no award"):
        deciding.approve_application(proposal, by=second_officer, at=AT)
    deciding.reject_application(proposal, reason="A match.", by=second_officer, at=AT)
    assert proposal.state == "rejected"
    assert proposal.appeal_until_date is not None
