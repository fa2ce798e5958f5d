"""What people may do about the conditions of a payment: waive one, clear a doubt, declare a link, answer a finding."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.locking import lock_grant, lock_tranches
from disbursements.actions.tranches import reassess_grant, void_approval
from disbursements.models import Condition, Doubt, Finding, Grant, Tie, Tranche, Waiver
from disbursements.queries.release import checks_of
from disbursements.states import BEFORE_SENT, TieKind, TrancheState, WaivableCode
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import Organisation, StepRefused
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import User

ATTESTED = "condition-"


# Waivers ------------------------------------------------------------------------------------------


def propose_waiver(tranche: Tranche, *, by: User, at: dt.datetime, ident: str, reason: str) -> Waiver:
    """Ask that one condition be set aside for this tranche only; `ident` names it as the release checks do.

    Refused for what nobody may set aside: agreement, bank details, holds, money, people.
    """
    if not reason.strip():
        raise StepRefused(_("Write why."), field="reason")
    with transaction.atomic():
        lock_grant(tranche.grant_id)
        locked = Tranche.objects.select_related("grant__application").get(pk=tranche.pk)
        if locked.state not in {*BEFORE_SENT, TrancheState.ON_HOLD}:
            raise StepRefused(_("The money of this tranche has left, or it will not be paid."))
        check = next((one for one in checks_of(locked, at) if one.ident and one.ident == ident), None)
        if check is None:
            raise StepRefused(_("This condition is never waived."), field="ident")
        if check.met:
            raise StepRefused(_("This condition does not stand in the way."), field="ident")
        if any(one.ident == ident for one in locked.waivers.standing()):
            raise StepRefused(_("A waiver of this condition was proposed already."), field="ident")
        condition = Condition.objects.get(pk=ident.removeprefix(ATTESTED)) if ident.startswith(ATTESTED) else None
        waiver = Waiver(
            tranche=locked,
            thread=locked.thread,
            code=WaivableCode.ATTESTED if condition else WaivableCode(ident),
            condition=condition,
            reason=reason.strip(),
            proposed_by=by,
            proposed_at=at,
        )
        return begin(waiver, by=by, at=at, facts=_waiver_facts(waiver), reason=reason)


def _waiver_facts(waiver: Waiver) -> dict[str, Any]:
    return {"no": waiver.tranche.no, "code": str(waiver.code), "condition": waiver.condition_id}


def confirm_waiver(waiver: Waiver, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Waiver:
    """A second person agrees: the tranche that waited for it is free again."""
    with transaction.atomic():
        lock_grant(waiver.tranche.grant_id)
        facts = _waiver_facts(waiver)
        perform(waiver, "confirm", by=by, at=at, facts=facts, expected_version=expected_version, decider=by, when=at)
        reassess_grant(waiver.tranche.grant, at=at)
    return waiver


def refuse_waiver(
    waiver: Waiver, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Waiver:
    """The condition stays; the proposer may take the proposal back in the same way."""
    facts = _waiver_facts(waiver)
    return perform(
        waiver,
        "refuse",
        by=by,
        at=at,
        facts=facts,
        reason=reason,
        expected_version=expected_version,
        decider=by,
        when=at,
    )


# Doubts -------------------------------------------------------------------------------------------


def clear_doubt(doubt: Doubt, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None) -> Doubt:
    """Another person than those who asked and checked looked at both payments and says why they are two."""
    if not reason.strip():
        raise StepRefused(_("Write why."), field="reason")
    with transaction.atomic():
        lock_grant(doubt.tranche.grant_id)
        facts = {"no": doubt.tranche.no, "doubt_kind": str(doubt.kind), "other": doubt.other}
        perform(
            doubt,
            "clear",
            by=by,
            at=at,
            facts=facts,
            reason=reason,
            expected_version=expected_version,
            looker=by,
            when=at,
            words=reason.strip(),
        )
        reassess_grant(doubt.tranche.grant, at=at)
    return doubt


# Links --------------------------------------------------------------------------------------------


def declare_tie(organisation: Organisation, *, by: User, at: dt.datetime, kind: str) -> Tie:
    """Somebody of the fund tells of a link with an organisation: from now on they move none of its money."""
    with transaction.atomic():
        require(by, "disbursements.declare_tie", organisation)
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        lock_tranches(Grant.objects.filter(organisation=organisation).values_list("pk", flat=True))
        if Tie.objects.filter(user=by, organisation=organisation, ended_at__isnull=True).exists():
            raise StepRefused(_("You declared a link with this organisation already."))
        row = Tie.objects.create(user=by, organisation=organisation, kind=TieKind(kind), declared_at=at)
        facts = {"tie_kind": str(row.kind)}
        journal.record("disbursements.tie.declare", row, by=by, at=at, facts=facts, thread=organisation.thread)
        for grant in Grant.objects.filter(organisation=organisation):
            for tranche in grant.tranches.filter(state=TrancheState.APPROVED).select_related("grant"):
                if any(by.is_same_person_as(one) for one in tranche.approvers):
                    void_approval(tranche, by=None, at=at)
            reassess_grant(grant, at=at)
    return row


def end_tie(tie: Tie, *, by: User, at: dt.datetime, reason: str) -> Tie:
    """An administrator ends a link that is over, or was declared by mistake; never one's own."""
    with transaction.atomic():
        require(by, "disbursements.end_tie", tie)
        row = Tie.objects.select_for_update(no_key=True).get(pk=tie.pk)
        if row.ended_at is not None:
            raise StepRefused(_("This link has ended already."))
        row.ended_by, row.ended_at = by, at
        row.save(update_fields=["ended_by", "ended_at"])
        journal.record(
            "disbursements.tie.end", row, by=by, at=at, reason=reason, facts={}, thread=row.organisation.thread
        )
    return row


