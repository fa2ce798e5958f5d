"""State names and choice lists of this stage."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PledgeState(models.TextChoices):
    """Life of a donor's promise."""

    ANNOUNCED = "announced", _("announced")
    SIGNED = "signed", _("signed")
    PARTLY_PAID = "partly_paid", _("partly paid")
    PAID = "paid", _("paid")
    WRITTEN_OFF = "written_off", _("written off")


class GrantState(models.TextChoices):
    """Life of a grant."""

    AGREEMENT_DRAFT = "agreement_draft", _("agreement being signed")
    SIGNED = "signed", _("signed")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    ENDED = "ended", _("ended")
    CLOSING = "closing", _("closing")
    CLOSED = "closed", _("closed")
    TERMINATED = "terminated", _("terminated")


STOPPABLE = (
    GrantState.AGREEMENT_DRAFT,
    GrantState.SIGNED,
    GrantState.ACTIVE,
    GrantState.ENDED,
    GrantState.CLOSING,
)


class TrancheState(models.TextChoices):
    """Life of one part of a grant's money."""

    PLANNED = "planned", _("planned")
    REQUESTED = "requested", _("requested")
    CHECKED = "checked", _("checked")
    BLOCKED = "blocked", _("blocked")
    APPROVED = "approved", _("approved")
    ON_HOLD = "on_hold", _("on hold")
    SENT = "sent", _("sent")
    CONFIRMED = "confirmed", _("confirmed")
    CANCELLED = "cancelled", _("cancelled")
    REVERSED = "reversed", _("reversed")


BEFORE_SENT = (
    TrancheState.PLANNED,
    TrancheState.REQUESTED,
    TrancheState.CHECKED,
    TrancheState.BLOCKED,
    TrancheState.APPROVED,
)
MONEY_LEFT = (TrancheState.SENT, TrancheState.CONFIRMED)


class HoldState(models.TextChoices):
    """Life of a stop."""

    OPEN = "open", _("open")
    LIFT_PROPOSED = "lift_proposed", _("lifting proposed")
    LIFTED = "lifted", _("lifted")


class HoldKind(models.TextChoices):
    """Why payments stop."""

    SAFEGUARDING = "safeguarding", _("Safeguarding")
    FRAUD = "fraud", _("Suspected fraud")
    LATENESS = "lateness", _("Report more than 30 days late")
    SECURITY = "security", _("Security")
    LEGAL = "legal", _("Legal question")
    OTHER = "other", _("Another reason")


class ConditionKind(models.TextChoices):
    """What must be true before money moves. The first group is attested by people, the second computed from facts."""

    SAFEGUARDING_TRAINING = "safeguarding_training_done", _("Safeguarding training held")
    REPORT_ACCEPTED = "report_accepted", _("Report %(code)s accepted")
    FINAL_REPORT_ACCEPTED = "final_report_accepted", _("Final report accepted")
    MILESTONE_VERIFIED = "milestones_verified", _("Milestone %(code)s verified")
    CLOSURE_STARTED = "closure_checklist_started", _("Close-out list begun")
    AWARD = "award_condition", _("Condition of the award")
    AGREEMENT_SIGNED = "agreement_signed", _("Agreement signed by both")
    BANK_VERIFIED = "bank_details_verified", _("Bank details verified by a second person")
    DILIGENCE_VALID = "due_diligence_valid", _("Due diligence valid on the day")
    PREVIOUS_SPENT = "previous_tranche_spent_80pct", _("Most of the tranche before is spent")
    EARLIER_SPENT = "earlier_tranches_spent_100pct", _("Earlier tranches wholly spent")
    ALL_SPENT = "spent_100pct_of_paid", _("All paid money is spent")
    NO_HOLD = "no_open_hold", _("No open hold")


ATTESTED = frozenset(
    {
        ConditionKind.SAFEGUARDING_TRAINING,
        ConditionKind.REPORT_ACCEPTED,
        ConditionKind.FINAL_REPORT_ACCEPTED,
        ConditionKind.MILESTONE_VERIFIED,
        ConditionKind.AWARD,
    }
)


class ConditionOwner(models.TextChoices):
    """Who has to act."""

    GRANTEE = "grantee", _("Grantee")
    OFFICER = "officer", _("Programme office")
    TREASURER = "treasurer", _("Treasurer")


class DonorKind(models.TextChoices):
    """Kinds of donor."""

    PRIVATE = "private_sector", _("Private sector")
    FOUNDATION = "foundation", _("Foundation")
    GOVERNMENT = "government", _("Government")
    INTERNATIONAL = "international_organisation", _("International organisation")
    PERSON = "person", _("Person")


