"""Who may do what with the fund's money. Predicates see objects and import no model."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fundmgmt.access import (
    ADMINISTRATOR,
    BELONGS,
    OFFICER,
    OWNS,
    STAFF,
    WRITES,
    Answer,
    Predicate,
    anyone,
    holds_voting_seat,
    is_self,
    is_signed_in,
    is_system,
    negate,
    policy,
    predicate,
    role,
)

TREASURER = role("treasurer")
SAFEGUARDING = role("safeguarding")
MONEY_STAFF = role("officer", "treasurer", "auditor", "administrator")
DONOR_VIEWER = role("donor_viewer")


def _grant(obj: Any) -> Any:
    return getattr(obj, "grant", obj)


@predicate(_("You took part in this project, so you may not release its money. Ask another treasurer."))
def has_no_part(user: Any, obj: Any) -> bool:
    """Nobody who reviewed, decided, opened or signed moves the money, under no account of theirs."""
    return user is not None and not _grant(obj).took_part(user)


@predicate(_("You declared a link with this organisation, so you move none of its money. Ask somebody else."))
def has_no_tie(user: Any, obj: Any) -> bool:
    """No declared conflict with the organisation or the project."""
    return user is not None and not _grant(obj).is_tied(user)


@predicate(_("You belong to the organisation that receives this money. Somebody else does this step."))
def is_outside(user: Any, obj: Any) -> bool:
    """Not one of the grantee's own people."""
    return user is not None and _grant(obj).organisation_id not in user.organisation_ids


HAS_NO_SHARE = is_outside & has_no_part & has_no_tie


def _not_the(column: str, reason: object) -> Predicate:
    @predicate(reason)
    def another(user: Any, obj: Any) -> bool:
        if user is None or getattr(obj, f"{column}_id") == user.pk:
            return False
        return not user.phone or not user.is_same_person_as(getattr(obj, column))

    another.name = f"not {column}"
    return another


NOT_REQUESTER = _not_the("requested_by", _("You asked for this money. Somebody else does this step."))
NOT_CHECKER = _not_the("checked_by", _("You checked this request. Another person does this step."))
NOT_APPROVER = _not_the("approved_by", _("You approved this payment. Another treasurer sends it."))
NOT_WAIVER_PROPOSER = _not_the("proposed_by", _("You proposed this waiver. A second person confirms it."))
NOT_RELEASER = _not_the("prepared_by", _("You released it. Somebody else records it."))
NOT_WRITER = _not_the("recorded_by", _("You recorded this. A second treasurer takes it back."))
NOT_WORDING = _not_the("proposed_by", _("You proposed this wording. A second person puts it in force."))
NOT_OPENER = _not_the("opened_by", _("You started this. A second person does this step."))
NOT_SIGNER = _not_the("grantee_signed_by", _("You signed for the grantee. Somebody else signs for the fund."))
NOT_RECORDER = _not_the(
    "signature_recorded_by",
    _("You recorded the grantee's signature. A second officer compares the copy and signs for the fund."),
)
NOT_PROPOSER = _not_the("lift_proposed_by", _("You proposed this. A second person confirms it."))
NOT_SAYER = _not_the("proposed_by", _("You said what this line is. A second person confirms it."))
NOT_MATCHER = _not_the("settled_by", _("You matched this line. A second person undoes it."))
NOT_PROPOSING = _not_the("proposed_by", _("You proposed this. A second treasurer confirms it."))
NOT_ASKER = _not_the("asked_by", _("You asked for this change. Somebody else decides it."))
NOT_LISTER = _not_the("listed_by", _("You put this on the list. A second person strikes it."))
NOT_ADDER = _not_the("added_by", _("You added this donor. A second person checks it."))
NOT_ENTERER = _not_the("entered_by", _("You entered these details. A second person calls back and verifies them."))


@predicate(_("You approved this payment. Somebody else does this step."))
def is_not_among_approvers(user: Any, obj: Any) -> bool:
    """Each approval is another person's, and none of them sends the money."""
    return user is not None and not any(user.is_same_person_as(one) for one in obj.approvers)


@predicate(_("You asked for this payment or checked it. Somebody else looks whether it is paid twice."))
def neither_asked_nor_checked(user: Any, obj: Any) -> bool:
    """A doubt is cleared by other eyes."""
    row = obj.tranche
    return user is not None and not any(user.is_same_person_as(one) for one in (row.requested_by, row.checked_by))


