"""Evaluations of the sample and the case records that come of them."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from evaluation.actions.evaluating import (
    begin_evaluation,
    classify_practice,
    make_final,
    plan_evaluation,
    rate_criterion,
    score_replicability,
    submit_evaluation,
)
from evaluation.actions.publishing import (
    Draft,
    pass_safeguarding,
    publish_practice,
    send_to_safeguarding,
    write_practice,
)
from evaluation.models import CaseRecord
from evaluation.states import CostBasis, PracticeClass

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline

CRITERIA = ("relevance", "coherence", "effectiveness", "efficiency", "impact", "sustainability")
CLASSES = {"lesson": PracticeClass.LESSON, "promising": PracticeClass.PROMISING}
BASES = {
    "FPCL-2024-001": CostBasis.CHILDREN,
    "FPCL-2024-002": CostBasis.SUPPORTED,
    "FPCL-2024-003": CostBasis.TRAINED,
}


def note_evaluations(book: Book, timeline: Timeline) -> None:
    """Two evaluators; then the text, its check, its validation."""
    for proposal in book.proposals:
        given, name = proposal.invented, proposal.ref
        if "evaluation" not in given:
            continue
        evaluation = given["evaluation"]
        timeline.on(evaluation["planned"], name, partial(plan, book, proposal))
        timeline.on(evaluation["started"], name, partial(begin, book, proposal))
        if "rated" in evaluation:
            timeline.on(evaluation["started"], name, partial(rate_some, book, proposal))
        if "case_record" not in given:
            continue
        case = given["case_record"]
        timeline.on(evaluation["submitted"], name, partial(rate, book, proposal))
        timeline.on(evaluation["final"], name, partial(finish, book, proposal))
        timeline.on(case["drafted"], name, partial(write, book, proposal))
        timeline.on(case["safeguarding"], name, partial(check, book, proposal))
        if "published" in case:
            timeline.on(case["published"], name, partial(publish, book, proposal))


def plan(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The officer names two evaluators."""
    first, second = (book.person(key) for key in proposal.invented["evaluation"]["evaluators"])
    proposal.rows["evaluation"] = plan_evaluation(
        proposal.grant, by=book.officer(proposal), at=at, evaluator=first, second=second
    )


def begin(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The leading evaluator declares independence."""
    begin_evaluation(proposal.rows["evaluation"], by=lead(book, proposal), at=at)


def lead(book: Book, proposal: Proposal) -> Any:
    """The evaluator in charge."""
    return book.person(proposal.invented["evaluation"]["evaluators"][0])


def rate_some(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The first criteria only; the rest is for whoever signs in."""
    for code, given in proposal.invented["evaluation"]["rated"].items():
        rate_criterion(proposal.rows["evaluation"], criterion=code, by=lead(book, proposal), at=at, **given)


def rate(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Six criteria, nine questions by each of the two, class and summary; handed in."""
    row, by, given = proposal.rows["evaluation"], lead(book, proposal), proposal.invented["evaluation"]
    results = proposal.file["results"]
    found = results["evaluation"]
    for place, name in enumerate(CRITERIA, 1):
        code = f"EV-0{place}"
        rate_criterion(
            row,
            criterion=code,
            score=found["ratings"][name],
            evidence_level=found["evidence_level"],
            reason=given["reasons"][code],
            by=by,
            at=at,
        )
    for key, scores in given["replicability"].items():
        score_replicability(row, scores=scores, by=book.person(key), at=at)
    classify_practice(
        row,
        practice_class=CLASSES[found["practice_class"]],
        evidence_level=found["evidence_level"],
        summary=given["summary"],
        lessons="\n".join(results["lessons"]),
        by=by,
        at=at,
    )
    submit_evaluation(row, by=by, at=at)


def finish(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """It stands."""
    make_final(proposal.rows["evaluation"], by=lead(book, proposal), at=at)


def record(proposal: Proposal) -> CaseRecord:
    """The case record of a proposal."""
    return CaseRecord.objects.get(thread=proposal.application.thread)


def write(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The practice in words, as the file has it."""
    results, given = proposal.file["results"], proposal.invented["case_record"]
    practice = results["practice"]
    draft = Draft(
        **{f"title_{code}": text for code, text in practice["title"].items()},
        **{f"summary_{code}": text for code, text in given["summary"].items()},
        language="en",
        translations=given.get("translations", {}),
        context=practice["context"],
        problem=practice["problem"],
        steps=practice["steps"],
        results=practice["results"],
        lessons=results["lessons"],
        safeguards=proposal.invented["safeguarding_plan"],
        people_served=results["cost_per_child"]["people_served"],
        cost_basis=BASES[proposal.ref],
        consent_organisation=True,
        consent_note=practice["consent"],
        place_level=proposal.file["location"]["public_precision"],
    )
    tags = [*practice["tags"], *practice["enabling"], *practice["barriers"]]
    write_practice(record(proposal), draft=draft, tags=tags, by=book.person(given["drafter"]), at=at)


def check(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The safeguarding lead looks whether anybody could be recognised."""
    row = record(proposal)
    send_to_safeguarding(row, by=book.person(proposal.invented["case_record"]["drafter"]), at=at)
    pass_safeguarding(row, by=book.person("safeguarding-1"), at=at)


def publish(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """A second evaluator validates it."""
    publish_practice(record(proposal), by=book.person(proposal.invented["case_record"]["validator"]), at=at)
