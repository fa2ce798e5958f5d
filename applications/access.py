"""Who may do what with calls and applications. Predicates look at objects; they import no model."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.states import (
    APPEALABLE,
    COMMITTEE_DECIDES,
    COMMITTEE_SEES,
    REVIEW_READS,
    AppealState,
    ApplicationState,
    CallState,
    MeetingMode,
    MeetingState,
    ReviewState,
    Window,
)
from fundmgmt.access import (
    ADMINISTRATOR,
    BELONGS,
    OFFICER,
    STAFF,
    WRITES,
    anyone,
    has_declared_no_link,
    holds_seat,
    holds_voting_seat,
    is_signed_in,
    is_system,
    policy,
    predicate,
    role,
)


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


@predicate(_("This is for people who act for an organisation. Register yours first."))
def acts_for_somebody(user: Any, obj: Any) -> bool:
    """Belongs to an organisation today."""
    return bool(is_signed_in(user, obj) and user.organisation_ids)


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


@predicate(_("First say on the agenda whether you have a link with this project. Its file opens then."))
def declared_if_undecided(user: Any, obj: Any) -> bool:
    """A member reads what the Committee has still to decide after declaring no link on one of its agenda items."""
    if obj.state not in COMMITTEE_DECIDES:
        return True
    declared = {"declarations__user_id": user.pk, "declarations__conflict": ""}
    return bool(is_signed_in(user, obj) and obj.agenda_items.filter(**declared).exists())


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


def project_of(obj: Any) -> Any:
    """The application behind an object of this stage, or None (a meeting, a rule change)."""
    return obj if hasattr(obj, "conflicts") else getattr(obj, "application", None)


@predicate(_("You have a declared link with this project, so its file is closed to you."))
def has_no_conflict(user: Any, obj: Any) -> bool:
    """No declared conflict with the project, and not one of the organisation's own people."""
    application = project_of(obj)
    if application is None or user is None:
        return True
    if not is_signed_in(user, obj) or application.organisation_id in user.organisation_ids:
        return False
    return all(conflict.user_id != user.pk for conflict in application.conflicts.all())


@predicate(_("You review this proposal yourself; a colleague who does not takes this step."))
def did_not_review(user: Any, obj: Any) -> bool:
    """Has no review of this project, not even a recused one."""
    application = project_of(obj)
    return user is None or not application.reviews.filter(reviewer_id=user.pk).exists()


@predicate(_("Reviewers read a proposal once they have accepted to review it."))
def reads_for_review(user: Any, obj: Any) -> bool:
    """A reviewer who declared no conflict and took the review on."""
    return bool(
        is_signed_in(user, obj)
        and "reviewer" in user.role_codes
        and obj.reviews.filter(reviewer_id=user.pk, state__in=REVIEW_READS).exists()
    )


@predicate(_("You finished the due diligence; a second officer approves."))
def did_not_finish_diligence(user: Any, obj: Any) -> bool:
    """Four eyes on a micro grant."""
    finished = getattr(obj, "due_diligence", None)
    return bool(finished is None or user is None or finished.finished_by_id != user.pk)


@predicate(_("An appeal is being decided: those who decide it have the word now."))
def no_appeal_runs(user: Any, obj: Any) -> bool:
    """No second way round an appeal."""
    return obj.state not in APPEALABLE or not has_open_appeal(user, obj)


@predicate(_("The Committee reads what an appeal is about while it is being decided."))
def has_open_appeal(user: Any, obj: Any) -> bool:
    """An appeal against the decision on this application waits for opinions."""
    return obj.appeals.filter(state=AppealState.LODGED).exists()


@predicate(_("No appeal against this decision was upheld."))
def appeal_was_upheld(user: Any, obj: Any) -> bool:
    """An appeal against the very decision that stands, not an earlier one."""
    upheld = {"state": AppealState.UPHELD, "refused_at": obj.decided_at}
    return obj.state in APPEALABLE and obj.appeals.filter(**upheld).exists()


SCREENS = OFFICER & has_no_tie & has_no_conflict
CORRECTS = OFFICER & has_no_tie & did_not_decide & is_before_agreement & no_appeal_runs
BY_APPEAL = is_system & appeal_was_upheld

policy("applications.begin_call", OFFICER)
policy("applications.view_call", is_published | STAFF)
EDIT_CALL = policy("applications.edit_call", OFFICER)
OPEN_CALL = policy("applications.open_call", OFFICER)
CLOSE_CALL = policy("applications.close_call", OFFICER | is_system)
policy("applications.list_calls", STAFF)
policy("applications.browse_calls", anyone)

