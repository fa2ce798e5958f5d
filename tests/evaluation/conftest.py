"""A grant with its people, its reports, and an evaluation, all by real actions."""

import datetime as dt
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest

from disbursements.models import Grant
from evaluation.actions import evaluating, judging, publishing, reporting
from evaluation.models import CaseRecord, Evaluation, Report
from evaluation.models.evaluations import CRITERIA, REPLICABILITY
from fundmgmt import journal
from fundmgmt.models import Indicator, User
from tests.factories import applications as people_of
from tests.factories import grants as make
from tests.worlds import standing

LATER = dt.datetime(2027, 4, 12, 9, tzinfo=dt.UTC)
BOXES = {
    "done": "Two rooms opened.",
    "not_done": "",
    "why": "",
    "children_and_families": "60 children met.",
    "safeguarding": "The box was opened each week.",
    "money": "As planned.",
    "learning": "Begin before the rain.",
    "next_steps": "Visits go on.",
}


@dataclass
class World:
    """Everybody and everything a project needs to be learned from."""

    people: make.Cast
    grant: Grant
    evaluator: User
    second: User

    @property
    def owner(self) -> User:
        return self.people.owner

    @property
    def officer(self) -> User:
        return self.people.checker

    @property
    def reports(self) -> list[Report]:
        return list(Report.objects.filter(grant=self.grant).order_by("no"))

    @property
    def record(self) -> CaseRecord:
        return CaseRecord.objects.get(thread=self.grant.thread)

    def write(self, report: Report, numerator: int = 48, denominator: int = 60, share: int = 5) -> Report:
        """Fill everything of a report; `share` of each budget line is spent, in tenths."""
        at = LATER
        reporting.write_boxes(report, by=self.owner, at=at, boxes=BOXES)
        girls, girls_all = numerator * 31 // 60, denominator * 31 // 60
        cells = {
            ("sex", "F"): (girls, girls_all),
            ("sex", "M"): (numerator - girls, denominator - girls_all),
        }
        given = reporting.Given(numerator, denominator, cells)
        indicator = Indicator.objects.get(code="OC-04")
        reporting.give_value(report, by=self.owner, at=at, indicator=indicator, given=given)
        lines = self.grant.application.budget_lines.all()
        spent = {line.no: line.total_minor * share // 10 for line in lines}
        return reporting.give_spending(report, by=self.owner, at=at, spent=spent)

    def accept_all(self) -> None:
        """Every report written, handed in and accepted; the whole budget spent."""
        reports = self.reports
        shares = [10 // len(reports)] * len(reports)
        shares[-1] += 10 - sum(shares)
        for report, share in zip(reports, shares, strict=True):
            self.write(report, share=share)
            reporting.submit_report(report, by=self.owner, at=LATER)
            judging.accept_report(report, by=self.officer, at=LATER)

    def planned(self) -> Evaluation:
        """Two evaluators are named."""
        return evaluating.plan_evaluation(
            self.grant, by=self.officer, at=LATER, evaluator=self.evaluator, second=self.second
        )

    def hand_in(self, practice_class: int = 3, score: int = 3) -> Evaluation:
        """An evaluation that the organisation may read and correct."""
        evaluation = self.planned()
        common = {"by": self.evaluator, "at": LATER}
        evaluating.begin_evaluation(evaluation, **common)
        for criterion in CRITERIA:
            evaluating.rate_criterion(
                evaluation, criterion=criterion, score=5, evidence_level=2, reason="Seen.", **common
            )
        for person in (self.evaluator, self.second):
            scores = dict.fromkeys(REPLICABILITY, score)
            evaluating.score_replicability(evaluation, by=person, at=LATER, scores=scores)
        evaluating.classify_practice(
            evaluation, practice_class=practice_class, evidence_level=2, summary="It works.", **common
        )
        return evaluating.submit_evaluation(evaluation, **common)

    def evaluate(self, practice_class: int = 3, score: int = 3) -> Evaluation:
        """A final evaluation."""
        evaluation = self.hand_in(practice_class, score)
        evaluating.make_final(evaluation, by=self.evaluator, at=LATER)
        journal.sweep()
        return evaluation

    def draft(self, **words: object) -> publishing.Draft:
        """A complete text."""
        text = {
            "title_en": "Visit before term",
            "title_fr": "Visite avant la rentrée",
            "title_sw": "Ziara kabla ya muhula",
            "context": "Town quarter beside washing ponds",
            "problem": "Children return to ore before term",
            "steps": ["List families", "Visit", "Save each week"],
            "people_served": 60,
            "consent_organisation": True,
            **words,
        }
        return publishing.Draft(**text)  # type: ignore[arg-type]

    def publish(self, **words: object) -> CaseRecord:
        """Written by the first evaluator, passed by the safeguarding lead, published by the second."""
        record = self.record
        publishing.write_practice(
            record, by=self.evaluator, at=LATER, draft=self.draft(**words), tags=["INT-SCH", "SET-URB"]
        )
        publishing.send_to_safeguarding(record, by=self.evaluator, at=LATER)
        publishing.pass_safeguarding(record, by=self.people.lead, at=LATER)
        publishing.publish_practice(record, by=self.second, at=LATER)
        journal.sweep()
        return self.record


@pytest.fixture(scope="module")
def standing_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    def build() -> World:
        people = make.cast()
        make.donor(people)
        grant = make.signed(people)
        journal.sweep()
        evaluator = people_of.person("evaluator@example.org", "evaluator")
        second = people_of.person("second-evaluator@example.org", "evaluator")
        return World(people, grant, evaluator, second)

    yield from standing(django_db_blocker, build)


@pytest.fixture
def world(standing_world: World, db: None) -> World:
    return deepcopy(standing_world)
