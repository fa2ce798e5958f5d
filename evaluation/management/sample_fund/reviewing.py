"""Reviews, moderation and due diligence of the sample."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from applications.actions.deciding import approve_application
from applications.actions.diligence import find_lead, finish_due_diligence, open_item, record_check
from applications.actions.moderating import moderate_application
from applications.actions.reviewing import accept_review, describe_reviewer, invite_reviewer, submit_review
from applications.states import LeadSubject, Recommendation
from evaluation.management.sample_fund.calls import PROVINCES
from evaluation.management.sample_fund.people import BEGINNING

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline

FUND_FROM, CHANGES_FROM = 75, 65
LOW = 2
SIGNIFICANT = 3
ABSENT = 1
PAPERS = "papers on file"


def note_reviews(book: Book, timeline: Timeline) -> None:
    """Invited, accepted, handed in; then one result, and the organisation is checked."""
    timeline.on(BEGINNING, "profiles of reviewers", partial(describe_reviewers, book))
    for proposal in book.proposals:
        given, name = proposal.invented, proposal.ref
        for code, review in given.get("reviews", {}).items():
            for key, step in {"invited": invite, "accepted": accept, "submitted": hand_in}.items():
                if key in review:
                    timeline.on(review[key], f"{name} {code}", partial(step, book, proposal, code))
        if "moderated" in given:
            timeline.on(given["moderated"]["on"], name, partial(moderate, book, proposal))
        diligence = given.get("due_diligence", {})
        when = diligence.get("finished") or diligence.get("checked")
        if when:
            timeline.on(when, name, partial(check_organisation, book, proposal))
        if "award" in given:
            timeline.on(given["award"], name, partial(award, book, proposal))


def describe_reviewers(book: Book, at: dt.datetime) -> None:
    """Who knows the region from within, who works in child protection."""
    for row in book.invented["people"]:
        if "reviewer" in row.get("roles", ()):
            describe_reviewer(
                book.person(row["key"]),
                provinces=list(PROVINCES) if row.get("regional") else [],
                child_protection=row.get("child_protection", False),
                by=book.person("officer-1"),
                at=at,
            )


def invite(book: Book, proposal: Proposal, code: str, at: dt.datetime) -> None:
    """An officer asks a reviewer, with two weeks to answer."""
    proposal.rows[code] = invite_reviewer(
        proposal.application,
        reviewer=book.reviewer(code),
        by=book.officer(proposal),
        at=at,
        due_date=at.date() + dt.timedelta(days=35),
    )


def accept(book: Book, proposal: Proposal, code: str, at: dt.datetime) -> None:
    """No link with the project."""
    accept_review(proposal.rows[code], by=book.reviewer(code), at=at)


def hand_in(book: Book, proposal: Proposal, code: str, at: dt.datetime) -> None:
    """All eight scores, a reason where a score is low, an overall comment and an advice."""
    given = proposal.invented["reviews"][code]
    total = next(row["total"] for row in proposal.file["review"]["scores"] if row["reviewer"] == code)
    words = book.invented["low_score_words"]
    if total >= FUND_FROM:
        advice = Recommendation.FUND
    else:
        advice = Recommendation.CHANGES if total >= CHANGES_FROM else Recommendation.NOT_FUND
    submit_review(
        proposal.rows[code],
        scores={item: (score, words[item] if score <= LOW else "") for item, score in given["scores"].items()},
        overall=given["comment"],
        recommendation=advice,
        by=book.reviewer(code),
        at=at,
    )


def moderate(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The mean stands."""
    reason = proposal.invented["moderated"]["reason"]
    moderate_application(proposal.application, reason=reason, by=book.officer(proposal), at=at)


def check_organisation(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Rate every item; note what is open, or finish and send it to the Committee."""
    application, by = proposal.application, book.officer(proposal)
    given: dict[str, Any] = proposal.invented["due_diligence"]
    opened = given.get("open_items", {})
    for item, rating in given["items"].items():
        note = book.invented["risk_words"] if rating >= SIGNIFICANT else ""
        record_check(application, item=item, rating=rating, note=note, evidence=PAPERS, by=by, at=at)
    for item, rating in given["psea"].items():
        note = book.invented["psea_words"] if rating == ABSENT else ""
        record_check(application, item=item, rating=rating, note=note, evidence=PAPERS, by=by, at=at)
    for item, text in opened.items():
        if item == "DD-05":
            find_lead(
                application,
                matched=LeadSubject.BOARD,
                list_name=given["list"]["name"],
                list_date=dt.date.fromisoformat(given["list"]["date"]),
                note=text,
                by=by,
                at=at,
            )
        else:
            open_item(application, item=text[:5], text=text[6:], by=by, at=at)
    if not opened:
        finish_due_diligence(application, by=by, at=at)


def award(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """A micro grant: another officer than the one who checked the organisation approves it."""
    approve_application(proposal.application, by=book.other_officer(proposal), at=at)
