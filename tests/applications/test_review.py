"""Reviews: who may, what is seen of others, when moderation opens, what stays."""

import pytest

from applications.actions import moderating, reviewing
from applications.models import Application, Moderation, Review
from fundmgmt.access import Refused, can
from fundmgmt.models import JournalEntry, RoleGrant, StepRefused, User
from tests.factories import applications as make
from tests.factories import deciding as scene

AT = scene.AT


@pytest.fixture
def proposal(submitted: Application, officer: User) -> Application:
    return make.in_review(submitted, officer)


@pytest.fixture
def people(officer: User) -> list[User]:
    return scene.reviewers(officer, 4)


@pytest.fixture
def reviews(proposal: Application, officer: User, people: list[User]) -> list[Review]:
    return scene.invited(proposal, officer, people[:3])


def test_who_can_be_invited(proposal: Application, officer: User, people: list[User], writer: User) -> None:
    with pytest.raises(StepRefused, match="reviewer's role"):
        reviewing.invite_reviewer(proposal, reviewer=officer, by=officer, at=AT)
    with pytest.raises(Refused):
        reviewing.invite_reviewer(proposal, reviewer=people[0], by=writer, at=AT)
    scene.invited(proposal, officer, people[:3])
    with pytest.raises(StepRefused, match="already"):
        reviewing.invite_reviewer(proposal, reviewer=people[3], by=officer, at=AT)


def test_a_link_closes_the_file_at_once(
    proposal: Application, officer: User, reviews: list[Review], people: list[User]
) -> None:
    first = reviews[0]
    assert not can(people[0], "applications.view_application", proposal), "invited is not accepted"
    reviewing.accept_review(first, by=people[0], at=AT)
    assert can(people[0], "applications.view_application", proposal)
    assert Application.objects.visible_to(people[0]).filter(pk=proposal.pk).exists()
    reviewing.declare_conflict(first, conflict="family", by=people[0], at=AT)
    assert first.state == "recused"
    assert not can(people[0], "applications.view_application", proposal)
    assert not Application.objects.visible_to(people[0]).filter(pk=proposal.pk).exists()
    replacement = reviewing.invite_reviewer(proposal, reviewer=people[3], by=officer, at=AT)
    assert replacement.state == "invited"


def test_nobody_sees_others_before_all_are_in(reviews: list[Review], people: list[User], officer: User) -> None:
    scene.hand_in(reviews[0], 4)
    scene.hand_in(reviews[1], 3)
    for reader in people[:3]:
        own = Review.objects.visible_to(reader)
        assert [row.reviewer_id for row in own] == [reader.pk]
        for review in reviews:
            assert bool(can(reader, "applications.view_review", review)) is (review.reviewer_id == reader.pk)
    scene.hand_in(reviews[2], 4)
    for review in Review.objects.all():
        assert can(people[0], "applications.view_review", review)
    assert Review.objects.visible_to(people[0]).count() == 3
    assert Review.objects.visible_to(people[3]).count() == 0


def test_an_officer_who_reviews_sees_and_moderates_nothing(
    proposal: Application, officer: User, second_officer: User, people: list[User]
) -> None:
    RoleGrant.objects.create(user=second_officer, role="reviewer", valid_from=scene.AT.date())
    second_officer.forget_roles()
    rows = scene.invited(proposal, officer, [*people[:2], second_officer])
    scene.hand_in(rows[0], 4)
    assert list(Review.objects.visible_to(second_officer)) == [rows[2]]
    scene.hand_in(rows[1], 4)
    scene.hand_in(rows[2], 4)
    with pytest.raises(Refused, match="review this proposal yourself"):
        moderating.moderate_application(proposal, by=second_officer, at=AT)
    moderating.moderate_application(proposal, by=officer, at=AT)
    assert proposal.state == "due_diligence"


