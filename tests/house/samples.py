"""What to put into an address whose rows cannot be found from its page class: name of the door -> rows and values."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.transaction import atomic
from django.utils import timezone

from applications.actions.sections import TABLES
from applications.models import Application, Milestone
from applications.states import BEING_WRITTEN, Section
from disbursements.actions.dispute_answers import propose_dispute_answer
from disbursements.actions.disputes import apply_dispute
from disbursements.actions.donations import apply_gift, begin_gift
from disbursements.actions.giving_back import propose_giving_back
from disbursements.actions.outbox import park_errand, put_errand
from disbursements.gateway.stripe_giving import Gift
from disbursements.models import (
    Amendment,
    BankStatement,
    Dispute,
    DisputeAnswer,
    Donation,
    Doubt,
    Finding,
    GivingBack,
    Grant,
    PaymentBatch,
    Tranche,
)
from disbursements.states import AmendmentKind, Errand
from evaluation.models import CaseRecord, Report
from evaluation.models.evaluations import CRITERIA
from evaluation.models.reports import BOXES
from evaluation.queries.library import latest_text
from evaluation.queries.reports import asked_of
from fundmgmt.access import can
from fundmgmt.actions.organisations import add_colleague
from fundmgmt.dossier import subject_for
from fundmgmt.models import Invitation, JournalEntry, Membership, Paper, RoleGrant, User
from fundmgmt.models.people import in_force
from fundmgmt.rules import rules, specs
from fundmgmt.states import Language
from tests.factories.gifts import seen, taken

Samples = Iterator[tuple[Any, dict[str, Any]]]


def busy() -> int | None:
    """The organisation that both writes an application and runs a grant; tests/factories/workday.py makes one."""
    running = Grant.objects.filter(state="active").values("organisation")
    writing = Application.objects.filter(state="draft", organisation__in=running)
    return writing.order_by("-pk").values_list("organisation", flat=True).first()


def newest_first() -> str:
    """Rows of a busy organisation are the newest; they are looked at rather than the first of the sample fund."""
    return "-pk" if busy() else "pk"


def _rules() -> Samples:
    today = timezone.localdate()
    keys = sorted(specs())
    chosen = [next(key for key in keys if specs()[key].locked is locked) for locked in (True, False)]
    for key in chosen:
        yield rules([key], today)[key], {"key": key}


def _changes() -> Samples:
    """One in each state and for each who decides."""
    seen = set()
    for row in Amendment.objects.order_by(newest_first()):
        if (row.state, row.decider) not in seen:
            seen.add((row.state, row.decider))
            yield row, {"pk": row.pk}


def _threads() -> Samples:
    for row in _applications():
        yield row, {"thread": row.thread}


def _journal_threads() -> Samples:
    told = JournalEntry.objects.filter(kind="applications.application.begin").order_by("pk")
    for entry in told[:1]:
        yield entry, {"thread": entry.thread}


def _journal_lines() -> Samples:
    for spoken in (True, False):
        entry = JournalEntry.objects.filter(remark__isnull=not spoken).order_by("pk").first()
        if entry is not None:
            yield entry, {"thread": entry.thread, "seq": entry.seq}


def _papers() -> Samples:
    seen = set()
    for paper in Paper.objects.order_by("pk"):
        if paper.kind not in seen:
            seen.add(paper.kind)
            yield paper, {"uid": paper.uid}


def _colleagues() -> Samples:
    for row in islice(Membership.objects.filter(valid_until=None).order_by(newest_first()), 3):
        yield row.organisation, {"ref": row.organisation.ref, "pk": row.pk}


def _grants_of_roles() -> Samples:
    for row in RoleGrant.objects.filter(in_force(timezone.localdate())).order_by("pk")[:1]:
        yield row.user, {"pk": row.user_id, "grant": row.pk}


def _invitation() -> Invitation:
    owner = Membership.objects.filter(in_force(timezone.localdate()), role="owner").order_by("pk").first()
    assert owner is not None
    found = Invitation.objects.filter(organisation=owner.organisation, ended_at=None).first()
    email = "somebody@example.org"
    offer = found or add_colleague(owner.organisation, email=email, role="editor", by=owner.user, at=timezone.now())
    assert isinstance(offer, Invitation)
    return offer


def _invitations() -> Samples:
    yield None, {"token": _invitation().token}


def _invitations_to_end() -> Samples:
    yield _invitation().organisation, {"ref": _invitation().organisation.ref, "pk": _invitation().pk}


def _applications() -> Iterator[Any]:
    """One application in each state."""
    seen = set()
    for row in Application.objects.order_by(newest_first()):
        if row.state not in seen:
            seen.add(row.state)
            yield row


def _sections() -> Samples:
    """Every section where it is written, one where it is read."""
    for row in _applications():
        for section in Section.values[:: 1 if row.state in BEING_WRITTEN else 9]:
            yield row, {"ref": row.ref, "section": section}


def _rows() -> Samples:
    for application in _applications():
        for table, about in TABLES.items():
            yield application, {"ref": application.ref, "table": table, "row": 0}
            row = about.model._default_manager.filter(application=application).first()
            if row is not None:
                yield application, {"ref": application.ref, "table": table, "row": row.pk}


def _files() -> Samples:
    for application in _applications():
        yield application, {"ref": application.ref, "row": 0}


def _diligence_items() -> Samples:
    for application in (row for row in _applications() if row.submitted_at):
        for item in ("DD-01", "PS-06"):
            yield application, {"ref": application.ref, "item": item}


def _reviewers() -> Samples:
    for grant in RoleGrant.objects.filter(role="reviewer", valid_until=None).select_related("user")[:3]:
        yield grant.user, {"pk": grant.user_id}


def _rails() -> Samples:
    yield None, {"rail": "paper_order"}


def _errands() -> Samples:
    """The sample fund pays on paper, which leaves no errand behind: one that waits, one that is parked."""
    grant, now = Grant.objects.order_by("pk").first(), timezone.now()
    assert grant is not None
    for number in (1, 2):
        with atomic():
            row = put_errand(Errand.ASK, f"ask:disb:{number}:v1", number, thread=grant.thread, at=now)
            if number == 2:
                park_errand(row, at=now)
        row.refresh_from_db()
        yield row, {"pk": row.pk}


def _doubts() -> Samples:
    """Nothing in the sample is paid twice; somebody must look all the same."""
    tranche = Tranche.objects.filter(state="blocked").order_by("pk").first()
    assert tranche is not None
    about = {"tranche": tranche, "kind": "same_file", "other": "GR-0000-0000"}
    row = Doubt.objects.get_or_create(**about, defaults={"thread": tranche.thread, "found_at": timezone.now()})[0]
    yield row, {"pk": row.pk}


def _findings() -> Samples:
    grant = Grant.objects.order_by("pk").first()
    about = {"grant": grant, "found_date": timezone.localdate()}
    row = Finding.objects.get_or_create(source="evaluation.visit:0", defaults=about)[0]
    yield row, {"pk": row.pk}


def _statements() -> Samples:
    for row in BankStatement.objects.order_by("pk")[:2]:
        yield row, {"pk": row.pk}


def gifts() -> list[Donation]:
    """One that is begun, one on its way, one that failed, and one that is paid and may go back."""
    if not Donation.objects.exists():
        now, by = timezone.now(), RoleGrant.objects.filter(role="treasurer").order_by("pk").last()
        assert by is not None
        told = {"waiting": Gift("waiting", 5_000, "EUR", "pi_2"), "failed": Gift("failed", 5_000, "EUR")}
        paid = {"settled_minor": 5_000, "settled_currency": "EUR", "fee_minor": 175}
        told["paid"] = Gift("paid", 5_000, "EUR", "pi_3", **paid)
        for state in ("begun", *told):
            row = begin_gift(at=now, amount_minor=5_000, currency="EUR", language="en", receipt_name="Somebody")
            if state in told:
                apply_gift(row, told[state], at=now)
        row = Donation.objects.get(state="paid")
        propose_giving_back(row, by=by.user, at=now, amount_minor=1_000, reason="Given twice.")
        _dispute(by.user)
    return list(Donation.objects.order_by("pk"))


def _dispute(by: User) -> None:
    """A fifth gift, which its giver's bank asks for, and what a treasurer proposes to say."""
    now = timezone.now()
    gift = begin_gift(at=now, amount_minor=5_000, currency="EUR", language="en")
    paid = {"settled_minor": 5_000, "settled_currency": "EUR", "fee_minor": 175}
    apply_gift(gift, Gift("paid", 5_000, "EUR", "pi_4", **paid), at=now)
    gift.refresh_from_db()
    row = apply_dispute(gift, seen(gift, taken()), at=now)[1]
    propose_dispute_answer(row, by=by, at=now, answer="evidence", text="The giver thanked us.")