@predicate(_("The safeguarding lead proposes that this hold be lifted."))
def may_propose_lift(user: Any, obj: Any) -> bool:
    """Safeguarding holds: the lead. Others: the programme office."""
    return bool(
        user and user.role_codes & ({"safeguarding"} if obj.kind == "safeguarding" else {"officer", "safeguarding"})
    )


@predicate(_("The Committee stopped these payments: its decision lets them go on."))
def is_not_the_committees(user: Any, obj: Any) -> bool:
    """Opened by a decision, lifted by a decision."""
    return obj.kind != "committee"


@predicate(_("A second person of the fund confirms: programme office, treasurer or safeguarding lead."))
def may_confirm_lift(user: Any, obj: Any) -> bool:
    """Somebody of the fund."""
    return bool(user and user.role_codes & {"officer", "treasurer", "safeguarding"})


@predicate(_("Only the safeguarding lead reads this."))
def may_read_detail(user: Any, obj: Any) -> bool:
    """The words behind a safeguarding hold are for the safeguarding lead; other holds for the programme office too."""
    if user is None or not user.is_authenticated:
        return False
    return bool(user.role_codes & ({"safeguarding"} if obj.kind == "safeguarding" else {"safeguarding", "officer"}))


@predicate(_("A member of the Committee approves as the third, when two treasurers have approved and more are asked."))
def third_is_asked(user: Any, obj: Any) -> bool:
    """Two have approved and the tranche is still not approved."""
    return len(obj.approvers) >= 2  # noqa: PLR2004 -- the third


def _may_approve(user: Any, obj: Any) -> Answer:
    treasurer = TREASURER(user, obj)
    return treasurer if treasurer or not holds_voting_seat(user, obj) else third_is_asked(user, obj)


MAY_APPROVE = Predicate(_may_approve, "treasurer, or voting member as the third")


@predicate(_("Grants are shown to the fund's people and to the organisations that have one."))
def sees_grants(user: Any, obj: Any) -> bool:
    """Staff, voting members of the Committee, and members of an organisation."""
    if STAFF(user, obj) or holds_voting_seat(user, obj):
        return True
    return bool(is_signed_in(user, obj) and user.organisation_ids)


@predicate(_("A grant is opened for an approved application."))
def is_awarded(user: Any, obj: Any) -> bool:
    """The Committee, or the programme office for a micro grant, said yes."""
    return getattr(obj, "state", "") in {"approved", "approved_with_conditions"}


@predicate(_("The grantee has not signed yet."))
def grantee_has_signed(user: Any, obj: Any) -> bool:
    """The grantee signs first."""
    return obj.grantee_signed_at is not None


@predicate(_("The agreement is signed already; the fund signs next."))
def waits_for_grantee(user: Any, obj: Any) -> bool:
    """Nobody of the grantee has signed this text."""
    return obj.grantee_signed_at is None


@predicate(_("This shift is too large for a notice: it is decided."))
def notice_is_enough(user: Any, obj: Any) -> bool:
    """The rules leave it free."""
    return obj.decider == "notice"


@predicate(_("The Steering Committee decides this change. Put it on an agenda."))
def office_decides(user: Any, obj: Any) -> bool:
    """The rules give it to the programme office."""
    return obj.decider == "officer"


@predicate(_("The Committee does not decide this change now."))
def waits_for_committee(user: Any, obj: Any) -> bool:
    """Asked for, and the rules give it to the Committee."""
    return obj.decider == "committee" and obj.state == "proposed"


@predicate(_("Only who asked for the change withdraws it."))
def asked_for_it(user: Any, obj: Any) -> bool:
    """The officer who asked."""
    return user is not None and obj.asked_by_id == user.pk


@predicate(_("Gifts by card are not possible here yet."))
def takes_gifts(user: Any, obj: Any) -> bool:
    """The fund has an account with the card provider."""
    return bool(settings.STRIPE_SECRET_KEY)


@predicate(_("Statements are shown to the people whom the fund named for this donor."))
def reads_for_donor(user: Any, obj: Any) -> bool:
    """Named as a reader of this donor's statement."""
    return user is not None and obj.readers.filter(pk=user.pk).exists()


