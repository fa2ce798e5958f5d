"""What the Committee decides about a grant takes effect here: stop, go on, change, end. The votes decided."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from applications.actions import committee
from applications.states import DecisionType, ItemResult
from disbursements.actions.amending import refuse_amendment
from disbursements.actions.grants import terminate_grant
from disbursements.actions.holds import lift_by_decision, suspend_grant
from disbursements.actions.terms import lock_terms, put_in_force
from disbursements.models import Amendment, Grant
from disbursements.states import AmendmentState, CloseCode, Decider, HoldKind
from fundmgmt import journal
from fundmgmt.access import Refused, require
from fundmgmt.models import JournalEntry, StepError, StepRefused
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from applications.models import AgendaItem, Meeting
    from fundmgmt.models import User

ENDS = {DecisionType.TERMINATE: CloseCode.EARLY, DecisionType.TERMINATE_FOR_CAUSE: CloseCode.FOR_CAUSE}
ABOUT_A_GRANT = frozenset({DecisionType.AMEND, DecisionType.SUSPEND, DecisionType.RESUME, *ENDS})


def put_change_on_agenda(
    amendment: Amendment, *, by: User, at: dt.datetime, meeting: Meeting, proposal: str = ""
) -> AgendaItem:
    """Let the Committee decide a change that waits for it: one item of a meeting whose agenda is still open."""
    with transaction.atomic():
        row = (
            Amendment.objects.select_for_update(of=("self",), no_key=True).select_related("grant").get(pk=amendment.pk)
        )
        require(by, "disbursements.put_on_agenda", row)
        return committee.put_on_agenda(
            meeting,
            application=row.grant.application,
            decision_type=DecisionType.AMEND,
            title=f"{row.ref} {row}",
            proposal=proposal,
            by=by,
            at=at,
        )


def carry_out(item: AgendaItem, *, at: dt.datetime) -> Grant | None:
    """Let a decision take effect on the grant it is about; None when it is about something else.

    What stands in the way is written into the project's story, for the office to see to; the decision stays.
    """
    if item.decision_type not in ABOUT_A_GRANT or item.application_id is None:
        return None
    grant = Grant.objects.filter(application=item.application_id).first()
    if grant is None:
        return None
    try:
        with transaction.atomic():
            _take_effect(grant, item, at)
    except (StepError, Refused) as error:
        facts = {"decision": item.ref, "decision_type": str(item.decision_type)}
        why = str(error.message)
        journal.record("disbursements.grant.decision_waits", grant, by=None, at=at, facts=facts, reason=why)
    return grant


def _take_effect(grant: Grant, item: AgendaItem, at: dt.datetime) -> None:
    carried = item.result == ItemResult.CARRIED
    if item.decision_type == DecisionType.AMEND:
        decide_amendment(grant, decision_ref=item.ref, carried=carried, at=at)
    elif carried and item.decision_type == DecisionType.SUSPEND:
        suspend_grant(grant, by=None, at=at, kind=HoldKind.COMMITTEE, reason=item.ref)
    elif carried and item.decision_type == DecisionType.RESUME:
        lift_by_decision(grant, decision_ref=item.ref, at=at)
    elif carried:
        code = ENDS[DecisionType(item.decision_type)]
        terminate_grant(grant, by=None, at=at, reason=_said(item), close_code=code)


def _said(item: AgendaItem) -> str:
    """Which decision, and the words it was recorded with."""
    about = {"subject": journal.subject_of(item), "kind": "applications.agendaitem.decide"}
    entry = JournalEntry.objects.filter(**about).select_related("remark").last()
    return f"{item.ref}: {entry.remark.text}" if entry and entry.remark else item.ref


def decide_amendment(grant: Grant, *, decision_ref: str, carried: bool, at: dt.datetime) -> Amendment:
    """The one change that waits for the Committee: in force when carried and still possible; else not approved."""
    waiting = grant.amendments.filter(state=AmendmentState.PROPOSED, decider=Decider.COMMITTEE).first()
    if waiting is None:
        raise StepRefused(_("No change of this grant waits for the Committee. Ask for it first."))
    if not carried:
        return refuse_amendment(waiting, by=None, at=at, decision_ref=decision_ref)
    facts = {"no": waiting.no, "change": waiting.kind, "decider": waiting.decider, "decision": decision_ref}
    with transaction.atomic():
        lock_terms(waiting)
        perform(waiting, "approve_by_committee", by=None, at=at, facts=facts, decision_ref=decision_ref, when=at)
        try:
            with transaction.atomic():
                put_in_force(waiting, by=None, at=at)
        except StepError as error:
            told = {"decision": decision_ref, "decision_type": str(DecisionType.AMEND)}
            why = str(error.message)
            journal.record("disbursements.grant.decision_waits", grant, by=None, at=at, facts=told, reason=why)
            waiting.refresh_from_db()
    return waiting
