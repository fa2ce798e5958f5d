"""Corrections of a result: one audited step back to review, by a second officer, before the agreement."""

import pytest

from applications.actions import awards, deciding, diligence, moderating, reviewing, screening
from applications.models import Application, Moderation, Review
from fundmgmt.access import Refused
from fundmgmt.models import NoSuchStep, StaleObject, StepRefused, User
from tests.factories import applications as make
from tests.factories import deciding as scene
from tests.telling import last_of, refused, told

AT = scene.AT
BACK = "correct_to_review"


@pytest.fixture
def proposal(submitted: Application, officer: User) -> Application:
    return make.in_review(submitted, officer)


def back(proposal: Application, by: User, reason: str = "A review was missing.", **other: int) -> Application:
    return screening.correct_application(proposal, BACK, reason=reason, by=by, at=AT, **other)


def test_a_fixed_result_is_opened_again_by_a_second_officer(
    proposal: Application, officer: User, second_officer: User, writer: User
) -> None:
    reviews = scene.scored(proposal, officer, (4, 4, 3))
    with refused(NoSuchStep, "not possible", proposal):
        back(proposal, second_officer)
    moderating.moderate_application(proposal, by=officer, at=AT)
    first = Moderation.objects.get(application=proposal)
    assert (proposal.state, first.moderated_tenths) == ("due_diligence", 733)
    with refused(Refused, "You took the last decision", proposal):
        back(proposal, officer)
    with refused(Refused, "not among your roles", proposal):
        back(proposal, writer)
    with refused(StepRefused, "Say why", proposal) as caught:
        back(proposal, second_officer, reason=" ")
    assert caught.value.field == "reason"
    with refused(StaleObject, "in the meantime", proposal):
        back(proposal, second_officer, expected_version=0)
    with refused(StepRefused, "not in review now", proposal, reviews[2]):
        reviewing.reopen_review(reviews[2], reason="Two criteria were swapped.", by=officer, at=AT)
    back(proposal, second_officer)
    assert told(proposal) == (BACK, "due_diligence", "in_review", second_officer)
    assert last_of(proposal).remark.text == "A review was missing."
    assert (proposal.decided_by, proposal.decided_at, proposal.awarded_minor) == (None, None, None)
    reviewing.reopen_review(reviews[2], reason="Two criteria were swapped.", by=officer, at=AT)
    with refused(StepRefused, "Not every review is in", proposal):
        moderating.moderate_application(proposal, by=officer, at=AT)
    scene.hand_in(reviews[2], 4)
    moderating.moderate_application(proposal, by=officer, at=AT + scene.DAY)
    second = Moderation.objects.get(application=proposal)
    assert (second.pk, second.moderated_tenths, second.moderated_by) == (first.pk, 800, officer)
    assert proposal.state == "due_diligence"


def test_an_open_moderation_goes_back_to_its_reviewers(
    proposal: Application, officer: User, second_officer: User
) -> None:
    reviews = scene.scored(proposal, officer, (5, 2, 4))
    assert proposal.state == "moderation"
    back(proposal, second_officer)
    assert told(proposal) == (BACK, "moderation", "in_review", second_officer)
    reviewing.reopen_review(reviews[1], reason="The scale was read the wrong way.", by=officer, at=AT)
    scene.hand_in(Review.objects.get(pk=reviews[1].pk), 4)
    proposal.refresh_from_db()
    assert proposal.state == "in_review", "the scores lie close now"


def test_due_diligence_from_before_a_new_result_counts_no_more(
    proposal: Application, officer: User, second_officer: User
) -> None:
    """Checks stay, but whoever finished them looks at them again once the scores are fixed anew."""
    scene.scored(proposal, officer)
    moderating.moderate_application(proposal, by=officer, at=AT)
    scene.rate_all(proposal, officer)
    diligence.finish_due_diligence(proposal, by=officer, at=AT)
    back(proposal, second_officer)
    later = AT + scene.DAY
    moderating.moderate_application(proposal, by=officer, at=later)
    with refused(StepRefused, "not finished", proposal):
        deciding.approve_application(proposal, by=second_officer, at=AT)
    diligence.finish_due_diligence(proposal, by=officer, at=later)
    deciding.approve_application(proposal, by=second_officer, at=AT)
    assert told(proposal) == ("approve", "due_diligence", "approved", second_officer)


def test_nothing_is_corrected_once_the_agreement_is_signed(
    proposal: Application, officer: User, second_officer: User
) -> None:
    scene.scored(proposal, officer)
    moderating.moderate_application(proposal, by=officer, at=AT)
    scene.rate_all(proposal, officer)
    diligence.finish_due_diligence(proposal, by=officer, at=AT)
    deciding.approve_application(proposal, by=second_officer, at=AT)
    awards.mark_agreed(proposal, at=AT, grant="GR-2026-0001")
    with refused(Refused, "agreement is signed", proposal):
        screening.correct_application(proposal, "correct_to_due_diligence", reason="Late", by=officer, at=AT)