# The ledger and money in
policy("disbursements.view_ledger", MONEY_STAFF)
policy("disbursements.view_fund", MONEY_STAFF | DONOR_VIEWER | role("evaluator"))
policy("disbursements.verify_ledger", role("auditor", "treasurer", "administrator"))
policy("disbursements.view_checkpoint", anyone)
policy("disbursements.view_donor", MONEY_STAFF)
policy("disbursements.add_donor", OFFICER | TREASURER)
policy("disbursements.check_donor", (OFFICER | TREASURER) & NOT_ADDER)
policy("disbursements.name_donor_reader", OFFICER | TREASURER)
policy("disbursements.list_statements", MONEY_STAFF | DONOR_VIEWER)
policy("disbursements.read_statement", MONEY_STAFF | (DONOR_VIEWER & reads_for_donor))
policy("disbursements.begin_pledge", OFFICER | TREASURER)
policy("disbursements.view_pledge", MONEY_STAFF)
policy("disbursements.sign_pledge", OFFICER | TREASURER)
policy("disbursements.take_back_entry", TREASURER & NOT_WRITER)
policy("disbursements.receive_pledge", OFFICER | TREASURER)
policy("disbursements.write_off_pledge", TREASURER)
policy("disbursements.record_contribution", OFFICER | TREASURER)
policy("disbursements.record_cost", TREASURER)
policy("disbursements.add_rate", TREASURER)
policy("disbursements.move_own_money", TREASURER)
policy("disbursements.add_earmark", OFFICER | TREASURER)

# Gifts on the public page
for step in ("begin_donation", "move_donation", "begin_dispute", "move_dispute", "move_dispute_answer"):
    policy(f"disbursements.{step}", is_system)  # the card provider says what became of a gift
policy("disbursements.give", anyone)
is_visitor = negate(is_signed_in, _("You have signed in: this is for visitors."))
policy("disbursements.invite_to_give", takes_gifts & is_visitor)
policy("disbursements.view_donation", MONEY_STAFF)
policy("disbursements.view_givingback", MONEY_STAFF)
policy("disbursements.begin_givingback", TREASURER | is_system)
policy("disbursements.confirm_giving_back", TREASURER & NOT_PROPOSING)
policy("disbursements.decline_giving_back", TREASURER)

# Gifts that the giver's bank asks for
policy("disbursements.view_dispute", MONEY_STAFF)
policy("disbursements.begin_disputeanswer", TREASURER)
policy("disbursements.view_disputeanswer", MONEY_STAFF)
policy("disbursements.confirm_dispute_answer", TREASURER & NOT_PROPOSING)
policy("disbursements.decline_dispute_answer", TREASURER)

# Grants
policy("disbursements.begin_grant", OFFICER & is_outside)
policy("disbursements.view_grant", BELONGS | STAFF | holds_voting_seat)
policy("disbursements.list_grants", sees_grants)
policy("disbursements.open_from_award", OFFICER & is_awarded)
policy("disbursements.open_grant", OFFICER & is_awarded & is_outside)
policy("disbursements.prepare_agreement", OFFICER & is_outside)
policy("disbursements.sign_agreement", OWNS & waits_for_grantee)
policy("disbursements.ask_code", OWNS & waits_for_grantee)
policy("disbursements.miss_code", is_system)
policy("disbursements.record_signature", OFFICER & is_outside & has_no_tie & waits_for_grantee)
policy(
    "disbursements.countersign_agreement",
    OFFICER & is_outside & grantee_has_signed & NOT_OPENER & NOT_SIGNER & NOT_RECORDER,
)
policy("disbursements.seal_agreement", is_system)
policy("disbursements.view_signed_copy", OWNS | role("officer", "auditor"))
policy("disbursements.activate_grant", OFFICER & is_outside)
policy("disbursements.suspend_grant", role("officer", "safeguarding", "treasurer") | is_system)
policy("disbursements.resume_grant", role("officer", "safeguarding", "treasurer") | is_system)
policy("disbursements.end_grant", OFFICER | is_system)
policy("disbursements.close_grant", OFFICER & is_outside)
policy("disbursements.terminate_grant", OFFICER & is_outside | is_system)
policy("disbursements.tick_closure", OFFICER & is_outside)
policy("disbursements.list_asset", WRITES | OFFICER & is_outside)
policy("disbursements.strike_asset", OFFICER & is_outside & NOT_LISTER)
policy("disbursements.view_asset", BELONGS | STAFF)
policy("disbursements.give_feedback", WRITES)
policy("disbursements.record_refund", role("officer", "treasurer") & is_outside)
policy("disbursements.record_spent", OFFICER | role("evaluator") | is_system)
policy("disbursements.state_spent", WRITES | OFFICER)
policy("disbursements.meet_condition", OFFICER & is_outside | role("evaluator") & is_outside | is_system)
policy("disbursements.view_condition", BELONGS | STAFF)