def _disputes() -> Samples:
    gifts()
    for row in Dispute.objects.order_by("pk"):
        yield row, {"pk": row.pk}


def _dispute_answers() -> Samples:
    gifts()
    for row in DisputeAnswer.objects.order_by("pk"):
        yield row, {"pk": row.pk}


def _by_token() -> Samples:
    for row in gifts():
        yield row, {"token": row.token}


def _paid_by_token() -> Samples:
    for row in gifts():
        if row.receipt_id:
            yield row, {"token": row.token}


def _by_ref() -> Samples:
    for row in gifts():
        yield row, {"ref": row.ref}


def _refunds() -> Samples:
    gifts()
    for row in GivingBack.objects.order_by("pk"):
        yield row, {"pk": row.pk}


SAMPLES: dict[str, Callable[[], Samples]] = {
    "disbursements:amendment_step": _changes,
    "disbursements:errand": _errands,
    "disbursements:gift": _by_token,
    "disbursements:gift_pay": _by_token,
    "disbursements:gift_receipt": _paid_by_token,
    "disbursements:donation": _by_ref,
    "disbursements:give_back": _by_ref,
    "disbursements:giving_back": _refunds,
    "disbursements:dispute_answer_new": _disputes,
    "disbursements:dispute_answer": _dispute_answers,
    "disbursements:rail_events": _rails,
    "fundmgmt:rule": _rules,
    "fundmgmt:rule_change": _rules,
    "fundmgmt:dossier": _threads,
    "fundmgmt:journal_thread": _journal_threads,
    "fundmgmt:journal_line": _journal_lines,
    "fundmgmt:erase_words": _journal_lines,
    "fundmgmt:paper": _papers,
    "fundmgmt:colleague": _colleagues,
    "fundmgmt:colleague_leave": _colleagues,
    "fundmgmt:role_end": _grants_of_roles,
    "fundmgmt:join": _invitations,
    "fundmgmt:invitation_end": _invitations_to_end,
    "disbursements:doubt": _doubts,
    "disbursements:doubt_step": _doubts,
    "disbursements:finding_answer": _findings,
    "applications:section": _sections,
    "applications:row": _rows,
    "applications:file": _files,
    "applications:diligence_item": _diligence_items,
    "applications:reviewer_profile": _reviewers,
    "disbursements:statement": _statements,
}


