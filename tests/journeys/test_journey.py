"""One new proposal goes from the open call to a published case record, through the pages that each person sees."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Call, Meeting
from disbursements.models import BankDetail, Grant
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.thresholds import size_of
from evaluation.actions.replaying import replay_records
from evaluation.models import CaseRecord, Evaluation, Report
from evaluation.models.evaluations import CRITERIA, REPLICABILITY
from evaluation.models.reports import BOXES
from fundmgmt.journal import verify
from fundmgmt.models import Indicator, User
from tests.factories.signing import code_for
from tests.journeys.visitor import Sheet, Visitor

pytestmark = [pytest.mark.usefixtures("fund", "db"), pytest.mark.slow]

LINES = (
    ("PER", "Teacher aide", "month", "8", "450"),
    ("DIR", "School kits", "kit", "100", "38"),
    ("TRN", "Teachers' days", "day", "4", "300"),
    ("TRV", "Home visits", "month", "8", "125"),
    ("MON", "Start and end count", "round", "2", "400"),
    ("SAF", "Training and feedback box", "lot", "1", "600"),
    ("ADM", "Bank and phone", "month", "8", "125"),
)
AWARD = 1_200_000
PARTS = (600_000, 480_000, 120_000)
LAST_STEPS = {"approve_minutes", "decide", "make_final", "close", "publish"}


class Journey:
    """The people of one project, and where it has come to."""

    def __init__(self) -> None:
        self.people: dict[str, Visitor] = {}
        self.call = Call.objects.get(state="open")
        self.today = timezone.localdate()

    def __getitem__(self, key: str) -> Visitor:
        """Somebody by the first part of the address."""
        if key not in self.people:
            User.objects.filter(email=f"{key}@example.org").update(language="en")
            self.people[key] = Visitor(User.objects.get(email=f"{key}@example.org"))
        return self.people[key]

    def day(self, days: int) -> str:
        return (self.today + dt.timedelta(days=days)).isoformat()

    @property
    def application(self) -> Application:
        return Application.objects.get(ref=self.ref)

    @property
    def grant(self) -> Grant:
        return Grant.objects.get(application__ref=self.ref)

    @property
    def url(self) -> str:
        return f"/applications/{self.ref}/"

    def step(self, who: str, name: str, url: str = "", **values: Any) -> Sheet:
        """Take a step on its own page; the page after it says what comes next, unless nothing does."""
        with TestCase.captureOnCommitCallbacks(execute=True):
            answer = self[who].do(f"{url or self.url}steps/{name}/", **values)
        assert answer.next or name in LAST_STEPS, f"after {name}, {answer.url} does not say what comes next"
        return answer

    def fill(self, who: str, url: str, **values: Any) -> Sheet:
        """Send the form of a page."""
        with TestCase.captureOnCommitCallbacks(execute=True):
            return self[who].do(url, **values)

    def told(self, who: str, *words: str, url: str = "") -> None:
        """The page says where things stand, and has a card that says what comes next."""
        sheet = self[who].read(url or self.url)
        assert sheet.next, f"{who} at {sheet.url} is not told what comes next: {sheet.text[:600]}"
        for one in words:
            assert re.search(one, sheet.text, re.IGNORECASE), (
                f"{who} at {sheet.url} is not told “{one}”: {sheet.text[:900]}"
            )


def register_and_start(fund: Journey) -> None:
    answer = fund.fill(
        "newcomer",
        "/organisations/new/",
        name="Elimu Kwanza Dilala",
        acronym="EKD",
        kind="community_organisation",
        legal_status="legal_personality",
        registration_number="SAMPLE/EKD",
        founded_year="2015",
        has_bank_account="on",
        province="Lualaba",
        territory="Kolwezi",
    )
    assert "Elimu Kwanza Dilala" in answer.text
    fund["newcomer"].user.forget_roles()
    assert fund.call.title_en in fund["newcomer"].read("/applications/calls/").text
    answer = fund.fill(
        "newcomer", f"/applications/calls/{fund.call.ref}/apply/", language="en", title="Every child in class"
    )
    fund.ref = Application.objects.get(title_en="Every child in class").ref
    fund.told("newcomer", "still needed|needed|part")


def write_it(fund: Journey) -> None:
    write = f"{fund.url}write/"
    begin, end = fund.day(90), fund.day(90 + 240)
    fund.fill("newcomer", f"{write}project/", pillar="education", start_date=begin, end_date=end, tags=["INT-SCH"])
    fund.fill("newcomer", f"{write}place/", province="Lualaba", territory="Kolwezi", settings=["SET-URB"])
    fund.fill(
        "newcomer", f"{write}problem/", problem="Children clean ore before school.", summary="Classes and visits."
    )
    counts = {"children_total": 60, "girls": 31, "boys": 29, "age_5_11": 25, "age_12_14": 25, "age_15_17": 10}
    counts |= {"with_disability": 3, "households": 40, "adults": 80, "youth_18_24": 0}
    fund.fill("newcomer", f"{write}participants/", **counts)
    rows = f"{fund.url}rows/"
    fund.fill("newcomer", f"{rows}activities/0/", title="Catch-up classes", start_month="1", end_month="8")
    for category, description, unit, quantity, cost in LINES:
        fund.fill(
            "newcomer",
            f"{rows}lines/0/",
            category=category,
            description=description,
            unit=unit,
            quantity=quantity,
            unit_cost_minor=cost,
        )
    for code, num, den, target in (("OC-04", "20", "60", "80"),):
        indicator = Indicator.objects.get(code=code).pk
        values = {"indicator": indicator, "baseline_num": num, "baseline_den": den, "target_value": target}
        fund.fill("newcomer", f"{rows}indicators/0/", **values)
    fund.fill(
        "newcomer", f"{rows}milestones/0/", title="60 children in class", due_date=fund.day(170), releases_tranche="2"
    )
    for share, days in (("50", 95), ("40", 180), ("10", 320)):
        fund.fill("newcomer", f"{rows}tranches/0/", share=share, planned_date=fund.day(days))
    fund.fill("newcomer", f"{rows}risks/0/", risk="Fees rise", level="medium", response="Savings group")
    fund.fill(
        "newcomer",
        f"{write}risks/",
        focal_person_named="True",
        code_signed="True",
        referral_route="Social service",
        feedback_channel="Box",
        safeguarding_plan="Two adults in each room; box opened each week.",
    )
    fund.told("newcomer", "submit")


def submit_and_screen(fund: Journey) -> None:
    answer = fund.step("newcomer", "submit", declared="on")
    assert "submitted" in answer.text
    fund.told("newcomer", "next|checks")
    fund.told("officer-1", "Begin the eligibility check")
    fund.step("officer-1", "begin_check")
    answers = {f"EL-{number:02d}": "yes" for number in range(1, 11)}
    fund.fill("officer-1", f"{fund.url}screening/", **answers)
    fund.step("officer-1", "accept")
    assert fund.application.state == "in_review"
    fund.told("newcomer", "in review", "next")


def review_it(fund: Journey) -> None:
    for letter, scores in (("a", "44344433"), ("c", "34443444"), ("d", "43434343")):
        user = User.objects.get(email=f"reviewer-{letter}@example.org")
        fund.fill("officer-1", f"{fund.url}reviews/invite/", reviewer=user.pk)
        review = fund.application.reviews.get(reviewer=user)
        who, url = f"reviewer-{letter}", f"/applications/reviews/{review.pk}/"
        assert fund.application.title not in fund[who].read(f"{fund.url}").text, "closed before it is accepted"
        fund.step(who, "accept", url, free="on")
        values = {f"SC-0{place}": score for place, score in enumerate(scores, 1)}
        fund.fill(who, f"{url}scores/", **values, overall="Clear and fair.", recommendation="fund")
        fund.step(who, "submit", url)
    fund.told("officer-1", "Every review is in", url=f"{fund.url}reviews/")
    fund.fill("officer-1", f"{fund.url}reviews/result/")
    assert fund.application.state == "due_diligence"


def check_the_organisation(fund: Journey) -> None:
    url = f"{fund.url}diligence/"
    asked = re.findall(rf"{url}((?:DD|PS)-\d\d)/", str(fund["officer-1"].read(url).links))
    for item in dict.fromkeys(asked):
        rating = "2" if item.startswith("PS") else "1"
        fund.fill("officer-1", f"{url}{item}/", rating=rating, evidence="papers on file")
    fund.fill("officer-1", f"{url}finish/")
    assert fund.application.state == "in_committee"
    fund.told("newcomer", "before the Committee", "next")


def decide_it(fund: Journey) -> None:
    fund.fill("officer-1", "/applications/meetings/new/", mode="online", held_date=fund.today.isoformat())
    meeting = Meeting.objects.order_by("-pk").first()
    url = meeting.get_absolute_url()
    fund.fill(
        "officer-1",
        f"{url}items/new/",
        application=fund.application.pk,
        decision_type="approve_with_conditions",
        amount_minor="12000",
    )
    item = meeting.items.get()
    fund.step("officer-1", "add_condition", item.get_absolute_url(), text="Weekly listening hour", owner="grantee")
    fund.step("officer-1", "call", url)
    fund.step("officer-1", "open", url)
    for seat in ("p1", "n1", "n2", "g1"):
        fund.step(f"member-{seat}", "declare", item.get_absolute_url(), conflict="none")
        fund.step(f"member-{seat}", "vote", item.get_absolute_url(), value="for")
    fund.step("observer-o1", "declare", item.get_absolute_url(), conflict="none")
    fund.step("observer-o1", "comment", item.get_absolute_url(), text="Close to the families.")
    fund.step("officer-1", "decide", item.get_absolute_url())
    assert fund.application.state == "approved_with_conditions"
    fund.told("newcomer", "approved with conditions", "next")
    fund.step("officer-1", "close", url)
    fund.step("officer-1", "draft_minutes", url)
    fund.step("officer-2", "approve_minutes", url)


def sign_the_agreement(fund: Journey) -> None:
    fund.fill("officer-1", reverse("disbursements:open_grant", args=[fund.ref]), schedule="50/40/10")
    grant = fund.grant
    organisation = grant.organisation
    fund.told("newcomer", "sign", url=grant.get_absolute_url())
    fund.fill(
        "newcomer",
        reverse("disbursements:bank_detail_new", args=[organisation.ref]),
        holder=organisation.name,
        bank_name="Sample bank",
        account_number="00990-77-SAMPLE",
    )
    detail = BankDetail.objects.get(organisation=organisation)
    verify = reverse("disbursements:bank_detail_verify", args=[detail.pk])
    assert fund["newcomer"].read(verify).status in {403, 404}, "whoever entered them does not verify them"
    fund.fill("officer-2", verify, called_number="+243 000 000 000")
    url = grant.get_absolute_url()
    fund.step("newcomer", "ask_code", url)
    signed = {"typed_name": "Newcomer Elimu", "accepted": "on"}
    fund.step("newcomer", "sign", url, code=code_for(grant, fund["newcomer"].user), **signed)
    assert fund["officer-1"].read(f"{url}steps/countersign/").status == 403, "who opened it does not sign"
    fund.step("officer-2", "countersign", url)
    fund.step("officer-1", "activate", url)
    fund.told("newcomer", "tranche", url=url)


def meet(fund: Journey, **wanted: Any) -> None:
    for condition in fund.grant.conditions.filter(met_at__isnull=True, **wanted):
        fund.fill("officer-1", reverse("disbursements:condition_meet", args=[condition.pk]), reason="Seen.")


def pay(fund: Journey, number: int, spent: str) -> None:
    """Four people, each on their own page; the wrong person is told why not."""
    tranche = fund.grant.tranches.get(no=number)
    url = tranche.get_absolute_url()
    certified = {"certified_name": "Newcomer Elimu", "certified_role": "Coordination", "accepted": "on"}
    fund.step("newcomer", "request", url, spent_stated_minor=spent, **certified)
    assert fund["newcomer"].read(f"{url}steps/check_request/").status in {403, 404}
    fund.step("officer-1", "check_request", url)
    tranche.refresh_from_db()
    assert tranche.state == "checked", fund["officer-1"].read(url).text
    assert fund["officer-1"].read(f"{url}steps/approve/").status == 403
    if size_of(tranche, timezone.now()).asked.needed > 1:  # with what was paid before it is over the threshold
        fund.step("treasurer-3", "approve", url)
    fund.step("treasurer-1", "approve", url)
    assert fund["treasurer-1"].read(f"{url}steps/send/").status == 403, "who approved does not pay"
    fund.step("treasurer-2", "issue_order", url)
    fund.step("treasurer-2", "send", url, bank_reference=f"BO-{number}", bank_date=fund.today.isoformat())
    fund.told("newcomer", "confirm", url=url)
    fund.step("newcomer", "confirm", url, received_date=fund.today.isoformat())
    tranche.refresh_from_db()
    assert (tranche.state, tranche.received_minor) == ("confirmed", PARTS[number - 1])


def report(fund: Journey, number: int, spent: dict[str, str], values: dict[str, dict[str, str]]) -> None:
    """Box by box, value by value, spending; handed in and accepted."""
    row = Report.objects.get(grant=fund.grant, no=number)
    url = row.get_absolute_url()
    for box in BOXES:
        fund.fill("newcomer", f"{url}parts/{box}/", text="Classes run; visits made; nobody named.")
    for code, counts in values.items():
        fund.fill("newcomer", f"{url}parts/{code}/", **counts)
    fund.fill("newcomer", f"{url}parts/spending/", **spent)
    fund.step("newcomer", "submit", url)
    fund.told("newcomer", "handed in", "answers by", url=url)
    fund.step("officer-1", "accept", url)


def carry_it_out(fund: Journey) -> None:
    meet(fund, kind="safeguarding_training_done")
    meet(fund, kind="award_condition")
    fund.step("officer-1", "meet_award_conditions")
    pay(fund, 1, "0")
    report(fund, 1, {"line_1": "2000", "line_2": "3000", "line_3": "600"}, {})
    milestone = reverse("evaluation:milestone", args=[fund.grant.ref, "M1"])
    fund.fill("officer-1", milestone, checked_date=fund.today.isoformat(), evidence="60 children in two rooms.")
    pay(fund, 2, "5600")


def end_it(fund: Journey) -> None:
    url = fund.grant.get_absolute_url()
    fund.step("officer-1", "end", url, ended_date=fund.today.isoformat())
    spent = {"line_1": "1600", "line_2": "800", "line_3": "600", "line_4": "1000"}
    spent |= {"line_5": "800", "line_6": "600", "line_7": "900"}
    report(fund, 2, spent, {"OC-04": {"numerator": "48", "denominator": "60"}})
    fund.step("officer-1", "begin_closing", url)
    pay(fund, 3, "11900")
    assert fund["officer-1"].send(fund["officer-1"].read(f"{url}steps/close/")).status == 422, "money is missing still"
    back = {"amount_minor": "100", "received_date": fund.today.isoformat(), "bank_reference": "BI-1"}
    fund.fill("officer-1", reverse("disbursements:refund", args=[fund.grant.ref]), **back)
    first, second = (User.objects.get(email=f"evaluator-{n}@example.org") for n in (1, 2))
    plan = reverse("evaluation:plan_evaluation", args=[fund.grant.ref])
    fund.fill("officer-1", plan, evaluator=first.pk, second=second.pk)
    opinion = reverse("disbursements:feedback", args=[fund.grant.ref])
    fund.fill("newcomer", opinion, clear="5", in_time="4", heard="5", words="Answers came fast.")


def evaluate_it(fund: Journey) -> None:
    url = Evaluation.objects.get(grant=fund.grant).get_absolute_url()
    fund.step("evaluator-1", "begin_work", url)
    for criterion in CRITERIA:
        fund.fill(
            "evaluator-1", f"{url}rate/{criterion}/", score="5", evidence_level="2", reason="Data and talks agree."
        )
    for who in ("evaluator-1", "evaluator-2"):
        fund.fill(who, f"{url}scores/", **dict.fromkeys(REPLICABILITY, "3"))
    fund.fill("evaluator-1", f"{url}class/", practice_class="3", evidence_level="2", summary="It works here.")
    fund.step("evaluator-1", "submit", url)
    fund.told("newcomer", "fact", url=url)
    fund.step("evaluator-1", "make_final", url)


def close_it(fund: Journey) -> None:
    url, by_hand = fund.grant.get_absolute_url(), ["accounts", "assets", "data_deletion"]
    fund.fill("officer-1", reverse("disbursements:closure", args=[fund.grant.ref]), codes=by_hand, note="All is gone.")
    fund.step("officer-1", "close", url)
    assert fund.grant.state == "closed"
    assert "closed" in fund["newcomer"].read(url).text


def publish_it(fund: Journey) -> None:
    case = CaseRecord.objects.get(thread=fund.grant.thread)
    url = case.get_absolute_url()
    titles = {"title_en": "Rooms before term", "title_fr": "Des salles avant la rentrée", "title_sw": "Madarasa"}
    words = {"context": "A town quarter.", "problem": "Children clean ore.", "steps": "Visit\nPlan\nClass"}
    said = {f"summary_{code}": "Classes and visits kept children in school." for code in ("en", "fr", "sw")}
    fund.fill(
        "evaluator-1",
        f"{url}text/",
        **titles,
        **words,
        **said,
        safeguards="Two adults in each room.",
        people_served="60",
        consent_organisation="on",
    )
    fund.step("evaluator-1", "send_to_safeguarding", url)
    fund.step("safeguarding-1", "pass_safeguarding", url)
    assert fund["evaluator-1"].read(f"{url}steps/publish/").status == 403, "an author does not validate"
    fund.step("evaluator-2", "publish", url)
    case.refresh_from_db()
    public = Sheet("/", Client().get(reverse("evaluation:practice", args=[case.ref])))
    assert public.status == 200
    assert "Rooms before term" in public.text or "salles" in public.text
    assert replay_records(repair=False).whole


def test_a_proposal_travels_from_the_open_call_to_a_published_case_record() -> None:
    fund = Journey()
    for stage in (
        register_and_start,
        write_it,
        submit_and_screen,
        review_it,
        check_the_organisation,
        decide_it,
        sign_the_agreement,
        carry_it_out,
        end_it,
        evaluate_it,
        close_it,
        publish_it,
    ):
        stage(fund)
    assert verify(fund.grant.thread).problems == []
    assert verify_ledger().problems == []
    for reader in ("newcomer", "auditor-1", "officer-1"):
        story = fund[reader].read(reverse("fundmgmt:dossier", args=[fund.grant.thread]))
        assert story.status == 200, reader
