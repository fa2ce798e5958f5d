"""Who may do what with calls and applications. Predicates look at objects; they import no model."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.states import COMMITTEE_SEES, ApplicationState, CallState, Window
from fundmgmt.access import BELONGS, OFFICER, STAFF, WRITES, holds_seat, is_signed_in, is_system, policy, predicate


@predicate(_("This call is still being prepared."))
def is_published(user: Any, obj: Any) -> bool:
    """A call that was opened once."""
    return obj is None or obj.state != CallState.DRAFT


@predicate(_("The organisation has not submitted this application."))
def is_handed_in(user: Any, obj: Any) -> bool:
    """What is being written belongs to the writers alone until they submit."""
    return obj.submitted_at is not None


@predicate(_("You belong to this organisation: a colleague without a tie takes this step."))
def has_no_tie(user: Any, obj: Any) -> bool:
    """Nobody decides about the organisation they belong to."""
    return bool(is_signed_in(user, obj) and obj.organisation_id not in user.memberships_today)


@predicate(_("You took the last decision on this application: somebody else corrects it."))
def did_not_decide(user: Any, obj: Any) -> bool:
    """A correction is a second look, by a second person."""
    return bool(is_signed_in(user, obj) and obj.decided_by_id != user.pk)


@predicate(_("The agreement is signed: from here on changes go through the grant."))
def is_before_agreement(user: Any, obj: Any) -> bool:
    """The limit of withdrawals and corrections."""
    return obj.agreed_at is None


@predicate(_("The organisation is paused: ask the fund's office to make it active first."))
def organisation_is_active(user: Any, obj: Any) -> bool:
    """A paused organisation starts nothing new."""
    return obj is None or obj.organisation.state == "active"


@predicate(_("Only micro grants are decided by an officer; the others by the Committee."))
def is_micro(user: Any, obj: Any) -> bool:
    """The officer's own window."""
    return obj.window == Window.MICRO


@predicate(_("The Committee has this application before it: its decision is applied by the system."))
def is_in_due_diligence(user: Any, obj: Any) -> bool:
    """Where an officer may decide a micro grant."""
    return obj.state == ApplicationState.DUE_DILIGENCE


@predicate(_("The Committee's decision is applied while the application is before it."))
def is_in_committee(user: Any, obj: Any) -> bool:
    """Where the computed decision of the Committee is applied."""
    return obj.state == ApplicationState.IN_COMMITTEE


@predicate(_("The Committee reads applications that are before it."))
def is_committee_paper(user: Any, obj: Any) -> bool:
    """From the agenda on."""
    return obj.state in COMMITTEE_SEES


@predicate(_("It was never submitted: start a new application instead."))
def was_submitted(user: Any, obj: Any) -> bool:
    """A withdrawn draft stays withdrawn."""
    return obj.submitted_at is not None


@predicate(_("The Committee decided this: the correction goes back to the Committee."))
def was_officers_award(user: Any, obj: Any) -> bool:
    """A decided micro grant goes back to due diligence, another decision to the Committee."""
    return obj.state not in COMMITTEE_SEES[1:] or not obj.decision_ref


@predicate(_("An officer decided this: the correction goes back to due diligence."))
def was_committees_decision(user: Any, obj: Any) -> bool:
    """The other half of `was_officers_award`."""
    return bool(obj.decision_ref)


SCREENS = OFFICER & has_no_tie
CORRECTS = OFFICER & has_no_tie & did_not_decide & is_before_agreement

policy("applications.begin_call", OFFICER)
policy("applications.view_call", is_published | STAFF)
EDIT_CALL = policy("applications.edit_call", OFFICER)
OPEN_CALL = policy("applications.open_call", OFFICER)
CLOSE_CALL = policy("applications.close_call", OFFICER | is_system)
policy("applications.list_calls", STAFF)

policy("applications.begin_application", WRITES & organisation_is_active)
policy("applications.start", is_signed_in)
policy("applications.list_own", is_signed_in)
policy("applications.list_applications", STAFF)
policy("applications.view_application", BELONGS | (is_handed_in & STAFF) | (is_committee_paper & holds_seat))
policy("applications.view_screening", is_handed_in & STAFF)
EDIT = policy("applications.edit_section", WRITES)
SUBMIT = policy("applications.submit", WRITES)
WITHDRAW = policy("applications.withdraw", WRITES & is_before_agreement)
SCREEN = policy("applications.screen", SCREENS)
MODERATE = policy("applications.begin_moderation", SCREENS | is_system)
BEGIN_DILIGENCE = policy("applications.begin_due_diligence", SCREENS)
SEND = policy("applications.send_to_committee", SCREENS)
DECIDE = policy("applications.decide", (is_in_due_diligence & is_micro & SCREENS) | (is_system & is_in_committee))
DEFER = policy("applications.defer", is_system)
MEET = policy("applications.meet_award_conditions", SCREENS)
AGREE = policy("applications.mark_agreed", is_system)
CORRECT = policy("applications.correct", CORRECTS)
CORRECT_WITHDRAWAL = policy("applications.correct_withdrawal", CORRECTS & was_submitted)
CORRECT_AWARD = policy("applications.correct_award", CORRECTS & was_officers_award)
CORRECT_DECISION = policy("applications.correct_decision", CORRECTS & was_committees_decision)
