"""On top of the sample fund, a day on which everybody has a form before them, one organisation in every place."""

import datetime as dt
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from applications.actions import appeals, calls, committee, intake, minutes, reviewing, screening, sections
from applications.models import Application, Call
from disbursements.actions import (
    amending,
    batches,
    closing,
    conditions,
    decisions,
    funding,
    grants,
    holds,
    lines,
    tranches,
)
from disbursements.models import Donor, Grant, StatementLine
from disbursements.queries.batches import second_look
from disbursements.queries.candidates import proposals
from evaluation.actions import evaluating, judging, publishing, receipts, reporting
from evaluation.models import CaseRecord, Report
from evaluation.models.evaluations import CRITERIA, REPLICABILITY
from fundmgmt import journal
from fundmgmt.actions.organisations import pause_organisation
from fundmgmt.actions.people import add_colleague
from fundmgmt.models import Indicator, Term, User
from fundmgmt.workflow import perform
from tests.factories import applications as make
from tests.factories import deciding as scene
from tests.factories import grants as pay
from tests.factories import signing
from tests.factories import wording as words
from tests.factories.changing import shifted

DAY = dt.timedelta(days=1)
BOXES = ("done", "not_done", "why", "children_and_families", "safeguarding", "money", "learning", "next_steps")


def somebody(name: str) -> User:
    """A person of the sample fund."""
    return User.objects.get(email=f"{name}@example.org")


def begin() -> None:
    """Applications being written, returned, screened, reviewed and voted on; grants at every step of their money."""
    people = pay.cast()
    for role in ("editor", "viewer"):
        make.person(f"{role}@example.org")
        add_colleague(people.organisation, email=f"{role}@example.org", role=role, by=people.owner, at=timezone.now())
    pay.donor(people, 15 * pay.AWARD)
    apply(people)
    meet(people)
    spend(people)
    bank(people)
    words.enacted(somebody("officer-1"), somebody("officer-2"), timezone.now(), days=60)
    words.proposed(somebody("officer-1"), timezone.now(), days=90)
    journal.sweep()
    learn(people)
    wait(people)


def _call() -> Call:
    return Call.objects.filter(state="open", closes_at__gt=timezone.now()).latest("id")


def _handed_in(people: pay.Cast) -> Application:
    now = timezone.now()
    application = make.fill(make.draft(_call(), people.organisation, people.owner, now), people.owner, now)
    return intake.submit_application(application, declared=True, by=people.owner, at=now)


