"""Stopping payments at once, and lifting the stop by two people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.locking import lock_grant
from disbursements.models import Grant, Hold, Tranche
from disbursements.states import BEFORE_SENT, GrantState, HoldKind, TrancheState
from fundmgmt import journal
from fundmgmt.models import StepRefused
from fundmgmt.rules import rule
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import User

RESUME = {
    GrantState.AGREEMENT_DRAFT: "resume_draft",
    GrantState.SIGNED: "resume_signed",
    GrantState.ACTIVE: "resume_active",
    GrantState.ENDED: "resume_ended",
    GrantState.CLOSING: "resume_closing",
}


def suspend_grant(
    grant: Grant,
    *,
    by: User | None,
    at: dt.datetime,
    kind: str = HoldKind.OTHER,
    reason: str = "",
    expected_version: int | None = None,
) -> Grant:
    """Stop all payments now. No precondition: a grant that is stopped already gets one more hold.

    `reason` is kept on the hold. Only for kinds other than safeguarding is it also told in the project's story.
    """
    day = timezone.localdate(at)
    review = day + dt.timedelta(days=rule("hold_review_days", day).value)
    told = "" if kind == HoldKind.SAFEGUARDING else reason
    with transaction.atomic():
        now = lock_grant(grant.pk)
        hold = begin(
            Hold(
                grant=grant,
                thread=grant.thread,
                kind=kind,
                detail=reason,
                opened_by=by,
                opened_at=at,
                review_date=review,
            ),
            by=by,
            at=at,
            facts={"hold_kind": "restricted" if kind == HoldKind.SAFEGUARDING else str(kind), "review_date": review},
        )
        if now.state != GrantState.SUSPENDED:
            perform(
                grant, "suspend", by=by, at=at, facts={"hold": hold.pk}, reason=told, expected_version=expected_version
            )
        _freeze(grant, hold, by=by, at=at)
    return grant


def _freeze(grant: Grant, hold: Hold, *, by: User | None, at: dt.datetime) -> None:
    for tranche in grant.tranches.filter(state__in=BEFORE_SENT).order_by("no"):
        facts = {"no": tranche.no, "amount_minor": tranche.amount_minor, "currency": grant.currency, "hold": hold.pk}
        perform(tranche, "hold", by=by, at=at, facts=facts)


def look_again(hold: Hold, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Hold:
    """Somebody looked at the hold and it stays; the next look is due after the days of the rule `hold_review_days`."""
    day = timezone.localdate(at)
    review = day + dt.timedelta(days=rule("hold_review_days", day).value)
    facts = {"review_date": review}
    return perform(hold, "look_again", by=by, at=at, facts=facts, expected_version=expected_version, review_date=review)


def propose_lift(
    hold: Hold, *, by: User, at: dt.datetime, lift_reason: str, expected_version: int | None = None
) -> Hold:
    """The first of two people says why payments may go on; for a safeguarding hold the safeguarding lead."""
    return perform(
        hold,
        "propose_lift",
        by=by,
        at=at,
        expected_version=expected_version,
        proposer=by,
        when=at,
        lift_reason=lift_reason,
    )


def keep_hold(hold: Hold, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Hold:
    """The second person does not agree: the hold stays."""
    return perform(hold, "keep", by=by, at=at, expected_version=expected_version)


def confirm_lift(hold: Hold, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Hold:
    """The second person agrees; with the last hold gone the grant goes on from where it stood."""
    with transaction.atomic():
        grant = lock_grant(hold.grant_id)
        perform(hold, "confirm_lift", by=by, at=at, expected_version=expected_version, confirmer=by, when=at)
        if grant.state == GrantState.SUSPENDED and not grant.holds.standing().exists():
            resume_grant(grant, by=by, at=at, hold=hold)
    return hold


def lift_by_decision(grant: Grant, *, decision_ref: str, at: dt.datetime) -> Grant:
    """The Committee decided that payments go on. A safeguarding hold stays: the lead and a second person lift it."""
    with transaction.atomic():
        now = lock_grant(grant.pk)
        for hold in now.holds.standing().exclude(kind=HoldKind.SAFEGUARDING):
            facts = {"decision": decision_ref}
            perform(hold, "lift_by_decision", by=None, at=at, facts=facts, decision_ref=decision_ref, when=at)
        if now.holds.standing().exists():
            facts = {"decision": decision_ref, "decision_type": "resume"}
            why = str(_("A safeguarding hold still stands. The safeguarding lead and a second person lift it."))
            journal.record("disbursements.grant.decision_waits", grant, by=None, at=at, facts=facts, reason=why)
        else:
            resume_grant(grant, by=None, at=at, reason=decision_ref)
    return grant


def resume_grant(
    grant: Grant, *, by: User | None, at: dt.datetime, reason: str = "", hold: Hold | None = None
) -> Grant:
    """Go on from where the grant and its tranches stood. Refused while a hold stands."""
    with transaction.atomic():
        now = lock_grant(grant.pk)
        if now.holds.standing().exists():
            raise StepRefused(_("A hold is still open. Two people lift it first."))
        facts = {"hold": hold.pk if hold else None}
        step = RESUME.get(GrantState(now.held_from)) if now.held_from else None
        if step is None:
            raise StepRefused(_("This grant is not stopped."))
        perform(grant, step, by=by, at=at, facts=facts, reason=reason)
        for tranche in Tranche.objects.filter(grant=grant, state=TrancheState.ON_HOLD).order_by("no"):
            facts_of = {"no": tranche.no, "amount_minor": tranche.amount_minor, "currency": grant.currency, **facts}
            perform(tranche, f"lift_{tranche.held_from}", by=by, at=at, facts=facts_of)
    return grant
