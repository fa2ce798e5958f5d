"""Reviewers, a committee, and proposals taken as far as a test needs, through the real actions."""

import datetime as dt
from collections.abc import Sequence

from applications.actions import committee, diligence, moderating, reviewing
from applications.models import AgendaItem, Application, Meeting, Review
from applications.queries.diligence import PSEA_ITEMS
from fundmgmt.models import Seat, Term, User
from tests.factories import applications as make

AT = dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CRITERIA = [f"SC-0{number}" for number in range(1, 9)]
SEATS = (
    ("P1", "private_sector", True),
    ("P2", "private_sector", True),
    ("N1", "ngo", True),
    ("N2", "ngo", True),
    ("G1", "government", True),
    ("O1", "international_organisation", False),
)


def reviewers(officer: User, count: int = 3) -> list[User]:
    """Reviewers; the first knows the region, the second works in child protection."""
    people = [make.person(f"reviewer{number}@example.org", "reviewer") for number in range(1, count + 1)]
    reviewing.describe_reviewer(people[0], provinces=["Lualaba"], child_protection=False, by=officer, at=AT)
    reviewing.describe_reviewer(people[1], provinces=[], child_protection=True, by=officer, at=AT)
    return people


def invited(application: Application, officer: User, people: Sequence[User]) -> list[Review]:
    return [reviewing.invite_reviewer(application, reviewer=who, by=officer, at=AT) for who in people]


def sheet(score: int, **other: int) -> dict[str, tuple[int | None, str]]:
    """The same score everywhere, but SC_02=1 and the like."""
    return {code: (other.get(code.replace("-", "_"), score), "Seen in the plan.") for code in CRITERIA}


def hand_in(review: Review, score: int, at: dt.datetime = AT, **other: int) -> Review:
    if review.state == "invited":
        reviewing.accept_review(review, by=review.reviewer, at=at)
    return reviewing.submit_review(
        review, by=review.reviewer, at=at, scores=sheet(score, **other), overall="Sound.", recommendation="fund"
    )


def scored(application: Application, officer: User, scores: Sequence[int] = (4, 4, 3)) -> list[Review]:
    people = reviewers(officer)
    rows = invited(application, officer, people)
    for review, score in zip(rows, scores, strict=True):
        hand_in(review, score)
    application.refresh_from_db()
    return rows


def rate_all(application: Application, officer: User, at: dt.datetime = AT, **ratings: int) -> None:
    items = [f"DD-{number:02}" for number in range(1, 13)]
    if application.window == "micro":
        items = ["DD-01", "DD-02", "DD-03", "DD-04", "DD-05", "DD-07", "DD-08", "DD-12"]
    for item in items:
        rating = ratings.get(item.replace("-", "_"), 1)
        diligence.record_check(application, item=item, rating=rating, note="Seen.", by=officer, at=at)
    for item in PSEA_ITEMS:
        rating = ratings.get(item.replace("-", "_"), 3)
        diligence.record_check(application, item=item, rating=rating, note="Seen.", by=officer, at=at)


def in_diligence(application: Application, officer: User, scores: Sequence[int] = (4, 4, 3)) -> Application:
    scored(application, officer, scores)
    return moderating.moderate_application(application, by=officer, at=AT, reason="They agreed.")


def before_committee(
    application: Application, officer: User, scores: Sequence[int] = (4, 4, 3), **ratings: int
) -> Application:
    in_diligence(application, officer, scores)
    rate_all(application, officer, **ratings)
    return diligence.finish_due_diligence(application, by=officer, at=AT, to_committee=True)


def seats() -> dict[str, User]:
    """A committee of five votes and one observer: seat code to person."""
    people = {}
    for code, constituency, votes in SEATS:
        seat = Seat.objects.create(code=code, constituency=constituency, votes=votes, valid_from=dt.date(2024, 1, 1))
        people[code] = make.person(f"{code.lower()}@example.org")
        Term.objects.create(seat=seat, user=people[code], valid_from=dt.date(2024, 1, 1))
    return people


def meeting(officer: User, mode: str = "online") -> Meeting:
    return committee.prepare_meeting(mode=mode, held_date=AT.date() + 7 * DAY, by=officer, at=AT)


def opened(officer: User, application: Application, decision_type: str = "approve") -> AgendaItem:
    """An item of an open meeting."""
    row = meeting(officer)
    item = committee.put_on_agenda(row, application=application, decision_type=decision_type, by=officer, at=AT)
    committee.call_meeting(row, by=officer, at=AT)
    committee.open_meeting(row, by=officer, at=AT + 7 * DAY)
    item.refresh_from_db()
    return item


def vote(item: AgendaItem, people: dict[str, User], at: dt.datetime = AT + 7 * DAY, **votes: str) -> None:
    """Declare no link and vote: P1="for"."""
    for code, value in votes.items():
        committee.declare_interest(item, by=people[code], at=at)
        committee.cast_vote(item, value=value, by=people[code], at=at)