def apply(people: pay.Cast) -> None:
    now, officer = timezone.now(), people.officer
    _handed_in(people)
    make.in_check(_handed_in(people), officer, now)
    for appealed in (True, False):
        row = make.in_check(_handed_in(people), officer, now)
        make.answer_all(row, officer, now, EL_02="The account is of another organisation.")
        screening.find_ineligible(row, reason="There is no account.", by=officer, at=now)
        if appealed:
            appeals.lodge_appeal(row, by=people.owner, at=now, reason="The bank's letter was attached.")
    returned = make.in_check(_handed_in(people), officer, now)
    why = dict.fromkeys(("problem", "budget", "risks"), "Say how many, and where the number comes from.")
    screening.return_application(returned, sections=why, by=officer, at=now)
    for taken in (False, True):
        review = reviewing.invite_reviewer(
            make.in_review(_handed_in(people), officer, now), reviewer=somebody("reviewer-a"), by=officer, at=now
        )
        if taken:
            reviewing.accept_review(review, by=review.reviewer, at=now)
            half = dict.fromkeys(scene.CRITERIA[:4], (2, "The plan names no numbers."))
            reviewing.save_scores(review, scores=half, by=review.reviewer, at=now, overall="Sound.")
    apart = make.in_review(_handed_in(people), officer, now)
    for name, score in (("reviewer-a", 5), ("reviewer-b", 2), ("reviewer-c", 4)):
        review = reviewing.invite_reviewer(apart, reviewer=somebody(name), by=officer, at=now)
        scene.hand_in(review, score, now)
    intake.withdraw_application(_handed_in(people), by=people.owner, at=now, reason="Other plans.")
    proven = make.in_review(_handed_in(people), officer, now)
    perform(proven, "begin_due_diligence", by=people.signer, at=now)
    scene.rate_all(proven, officer, now)
    vote(people, _handed_in(people))
    draft = make.fill(make.draft(_call(), people.organisation, people.owner, now), people.owner, now)
    long = max(Application.objects.values_list("problem", flat=True), key=len)
    sections.save_section(draft, "problem", by=people.owner, at=now, problem=long, summary=long[:500])
    paper = SimpleUploadedFile("statutes.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
    sections.add_file(draft, paper, role="statutes", by=people.owner, at=now)


def vote(people: pay.Cast, application: Application) -> None:
    """One item of an open meeting; a member with a vote and an observer have declared no link."""
    now = timezone.now()
    make.in_review(application, people.officer, now)
    perform(application, "begin_due_diligence", by=people.signer, at=now)
    perform(application, "send_to_committee", by=people.signer, at=now)
    committee.prepare_meeting(mode="online", held_date=timezone.localdate(now), by=people.officer, at=now)
    meeting = committee.prepare_meeting(mode="online", held_date=timezone.localdate(now), by=people.officer, at=now)
    item = committee.put_on_agenda(meeting, application=application, decision_type="reject", by=people.officer, at=now)
    committee.call_meeting(meeting, by=people.officer, at=now)
    committee.open_meeting(meeting, by=people.officer, at=now)
    item.refresh_from_db()
    for votes in (True, False):
        term = Term.objects.filter(seat__votes=votes, alternate=False, valid_until=None).order_by("pk")[0]
        committee.declare_interest(item, by=term.user, at=now)


def meet(people: pay.Cast) -> None:
    """Meetings that are over: one waits for its minutes, one for somebody who agrees with them."""
    now = timezone.now()
    for written in (False, True):
        meeting = committee.prepare_meeting(mode="online", held_date=timezone.localdate(now), by=people.officer, at=now)
        for step in (committee.call_meeting, committee.open_meeting, committee.close_meeting):
            step(meeting, by=people.officer, at=now)
        if written:
            minutes.draft_minutes(meeting, by=people.officer, at=now, language="fr")


def wait(people: pay.Cast) -> None:
    """What somebody has prepared and nobody taken up: a call, a pledge, an award, an organisation on pause."""
    now = timezone.now()
    pay.awarded(people)
    donor = Donor.objects.latest("id")
    funding.record_pledge(donor, by=people.officer, at=now, amount_minor=pay.AWARD, currency="USD")
    paused = make.organisation(make.person("resting@example.org"), name="Wazazi wa Dilala")
    pause_organisation(paused, by=people.officer, at=now, reason="The account is looked into.")
    closes = now + 30 * DAY
    make.open_call(people.officer, closes_at=closes)
    said = {"title_fr": "Une autre année", "title_en": "Another year", "envelope_minor": 25_000_000}
    calls.prepare_call(by=people.officer, at=now, currency="USD", windows=["micro"], closes_at=closes, **said)


def spend(people: pay.Cast) -> None:
    """A grant for each step of its money, newest last."""
    at = pay.ASKED
    pay.drafted(people)
    signed = pay.drafted(people)
    signing.sign(signed, by=people.owner, at=pay.SIGNED)
    ready = pay.drafted(people)
    signing.both(ready, by=people.owner, other=people.signer, at=pay.SIGNED)
    pay.drafted(people)
    pay.bank(people)
    asked = _running(people)
    pay.requested(people, pay.tranche(asked), at)
    pay.checked(people, pay.tranche(_running(people)), at)
    months = [at + count * 31 * DAY for count in (1, 2, 3)]  # apart, or the sum would ask for a third approver
    ordered = pay.approved(people, pay.tranche(_running(people)), months[0])
    tranches.issue_order(ordered, by=people.payer, at=months[0])
    pay.sent(people, pay.tranche(_running(people)), months[1])
    stopped = _running(people)
    for kind in ("fraud", "legal"):
        holds.suspend_grant(stopped, by=people.officer, at=at, kind=kind, reason="An invoice stands twice.")
    holds.propose_lift(stopped.holds.get(kind="fraud"), by=people.checker, at=at, lift_reason="Explained.")
    over = _running(people)
    grants.end_grant(over, by=people.officer, at=at)
    grants.begin_closing(over, by=people.officer, at=at)
    closing.list_asset(over, by=people.owner, at=at, what="Pump", value_minor=60_000)
    change(people, asked)
    grants.end_grant(_running(people), by=people.officer, at=at)
    pay.confirmed(people, pay.tranche(_running(people)), months[2])


def change(people: pay.Cast, grant: Grant) -> None:
    """A notice to be given, changes the office and the Committee decide, one decided that cannot be put in force."""
    at = pay.ASKED
    amending.ask_budget_shift(grant, by=people.owner, at=at, lines=shifted(grant, 500), reason="Prices rose.")
    correct = {"language": "sw", "own_number": "U-7", "reason": "Wrong."}
    amending.ask_correction(grant, by=people.owner, at=at, **correct)
    amending.ask_results(grant, by=people.owner, at=at, targets={}, place="Kambove", reason="They moved.")
    gone = _running(people)
    amending.ask_results(gone, by=people.owner, at=at, targets={}, place="Kambove", reason="They moved.")
    grants.terminate_grant(gone, by=people.officer, at=at, reason="The partner dissolved.")
    decisions.decide_amendment(gone, decision_ref="SC-2026-01/9", carried=True, at=at)


def bank(people: pay.Cast) -> None:
    """A batch the bank waits for, one being put together, and a line of which somebody said what it is."""
    at, today = pay.ASKED, timezone.localdate()
    for leaves in (True, False):
        row = pay.approved(people, pay.tranche(_running(people)), at)
        batch = batches.open_batch(by=people.payer, at=at, on_date=today, tranches=[row])
        if leaves:
            seal = second_look(batch, people.payer, at, at.date()).seal
            batches.release_batch(batch, by=people.payer, at=at, seal=seal)
    line = StatementLine.objects.filter(state="open", amount_minor__lt=0).order_by("pk")[0]
    lines.propose_line(line, by=people.payer, at=timezone.now(), candidate=proposals(line)[0], reason="A fee.")


def _running(people: pay.Cast) -> Grant:
    """Each of another size: the same amount twice to one organisation is stopped as a second payment."""
    size = pay.AWARD - 10_000 * Grant.objects.filter(organisation=people.organisation).count()
    grant = pay.signed(people, amount_minor=size)
    conditions.meet_named(grant, "safeguarding_training_done", by=people.checker, at=pay.SIGNED)
    return grant


def learn(people: pay.Cast) -> None:
    """Reports, evaluations and practices in every hand."""
    now = timezone.now()
    mine = Grant.objects.filter(organisation=people.organisation).order_by("pk")
    running = list(mine.filter(state__in=["active", "ended"]))
    for number, grant in enumerate(running[-3:]):
        report = Report.objects.filter(grant=grant).order_by("no")[0]
        words = dict.fromkeys(BOXES, "Two rooms opened; sixty children met.")
        reporting.write_boxes(report, by=people.owner, at=now, boxes=words)
        if number < 2:
            _whole(report, people.owner, now)
            reporting.submit_report(report, by=people.owner, at=now)
        else:
            _receipts(report, people.owner, now)
        if number == 1:
            judging.send_back_report(report, by=people.checker, at=now, reason="How many girls?")
    evaluator, second = somebody("evaluator-1"), somebody("evaluator-2")
    for grant, whole in ((running[-2], True), (running[-1], False)):
        evaluation = evaluating.plan_evaluation(grant, by=people.checker, at=now, evaluator=evaluator, second=second)
        evaluating.begin_evaluation(evaluation, by=evaluator, at=now)
        for criterion in CRITERIA if whole else CRITERIA[:2]:
            seen = {"criterion": criterion, "score": 5, "evidence_level": 2, "reason": "Seen in the registers."}
            evaluating.rate_criterion(evaluation, by=evaluator, at=now, **seen)
        for scorer in (evaluator, second) if whole else (evaluator,):
            evaluating.score_replicability(evaluation, by=scorer, at=now, scores=dict.fromkeys(REPLICABILITY, 3))
        if whole:
            classed = {"practice_class": 3, "evidence_level": 2, "summary": "It works."}
            evaluating.classify_practice(evaluation, by=evaluator, at=now, **classed)
            evaluating.submit_evaluation(evaluation, by=evaluator, at=now)
            evaluating.correct_facts(evaluation, by=people.owner, at=now, text="The room opened in May.")
    evaluating.plan_evaluation(running[-3], by=people.checker, at=now, evaluator=evaluator, second=second)
    written = CaseRecord.objects.get(thread=running[-2].thread)
    words = dict.fromkeys(("title_en", "title_fr", "title_sw", "context", "problem"), "Visit before term")
    draft = publishing.Draft(**words, steps=["List families", "Visit"], consent_organisation=True)
    publishing.write_practice(written, by=evaluator, at=now, draft=draft, tags=["INT-SCH"])
    publishing.send_to_safeguarding(written, by=evaluator, at=now)
    begun = publishing.start_drafting(CaseRecord.objects.get(thread=running[-1].thread), by=evaluator, at=now)
    publishing.write_practice(begun, by=evaluator, at=now, draft=draft, tags=[])


def _receipts(report: Report, by: User, at: dt.datetime) -> None:
    for number, currency in enumerate(("CDF", "USD"), 1):
        rate = {"rate": Decimal("2850.5"), "rate_source": "slip"} if currency == "CDF" else {}
        paid = receipts.Paid(1, report.period_start, "shop", "School kits", str(number), 28_000, currency, **rate)
        receipts.add_receipt(report, by=by, at=at, paid=paid)


def _whole(report: Report, by: User, at: dt.datetime) -> None:
    cells = {("sex", "F"): (24, 31), ("sex", "M"): (24, 29)}
    given = reporting.Given(48, 60, cells)
    reporting.give_value(report, by=by, at=at, indicator=Indicator.objects.get(code="OC-04"), given=given)
    spent = {line.no: line.total_minor // 10 for line in report.grant.application.budget_lines.all()}
    reporting.give_spending(report, by=by, at=at, spent=spent)
