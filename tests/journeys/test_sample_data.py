"""The supplement invents what the proposals file does not say; whatever the file does say, it must not contradict."""

import datetime as dt
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[2] / "fundmgmt" / "data"
FILE = json.loads((DATA / "sample_proposals.json").read_text(encoding="utf-8"))
SUPPLEMENT = json.loads((DATA / "sample_supplement.json").read_text(encoding="utf-8"))
PROPOSALS = {proposal["id"]: proposal for proposal in FILE["proposals"]}
WEIGHTS = {"SC-01": 15, "SC-02": 20, "SC-03": 15, "SC-04": 10, "SC-05": 10, "SC-06": 15, "SC-07": 10, "SC-08": 5}
RISKS = {"low": 1, "medium": 2, "significant": 3, "high": 4}

each = pytest.mark.parametrize("ref", PROPOSALS)


def having(*path: str) -> list[str]:
    """Refs of proposals whose supplement holds this path."""

    def holds(row: Any) -> bool:
        for key in path:
            if not isinstance(row, dict) or not row.get(key):
                return False
            row = row[key]
        return True

    return [ref for ref, row in SUPPLEMENT["proposals"].items() if holds(row)]


def cents(amount: float) -> int:
    return round(amount * 100)


def test_it_says_that_it_is_invented_and_covers_every_proposal() -> None:
    assert SUPPLEMENT["_note"].startswith("Invented")
    assert set(SUPPLEMENT["proposals"]) == set(PROPOSALS)


def test_people_are_roles_with_addresses_that_reach_nobody() -> None:
    people = SUPPLEMENT["people"]
    assert len({person["email"] for person in people}) == len(people)
    assert all(person["email"].endswith("@example.org") for person in people)
    held = [role for person in people for role in person.get("roles", ())]
    least = {"officer": 2, "reviewer": 5, "treasurer": 3, "evaluator": 2, "safeguarding": 2}
    once = {"donor_viewer": 1, "auditor": 1, "administrator": 1}
    assert {role: held.count(role) for role in set(held)} == least | once
    assert {person["seat"] for person in people if "seat" in person} == {
        seat["code"] for seat in FILE["context"]["committee"]["seats"]
    }


@pytest.mark.parametrize("ref", having("reviews"))
def test_scores_of_each_reviewer_give_the_total_of_the_file(ref: str) -> None:
    review = PROPOSALS[ref]["review"]
    given = SUPPLEMENT["proposals"][ref]["reviews"]
    assert list(given) == [score["reviewer"] for score in review["scores"]]
    for score in review["scores"]:
        items = given[score["reviewer"]]["scores"]
        assert items.keys() == WEIGHTS.keys()
        assert all(isinstance(item, int) and 0 <= item <= 5 for item in items.values())
        assert sum(items[code] * weight for code, weight in WEIGHTS.items()) == score["total"] * 5
        assert items["SC-03"] >= 3
        assert items["SC-02"] >= 2
    if review["moderated"] is not None:
        totals = [score["total"] for score in review["scores"]]
        assert round(sum(totals) / len(totals), 1) == review["moderated"]
        assert max(totals) - min(totals) <= 25
        assert all(
            max(row["scores"][code] for row in given.values()) - min(row["scores"][code] for row in given.values()) <= 2
            for code in WEIGHTS
        )


@pytest.mark.parametrize("ref", having("reviews"))
def test_each_proposal_has_a_regional_and_a_child_protection_reviewer(ref: str) -> None:
    people = {person["code"]: person for person in SUPPLEMENT["people"] if "code" in person}
    reviewers = [people[code] for code in SUPPLEMENT["proposals"][ref]["reviews"]]
    assert any(reviewer.get("regional") for reviewer in reviewers)
    assert any(reviewer.get("child_protection") for reviewer in reviewers)


