"""An evaluation between the evaluator and the organisation: facts are corrected, ratings stay the evaluator's."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.actions import evaluating
from evaluation.models import Evaluation
from evaluation.models.evaluations import CRITERIA, REPLICABILITY
from fundmgmt.access import Refused
from fundmgmt.models import NoSuchStep, StaleObject, StepRefused
from tests.evaluation.conftest import LATER
from tests.factories import applications as make
from tests.telling import last_of, refused, told

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


@pytest.fixture
def handed_in(world: "World") -> Evaluation:
    return world.hand_in()


def test_the_organisation_corrects_a_fact_and_no_rating(world: "World", handed_in: Evaluation) -> None:
    ratings = list(handed_in.ratings.values_list("criterion", "score"))
    text = "The second room opened in May, not in June."
    with refused(StepRefused, "which fact is wrong", handed_in) as caught:
        evaluating.correct_facts(handed_in, by=world.owner, at=LATER, text="  ")
    assert caught.value.field == "text"
    with refused(Refused, "organisation's own people", handed_in):
        evaluating.correct_facts(handed_in, by=world.officer, at=LATER, text=text)
    with refused(Refused, "not among your roles", handed_in):
        evaluating.take_back_evaluation(handed_in, by=world.owner, at=LATER, reason=text)
    with refused(StaleObject, "in the meantime", handed_in):
        evaluating.correct_facts(handed_in, by=world.owner, at=LATER, text=text, expected_version=0)
    evaluating.correct_facts(handed_in, by=world.owner, at=LATER, text=f" {text} ")
    assert told(handed_in) == ("correct_facts", "submitted", "submitted", world.owner)
    assert last_of(handed_in).facts == {}, "the words stay beside the journal"
    assert list(handed_in.corrections.values_list("text", "by", "at")) == [(text, world.owner.pk, LATER)]
    assert list(handed_in.ratings.values_list("criterion", "score")) == ratings


def test_a_colleague_who_only_reads_corrects_nothing(world: "World", handed_in: Evaluation) -> None:
    reader = make.person("reader@example.org")
    world.people.organisation.memberships.create(user=reader, role="viewer", valid_from=make.OPENED.date())
    with refused(Refused, "lets you read", handed_in):
        evaluating.correct_facts(handed_in, by=reader, at=LATER, text="The room opened in May.")


def test_an_evaluation_is_taken_up_again_and_handed_in_once_more(world: "World", handed_in: Evaluation) -> None:
    evaluating.correct_facts(handed_in, by=world.owner, at=LATER, text="The room opened in May.")
    rate = {"criterion": "EV-01", "score": 4, "evidence_level": 3, "reason": "The register shows May."}
    with refused(NoSuchStep, "not possible", handed_in):
        evaluating.rate_criterion(handed_in, by=world.evaluator, at=LATER, **rate)
    with refused(Refused, "in charge", handed_in):
        evaluating.take_back_evaluation(handed_in, by=world.second, at=LATER, reason="A fact was wrong.")
    evaluating.take_back_evaluation(handed_in, by=world.evaluator, at=LATER, reason="A fact was wrong.")
    assert told(handed_in) == ("take_back", "submitted", "in_progress", world.evaluator)
    assert last_of(handed_in).remark.text == "A fact was wrong."
    with refused(NoSuchStep, "not possible", handed_in):
        evaluating.correct_facts(handed_in, by=world.owner, at=LATER, text="And in June?")
    evaluating.rate_criterion(handed_in, by=world.evaluator, at=LATER, **rate)
    evaluating.submit_evaluation(handed_in, by=world.evaluator, at=LATER)
    assert handed_in.ratings.get(criterion="EV-01").score == 4
    evaluating.make_final(handed_in, by=world.evaluator, at=LATER)
    assert (handed_in.state, last_of(handed_in).facts["EV-01"]) == ("final", 4)
    for late in (
        lambda: evaluating.take_back_evaluation(handed_in, by=world.evaluator, at=LATER, reason="Once more."),
        lambda: evaluating.correct_facts(handed_in, by=world.owner, at=LATER, text="And in June?"),
    ):
        with refused(NoSuchStep, "not possible", handed_in):
            late()


def test_it_is_handed_in_whole(world: "World") -> None:
    """Each gap is named by itself, and filling the last one opens the way."""
    evaluation, mine = world.planned(), {"by": world.evaluator, "at": LATER}
    with refused(Refused, "in charge", evaluation):
        evaluating.begin_evaluation(evaluation, by=world.second, at=LATER)
    evaluating.begin_evaluation(evaluation, **mine)
    assert evaluation.declared_independent is True
    for criterion in CRITERIA:
        with refused(StepRefused, f"{criterion} is not rated yet", evaluation):
            evaluating.submit_evaluation(evaluation, **mine)
        seen = {"criterion": criterion, "score": 5, "evidence_level": 2, "reason": "Seen."}
        evaluating.rate_criterion(evaluation, **seen, **mine)
    evaluating.rate_criterion(evaluation, criterion="EV-05", score=None, evidence_level=0, reason="Too early.", **mine)
    evaluating.rate_criterion(evaluation, criterion="EV-01", score=None, evidence_level=2, reason="Mixed.", **mine)
    with refused(StepRefused, "EV-01 has evidence but no rating", evaluation):
        evaluating.submit_evaluation(evaluation, **mine)
    evaluating.rate_criterion(evaluation, criterion="EV-01", score=5, evidence_level=2, reason="Seen.", **mine)
    with refused(StepRefused, "evidence level and the summary", evaluation):
        evaluating.submit_evaluation(evaluation, **mine)
    evaluating.classify_practice(evaluation, practice_class=3, evidence_level=2, summary="It works.", **mine)
    for scorer in (world.evaluator, world.second):
        with refused(StepRefused, f"{scorer.name} has not scored", evaluation):
            evaluating.submit_evaluation(evaluation, **mine)
        scores = dict.fromkeys(REPLICABILITY, 3)
        evaluating.score_replicability(evaluation, by=scorer, at=LATER, scores=scores)
    evaluating.submit_evaluation(evaluation, **mine)
    assert told(evaluation) == ("submit", "in_progress", "submitted", world.evaluator)
    assert evaluation.submitted_at == LATER


def test_an_evaluation_by_one_names_no_practice(world: "World") -> None:
    mine = {"by": world.evaluator, "at": LATER}
    evaluation = evaluating.plan_evaluation(
        world.grant, by=world.officer, at=LATER, evaluator=world.evaluator, second=None
    )
    evaluating.begin_evaluation(evaluation, **mine)
    for criterion in CRITERIA:
        seen = {"criterion": criterion, "score": 5, "evidence_level": 2, "reason": "Seen."}
        evaluating.rate_criterion(evaluation, **seen, **mine)
    evaluating.score_replicability(evaluation, scores=dict.fromkeys(REPLICABILITY, 3), **mine)
    evaluating.classify_practice(evaluation, practice_class=3, evidence_level=2, summary="It works.", **mine)
    with refused(StepRefused, "second evaluator", evaluation):
        evaluating.submit_evaluation(evaluation, **mine)
    evaluating.classify_practice(evaluation, practice_class=None, evidence_level=2, summary="It works.", **mine)
    evaluating.submit_evaluation(evaluation, **mine)
    assert evaluation.state == "submitted"


def test_one_project_has_one_evaluation(world: "World") -> None:
    evaluation = world.planned()
    with refused(StepRefused, "an evaluation already", evaluation):
        world.planned()


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"criterion": "EV-07"}, None, "no such criterion"),
        ({"evidence_level": 6}, "evidence_level", "from 0 to 5"),
        ({"score": 0}, "score", "from 1 to 6"),
        ({"score": 7}, "score", "from 1 to 6"),
        ({"evidence_level": 0}, "score", "Without evidence"),
        ({"reason": "  "}, "reason", "what others learn from"),
    ],
)
def test_a_rating_says_how_far_and_why(world: "World", wrong: dict, field: str | None, words: str) -> None:
    evaluation, mine = world.planned(), {"by": world.evaluator, "at": LATER}
    evaluating.begin_evaluation(evaluation, **mine)
    right = {"criterion": "EV-02", "score": 6, "evidence_level": 5, "reason": " Seen twice. "}
    with refused(StepRefused, words, evaluation) as caught:
        evaluating.rate_criterion(evaluation, **right | wrong, **mine)
    assert caught.value.field == field
    assert not evaluation.ratings.exists()
    evaluating.rate_criterion(evaluation, **right, **mine)
    assert list(evaluation.ratings.values_list("criterion", "score", "evidence_level", "reason")) == [
        ("EV-02", 6, 5, "Seen twice.")
    ]
    assert last_of(evaluation).facts == {"criterion": "EV-02", "score": 6, "evidence_level": 5}


def test_scores_of_replicability_are_each_evaluators_own(world: "World") -> None:
    evaluation = world.planned()
    evaluating.begin_evaluation(evaluation, by=world.evaluator, at=LATER)
    stranger = make.person("third@example.org", "evaluator")
    for who, scores, error, words in (
        (world.evaluator, {"RP-01": 5}, StepRefused, "from 0 to 4"),
        (world.evaluator, {"RP-10": 4}, StepRefused, "from 0 to 4"),
        (stranger, {"RP-01": 4}, Refused, "in the hands of others"),
    ):
        with refused(error, words, evaluation):
            evaluating.score_replicability(evaluation, by=who, at=LATER, scores=scores)
    evaluating.score_replicability(evaluation, by=world.evaluator, at=LATER, scores={"RP-01": 4})
    evaluating.score_replicability(evaluation, by=world.second, at=LATER, scores={"RP-01": 1})
    evaluating.score_replicability(evaluation, by=world.second, at=LATER, scores={"RP-01": 2})
    given = set(evaluation.scores.values_list("scorer", "item", "score"))
    assert given == {(world.evaluator.pk, "RP-01", 4), (world.second.pk, "RP-01", 2)}


@pytest.mark.parametrize(("practice_class", "least"), [(None, 0), (1, 0), (2, 0), (3, 2), (4, 3)])
def test_a_higher_class_asks_for_more_evidence(world: "World", practice_class: int | None, least: int) -> None:
    evaluation, mine = world.planned(), {"by": world.evaluator, "at": LATER, "practice_class": practice_class}
    evaluating.begin_evaluation(evaluation, by=world.evaluator, at=LATER)
    if least:
        with refused(StepRefused, f"level {least} or more", evaluation) as caught:
            evaluating.classify_practice(evaluation, evidence_level=least - 1, summary="It works.", **mine)
        assert caught.value.field == "practice_class"
    with refused(StepRefused, "short summary", evaluation):
        evaluating.classify_practice(evaluation, evidence_level=least, summary=" ", **mine)
    evaluating.classify_practice(evaluation, evidence_level=least, summary="It works.", lessons=" Early. ", **mine)
    assert (evaluation.practice_class, evaluation.evidence_level) == (practice_class, least)
    assert (evaluation.summary, evaluation.lessons) == ("It works.", "Early.")


def test_the_organisation_sends_a_correction_on_the_page(world: "World", handed_in: Evaluation) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    type(world.owner).objects.filter(pk=world.owner.pk).update(language="en")
    client.force_login(world.owner)
    facts = reverse("evaluation:facts", args=[handed_in.pk])
    assert facts in client.get(handed_in.get_absolute_url()).content.decode()
    assert client.post(facts, {"text": ""}).status_code == 422
    assert client.post(facts, {"text": "Opened in May.", "version": handed_in.version}).status_code == 302
    assert handed_in.corrections.get().text == "Opened in May."
    client.force_login(world.evaluator)
    assert "Opened in May." in client.get(handed_in.get_absolute_url()).content.decode()
    handed_in.refresh_from_db()
    step = reverse("evaluation:evaluation_step", args=[handed_in.pk, "take_back"])
    assert client.post(step, {"version": handed_in.version, "reason": "A fact was wrong."}).status_code == 302
    handed_in.refresh_from_db()
    assert handed_in.state == "in_progress"
