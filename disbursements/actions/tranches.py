"""From request to confirmed receipt: four people, and the ledger entry in the transaction of each step."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.commitments import release_commitment
from disbursements.actions.doubting import note_doubts
from disbursements.actions.ledger import (
    Line,
    change_purse,
    pair,
    post_entry,
    shares_of,
)
from disbursements.actions.locking import lock_payees, lock_tranches
from disbursements.actions.rails import open_instruction, settle_instruction
from disbursements.actions.taking import post_release, source_account
from disbursements.models import Approval, BankDetail, Grant, LedgerLine, Tranche
from disbursements.queries.release import Check, checks_of, unmet
from disbursements.queries.thresholds import size_of
from disbursements.states import LIVE, AccountCode, EntryKind, InstructionState, RailCode, TrancheState
from fundmgmt.formats import words
from fundmgmt.models import StepRefused
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import User

PAPER = str(RailCode.PAPER_ORDER)
OVER = (TrancheState.CONFIRMED, TrancheState.SENT, TrancheState.CANCELLED, TrancheState.REVERSED)


class ConditionsOpen(StepRefused):
    """The tranche may not leave yet; `checks` are the conditions in the way."""

    def __init__(self, checks: list[Check]) -> None:
        """Name what is missing."""
        self.checks = checks
        what = words.listed(words.says(check.label, check.reason) for check in checks)
        super().__init__(_("Not yet. %(what)s.") % {"what": what})


def facts_of(tranche: Tranche, **more: Any) -> dict[str, Any]:
    """Facts every entry about a tranche carries."""
    return {"no": tranche.no, "amount_minor": tranche.amount_minor, "currency": tranche.currency, **more}


def return_request(
    tranche: Tranche, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Tranche:
    """Send a request back with a reason the grantee reads."""
    facts = facts_of(tranche)
    with transaction.atomic():
        lock_payees([tranche.grant_id])
        return perform(
            tranche, "return_request", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version
        )


def check_tranche(
    tranche: Tranche, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Tranche:
    """The programme office checks; a condition that is not met blocks the tranche at once and says why."""
    with transaction.atomic():
        lock_payees([tranche.grant_id])
        perform(
            tranche,
            "check_request",
            by=by,
            at=at,
            facts=facts_of(tranche),
            reason=reason,
            expected_version=expected_version,
            checker=by,
            when=at,
        )
        note_doubts(tranche, at=at)
        block_if_unmet(tranche, at=at)
    return tranche


def block_if_unmet(tranche: Tranche, *, at: dt.datetime) -> bool:
    """Block a checked tranche when a condition fails; whether it did."""
    missing = unmet(checks_of(tranche, at))
    if not missing or tranche.state != TrancheState.CHECKED:
        return False
    facts = facts_of(tranche, unmet=[check.code for check in missing])
    share = next((check for check in missing if check.max and check.value is not None), None)
    if share and share.max and share.value is not None:
        facts |= {"spent_minor": share.value, "of_minor": share.max, "share_bp": share.value * 10_000 // share.max}
    perform(tranche, "block", by=None, at=at, facts=facts)
    return True


def unblock_tranche(
    tranche: Tranche, *, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> Tranche:
    """Look at the conditions again; the tranche is free when all are met."""
    with transaction.atomic():
        lock_payees([tranche.grant_id])
        note_doubts(tranche, at=at)
        missing = unmet(checks_of(tranche, at))
        if missing:
            raise ConditionsOpen(missing)
        return perform(tranche, "unblock", by=by, at=at, facts=facts_of(tranche), expected_version=expected_version)


def reassess_grant(grant: Grant, *, at: dt.datetime) -> None:
    """After a fact changed: free what may go on, block what may not. The system's own step.

    An approved tranche stays so; what looks like paying it twice is written down, and stops its release.
    """
    lock_tranches([grant.pk])
    rows = grant.tranches.filter(state__in=[TrancheState.BLOCKED, TrancheState.CHECKED, TrancheState.APPROVED])
    for tranche in rows.select_related("grant__application", "bank_detail").order_by("no"):
        note_doubts(tranche, at=at)
        missing = unmet(checks_of(tranche, at))
        if tranche.state == TrancheState.BLOCKED and not missing:
            perform(tranche, "unblock", by=None, at=at, facts=facts_of(tranche))
        elif tranche.state == TrancheState.CHECKED and missing:
            block_if_unmet(tranche, at=at)


def current_bank_detail(organisation_id: int) -> BankDetail | None:
    """The newest bank details that were not refused."""
    return BankDetail.objects.filter(organisation_id=organisation_id, refused_at__isnull=True).order_by("-no").first()


def approve_tranche(
    tranche: Tranche, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Tranche:
    """One person approves this amount to this payee; with as many as the rules ask for the tranche is approved.

    Raises ConditionsOpen while a condition is open.
    """
    with transaction.atomic():
        row = locked_tranche(tranche)
        missing = unmet(checks_of(row, at))
        if missing:
            raise ConditionsOpen(missing)
        detail = current_bank_detail(row.organisation_id)
        if detail is None:
            raise StepRefused(_("There are no bank details to pay to."))
        asked, payload = size_of(row, at).asked, row.payload_hash(detail)
        given = row.approvals.filter(round=row.approval_round, payload_hash=payload).count() + 1
        facts = facts_of(row, payload=payload, given=given, needed=asked.needed, rule=asked.rule)
        last = given >= asked.needed
        body = {"approver": by, "when": at, "bank_detail": detail} if last else {}
        step = "approve" if last else "add_approval"
        perform(tranche, step, by=by, at=at, facts=facts, reason=reason, expected_version=expected_version, **body)
        Approval.objects.create(
            tranche=row,
            round=row.approval_round,
            approver=by,
            at=at,
            amount_minor=row.amount_minor,
            bank_detail=detail,
            payload_hash=payload,
            needed=asked.needed,
        )
        tranche.__dict__.pop("approvers", None)
        for grant in Grant.objects.filter(organisation=row.organisation_id).exclude(pk=row.grant_id):
            reassess_grant(grant, at=at)
    return tranche


def void_approval(
    tranche: Tranche, *, by: User | None, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Tranche:
    """Take an approval back; another may follow."""
    about: dict[str, Any] = {"reason": reason, "expected_version": expected_version}
    return perform(tranche, "void_approval", by=by, at=at, facts=facts_of(tranche), **about)


def locked_tranche(tranche: Tranche) -> Tranche:
    """The tranche as it stands now, under the locks of its payee. Call inside a transaction."""
    lock_payees([tranche.grant_id])
    return Tranche.objects.select_related("grant__application", "bank_detail").get(pk=tranche.pk)


def require_still_good(tranche: Tranche, at: dt.datetime) -> None:
    """Every condition holds now, and the approval is for the payee's present details. Else it is refused."""
    missing = unmet(checks_of(tranche, at))
    if missing:
        raise ConditionsOpen(missing)
    if tranche.state == TrancheState.CHECKED:
        said = {"given": len(tranche.approvers), "needed": size_of(tranche, at).asked.needed}
        raise StepRefused(_("This payment needs the approval of %(needed)s people; %(given)s gave it.") % said)
    detail = current_bank_detail(tranche.organisation_id)
    if detail is None or detail.pk != tranche.bank_detail_id:
        raise StepRefused(_("The bank details changed after the approval. It must be approved again."))