class EntryKind(models.TextChoices):
    """Kinds of ledger entry."""

    PLEDGE = "pledge", _("Pledge (memo)")
    PLEDGE_WRITTEN_OFF = "pledge_written_off", _("Pledge written off (memo)")
    RECEIPT = "receipt", _("Money received")
    COMMITMENT = "commitment", _("Committed to a grant")
    DECOMMITMENT = "decommitment", _("Commitment released")
    RECOMMITMENT = "recommitment", _("Commitment moved to other money")
    IN_TRANSIT = "in_transit", _("On its way to the grantee")
    DISBURSEMENT = "disbursement", _("Arrived at the grantee")
    BANK_CONFIRMATION = "bank_confirmation", _("Confirmed by the bank")
    RETURN = "return", _("Returned by the bank")
    REFUND = "refund", _("Refund from a grantee")
    FEE = "fee", _("Bank fee")
    COST = "cost", _("Running cost of the fund")
    EXCHANGE = "exchange", _("Exchange")
    REVERSAL = "reversal", _("Reversal")


class AccountKind(models.TextChoices):
    """What an account stands for."""

    ASSET = "asset", _("Money the fund holds")
    INCOME = "income", _("Money given to the fund")
    EXPENSE = "expense", _("Money used")
    MEMO = "memo", _("Promises, not money")


class CloseCode(models.TextChoices):
    """How a grant ended."""

    COMPLETED = "completed", _("Completed")
    WITH_REFUND = "completed_with_refund", _("Completed, unspent money returned")
    EARLY = "ended_early", _("Ended early")
    FOR_CAUSE = "terminated_for_cause", _("Terminated for cause")


class ClosureCode(models.TextChoices):
    """What must be settled before a grant is closed (domain 5.12)."""

    FINAL_REPORT = "final_report", _("Final report accepted")
    ACCOUNTS = "accounts", _("Accounts reconciled with receipts")
    REFUND = "refund", _("Unspent money returned")
    ASSETS = "assets", _("Assets over the limit listed and handed over")
    DELETION = "data_deletion", _("Note on personal data deleted")
    PRACTICE = "practice_note", _("Practice note written")
    EVALUATION = "evaluation_decision", _("Evaluation decided")
    FEEDBACK = "grantee_feedback", _("Grantee's feedback about the fund")


class RailCode(models.TextChoices):
    """Ways money leaves the fund."""

    PAPER_ORDER = "paper_order", _("Signed payment order on paper")


class InstructionState(models.TextChoices):
    """Where an instruction to a rail stands. `unknown` is an answer: no new key until it is known."""

    PREPARED = "prepared", _("prepared")
    ACCEPTED = "accepted", _("accepted")
    UNKNOWN = "unknown", _("not yet known")
    PAID = "paid", _("paid")
    FAILED = "failed", _("failed")
    RETURNED = "returned", _("returned")


# An order in one of these may still be paid.
ORDER_OUT = (InstructionState.PREPARED, InstructionState.ACCEPTED, InstructionState.UNKNOWN)

PAYABLE = (GrantState.ACTIVE, GrantState.ENDED, GrantState.CLOSING)


class AccountCode(models.TextChoices):
    """Accounts of the ledger. Debit is positive, so that income stands as a negative sum."""

    BANK = "bank", _("Bank")
    TRANSIT = "in_transit", _("On its way to grantees")
    CONTRIBUTIONS = "contributions", _("Contributions")
    GRANTS_PAID = "grants_paid", _("Paid to grantees")
    COSTS = "costs", _("Running costs")
    FEES = "bank_fees", _("Bank fees")
    EXCHANGE = "exchange", _("Exchange gains and losses")
    ROUNDING = "rounding", _("Rounding")
    PLEDGED = "pledged", _("Promised by donors (memo)")
    PLEDGED_BY = "pledged_by", _("Promised by donors, other side (memo)")
    COMMITTED = "committed", _("Committed to grants (memo)")
    COMMITTED_BY = "committed_by", _("Committed to grants, other side (memo)")


ACCOUNT_KINDS = {
    AccountCode.BANK: AccountKind.ASSET,
    AccountCode.TRANSIT: AccountKind.ASSET,
    AccountCode.CONTRIBUTIONS: AccountKind.INCOME,
    AccountCode.GRANTS_PAID: AccountKind.EXPENSE,
    AccountCode.COSTS: AccountKind.EXPENSE,
    AccountCode.FEES: AccountKind.EXPENSE,
    AccountCode.EXCHANGE: AccountKind.EXPENSE,
    AccountCode.ROUNDING: AccountKind.EXPENSE,
    AccountCode.PLEDGED: AccountKind.MEMO,
    AccountCode.PLEDGED_BY: AccountKind.MEMO,
    AccountCode.COMMITTED: AccountKind.MEMO,
    AccountCode.COMMITTED_BY: AccountKind.MEMO,
}
