"""One result from all reviews: when it may be fixed, how far it may move, and what must be said."""

import pytest

from applications.actions import moderating, reviewing
from applications.models import Application, Moderation
from fundmgmt.access import Refused
from fundmgmt.models import JournalEntry, NoSuchStep, StaleObject, StepRefused, User
from tests.factories import applications as make
from tests.factories import deciding as scene
from tests.telling import last_of, refused, told

AT = scene.AT


@pytest.fixture
def proposal(submitted: Application, officer: User) -> Application:
    return make.in_review(submitted, officer)


def fix(proposal: Application, by: User, **values: object) -> Application:
    return moderating.moderate_application(proposal, by=by, at=AT, **values)


def test_a_result_waits_for_the_last_review(proposal: Application, officer: User, writer: User) -> None:
    reviews = scene.invited(proposal, officer, scene.reviewers(officer))
    for review in reviews[:2]:
        scene.hand_in(review, 4)
    reviewing.accept_review(reviews[2], by=reviews[2].reviewer, at=AT)
    with refused(StepRefused, "Not every review is in", proposal):
        fix(proposal, officer)
    with refused(StepRefused, "Not every review is in", proposal):
        moderating.open_moderation(proposal, by=officer, at=AT, reason="One word is odd.")
    scene.hand_in(reviews[2], 4)
    with refused(Refused, "not among your roles", proposal):
        fix(proposal, writer)
    proposal.refresh_from_db()
    with refused(StaleObject, "in the meantime", proposal):
        fix(proposal, officer, expected_version=proposal.version - 1)
    fix(proposal, officer)
    assert told(proposal) == ("begin_due_diligence", "in_review", "due_diligence", officer)
    assert last_of(proposal).facts == {"mean_bp": 8000, "reviews": 3, "moderated": False}
    with refused(NoSuchStep, "not in review now", proposal):
        fix(proposal, officer)


def test_an_officer_asks_for_a_talk_although_the_scores_lie_close(
    proposal: Application, officer: User, second_officer: User
) -> None:
    scene.scored(proposal, officer, (4, 4, 3))
    moderating.open_moderation(proposal, by=second_officer, at=AT, reason="One comment contradicts its score.")
    assert told(proposal) == ("begin_moderation", "in_review", "moderation", second_officer)
    assert last_of(proposal).facts == {"range_bp": 2000, "reviews": 3}
    assert last_of(proposal).remark.text == "One comment contradicts its score."
    with refused(NoSuchStep, "not possible", proposal):
        moderating.open_moderation(proposal, by=officer, at=AT, reason="Again.")
    with refused(StepRefused, "Write the reason", proposal) as caught:
        fix(proposal, officer)
    assert caught.value.field == "reason"
    fix(proposal, officer, reason="The talk changed nothing.")
    row = Moderation.objects.get(application=proposal)
    assert (row.moderated_tenths, row.was_open, row.reason) == (733, True, "The talk changed nothing.")
    assert last_of(proposal).facts["moderated"] is True


@pytest.mark.parametrize("total", [599, 801])
def test_a_moderated_total_lies_within_the_reviews(proposal: Application, officer: User, total: int) -> None:
    scene.scored(proposal, officer, (4, 4, 3))
    with refused(StepRefused, "between the lowest and the highest", proposal) as caught:
        fix(proposal, officer, total_tenths=total, reason="The talk.")
    assert caught.value.field == "total_tenths"
    assert not Moderation.objects.exists()
    edge = 600 if total < 700 else 800
    fix(proposal, officer, total_tenths=edge, reason="The talk.")
    assert Moderation.objects.get(application=proposal).moderated_tenths == edge


def test_a_changed_number_needs_its_reason_the_mean_itself_does_not(proposal: Application, officer: User) -> None:
    scene.scored(proposal, officer, (4, 4, 3))
    with refused(StepRefused, "Write the reason", proposal):
        fix(proposal, officer, total_tenths=740)
    with refused(StepRefused, "Write the reason", proposal):
        fix(proposal, officer, criteria={"SC-01": 4}, reason=" ")
    fix(proposal, officer, total_tenths=733)
    assert last_of(proposal).facts == {"mean_bp": 7330, "reviews": 3, "moderated": False}


@pytest.mark.parametrize("wrong", [{"SC-09": 3}, {"SC-01": 6}, {"SC-01": -1}])
def test_a_moderated_criterion_is_one_of_the_rubric(
    proposal: Application, officer: User, wrong: dict[str, int]
) -> None:
    scene.scored(proposal, officer, (4, 4, 3))
    with refused(StepRefused, "one of the rubric, from 0 to 5", proposal) as caught:
        fix(proposal, officer, criteria={"SC-02": 3, **wrong}, reason="The talk.")
    assert caught.value.field == "criteria"
    assert not Moderation.objects.exists()


def test_a_moderated_gate_bars_the_award_and_leaves_the_reviews_alone(proposal: Application, officer: User) -> None:
    reviews = scene.scored(proposal, officer, (4, 4, 4))
    fix(proposal, officer, criteria={"SC-03": 2}, reason="No plan is in writing.")
    row = Moderation.objects.get(application=proposal)
    assert (row.moderated_tenths, row.moderated_criteria, row.meets, row.gate_met) == (800, ["SC-03"], False, False)
    assert {score.score for review in reviews for score in review.scores.all()} == {4}
    entry = JournalEntry.objects.get(kind="applications.moderation.record")
    assert (entry.facts["criteria"], entry.facts["meets"]) == (["SC-03"], False)