def issue_order(tranche: Tranche, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Tranche:
    """Print the payment order: one open instruction under one key."""
    with transaction.atomic():
        lock_payees([tranche.grant_id])
        require_still_good(tranche, at)
        perform_facts = facts_of(tranche, rail=PAPER)
        perform(tranche, "issue_order", by=by, at=at, facts=perform_facts, expected_version=expected_version)
        open_instruction(tranche, by=by, at=at)
    return tranche


def pay_tranche(
    tranche: Tranche,
    *,
    by: User,
    at: dt.datetime,
    bank_reference: str,
    bank_date: dt.date,
    expected_version: int | None = None,
) -> Tranche:
    """Another treasurer enters the bank's reference and day: the money is on its way, in the ledger too."""
    if bank_date > timezone.localdate(at):
        raise StepRefused(_("The day on the bank's paper cannot lie ahead."), field="bank_date")
    if not bank_reference.strip():
        raise StepRefused(_("Write the bank's reference."), field="bank_reference")
    with transaction.atomic():
        row = locked_tranche(tranche)
        require_still_good(row, at)
        order = open_instruction(row, by=by, at=at)
        entry = post_release(row, cause=order, by=by, at=at, day=bank_date)
        perform(
            tranche,
            "send",
            by=by,
            at=at,
            facts=facts_of(
                row, bank_reference=_as_code(bank_reference), bank_date=bank_date, entry=entry.no, rail=PAPER
            ),
            expected_version=expected_version,
            payer=by,
            when=at,
            bank_reference=bank_reference.strip(),
            bank_date=bank_date,
        )
        settle_instruction(order, bank_reference=bank_reference, by=by, at=at)
    return tranche


def _as_code(text: str) -> str:
    return "".join(c for c in text.strip() if c.isascii() and (c.isalnum() or c in ".:/+-_ "))[:64]


def _moved(tranche: Tranche, account: str) -> list[LedgerLine]:
    """What stands on the account for this tranche; an attempt that failed was taken back and does not count."""
    rows = LedgerLine.objects.filter(tranche=tranche, account__code=account, amount_minor__gt=0)
    return list(rows.filter(entry__reversed_by__isnull=True).select_related("earmark", "donor"))


def confirm_receipt(
    tranche: Tranche,
    *,
    by: User,
    at: dt.datetime,
    received_date: dt.date,
    received_minor: int | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> Tranche:
    """The grantee tells what arrived and when. Less than was sent is told in the story and stays visible."""
    amount = tranche.amount_minor if received_minor is None else received_minor
    if received_date > timezone.localdate(at):
        raise StepRefused(_("This day lies ahead."), field="received_date")
    if tranche.bank_date and received_date < tranche.bank_date:
        raise StepRefused(_("This day is before the day the money was sent."), field="received_date")
    if amount <= 0 or amount > tranche.amount_minor:
        text = _("More than was sent cannot have arrived. Look at the amount again.")
        raise StepRefused(text, field="received_minor")
    with transaction.atomic():
        lock_payees([tranche.grant_id])
        lines: list[Line] = []
        for row in _moved(tranche, AccountCode.TRANSIT):
            about = {"earmark": row.earmark, "donor": row.donor, "grant": tranche.grant, "tranche": tranche}
            lines += pair(AccountCode.GRANTS_PAID, AccountCode.TRANSIT, row.amount_minor, row.currency, **about)
        entry = post_entry(EntryKind.DISBURSEMENT, tranche, lines, by=by, at=at, day=received_date)
        facts = facts_of(tranche, received_date=received_date, entry=entry.no) | {"amount_minor": amount}
        return perform(
            tranche,
            "confirm",
            by=by,
            at=at,
            facts=facts,
            reason=reason,
            expected_version=expected_version,
            confirmer=by,
            when=at,
            received_minor=amount,
            received_date=received_date,
        )


def cancel_tranche(
    tranche: Tranche, *, by: User | None, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Tranche:
    """It will not be paid: what was committed for it is free again."""
    with transaction.atomic():
        lock_payees([tranche.grant_id])
        if tranche.instructions.filter(state__in=LIVE).exists():
            raise StepRefused(_("A payment order is out for this tranche. A treasurer withdraws it first."))
        facts = facts_of(tranche)
        perform(tranche, "cancel", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
        release_commitment(tranche.grant, tranche.amount_minor, cause=tranche, by=by, at=at)
    return tranche


def reverse_tranche(
    tranche: Tranche,
    *,
    by: User | None,
    at: dt.datetime,
    bank_date: dt.date,
    reason: str,
    expected_version: int | None = None,
) -> Tranche:
    """The bank or rail sent the money back: it lies at the bank again and a new tranche stands in place of this one."""
    with transaction.atomic():
        confirmed = locked_tranche(tranche).state == TrancheState.CONFIRMED
        account = AccountCode.GRANTS_PAID if confirmed else AccountCode.TRANSIT
        home = source_account(next(row.rail for row in tranche.instructions.filter(state__in=LIVE)))
        lines: list[Line] = []
        moved = _moved(tranche, account)
        for row in moved:
            about = {"earmark": row.earmark, "donor": row.donor, "grant": tranche.grant, "tranche": tranche}
            lines += pair(home, account, row.amount_minor, row.currency, **about)
        entry = post_entry(EntryKind.RETURN, tranche, lines, by=by, at=at, day=bank_date)
        change_purse(tranche.currency, shares_of(moved), paid=-1)
        last = tranche.grant.tranches.aggregate(no=Max("no"))["no"]
        replacement = Tranche(
            grant=tranche.grant,
            thread=tranche.thread,
            no=last + 1,
            share_bp=tranche.share_bp,
            amount_minor=tranche.amount_minor,
            planned_date=timezone.localdate(at),
            replaces=tranche,
        )
        facts = facts_of(tranche, entry=entry.no, replaced_by=replacement.no)
        perform(tranche, "reverse", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
        begin(replacement, by=None, at=at, facts=facts_of(replacement, share_bp=replacement.share_bp))
        for instruction in tranche.instructions.filter(state__in=LIVE):
            told = facts_of(tranche, rail=instruction.rail, key=instruction.key)
            if instruction.state != InstructionState.PAID:
                perform(instruction, "settle", by=by, at=at, facts=told, rail_reference="")
            perform(instruction, "come_back", by=by, at=at, facts=told)
    return tranche
