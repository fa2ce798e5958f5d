"""Letters of this stage, through the real actions: who gets which, and what it says in the reader's language."""

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from disbursements.actions import grants
from evaluation.actions import evaluating, judging, publishing, reporting
from evaluation.models.evaluations import CRITERIA, REPLICABILITY
from evaluation.states import ReportKind
from fundmgmt.formats import words
from tests.evaluation.conftest import LATER
from tests.factories import applications, signing
from tests.factories import grants as make
from tests.letterbox import by_reader, letters, lines, link

if TYPE_CHECKING:
    from evaluation.models import Report
    from tests.evaluation.conftest import World

OWNER, EDITOR = "owner@example.org", "editor@example.org"


def with_colleagues(people: make.Cast) -> make.Cast:
    """Beside the responsible person, who reads French: one who writes and reads English, one who only reads."""
    assert people.organisation is not None
    for name, role in (("editor", "editor"), ("viewer", "viewer")):
        user = applications.person(f"{name}@example.org", language="en")
        people.organisation.memberships.create(user=user, role=role, valid_from=dt.date(2026, 2, 2))
    return people


@pytest.fixture
def told(world: "World") -> "World":
    with_colleagues(world.people)
    return world


def handed_in(world: "World") -> "Report":
    report = world.write(world.reports[0])
    return reporting.submit_report(report, by=world.owner, at=LATER)


def test_all_reports_of_a_grant_are_announced_in_one_letter(told: "World") -> None:
    people = told.people
    grant = make.drafted(people)
    signing.both(grant, by=people.owner, other=people.signer, at=make.SIGNED)
    with letters() as found:
        grants.activate(grant, by=people.signer, at=make.SIGNED)
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    said = lines(box[EDITOR])
    assert said[:2] == [
        f"{grant.ref}: your reports and their days",
        f"Your grant {grant.ref} is active. These reports belong to it:",
    ]
    assert said[-2] == "- Final report 3, from 1 July 2026 to 31 March 2027: due on 30 April 2027"
    assert [line.partition(",")[0] for line in said[2:-1]] == [
        "- Progress report 1",
        "- Progress report 2",
        "- Final report 3",
    ]
    with translation.override("fr"):
        kind, end = str(ReportKind.FINAL.label), words.day(dt.date(2027, 4, 30))
    assert lines(box[OWNER])[-2] == f"- {kind} 3, du 1 juillet 2026 au 31 mars 2027 : à remettre le {end}"


def test_a_report_that_comes_back_gives_the_reason(told: "World") -> None:
    with letters() as found:
        report = handed_in(told)
    assert found == []
    with letters() as found:
        judging.send_back_report(report, by=told.officer, at=LATER, reason="Add the second group.")
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{told.grant.ref}: please change report 1",
        f"The programme office sent back report 1 of {told.grant.ref}.",
        "The programme office writes: Add the second group.",
        "All that you wrote is still there. Change what is needed and hand it in again.",
    ]
    assert lines(box[OWNER])[0] == f"{told.grant.ref} : le rapport 1 est à corriger"
    assert link(box[EDITOR]) == f"Change the report: http://testserver{report.get_absolute_url()}"


def test_an_accepted_report_is_told_and_so_is_its_reopening(told: "World") -> None:
    report = handed_in(told)
    with letters() as found:
        judging.accept_report(report, by=told.officer, at=LATER)
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[OWNER]) == [
        f"{told.grant.ref} : le rapport 1 est accepté",
        f"Le bureau du programme a accepté le rapport 1 de {told.grant.ref}. Ses chiffres comptent désormais.",
        "Si une tranche attendait ce rapport, cette condition est remplie.",
    ]
    with letters() as found:
        judging.reopen_report(report, by=told.officer, at=LATER, reason="A sum is wrong.")
    assert "The programme office writes: A sum is wrong." in lines(by_reader(found)[EDITOR])


def test_the_grantee_is_asked_to_check_facts_and_hears_of_the_publication(told: "World") -> None:
    told.accept_all()
    common = {"by": told.evaluator, "at": LATER}
    evaluation = evaluating.plan_evaluation(
        told.grant, by=told.officer, at=LATER, evaluator=told.evaluator, second=told.second
    )
    evaluating.begin_evaluation(evaluation, **common)
    for criterion in CRITERIA:
        evaluating.rate_criterion(evaluation, criterion=criterion, score=5, evidence_level=2, reason="Seen.", **common)
    for person in (told.evaluator, told.second):
        evaluating.score_replicability(evaluation, by=person, at=LATER, scores=dict.fromkeys(REPLICABILITY, 3))
    evaluating.classify_practice(evaluation, practice_class=3, evidence_level=2, summary="It works.", **common)
    with letters() as found:
        evaluating.submit_evaluation(evaluation, **common)
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{told.grant.ref}: please check the facts of the evaluation",
        f"The evaluation of {told.grant.ref} is written. Please read it.",
        "If a fact is wrong, say which one and what is right. The ratings stay the evaluator's.",
    ]
    assert lines(box[OWNER])[0] == f"{told.grant.ref} : merci de vérifier les faits de l’évaluation"


def test_the_organisation_hears_that_its_practice_is_public(told: "World") -> None:
    told.accept_all()
    told.evaluate()
    record = told.record
    draft = told.draft()
    publishing.write_practice(record, by=told.evaluator, at=LATER, draft=draft, tags=["INT-SCH", "SET-URB"])
    publishing.send_to_safeguarding(record, by=told.evaluator, at=LATER)
    publishing.pass_safeguarding(record, by=told.people.lead, at=LATER)
    with letters() as found:
        publishing.publish_practice(record, by=told.second, at=LATER)
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[OWNER]) == [
        "PR-001 : ce que vous avez appris est public",
        "Le dossier de cas PR-001 de votre projet est publié. D’autres peuvent maintenant en apprendre.",
        "Si quelque chose ne doit pas être public, écrivez tout de suite au bureau du programme.",
    ]
    assert link(box[OWNER]).endswith(f"http://testserver{told.record.get_absolute_url()}")