policy("applications.begin_application", WRITES & organisation_is_active)
policy("applications.start", is_signed_in)
policy("applications.list_own", is_signed_in)
policy("applications.has_projects", acts_for_somebody)
policy("applications.list_applications", STAFF)
policy(
    "applications.view_application",
    BELONGS
    | (
        (
            (is_handed_in & STAFF)
            | (is_committee_paper & holds_seat & declared_if_undecided)
            | (holds_voting_seat & has_open_appeal)
            | reads_for_review
        )
        & has_no_conflict
    ),
)
policy("applications.view_annex", BELONGS | (is_handed_in & STAFF & has_no_conflict))
policy("applications.view_screening", is_handed_in & STAFF & has_no_conflict)
EDIT = policy("applications.edit_section", WRITES)
SUBMIT = policy("applications.submit", WRITES)
WITHDRAW = policy("applications.withdraw", WRITES & is_before_agreement)
SCREEN = policy("applications.screen", SCREENS)
MODERATE = policy("applications.begin_moderation", SCREENS | is_system)
BEGIN_DILIGENCE = policy("applications.begin_due_diligence", SCREENS & did_not_review)
SEND = policy("applications.send_to_committee", SCREENS & did_not_review)
DECIDE = policy(
    "applications.decide",
    (is_in_due_diligence & is_micro & SCREENS & did_not_review & did_not_finish_diligence)
    | (is_system & is_in_committee),
)
DEFER = policy("applications.defer", is_system)
MEET = policy("applications.meet_award_conditions", SCREENS)
AGREE = policy("applications.mark_agreed", is_system)
CORRECT = policy("applications.correct", CORRECTS | BY_APPEAL)
CORRECT_WITHDRAWAL = policy("applications.correct_withdrawal", CORRECTS & was_submitted)
CORRECT_AWARD = policy("applications.correct_award", (CORRECTS | BY_APPEAL) & was_officers_award)
CORRECT_DECISION = policy("applications.correct_decision", (CORRECTS | BY_APPEAL) & was_committees_decision)


# Review, due diligence, committee -----------------------------------------------------------------

AUDITS = role("auditor", "administrator")
READS_CONFLICTS = frozenset({"officer", "auditor", "administrator"})
READS_DILIGENCE = frozenset({"officer", "treasurer", "evaluator", "safeguarding", "auditor", "administrator"})


@predicate(_("This review belongs to somebody else."))
def is_the_reviewer(user: Any, obj: Any) -> bool:
    """The person invited to this review, while holding the reviewer's role."""
    return bool(is_signed_in(user, obj) and obj.reviewer_id == user.pk and "reviewer" in user.role_codes)


@predicate(_("The reviews of the others open once every reviewer has handed in."))
def reads_with_the_others(user: Any, obj: Any) -> bool:
    """A fellow reviewer who handed in, once all have."""
    if not is_signed_in(user, obj):
        return False
    reviews = [review for review in obj.application.reviews.all() if review.state != ReviewState.RECUSED]
    return all(review.state == ReviewState.SUBMITTED for review in reviews) and any(
        review.reviewer_id == user.pk for review in reviews
    )


@predicate(_("The meeting is still being prepared."))
def meeting_is_called(user: Any, obj: Any) -> bool:
    """Members see a meeting from the day it is called."""
    meeting = getattr(obj, "meeting", obj)
    return bool(meeting.state != MeetingState.DRAFT)


@predicate(_("Votes are cast while the meeting is open."))
def voting_is_open(user: Any, obj: Any) -> bool:
    """The meeting is open; a written procedure is open from the day it is called."""
    meeting = obj.meeting
    written = meeting.mode == MeetingMode.WRITTEN and meeting.state == MeetingState.CALLED
    return bool(written or meeting.state == MeetingState.OPEN)


@predicate(_("The meeting is over."))
def meeting_is_not_over(user: Any, obj: Any) -> bool:
    """Called or open."""
    return bool(obj.meeting.state in {MeetingState.CALLED, MeetingState.OPEN})


@predicate(_("First say whether you have a link with this project. The papers open then."))
def declared_no_interest(user: Any, obj: Any) -> bool:
    """This person has declared for this item, and declared nothing that bars."""
    return bool(is_signed_in(user, obj) and obj.declarations.filter(user_id=user.pk, conflict="").exists())


@predicate(_("Your seat has declared a link with this project: it takes no part in this item."))
def seat_is_not_recused(user: Any, obj: Any) -> bool:
    """Recusal is of the seat: the alternate does not step in for a recused holder."""
    return bool(
        user.seat is not None and not obj.declarations.filter(seat_id=user.seat.seat_id).exclude(conflict="").exists()
    )


@predicate(_("The other person of your seat has voted already."))
def seat_is_mine(user: Any, obj: Any) -> bool:
    """One vote for each seat: the person who cast it may change it, nobody else."""
    return not obj.votes.filter(seat_id=user.seat.seat_id).exclude(user_id=user.pk).exists()


@predicate(_("Minutes are approved by somebody who did not write them."))
def did_not_write_minutes(user: Any, obj: Any) -> bool:
    """Four eyes on the minutes."""
    return bool(user is not None and obj.minutes_by_id != user.pk)