# Findings and diligence ---------------------------------------------------------------------------


def note_finding(grant: Grant, *, by: User | None, at: dt.datetime, source: Any, found_date: dt.date) -> Finding:
    """A visit or a check found something of high priority: payments wait until it is answered. Once for a source."""
    with transaction.atomic():
        require(by, "disbursements.note_finding", grant)
        lock_grant(grant.pk)
        subject = source if isinstance(source, str) else journal.subject_of(source)
        row, new = Finding.objects.get_or_create(
            source=subject, defaults={"grant": grant, "found_date": found_date, "noted_by": by}
        )
        if new:
            facts = {"found_date": found_date}
            journal.record("disbursements.finding.note", row, by=by, at=at, facts=facts, thread=grant.thread)
            reassess_grant(grant, at=at)
    return row


def answer_finding(finding: Finding, *, by: User, at: dt.datetime, answer: str) -> Finding:
    """The programme office writes down how it was settled; payments may go on."""
    if not answer.strip():
        raise StepRefused(_("Write how it was settled."), field="answer")
    with transaction.atomic():
        require(by, "disbursements.answer_finding", finding)
        lock_grant(finding.grant_id)
        row = Finding.objects.select_for_update(of=("self",), no_key=True).select_related("grant").get(pk=finding.pk)
        if row.answered_at is not None:
            raise StepRefused(_("This finding is answered already."))
        row.answered_by, row.answered_at, row.answer = by, at, answer.strip()
        row.save(update_fields=["answered_by", "answered_at", "answer"])
        facts = {"found_date": row.found_date}
        journal.record(
            "disbursements.finding.answer", row, by=by, at=at, facts=facts, reason=answer, thread=row.grant.thread
        )
        reassess_grant(row.grant, at=at)
    return row


def renew_diligence(
    grant: Grant,
    *,
    by: User,
    at: dt.datetime,
    until: dt.date,
    psea_until: dt.date | None = None,
    reason: str,
    expected_version: int | None = None,
) -> Grant:
    """The organisation was checked again: the new days, and which paper shows it."""
    last = psea_until or grant.psea_until_date
    if until <= timezone.localdate(at):
        raise StepRefused(_("This day has passed."), field="until")
    with transaction.atomic():
        lock_grant(grant.pk)
        facts = {"until": until, "psea_until": last}
        perform(
            grant,
            "renew_diligence",
            by=by,
            at=at,
            facts=facts,
            reason=reason,
            expected_version=expected_version,
            until=until,
            psea_until=last,
        )
        reassess_grant(grant, at=at)
    return grant