def test_drafts_are_kept_and_nothing_is_handed_in_half(reviews: list[Review], people: list[User]) -> None:
    review = reviews[0]
    reviewing.accept_review(review, by=people[0], at=AT)
    reviewing.save_scores(review, scores={"SC-01": (3, ""), "SC-02": (None, "To think about")}, by=people[0], at=AT)
    with pytest.raises(StepRefused, match="SC-02 has no score"):
        reviewing.submit_review(review, by=people[0], at=AT)
    scores = scene.sheet(4) | {"SC-03": (2, "")}
    with pytest.raises(StepRefused, match="needs its reason"):
        reviewing.submit_review(review, scores=scores, overall="x", recommendation="fund", by=people[0], at=AT)
    with pytest.raises(StepRefused, match="0 to 5"):
        reviewing.save_scores(review, scores={"SC-01": (6, "")}, by=people[0], at=AT)
    with pytest.raises(Refused):
        reviewing.save_scores(review, scores={"SC-01": (1, "")}, by=people[1], at=AT)


def test_close_scores_need_no_moderation(proposal: Application, officer: User, reviews: list[Review]) -> None:
    for review, score in zip(reviews, (4, 4, 3), strict=True):
        scene.hand_in(review, score)
    proposal.refresh_from_db()
    assert proposal.state == "in_review"
    moderating.moderate_application(proposal, by=officer, at=AT)
    row = Moderation.objects.get(application=proposal)
    assert (row.mean_num, row.mean_den, row.moderated_tenths, row.meets, row.was_open) == (220, 3, 733, True, False)
    assert proposal.state == "due_diligence"


def test_wide_scores_open_moderation_and_originals_stay(
    proposal: Application, officer: User, reviews: list[Review]
) -> None:
    for review, score in zip(reviews, (5, 2, 4), strict=True):
        scene.hand_in(review, score)
    proposal.refresh_from_db()
    assert proposal.state == "moderation"
    with pytest.raises(StepRefused, match="reason"):
        moderating.moderate_application(proposal, by=officer, at=AT)
    with pytest.raises(StepRefused, match="between the lowest and the highest"):
        moderating.moderate_application(proposal, total_tenths=390, reason="Why", by=officer, at=AT)
    moderating.moderate_application(proposal, total_tenths=705, reason="The talk settled it.", by=officer, at=AT)
    row = Moderation.objects.get(application=proposal)
    assert (row.moderated_tenths, row.was_open, row.reason) == (705, True, "The talk settled it.")
    totals = [review.total_num for review in Review.objects.filter(application=proposal).submitted().order_by("id")]
    assert totals == [500, 200, 400]
    entry = JournalEntry.objects.get(kind="applications.moderation.record")
    assert entry.facts["moderated_tenths"] == 705
    assert entry.thread == proposal.thread


def test_a_gate_below_its_least_score_is_told(proposal: Application, officer: User, reviews: list[Review]) -> None:
    for review in reviews:
        scene.hand_in(review, 4, SC_03=2)
    moderating.moderate_application(proposal, by=officer, at=AT, reason="")
    row = Moderation.objects.get(application=proposal)
    assert (row.meets, row.gate_met) == (False, False)


def test_reopening_keeps_the_first_scores_in_the_journal(
    proposal: Application, officer: User, reviews: list[Review], people: list[User]
) -> None:
    scene.hand_in(reviews[0], 1)
    reviewing.reopen_review(reviews[0], reason="Two criteria were swapped.", by=officer, at=AT)
    assert reviews[0].state == "reopened"
    scene.hand_in(reviews[0], 3)
    entries = JournalEntry.objects.filter(kind="applications.review.submit").order_by("id")
    assert [entry.facts["total_num"] for entry in entries] == [100, 300]


def test_a_superuser_is_bound_too(proposal: Application, reviews: list[Review]) -> None:
    root = User.objects.create_superuser("root@example.org", name="Root")
    assert not can(root, "applications.view_review", reviews[0])
    with pytest.raises(Refused):
        reviewing.accept_review(reviews[0], by=root, at=AT)
    with pytest.raises(Refused):
        moderating.moderate_application(proposal, by=root, at=AT)


def test_the_weights_of_the_day_stay(proposal: Application, officer: User, reviews: list[Review]) -> None:
    scene.hand_in(reviews[0], 4)
    rows = reviews[0].scores.all()
    assert sum(row.weight for row in rows) == 100