@predicate(_("Only for the person concerned."))
def is_own_profile(user: Any, obj: Any) -> bool:
    """One's own profile."""
    return bool(is_signed_in(user, obj) and obj is not None and obj.user_id == user.pk)


FREE_OFFICER = OFFICER & has_no_conflict
WORKING_OFFICER = FREE_OFFICER & did_not_review

policy("applications.list_reviews", role("reviewer"))
policy("applications.begin_review", FREE_OFFICER)
policy(
    "applications.view_review",
    is_the_reviewer | ((OFFICER | AUDITS) & has_no_conflict & did_not_review) | reads_with_the_others,
)
policy("applications.accept_review", is_the_reviewer & has_no_conflict)
policy("applications.score_review", is_the_reviewer & has_no_conflict)
policy("applications.submit_review", is_the_reviewer & has_no_conflict)
policy("applications.declare_conflict", is_the_reviewer | OFFICER)
policy("applications.reopen_review", WORKING_OFFICER)
policy("applications.manage_reviews", FREE_OFFICER)
policy("applications.view_reviewerprofile", is_own_profile | OFFICER | AUDITS)
policy("applications.describe_reviewer", OFFICER | ADMINISTRATOR)
policy("applications.moderate", WORKING_OFFICER)
policy(
    "applications.view_moderation", (((OFFICER | AUDITS) & did_not_review) | reads_with_the_others) & has_no_conflict
)
policy("applications.view_conflictofinterest", OFFICER | AUDITS)
policy("applications.record_check", WORKING_OFFICER)
policy("applications.finish_due_diligence", WORKING_OFFICER)
policy("applications.view_check", (OFFICER | AUDITS) & has_no_conflict)
policy("applications.view_duediligence", STAFF & has_no_conflict)
policy("applications.view_openitem", (OFFICER | AUDITS) & has_no_conflict)
policy("applications.view_sanctionslead", (OFFICER | AUDITS) & has_no_conflict)
policy("applications.approve_micro", WORKING_OFFICER & did_not_finish_diligence)
policy("applications.list_meetings", holds_seat | OFFICER | AUDITS)
policy("applications.begin_meeting", OFFICER)
policy("applications.view_meeting", OFFICER | AUDITS | (holds_seat & meeting_is_called))
policy("applications.run_meeting", OFFICER)
policy("applications.attend_meeting", holds_seat & meeting_is_called)
policy("applications.approve_minutes", (holds_seat | OFFICER) & did_not_write_minutes)
policy("applications.begin_agendaitem", FREE_OFFICER)
policy("applications.view_agendaitem", (OFFICER | AUDITS | (holds_seat & meeting_is_called)) & has_no_conflict)
policy("applications.prepare_item", FREE_OFFICER)
policy("applications.declare_interest", holds_seat & meeting_is_not_over)
policy(
    "applications.read_item_papers",
    FREE_OFFICER
    | (AUDITS & has_no_conflict)
    | (holds_seat & has_no_conflict & declared_no_interest & meeting_is_called),
)
policy("applications.comment_item", holds_seat & meeting_is_not_over & has_no_conflict & declared_no_interest)
policy(
    "applications.cast_vote",
    holds_voting_seat & voting_is_open & seat_is_not_recused & has_no_conflict & declared_no_interest & seat_is_mine,
)
policy("applications.ask_for_meeting", holds_voting_seat & voting_is_open & seat_is_not_recused & has_no_conflict)
policy("applications.decide_item", FREE_OFFICER)


@predicate(_("Only a refusal can be appealed against: that it is not eligible, or was not selected."))
def is_refused(user: Any, obj: Any) -> bool:
    """The application stands refused."""
    return obj.state in APPEALABLE


@predicate(_("You took part in this project before: somebody who did not gives an opinion."))
def took_no_part(user: Any, obj: Any) -> bool:
    """Has left no trace in the project's story, under whichever account."""
    return bool(is_signed_in(user, obj) and not obj.took_part(user))


@predicate(_("You gave your opinion already; it stands."))
def gave_no_opinion(user: Any, obj: Any) -> bool:
    """One person, one opinion, under whichever account."""
    return bool(is_signed_in(user, obj) and not obj.heard(user))


DECIDES_APPEALS = OFFICER | holds_voting_seat
STANDS_APART = has_no_tie & has_no_conflict & has_declared_no_link

policy("applications.lodge_appeal", WRITES & is_refused)
policy("applications.begin_appeal", WRITES)
policy("applications.view_appeal", BELONGS | ((STAFF | holds_voting_seat) & has_no_conflict))
policy("applications.give_opinion", DECIDES_APPEALS & STANDS_APART & gave_no_opinion & took_no_part)
policy("applications.withdraw_appeal", WRITES)
policy("applications.settle_appeal", is_system)