# Changes of the terms
ASKS_FOR_CHANGE = WRITES | OFFICER & is_outside & has_no_tie
policy("disbursements.ask_amendment", ASKS_FOR_CHANGE)
policy("disbursements.begin_amendment", ASKS_FOR_CHANGE)
policy("disbursements.view_amendment", BELONGS | STAFF | holds_voting_seat)
policy("disbursements.notify_amendment", notice_is_enough & ASKS_FOR_CHANGE)
policy("disbursements.approve_amendment", OFFICER & is_outside & has_no_tie & office_decides & NOT_ASKER)
policy("disbursements.refuse_amendment", OFFICER & is_outside & has_no_tie & NOT_ASKER | is_system)
policy("disbursements.put_on_agenda", OFFICER & is_outside & has_no_tie & waits_for_committee)
policy("disbursements.withdraw_amendment", WRITES | asked_for_it)
policy("disbursements.apply_amendment", OFFICER & is_outside & has_no_tie | is_system)
policy("disbursements.carry_decision", is_system)
policy("disbursements.amend_grant", is_system)
policy("disbursements.replan_tranche", is_system)

# Holds
policy("disbursements.begin_hold", role("officer", "safeguarding", "treasurer") | is_system)
policy("disbursements.view_hold", role("officer", "treasurer", "safeguarding", "auditor", "administrator"))
policy("disbursements.read_hold_detail", may_read_detail)
policy("disbursements.propose_lift", may_propose_lift & is_not_the_committees)
policy("disbursements.review_hold", may_propose_lift)
policy("disbursements.confirm_lift", may_confirm_lift & NOT_PROPOSER & NOT_OPENER)
policy("disbursements.keep_hold", may_confirm_lift & NOT_PROPOSER)

# Bank details
policy("disbursements.enter_bank_detail", WRITES)
policy("disbursements.view_bank_detail", BELONGS | role("officer", "treasurer", "auditor"))
policy("disbursements.verify_bank_detail", role("officer", "treasurer") & is_outside & NOT_ENTERER)

# Tranches: requester, checker, approver and payer are four people
policy("disbursements.begin_tranche", OFFICER | is_system)
policy("disbursements.view_tranche", BELONGS | STAFF | holds_voting_seat)
policy("disbursements.queue", MONEY_STAFF)
policy("disbursements.request_tranche", WRITES)
policy("disbursements.return_request", OFFICER & is_outside)
policy("disbursements.check_tranche", OFFICER & is_outside & has_no_tie & NOT_REQUESTER)
policy("disbursements.block_tranche", role("officer", "treasurer") | is_system)
policy("disbursements.unblock_tranche", OFFICER | is_system)
APPROVER = MAY_APPROVE & HAS_NO_SHARE & is_not_among_approvers
policy("disbursements.approve_tranche", APPROVER & NOT_REQUESTER & NOT_CHECKER)
policy("disbursements.void_approval", role("officer", "treasurer") | is_system)
SENDER = TREASURER & HAS_NO_SHARE
SENDER = SENDER & NOT_REQUESTER & NOT_CHECKER & NOT_APPROVER & is_not_among_approvers
policy("disbursements.pay_tranche", SENDER)
policy("disbursements.decide_again", SENDER)
policy("disbursements.unsend_tranche", is_system)
policy("disbursements.view_order", role("treasurer", "auditor"))
policy("disbursements.begin_paymentinstruction", TREASURER | is_system)
policy("disbursements.move_instruction", TREASURER | is_system)
policy("disbursements.confirm_receipt", WRITES)
policy("disbursements.hold_tranche", role("officer", "safeguarding", "treasurer") | is_system)
policy("disbursements.cancel_tranche", OFFICER & is_outside | is_system)
policy("disbursements.reverse_tranche", TREASURER & is_outside & has_no_part | is_system)
policy("disbursements.view_paper", BELONGS | role("officer", "treasurer", "auditor"))

