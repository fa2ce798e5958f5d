"""The loaded sample fund equals the proposals file: sums, people, days, percentages, and where each project stands."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from applications.models import AgendaItem, Application, Call, ConflictOfInterest, Meeting, Moderation, Review
from disbursements.models import Grant, Hold, Pledge, Refund, ReportedSpend, Tranche
from disbursements.queries.release import checks_of
from evaluation.management.sample_fund.book import DATA, cents, read
from evaluation.models import CaseRecord, Evaluation, IndicatorValue, Report
from evaluation.states import PracticeClass
from fundmgmt.access import can
from fundmgmt.journal import entries_for
from fundmgmt.models import JournalEntry, User
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.usefixtures("fund", "db"), pytest.mark.slow]

FILE = read(DATA / "sample_proposals.json")
PROPOSALS = {proposal["id"]: proposal for proposal in FILE["proposals"]}
STATES = {
    "FPCL-2024-001": ("approved", "closed", "published"),
    "FPCL-2024-002": ("approved", "closed", "published"),
    "FPCL-2024-003": ("approved", "closed", "validation"),
    "FPCL-2025-004": ("approved", "active", "gathering"),
    "FPCL-2025-005": ("approved", "active", "gathering"),
    "FPCL-2025-006": ("approved", "suspended", "gathering"),
    "FPCL-2025-007": ("approved_with_conditions", None, "gathering"),
    "FPCL-2025-008": ("in_committee", None, "gathering"),
    "FPCL-2025-009": ("moderation", None, "gathering"),
    "FPCL-2025-010": ("due_diligence", None, "gathering"),
    "FPCL-2025-011": ("ineligible", None, "retired"),
    "FPCL-2025-012": ("draft", None, None),
}
TRANCHE_STATES = {"paid": "confirmed", "planned": "planned", "blocked": "blocked", "on_hold": "on_hold"}

each = pytest.mark.parametrize("ref", PROPOSALS)


def those(*keys: str) -> Any:
    """Proposals whose file holds all of this."""
    return pytest.mark.parametrize("ref", [ref for ref, row in PROPOSALS.items() if all(row.get(key) for key in keys)])


def application(ref: str) -> Application:
    return Application.objects.get(external_ref=ref)


def grant_of(ref: str) -> Grant:
    return Grant.objects.get(application__external_ref=ref)


def local_day(moment: dt.datetime) -> str:
    return timezone.localdate(moment).isoformat()


def rounded(share: Fraction, digits: int = 1) -> float:
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


@each
def test_each_stands_where_the_fund_has_it(ref: str) -> None:
    state, grant_state, case_state = STATES[ref]
    row = application(ref)
    assert row.state == state
    assert [grant.state for grant in Grant.objects.filter(application=row)] == ([grant_state] if grant_state else [])
    cases = CaseRecord.objects.filter(thread=row.thread)
    assert [case.state for case in cases] == ([case_state] if case_state else [])


@each
def test_the_proposal_says_what_the_file_says(ref: str) -> None:
    file, row = PROPOSALS[ref], application(ref)
    assert {code: getattr(row, f"title_{code}") for code in ("en", "fr", "sw")} == file["title"]
    assert row.organisation.name == file["organisation"]["name"]
    assert row.organisation.legal_status == file["organisation"]["legal_status"]
    assert row.province == file["location"]["province"]
    assert row.territory == file["location"]["territory_or_city"]
    assert row.settings == file["location"]["setting"]
    assert row.tags == file["tags"]
    assert row.pillar == file["pillar"]
    assert (row.start_date.isoformat(), row.end_date.isoformat()) == (file["start"], file["end"])
    assert (row.problem, row.summary) == (file["problem"], file["summary"])
    assert (row.cofinance_cash_minor, row.cofinance_kind_minor) == (
        cents(file["cofinance"]["cash"]),
        cents(file["cofinance"]["in_kind"]),
    )
    people = {**file["participants"]["children"]}
    people |= {name: file["participants"][name] for name in ("households", "adults", "youth_18_24")}
    assert {name: getattr(row, name) for name in people} == people
    assert [(a.code, a.title, a.start_month, a.end_month) for a in row.activities.all()] == [
        (a["code"], a["title"], a["start_month"], a["end_month"]) for a in file["activities"]
    ]
    assert [(m.code, m.title, m.due_date.isoformat(), m.releases_tranche) for m in row.milestones.all()] == [
        (m["code"], m["title"], m["due"], m["releases_tranche"]) for m in file["milestones"]
    ]


@each
def test_budget_lines_and_request(ref: str) -> None:
    file, row = PROPOSALS[ref], application(ref)
    lines = list(row.budget_lines.all())
    assert [(line.no, line.category, line.total_minor) for line in lines] == [
        (line["no"], line["category"], cents(line["total"])) for line in file["budget_lines"]
    ]
    assert sum(line.total_minor for line in lines) == cents(file["amount_requested"])
    by_category = {
        entry["category"]: entry["sum"]
        for entry in row.budget_lines.order_by().values("category").annotate(sum=Sum("total_minor"))
    }
    assert by_category == {code: cents(amount) for code, amount in file["budget_by_category"].items()}
    if row.state != "draft":
        assert row.requested_minor == cents(file["amount_requested"])
        assert row.window == file["window"]
    awarded = file["amount_awarded"]
    assert row.awarded_minor == (None if awarded is None else cents(awarded))


@each
def test_promised_changes(ref: str) -> None:
    row = application(ref)
    found = {item.indicator.code: item for item in row.indicators.select_related("indicator")}
    assert set(found) == {item["code"] for item in PROPOSALS[ref]["indicators"]}
    for item in PROPOSALS[ref]["indicators"]:
        kept = found[item["code"]]
        assert (kept.baseline_num, kept.baseline_den) == (item.get("num_base"), item.get("den_base"))
        assert kept.target_value == item["target"]
        if item.get("den_base"):
            assert rounded(Fraction(item["num_base"] * 100, item["den_base"])) == item["baseline"]
        else:
            wanted = None if item["baseline"] is None else Decimal(str(item["baseline"]))
            assert kept.baseline_value == wanted


@those("review")
def test_reviews_and_their_mean(ref: str) -> None:
    file, row = PROPOSALS[ref]["review"], application(ref)
    found = {}
    for review in Review.objects.filter(application=row).submitted().select_related("reviewer"):
        found["R-" + review.reviewer.name[-1]] = Fraction(review.total_num, 5)
    assert found == {score["reviewer"]: score["total"] for score in file["scores"]}
    moderation = Moderation.objects.filter(application=row).first()
    if file["moderated"] is None:
        assert moderation is None
    else:
        assert moderation is not None
        assert moderation.moderated_tenths == round(file["moderated"] * 10)
        assert rounded(Fraction(moderation.mean_num, moderation.mean_den)) == file["moderated"]


def test_meetings_and_their_days() -> None:
    today = timezone.localdate()
    for said in FILE["context"]["meetings"]:
        meeting = Meeting.objects.get(ref=said["code"])
        story = {entry.kind.rpartition(".")[2]: entry.facts for entry in entries_for(meeting.thread)}
        assert story["begin"]["held_date"] == said["date"]
        assert (meeting.mode, meeting.state) == (
            said["mode"],
            "minutes_approved" if said["quorum_met"] else "called",
        )
        if said["quorum_met"]:
            assert meeting.held_date.isoformat() == said["date"]
        else:
            assert story["move_day"]["was"] == said["date"]
            assert meeting.held_date > today
    held = Meeting.objects.exclude(mode="written").values_list("ref", flat=True)
    assert sorted(held) == sorted(said["code"] for said in FILE["context"]["meetings"])


@those("amount_awarded")
def test_the_grant_and_its_tranches(ref: str) -> None:
    if STATES[ref][1] is None:
        return
    file, grant = PROPOSALS[ref], grant_of(ref)
    assert grant.amount_minor == cents(file["amount_awarded"])
    states = TRANCHE_STATES | ({"planned": "on_hold"} if grant.state == "suspended" else {})  # a stop holds them all
    found = [
        (row.no, row.share_bp, row.amount_minor, row.planned_date.isoformat(), row.state)
        for row in Tranche.objects.filter(grant=grant)
    ]
    assert found == [
        (row["no"], row["percent"] * 100, cents(row["amount"]), row["planned_date"], states[row["state"]])
        for row in file["tranches"]
    ]
    assert sum(row[2] for row in found) == grant.amount_minor


@those("results")
def test_paid_spent_and_refunded(ref: str) -> None:
    results, grant = PROPOSALS[ref]["results"], grant_of(ref)
    paid = sum(row.received_minor for row in Tranche.objects.filter(grant=grant, state="confirmed"))
    spent = {
        row["line_no"]: row["sum"]
        for row in ReportedSpend.objects.filter(grant=grant)
        .order_by()
        .values("line_no")
        .annotate(sum=Sum("spent_minor"))
    }
    refunds = list(Refund.objects.filter(grant=grant))
    assert paid == cents(results["paid"])
    assert spent == {line["no"]: cents(line["spent"]) for line in results["lines"]}
    assert sum(spent.values()) == cents(results["spent"])
    assert sum(row.amount_minor for row in refunds) == cents(results["refunded"]) == paid - sum(spent.values())
    assert [f"returned {row.received_date.isoformat()}" for row in refunds] == [results["refund_note"]]
    budget = {line.no: line.total_minor for line in grant.application.budget_lines.all()}
    for line in results["lines"]:
        over = Fraction((spent[line["no"]] - budget[line["no"]]) * 100, budget[line["no"]])
        assert abs(float(over) - line["variance_pct"]) <= 0.051


@those("results")
def test_indicator_values_and_their_parts(ref: str) -> None:
    values = {
        value.indicator.code: value
        for value in IndicatorValue.objects.filter(report__grant=grant_of(ref), report__kind="final").select_related(
            "indicator"
        )
    }
    for item in PROPOSALS[ref]["results"]["indicators"]:
        if item["numerator"] is None:
            continue
        value = values[item["code"]]
        assert (value.numerator, value.denominator) == (item["numerator"], item["denominator"])
        if item["unit"] == "percent":
            assert rounded(Fraction(value.numerator * 100, value.denominator)) == item["actual"]
        cells = [(cell.code, cell.numerator, cell.denominator) for cell in value.cells.filter(facet="sex")]
        assert cells == [(part["sex"], part["num"], part.get("den")) for part in item["by_sex"] or ()]


@those("results")
def test_reports_their_days_and_lateness(ref: str) -> None:
    found = list(Report.objects.filter(grant=grant_of(ref)).order_by("no"))
    given = PROPOSALS[ref]["results"]["reports"]
    assert [(row.no, row.kind, row.state) for row in found] == [(row["no"], row["kind"], "accepted") for row in given]
    for row, item in zip(found, given, strict=True):
        assert f"{row.period_start:%Y-%m}..{row.period_end:%Y-%m}" == item["period"]
        assert (row.due_date.isoformat(), local_day(row.submitted_at)) == (item["due"], item["received"])
        late = dt.date.fromisoformat(item["received"]) - dt.date.fromisoformat(item["due"])
        assert row.days_late == max(late.days, 0)
        assert (row.days_late > 0) >= (item["state"] == "accepted_late")
        passed = JournalEntry.objects.filter(
            subject=f"evaluation.report:{row.pk}", kind="evaluation.report.send_back"
        ).exists()
        assert passed == (item["state"] == "returned_then_accepted")


@those("results")
def test_evaluation_and_practice(ref: str) -> None:
    results = PROPOSALS[ref]["results"]
    evaluation = Evaluation.objects.get(grant=grant_of(ref))
    criteria = ("relevance", "coherence", "effectiveness", "efficiency", "impact", "sustainability")
    assert {row.criterion: row.score for row in evaluation.ratings.all()} == {
        f"EV-0{place}": results["evaluation"]["ratings"][name] for place, name in enumerate(criteria, 1)
    }
    assert evaluation.evidence_level == results["evaluation"]["evidence_level"]
    assert PracticeClass(evaluation.practice_class).name.lower() == results["evaluation"]["practice_class"]
    scores = [row.score for row in evaluation.scores.all()]
    assert rounded(Fraction(sum(scores), len(scores))) == results["evaluation"]["replicability"]
    case = CaseRecord.objects.get(thread=evaluation.grant.thread)
    text = case.texts.last()
    practice = results["practice"]
    assert case.ref == practice["code"]
    assert {code: getattr(text, f"title_{code}") for code in ("en", "fr", "sw")} == practice["title"]
    assert text.steps == practice["steps"]
    computed = {code for code in text.tag_codes if code.startswith("CST-")}
    assert len(computed) == 1
    assert set(text.tag_codes) == {*practice["tags"], *practice["enabling"], *practice["barriers"]} | computed
    assert text.lessons == results["lessons"]


def test_the_class_on_the_page_is_that_of_the_file() -> None:
    """FPCL-2024-001 stands among the good practices of the library as a promising practice, for a reason.

    The issue says "published as good practice". The file calls 001 `promising`, at evidence level 2; the rubric
    (PM-01, and domain report 6.2) keeps the class "good practice" for level 3 and more, and the gate asks for it. So
    we publish what the file measured: the library is the library of good practices, the class is the file's, and the
    page says in a sentence what the class means. To lift the class would need evidence that nobody has.
    """
    reader = Visitor(User.objects.get(email="officer-2@example.org"))
    heads = {}
    for ref, practice in (("FPCL-2024-001", "PR-001"), ("FPCL-2024-002", "PR-002")):
        paragraphs = reader.read(reverse("evaluation:practice", args=[practice])).tree.xpath("//header//p | //main//p")
        badge, means = (" ".join(node.text_content().split()) for node in paragraphs[:2])
        heads[PROPOSALS[ref]["results"]["evaluation"]["practice_class"]] = (badge.partition(" practice ")[0], means)
    assert heads["promising"] == (
        "Promising",
        "Works here, shown at evidence level 2 or more. It is called a good practice from level 3 on.",
    )
    assert heads["lesson"][1].startswith("A success or a failure")


@those("results")
def test_cost_for_each_person_served(ref: str) -> None:
    results, grant = PROPOSALS[ref]["results"], grant_of(ref)
    spent = ReportedSpend.objects.filter(grant=grant).aggregate(sum=Sum("spent_minor"))["sum"]
    text = CaseRecord.objects.get(thread=grant.thread).texts.last()
    assert text.people_served == results["cost_per_child"]["people_served"]
    cost = Fraction(spent + grant.application.cofinance_cash_minor, text.people_served * 100)
    assert rounded(cost, 2) == results["cost_per_child"]["value"]


def test_the_hold_hides_its_detail_and_keeps_its_day() -> None:
    hold = Hold.objects.get(grant=grant_of("FPCL-2025-006"))
    file = PROPOSALS["FPCL-2025-006"]["hold"]
    assert (hold.kind, hold.state, local_day(hold.opened_at)) == (file["kind"], "open", file["opened"])
    looks = JournalEntry.objects.filter(kind="disbursements.hold.look_again").values_list(
        "facts__review_date", flat=True
    )
    assert file["next_review"] in looks
    for who, reads in (("safeguarding-1", True), ("officer-1", False), ("treasurer-1", False), ("ftk-owner", False)):
        user = User.objects.get(email=f"{who}@example.org")
        assert bool(can(user, "disbursements.read_hold_detail", hold)) == reads
        text = Visitor(user).read(hold.get_absolute_url()).text
        assert ("outside listener passed on" in text) == reads


def test_the_appeal_day() -> None:
    row = application("FPCL-2025-011")
    decision = PROPOSALS["FPCL-2025-011"]["decision"]
    assert local_day(row.decided_at) == decision["date"]
    assert row.appeal_until_date.isoformat() == decision["appeal_until"]


def test_one_more_call_is_open_for_a_newcomer() -> None:
    now = timezone.now()
    of_the_file = {proposal["call"]["code"] for proposal in PROPOSALS.values()}
    assert [call.external_ref in of_the_file for call in Call.objects.all() if call.takes_applications(now)] == [False]
    assert set(Call.objects.exclude(external_ref="").values_list("external_ref", flat=True)) == of_the_file


@those("decision")
def test_decisions_count_as_the_file_counts(ref: str) -> None:
    decision = PROPOSALS[ref]["decision"]
    if not decision["meeting"]:
        return
    item = AgendaItem.objects.get(application=application(ref))
    assert item.meeting.ref == decision["meeting"]
    seats = ConflictOfInterest.objects.filter(application=application(ref), source=item.ref)
    assert seats.count() == decision["recused"]
    if decision["outcome"] == "pending":
        assert (item.state, item.counts) == ("proposed", {})
        return
    assert (item.state, item.result, local_day(item.decided_at)) == ("decided", "carried", decision["date"])
    counted = {name: item.counts[name] for name in ("in_favour", "against", "abstain", "recused", "observers")}
    assert counted == {name: decision[name] for name in counted}
    assert (item.counts["present"], item.counts["eligible"]) == (
        decision["voting_present"],
        decision["voting_eligible"],
    )
    assert [row.text for row in item.conditions.all()] == decision["conditions"]


def test_the_blocked_tranche_says_why() -> None:
    tranche = Tranche.objects.select_related("grant__application").get(
        grant__application__external_ref="FPCL-2025-005", no=2
    )
    share = PROPOSALS["FPCL-2025-005"]["finance_snapshot"]["spent_of_last_tranche_pct"]
    check = next(one for one in checks_of(tranche, timezone.now()) if one.code == "previous_spent")
    assert not check.met
    assert rounded(Fraction(check.value * 100, check.max)) == share
    assert str(share) in check.reason.replace(",", ".")


def test_every_cent_of_the_donors_is_where_the_file_has_it() -> None:
    for donor in FILE["context"]["donors"]:
        for item in donor["pledges"]:
            pledge = Pledge.objects.get(ref=item["code"])
            assert (pledge.amount_minor, pledge.currency, pledge.state) == (
                cents(item["amount"]),
                item["currency"],
                item["state"],
            )
            arrived = sorted((row.received_date.isoformat(), row.amount_minor) for row in pledge.contributions.all())
            assert arrived == sorted((p["received"], cents(p["amount"])) for p in item["schedule"] if p["received"])
