"""Evaluations and practices: independence, gates, the second person, what the public sees."""

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from evaluation.actions import evaluating, publishing, replicating
from evaluation.models import CaseRecord, Replication
from evaluation.queries.library import public_practice, published
from evaluation.redaction import traces
from fundmgmt import journal
from fundmgmt.access import Refused
from fundmgmt.models import StepRefused
from tests.evaluation.conftest import LATER
from tests.factories import applications as make

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


def test_who_took_part_does_not_evaluate(world: "World") -> None:
    from fundmgmt.models import RoleGrant

    both = world.people.officer
    RoleGrant.objects.create(user=both, role="evaluator", valid_from=LATER.date().replace(year=2024))
    both.forget_roles()
    with pytest.raises(Refused):
        evaluating.plan_evaluation(world.grant, by=world.officer, at=LATER, evaluator=both, second=world.second)
    with pytest.raises(Refused):
        evaluating.plan_evaluation(world.grant, by=world.officer, at=LATER, evaluator=world.second, second=world.second)


def test_no_rating_without_evidence_and_no_class_above_it(world: "World") -> None:
    evaluation = evaluating.plan_evaluation(
        world.grant, by=world.officer, at=LATER, evaluator=world.evaluator, second=world.second
    )
    common = {"by": world.evaluator, "at": LATER}
    evaluating.begin_evaluation(evaluation, **common)
    rate = {"criterion": "EV-01", "reason": "Seen", **common}
    for wrong in (
        {"score": 5, "evidence_level": 0},
        {"score": 7, "evidence_level": 2},
        {"score": 5, "evidence_level": 6},
    ):
        with pytest.raises(StepRefused):
            evaluating.rate_criterion(evaluation, **rate, **wrong)
    with pytest.raises(Refused):
        evaluating.rate_criterion(evaluation, **{**rate, "by": world.second}, score=5, evidence_level=2)
    with pytest.raises(StepRefused):
        evaluating.classify_practice(evaluation, practice_class=4, evidence_level=2, summary="x", **common)
    with pytest.raises(StepRefused):
        evaluating.submit_evaluation(evaluation, **common)


def test_the_mean_is_kept_as_its_two_parts(world: "World") -> None:
    world.evaluate(score=3)
    journal.sweep()
    moment = world.record.moments.get(kind="evaluation.evaluation.make_final")
    figures = {figure.key: figure.number for figure in moment.figures.all()}
    assert (figures["replicability_sum"], figures["replicability_n"]) == (54, 18)
    assert figures["EV-01"] == 5
    assert world.record.state == "drafting"


@pytest.mark.parametrize(("practice_class", "score", "passes"), [(3, 3, True), (3, 2, False), (2, 1, True)])
def test_the_gate_of_publication(world: "World", practice_class: int, score: int, passes: bool) -> None:
    world.accept_all()
    world.evaluate(practice_class=practice_class, score=score)
    if passes:
        assert world.publish().state == "published"
    else:
        with pytest.raises(StepRefused):
            world.publish()
        assert world.record.state == "validation"


def test_a_second_person_validates(world: "World") -> None:
    world.evaluate()
    record = world.record
    publishing.write_practice(record, by=world.evaluator, at=LATER, draft=world.draft(), tags=[])
    assert record.ref == "PR-001"
    publishing.send_to_safeguarding(record, by=world.evaluator, at=LATER)
    with pytest.raises(Refused):
        publishing.pass_safeguarding(record, by=world.evaluator, at=LATER)
    publishing.pass_safeguarding(record, by=world.people.lead, at=LATER)
    with pytest.raises(Refused):
        publishing.publish_practice(record, by=world.evaluator, at=LATER)


def test_a_text_that_leads_to_a_person_is_not_published(world: "World") -> None:
    world.evaluate()
    with pytest.raises(StepRefused):
        world.publish(context="Ask at +243 970 123 456")