def _parts(report: Report) -> list[dict[str, Any]]:
    parts = [*BOXES[:1], "spending", "files", *(asked.indicator.code for asked in asked_of(report)[:1])]
    return [{"part": part} for part in parts]


def _receipts(report: Report) -> list[dict[str, Any]]:
    return [{"receipt": row.pk} for row in report.receipts.order_by("pk")[:1]]


def _milestones(grant: Grant) -> list[dict[str, Any]]:
    codes = Milestone.objects.filter(application=grant.application_id).order_by("pk").values_list("code", flat=True)
    return [{"code": code} for code in codes[:2]]


def _languages(record: CaseRecord) -> list[dict[str, Any]]:
    text = latest_text(record)
    return [{"language": code} for code in Language.values if text is not None and code != text.language][:1]


def _kinds(_grant: Grant) -> list[dict[str, Any]]:
    return [{"kind": kind} for kind in AmendmentKind.values]


def _items(batch: PaymentBatch) -> list[dict[str, Any]]:
    return [{"item": item.pk} for item in batch.items.order_by("pk")[:1]]


# What else stands in an address beside the row: name of the door -> row -> values.
MORE: dict[str, Callable[[Any], list[dict[str, Any]]]] = {
    "disbursements:batch_take_out": _items,
    "disbursements:batch_refused": _items,
    "disbursements:amendment_new": _kinds,
    "disbursements:wording_paper": lambda _row: [{"language": Language.FR.value}],
    "evaluation:report_part": _parts,
    "evaluation:receipt_out": _receipts,
    "evaluation:receipt_picture": _receipts,
    "evaluation:receipt_sheet": lambda _report: [{"kind": "csv"}, {"kind": "xlsx"}],
    "evaluation:practice_translate": _languages,
    "evaluation:rate": lambda _row: [{"criterion": CRITERIA[0]}],
    "evaluation:milestone": _milestones,
}

# Doors that open by more than their policy: name -> (user, row) -> whether they open.
OPENS: dict[str, Callable[[Any, Any], bool]] = {
    # Whoever holds the random address of a gift sees how it stands.
    "disbursements:gift": lambda _user, _row: True,
    "disbursements:gift_pay": lambda _user, _row: True,
    "disbursements:gift_receipt": lambda _user, _row: True,
    "fundmgmt:dossier": lambda user, row: (
        not isinstance(user, AnonymousUser) and subject_for(user, row.thread) is not None
    ),
    # About a person as a reviewer, which officers see; about the account, only administrators.
    "applications:reviewer_profile": lambda user, row: bool(can(user, "applications.describe_reviewer", row)),
    "evaluation:practice": lambda _user, row: row.state == "published",
    "evaluation:practice_copy": lambda _user, row: row.state == "published",
}