@pytest.mark.parametrize("ref", having("due_diligence"))
def test_due_diligence_gives_the_risk_and_the_psea_score_of_the_file(ref: str) -> None:
    diligence, organisation = SUPPLEMENT["proposals"][ref]["due_diligence"], PROPOSALS[ref]["organisation"]
    assert len(diligence["items"]) == 12
    weighing = max(diligence["items"][code] for code in ("DD-01", "DD-03", "DD-05", "DD-08"))
    assert weighing == RISKS[organisation["risk_financial"]]
    assert sum(diligence["psea"].values()) == organisation["psea_score"]
    assert all(1 <= value <= 3 for value in diligence["psea"].values())


def test_open_due_diligence_items_are_those_of_the_file() -> None:
    opened = SUPPLEMENT["proposals"]["FPCL-2025-010"]["due_diligence"]["open_items"]
    assert sorted(opened.values()) == sorted(PROPOSALS["FPCL-2025-010"]["due_diligence"]["open_items"])


def test_the_refused_proposal_fails_what_the_file_says() -> None:
    answers = SUPPLEMENT["proposals"]["FPCL-2025-011"]["eligibility"]
    failed = [code for code, met in answers.items() if not met]
    assert failed == [text[:5] for text in PROPOSALS["FPCL-2025-011"]["eligibility"]["failed"]]


@pytest.mark.parametrize("ref", having("decision"))
def test_votes_by_seat_count_as_the_file_counts(ref: str) -> None:
    decision, given = PROPOSALS[ref]["decision"], SUPPLEMENT["proposals"][ref]["decision"]
    votes = list(given["votes"].values())
    assert votes.count("recused") == decision["recused"]
    assert set(given.get("recusal_reason", ())) == {seat for seat, vote in given["votes"].items() if vote == "recused"}
    if decision["outcome"] == "pending":
        return
    for value in ("in_favour", "against", "abstain"):
        assert votes.count(value) == decision[value]
    assert len(votes) - votes.count("recused") == decision["voting_present"]
    assert len(SUPPLEMENT["meetings"][decision["meeting"]]["observers"]) == decision["observers"]
    assert [condition["label"] for condition in given["conditions"]] == decision["conditions"]


def test_every_meeting_of_the_file_has_its_days() -> None:
    meetings = {meeting["code"]: meeting for meeting in FILE["context"]["meetings"]}
    assert set(SUPPLEMENT["meetings"]) == set(meetings)
    for code, row in SUPPLEMENT["meetings"].items():
        assert row["called"] < meetings[code]["date"]
        assert row["minutes_approved"] is None or row["minutes_approved"] > meetings[code]["date"]


def known_spending(ref: str, on: str = "9999") -> dict[int, int]:
    """Spending by budget line as the fund knows it on a day; a report replaces an earlier statement for it."""
    given = SUPPLEMENT["proposals"][ref]
    told: dict[int, dict[str, int]] = {}
    for statement in given.get("statements", {}).values():
        if statement["on"] <= on:
            told[statement["report"]] = statement["spent"]
    for number, report in given["reports"].items():
        if report["accepted"] <= on:
            told[int(number)] = report["spent"]
    spent: dict[int, int] = {}
    for lines in told.values():
        for number, amount in lines.items():
            spent[int(number)] = spent.get(int(number), 0) + amount
    return spent


@pytest.mark.parametrize("ref", [ref for ref, proposal in PROPOSALS.items() if proposal.get("results")])
def test_spending_by_report_adds_up_to_the_lines_of_the_file(ref: str) -> None:
    spent = known_spending(ref)
    assert spent == {line["no"]: cents(line["spent"]) for line in PROPOSALS[ref]["results"]["lines"]}
    assert sum(spent.values()) == cents(PROPOSALS[ref]["results"]["spent"])


@pytest.mark.parametrize("ref", having("reports"))
def test_each_paid_tranche_found_the_spending_it_needs(ref: str) -> None:
    amounts = [cents(tranche["amount"]) for tranche in PROPOSALS[ref]["tranches"]]
    for number, steps in SUPPLEMENT["proposals"][ref]["tranches"].items():
        before = int(number) - 1
        if not before or "paid" not in steps:
            continue
        known = sum(known_spending(ref, steps["checked"]).values())
        needed = sum(amounts[: before - 1]) + amounts[before - 1] * 8 // 10
        assert needed <= known <= sum(amounts[:before])