def test_translations_are_read_where_they_fit_and_go_through_the_same_checks(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    unfit = ("de", "problem", "x"), ("fr", "title_en", "x"), ("fr", "steps", ["une"]), ("fr", "steps", "x")
    for language, part, words in unfit:
        with pytest.raises(StepRefused) as refused:
            world.publish(translations={language: {part: words}})
        assert refused.value.field == ("translations" if part == "title_en" else part)
    steps = ["Lister", "Visiter", "Épargner"]
    publishing.write_practice(
        world.record, by=world.evaluator, at=LATER, draft=world.draft(translations={"fr": {"steps": steps}}), tags=[]
    )
    text = world.record.texts.last()
    said = {}
    for language in ("en", "fr", "sw"):
        with translation.override(language):
            said[language] = (text.said("steps")[0], text.said("problem"), text.shown_in)
    problem = "Children return to ore before term"
    assert said == {
        "en": ("List families", problem, "en"),
        "fr": ("Lister", problem, "fr"),
        "sw": ("List families", problem, "en"),
    }


def test_translations_stay_with_the_parts_that_did_not_change(world: "World") -> None:
    def write(**words: object) -> dict[str, dict[str, object]]:
        publishing.write_practice(
            world.record, by=world.evaluator, at=LATER, draft=world.draft(**words), tags=["INT-SCH"]
        )
        return world.record.texts.last().translations

    def translate(language: str, **parts: object) -> dict[str, dict[str, object]]:
        publishing.translate_practice(world.record, language=language, parts=parts, by=world.evaluator, at=LATER)
        return world.record.texts.last().translations

    world.evaluate()
    with pytest.raises(StepRefused, match="Write the text first"):
        translate("fr", problem="x")
    assert write() == {}
    with pytest.raises(StepRefused, match="Write the text first"):
        translate("en", problem="x")
    french = {"steps": ["Lister", "Visiter", "Épargner"], "problem": "Avant la rentrée"}
    assert translate("fr", **french, context="") == {"fr": french}
    assert translate("sw", problem="Kabla ya muhula") == {"fr": french, "sw": {"problem": "Kabla ya muhula"}}
    assert "INT-SCH" in world.record.texts.last().tag_codes
    assert write(problem="Another problem") == {"fr": {"steps": french["steps"]}}
    assert write(language="fr") == {}


def test_a_translation_that_leads_to_a_person_is_not_published(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    with pytest.raises(StepRefused, match="leads to a person"):
        world.publish(translations={"fr": {"problem": "Appeler le +243 970 123 456"}})


def test_everything_public_went_through_redaction(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.publish()
    practice = public_practice(record)
    assert practice is not None
    said = [getattr(practice, field.name) for field in fields(practice)]
    texts = [text for one in said for text in (one if isinstance(one, tuple) else (one,)) if isinstance(text, str)]
    assert [trace for text in texts for trace in traces(text)] == []
    assert practice.place == "Kolwezi, Lualaba"
    assert practice.cost.minor == world.grant.amount_minor // 60 or practice.cost.minor > 0
    assert {tag.facet for tag in practice.tags} >= {"intervention", "cost_band", "maturity"}
    assert not any("hold" in str(moment.text).lower() for moment in practice.story)
    for cells in (cells for result in practice.results for cells in result.cells.values()):
        assert all(cell.hidden or all(part == 0 or part >= 10 for part in cell.parts()) for cell in cells)


def test_the_library_finds_by_tag_class_language_and_words(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.publish()
    for filters in ({"tags": ["INT-SCH"]}, {"practice_class": 3}, {"language": "en"}, {"q": "ore term"}, None):
        assert [row.pk for row in published(filters)] == [record.pk]
    for filters in ({"tags": ["INT-VOC"]}, {"practice_class": 4}, {"language": "sw"}, {"q": "nothing"}):
        assert list(published(filters)) == []


def test_a_revised_practice_stays_public_until_the_new_version_is(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.publish()
    publishing.revise_practice(record, by=world.evaluator, at=LATER, reason="New figures")
    publishing.write_practice(record, by=world.evaluator, at=LATER, draft=world.draft(title_en="Newer"), tags=[])
    shown = public_practice(CaseRecord.objects.published().get())
    assert shown is not None
    assert shown.title != "Newer"
    publishing.send_to_safeguarding(record, by=world.evaluator, at=LATER)
    publishing.pass_safeguarding(record, by=world.people.lead, at=LATER)
    publishing.publish_practice(record, by=world.second, at=LATER)
    publishing.retire_practice(record, by=world.second, at=LATER, reason="Replaced")
    assert not CaseRecord.objects.published().exists()


def test_a_copy_begins_an_application_and_is_remembered(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.publish()
    call = make.open_call(world.people.officer)
    application = replicating.start_from_practice(
        record, by=world.owner, at=make.WRITTEN, call=call, organisation=world.people.organisation
    )
    assert Replication.objects.get().thread == application.thread
    assert application.state == "draft"
