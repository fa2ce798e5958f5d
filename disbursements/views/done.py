"""What a page says when a step of this stage is done: a sentence to the person who did it, and what comes next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from disbursements.states import TrancheState
from fundmgmt.pages import StepPage

# By model and step, and where it matters by the state the step led to.
DONE: dict[tuple[str, ...], object] = {
    ("amendment", "notify"): _("Your notice is given. The new amounts are in force."),
    ("amendment", "approve"): _("Approved. The new terms are in force."),
    ("amendment", "apply"): _("The new terms are in force."),
    ("amendment", "refuse"): _("Not approved. The terms stay as they are."),
    ("amendment", "withdraw"): _("Withdrawn. The terms stay as they are."),
    ("paymentbatch", "put_in"): _("The payments are in the batch."),
    ("paymentbatch", "release"): _("The batch is released. Hand its file to the bank next."),
    ("paymentbatch", "hand_over"): _("It is recorded that the bank has the file."),
    ("paymentbatch", "drop"): _("The batch is dropped. Its payments are free for another one."),
    ("pledge", "sign"): _("The pledge is signed."),
    ("pledge", "write_off"): _("The rest of this pledge is written off."),
    ("givingback", "confirm"): _("Confirmed. The gift is being given back."),
    ("givingback", "decline"): _("Declined. The gift stays with the fund."),
    ("waiver", "confirm"): _("Confirmed. This condition no longer stops the tranche."),
    ("waiver", "refuse"): _("Refused. The condition still stands."),
    ("doubt", "clear"): _("Noted: these are two different payments."),
    ("grant", "prepare"): _("The agreement is ready to be signed."),
    ("grant", "ask_code"): _("Your code is on its way to you."),
    ("grant", "sign"): _("You have signed. The fund signs next."),
    ("grant", "sign_on_paper"): _("The signature on paper is recorded. A second officer compares it."),
    ("grant", "sign_by_mark"): _("The mark is recorded. A second officer compares it."),
    ("grant", "countersign"): _("Both sides have signed the agreement."),
    ("grant", "activate"): _("The grant has begun."),
    ("grant", "suspend"): _("All payments of this grant are stopped."),
    ("grant", "renew_diligence"): _("The renewed due diligence is recorded."),
    ("grant", "begin_closing"): _("The close-out has begun."),
    ("tranche", "request"): _("Your request is handed in. The programme office checks it."),
    ("tranche", "return_request"): _("The request is returned to the grantee with your reason."),
    ("tranche", "check_request"): _("Your check is recorded. A treasurer can approve the tranche."),
    ("tranche", "check_request", TrancheState.BLOCKED): _("Your check is recorded. A condition is still open."),
    ("tranche", "unblock"): _("All conditions are met. A treasurer can approve the tranche."),
    ("tranche", "approve"): _("Approved. Another treasurer sends the money."),
    ("tranche", "approve", TrancheState.CHECKED): _("Your approval is recorded. Another person's is still needed."),
    ("tranche", "void_approval"): _("The approval is taken back."),
    ("tranche", "issue_order"): _("The payment order is ready to print."),
    ("tranche", "withdraw_order"): _("The payment order is withdrawn."),
    ("tranche", "decide_again"): _("Decided. The money can be sent again, under a new number."),
    ("tranche", "release"): _("The payment is handed on. You see here what comes of it."),
    ("tranche", "send"): _("The payment is recorded. The grantee confirms what arrives."),
    ("tranche", "confirm"): _("Thank you. What arrived is recorded."),
    ("tranche", "reverse"): _("It is recorded that the bank sent the money back."),
    ("railfinding", "explain"): _("Your explanation is recorded."),
    ("hold", "look_again"): _("Noted. The hold stays until somebody looks again."),
    ("hold", "propose_lift"): _("Proposed. A second person lifts the hold or keeps it."),
    ("hold", "confirm_lift"): _("The hold is lifted."),
    ("hold", "keep"): _("The hold stays."),
    ("statementline", "tie"): _("The line is matched."),
    ("statementline", "propose"): _("Proposed. A second person confirms what this line is."),
    ("statementline", "confirm"): _("Confirmed and booked in the ledger."),
    ("statementline", "refuse"): _("The proposal is refused. The line is open again."),
    ("statementline", "ask"): _("It is noted that the bank was asked."),
    ("statementline", "untie"): _("The match is undone. The line is open again."),
}


class SaysDone(StepPage):
    """Steps of this stage, each with its own sentence."""

    def get_done(self) -> object:
        """The sentence of the step; the journal's words where there is none."""
        step = (self.object._meta.model_name, self.kwargs["step"])
        return DONE.get((*step, self.object.state)) or DONE.get(step) or super().get_done()