# What stands between a request and money
policy("disbursements.view_agreementwording", STAFF)
policy("disbursements.begin_agreementwording", OFFICER | ADMINISTRATOR)
policy("disbursements.enact_wording", (OFFICER | ADMINISTRATOR) & NOT_WORDING)
policy("disbursements.decline_wording", OFFICER | ADMINISTRATOR)
policy("disbursements.begin_waiver", OFFICER & is_outside & has_no_tie)
policy("disbursements.view_waiver", BELONGS | STAFF)
policy("disbursements.confirm_waiver", role("treasurer", "safeguarding") & HAS_NO_SHARE & NOT_WAIVER_PROPOSER)
policy("disbursements.refuse_waiver", role("officer", "treasurer", "safeguarding") & is_outside)
policy("disbursements.begin_doubt", is_system)
policy("disbursements.view_doubt", role("officer", "treasurer", "auditor", "administrator"))
policy("disbursements.clear_doubt", role("officer", "treasurer") & is_outside & has_no_tie & neither_asked_nor_checked)
policy("disbursements.declare_tie", role("officer", "treasurer", "safeguarding", "evaluator"))
policy("disbursements.view_tie", role("administrator", "auditor"))
policy("disbursements.end_tie", ADMINISTRATOR & negate(is_self, _("Another administrator ends your link.")))
policy("disbursements.note_finding", OFFICER | role("evaluator", "safeguarding") | is_system)
policy("disbursements.view_finding", BELONGS | STAFF)
policy("disbursements.answer_finding", OFFICER & is_outside)
policy("disbursements.renew_diligence", OFFICER & is_outside & has_no_tie)

# Payment files, statements of the bank, days that are closed, checks of a rail
BANK_READERS = role("officer", "treasurer", "auditor")
policy("disbursements.view_fundaccount", role("officer", "treasurer", "auditor", "administrator"))
policy("disbursements.add_fundaccount", role("administrator"))
policy("disbursements.view_paymentbatch", BANK_READERS)
policy("disbursements.view_payment_file", role("treasurer", "auditor"))
policy("disbursements.begin_paymentbatch", TREASURER)
policy("disbursements.fill_batch", TREASURER)
policy("disbursements.release_batch", TREASURER)
policy("disbursements.hand_over_batch", TREASURER)
policy("disbursements.refuse_payment", TREASURER & NOT_RELEASER)
policy("disbursements.settle_batch", TREASURER | is_system)
policy("disbursements.import_statement", TREASURER)
policy("disbursements.view_statementfile", BANK_READERS)
policy("disbursements.view_bankstatement", BANK_READERS)
policy("disbursements.view_statementline", BANK_READERS)
policy("disbursements.begin_statementline", TREASURER)
policy("disbursements.tie_line", TREASURER | is_system)
policy("disbursements.match_again", TREASURER)
policy("disbursements.propose_line", OFFICER | TREASURER | is_system)
policy("disbursements.confirm_line", TREASURER & NOT_SAYER)
policy("disbursements.refuse_line", OFFICER | TREASURER)
policy("disbursements.untie_line", TREASURER & NOT_MATCHER)
policy("disbursements.close_day", TREASURER)
policy("disbursements.view_closedday", BANK_READERS)
policy("disbursements.check_rail", role("treasurer", "auditor") | is_system)
policy("disbursements.view_railcheck", BANK_READERS)
policy("disbursements.view_railfinding", BANK_READERS)
policy("disbursements.begin_railfinding", role("treasurer", "auditor") | is_system)
policy("disbursements.explain_finding", TREASURER)
policy("disbursements.clear_finding", role("treasurer", "auditor") | is_system)

policy("disbursements.list_awards", OFFICER)

# Rails
policy("disbursements.receive_event", anyone)
policy("disbursements.view_outbox", role("treasurer", "administrator"))
policy("disbursements.retry_outbox", role("treasurer", "administrator"))
