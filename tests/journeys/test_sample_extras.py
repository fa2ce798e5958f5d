"""Beside the proposals of the file stand a few invented ones, so that everybody finds work on the first day."""

import json
import re
from collections import Counter

import pytest
from django.utils import timezone

from applications.actions.committee import cast_vote, decide_item, declare_interest
from applications.actions.moderating import moderate_application
from applications.actions.reviewing import submit_review
from applications.models import AgendaItem, Application, Review
from applications.queries.committee import outcome_of
from disbursements.actions.requesting import request_tranche
from disbursements.actions.tranches import (
    approve_tranche,
    check_tranche,
    issue_order,
    pay_tranche,
)
from disbursements.models import Grant, Tranche
from disbursements.queries.requests import positions, proposed_plan
from evaluation.actions.judging import accept_report
from evaluation.management.commands.demo import sign_ins
from evaluation.management.sample_fund.book import DATA, read
from evaluation.models import CaseRecord, Evaluation, Report
from evaluation.queries.receipts import sums_of, variances
from evaluation.queries.reports import gaps_of, lines_of
from fundmgmt.access import Refused
from fundmgmt.inbox import waiting_for
from fundmgmt.models import StepRefused, User

pytestmark = [pytest.mark.usefixtures("fund", "db"), pytest.mark.slow]

FILE = read(DATA / "sample_proposals.json")
EXTRAS = read(DATA / "sample_supplement.json")["extras"]
STATES = {
    "INVENTED-01": ("in_review", None, []),
    "INVENTED-02": ("in_review", None, []),
    "INVENTED-03": ("submitted", None, []),
    "INVENTED-04": ("in_committee", None, []),
    "INVENTED-05": ("approved", "active", ["checked", "planned"]),
    "INVENTED-06": ("approved", "active", ["approved", "planned"]),
    "INVENTED-07": ("approved", "closing", ["confirmed", "planned"]),
}
DECLARE, VOTE = "Declare a link, or none", "Vote"
APPROVE, SEND = "Approve the release of a tranche", "Send a tranche"
EXPLAIN, SETTLE = "Explain differences with ways of paying", "Settle lines of the bank statement"
ENACT = "Read a new wording of the agreement and put it in force"
WAIVE = "Confirm or refuse the waiver of a condition"
DESKS = {
    "reviewer-a": ["Score this proposal"],
    "reviewer-b": ["Say whether you can review"],
    "reviewer-c": ["Score this proposal"],
    "reviewer-d": ["Score this proposal"],
    "reviewer-e": ["Score this proposal"],
    "treasurer-1": [APPROVE, WAIVE, EXPLAIN, SETTLE],  # approved the other one, so another treasurer sends it
    "treasurer-2": [APPROVE, WAIVE, EXPLAIN, SEND, SETTLE],
    "treasurer-3": [APPROVE, WAIVE, EXPLAIN, SEND, SETTLE],
    "evaluator-1": ["Go on with the evaluation"],
    "evaluator-2": ["Go on with the evaluation", "Validate and publish the practice"],
    "member-p1": [DECLARE, VOTE],
    "member-p2": [DECLARE],
    "member-n1": [DECLARE, VOTE],
    "member-n2": [DECLARE],
    "member-g1": [DECLARE, DECLARE],
    "observer-o5": [DECLARE],
    "safeguarding-1": [WAIVE, "Look at a hold again"],
    "umm-owner": ["Ask for your next tranche", "Go on with the report"],
    "swk-editor": ["See what the tranche waits for"],
}
OFFICERS = {
    "Answer the report": 1,
    "Begin the eligibility check": 1,
    "Decide a change of a grant": 1,
    "Do the due diligence": 1,
    "Moderate the scores": 1,
    "Open the grant of this award": 1,
    "Open the meeting on its day": 1,
    "Record the decisions and close the meeting": 1,
    "Validate and publish the practice": 1,
}


def person(key: str) -> User:
    return User.objects.get(email=f"{key}@example.org")


def desk(key: str) -> list[str]:
    return sorted(str(item.what) for item in waiting_for(person(key), timezone.localdate()))


def test_they_say_that_they_are_invented_and_stand_apart_from_the_file() -> None:
    assert EXTRAS["_note"].startswith("Invented")
    assert [row["ref"] for row in EXTRAS["proposals"]] == list(STATES)
    known = {proposal["organisation"]["name"] for proposal in FILE["proposals"]}
    rows = Application.objects.filter(external_ref__in=STATES)
    of_extras = set(rows.values_list("organisation__name", flat=True))
    assert of_extras <= known
    assert not re.search(r"\d{4}-\d{2}-\d{2}", json.dumps(EXTRAS["proposals"])), "days count from the day of loading"


@pytest.mark.parametrize("ref", STATES)
def test_each_stands_where_somebody_has_to_act(ref: str) -> None:
    state, grant_state, tranches = STATES[ref]
    row = Application.objects.get(external_ref=ref)
    grant = Grant.objects.filter(application=row).first()
    assert (row.state, grant and grant.state) == (state, grant_state)
    assert list(Tranche.objects.filter(grant=grant).order_by("no").values_list("state", flat=True)) == tranches
    assert CaseRecord.objects.get(thread=row.thread).state == "gathering"


@pytest.mark.parametrize("key", DESKS)
def test_everybody_finds_work(key: str) -> None:
    assert desk(key) == DESKS[key]


@pytest.mark.parametrize(("key", "more"), [("officer-1", {}), ("officer-2", {ENACT: 1})])
def test_officers_find_one_of_each_kind(key: str, more: dict[str, int]) -> None:
    assert Counter(desk(key)) == Counter(OFFICERS | more)  # who proposed a wording does not put it in force