def test_the_blocked_tranche_stands_at_the_share_of_the_file() -> None:
    ref = "FPCL-2025-005"
    spent = sum(known_spending(ref).values())
    share = PROPOSALS[ref]["finance_snapshot"]["spent_of_last_tranche_pct"]
    assert round(spent * 100 / cents(PROPOSALS[ref]["tranches"][0]["amount"]), 1) == share


@pytest.mark.parametrize("ref", having("evaluation"))
def test_replicability_scores_give_the_mean_of_the_file(ref: str) -> None:
    evaluation = SUPPLEMENT["proposals"][ref]["evaluation"]
    by_evaluator = evaluation["replicability"]
    assert list(by_evaluator) == evaluation["evaluators"]
    given = [score for scores in by_evaluator.values() for score in scores.values()]
    assert len(given) == 2 * 9
    assert all(0 <= score <= 4 for score in given)
    assert round(sum(given) / len(given), 1) == PROPOSALS[ref]["results"]["evaluation"]["replicability"]
    assert all(scores["RP-05"] >= 3 for scores in by_evaluator.values())
    case = SUPPLEMENT["proposals"][ref]["case_record"]
    assert case["practice_class"] == PROPOSALS[ref]["results"]["evaluation"]["practice_class"]


@pytest.mark.parametrize("ref", having("reports"))
def test_reports_have_eight_short_boxes(ref: str) -> None:
    for report in SUPPLEMENT["proposals"][ref]["reports"].values():
        assert len(report["texts"]) == 8
        assert all(0 < len(text) < 200 for text in report["texts"].values())


def steps_in_order(ref: str) -> list[str]:
    """Days of a proposal's own steps in the order in which they must come."""
    given, file = SUPPLEMENT["proposals"][ref], PROPOSALS[ref]
    days = [file["call"]["opened"], given["started"], given.get("submitted"), given.get("screened")]
    for review in given.get("reviews", {}).values():
        assert review["invited"] <= review["accepted"] <= review["submitted"]
    if "reviews" in given:
        days += [
            min(review["invited"] for review in given["reviews"].values()),
            max(review["submitted"] for review in given["reviews"].values()),
        ]
    days += [given.get("moderated", {}).get("on"), given.get("due_diligence", {}).get("finished")]
    days += [
        given.get("decision", {}).get("on_agenda"),
        (file["decision"] or {}).get("date") if "decision" in given else None,
    ]
    grant = given.get("grant", {})
    days += [grant.get(name) for name in ("opened", "bank_recorded", "grantee_signed", "fund_signed", "activated")]
    for tranche in given.get("tranches", {}).values():
        days += [tranche.get(name) for name in ("requested", "checked", "approved", "paid", "confirmed")]
    days += [grant.get(name) for name in ("ended", "closing", "closed")]
    case = given.get("case_record", {})
    days += [case.get(name) for name in ("drafted", "safeguarding", "validated", "published")]
    return [day for day in days if day]


@each
def test_steps_come_in_order_and_submission_inside_the_call(ref: str) -> None:
    days = steps_in_order(ref)
    for earlier, later in pairwise(days):
        assert earlier <= later, (ref, earlier, later)
    submitted = SUPPLEMENT["proposals"][ref].get("submitted")
    assert submitted is None or submitted <= PROPOSALS[ref]["call"]["closed"]


def test_every_day_is_a_day_and_the_past_stays_before_the_first_release() -> None:
    found = re.findall(r'"(\d{4}-\d{2}-\d{2})"', json.dumps(SUPPLEMENT))
    assert found
    assert max(dt.date.fromisoformat(day) for day in found) < dt.date(2026, 3, 1)