def test_three_reviewers_read_one_proposal_and_one_has_handed_in() -> None:
    states = {
        ref: sorted(Review.objects.filter(application__external_ref=ref).values_list("state", flat=True))
        for ref in ("INVENTED-01", "INVENTED-02")
    }
    assert states == {
        "INVENTED-01": ["accepted", "accepted", "submitted"],
        "INVENTED-02": ["accepted", "accepted", "invited"],
    }


def test_the_written_procedure_waits_for_more_voices() -> None:
    item = AgendaItem.objects.select_related("meeting", "application").get(application__external_ref="INVENTED-04")
    outcome, _rules = outcome_of(item, timezone.now())
    assert (item.state, item.meeting.mode, item.meeting.state) == ("proposed", "written", "open")
    assert (outcome.result, outcome.present, outcome.in_favour, outcome.eligible) == ("waits", 1, 1, 5)


def test_the_report_and_the_evaluation_are_under_way() -> None:
    grant = Grant.objects.get(application__external_ref="INVENTED-07")
    assert [report.state for report in Report.objects.filter(grant=grant)] == ["submitted"]
    evaluation = Evaluation.objects.get(grant=grant)
    assert (evaluation.state, evaluation.ratings.count()) == ("in_progress", 2)


def test_the_demo_prints_everybody_with_what_waits() -> None:
    lines = sign_ins(timezone.localdate())
    text = "\n".join(lines)
    busy, _empty, idle = text.partition("With an empty desk today:")
    waits = {user.email: bool(waiting_for(user, timezone.localdate())) for user in User.objects.filter(is_active=True)}
    assert {email for email, some in waits.items() if some} == set(re.findall(r"[\w-]+@example\.org", busy))
    assert {email for email, some in waits.items() if not some} == set(re.findall(r"[\w-]+@example\.org", idle))
    assert "treasurer-1@example.org       Approve the release of a tranche (GR-" in busy
    assert "auditor-1@example.org  reads the journal" in idle
    assert all(len(line) < 130 for line in lines if "," not in line)


# What waits can be done, by the people for whom it waits --------------------------------------------


def test_four_people_bring_a_tranche_to_the_grantee() -> None:
    now = timezone.now()
    tranche = Tranche.objects.get(grant__application__external_ref="INVENTED-05", no=1)
    approve_tranche(tranche, by=person("treasurer-1"), at=now)
    with pytest.raises(Refused, match="Another treasurer"):
        issue_order(tranche, by=person("treasurer-1"), at=now)
    issue_order(tranche, by=person("treasurer-2"), at=now)
    pay_tranche(tranche, by=person("treasurer-2"), at=now, bank_reference="BO-1", bank_date=timezone.localdate(now))
    assert "Confirm what arrived" in desk("cpdp-owner")
    people = {tranche.requested_by_id, tranche.checked_by_id, tranche.approved_by_id, tranche.paid_by_id}
    assert (tranche.state, len(people)) == ("sent", 4)


def test_a_report_counts_receipts_in_two_moneys_and_explains_a_difference() -> None:
    today = timezone.localdate()
    report = Report.objects.get(grant__application__external_ref="FPCL-2025-004", no=1)
    assert [(one.currency, one.count, one.amount_minor, one.counted_minor) for one in sums_of(report)] == [
        ("USD", 5, 586_000, 586_000),
        ("CDF", 4, 454_850_000, 159_617),
    ]
    found = [(row.line.no, row.line.spent_minor, row.word) for row in variances(report, lines_of(report), today)]
    assert found[8] == (9, 161_513, "beyond")
    assert [word for _no, _minor, word in found].count("ok") == 9
    assert [gap for gap in gaps_of(report, today) if gap.part == "spending"] == []


def test_the_seats_decide_in_writing() -> None:
    now = timezone.now()
    item = AgendaItem.objects.get(application__external_ref="INVENTED-04")
    for key in ("member-p2", "member-g1"):
        declare_interest(item, by=person(key), at=now)
    for key in ("member-p1", "member-p2", "member-n1"):
        cast_vote(item, value="for", by=person(key), at=now)
    with pytest.raises(StepRefused):
        decide_item(item, by=person("officer-1"), at=now)  # one seat has not answered, and its time is not over
    cast_vote(item, value="abstain", by=person("member-g1"), at=now)
    decide_item(item, by=person("officer-1"), at=now)
    application = Application.objects.get(pk=item.application_id)
    assert (item.result, application.state, application.awarded_minor) == ("carried", "approved", 1_156_000)
    assert "Open the grant of this award" in desk("officer-1")


def test_the_other_two_reviewers_finish_and_the_officer_goes_on() -> None:
    now = timezone.now()
    application = Application.objects.get(external_ref="INVENTED-01")
    for key in ("reviewer-c", "reviewer-e"):
        review = Review.objects.get(application=application, reviewer=person(key))
        scores = {f"SC-0{number}": (4, "") for number in range(1, 9)}
        submit_review(review, scores=scores, overall="Sound.", recommendation="fund", by=person(key), at=now)
    assert "Fix the result of the reviews" in desk("officer-1")
    moderate_application(application, reason="They agree.", by=person("officer-1"), at=now)
    assert application.state == "due_diligence"


def test_the_report_is_accepted_and_sets_the_last_tranche_free() -> None:
    now = timezone.now()
    grant = Grant.objects.get(application__external_ref="INVENTED-07")
    accept_report(Report.objects.get(grant=grant), by=person("officer-1"), at=now)
    tranche = Tranche.objects.get(grant=grant, no=2)
    plan = proposed_plan(tranche.amount_minor, positions(grant))
    request_tranche(tranche, by=person("numd-editor"), at=now, certified_name="NUMD colleague", plan=plan)
    check_tranche(tranche, by=person("officer-1"), at=now)
    assert tranche.state == "checked"
