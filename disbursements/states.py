"""State names and choice lists of this stage."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PledgeState(models.TextChoices):
    """Life of a donor's promise."""

    ANNOUNCED = "announced", pgettext_lazy("pledge", "announced")
    SIGNED = "signed", pgettext_lazy("pledge", "signed")
    PARTLY_PAID = "partly_paid", pgettext_lazy("pledge", "partly paid")
    PAID = "paid", pgettext_lazy("pledge", "paid")
    WRITTEN_OFF = "written_off", pgettext_lazy("pledge", "written off")


class DonationState(models.TextChoices):
    """Life of a gift made on the public page. Nothing counts as paid before the card provider has confirmed it."""

    BEGUN = "begun", pgettext_lazy("gift", "begun")
    WAITING = "waiting", pgettext_lazy("gift", "on its way")
    PAID = "paid", pgettext_lazy("gift", "paid")
    PART_REFUNDED = "part_refunded", pgettext_lazy("gift", "partly given back")
    REFUNDED = "refunded", pgettext_lazy("gift", "given back")
    FAILED = "failed", pgettext_lazy("gift", "failed")
    EXPIRED = "expired", pgettext_lazy("gift", "expired")


GIFT_HELD = (DonationState.PAID, DonationState.PART_REFUNDED, DonationState.REFUNDED)


class GivingBackState(models.TextChoices):
    """Giving a gift back: proposed by one treasurer, confirmed by another, done when the provider says so."""

    PROPOSED = "proposed", pgettext_lazy("refund", "proposed")
    CONFIRMED = "confirmed", pgettext_lazy("refund", "confirmed")
    DONE = "done", pgettext_lazy("refund", "done")
    FAILED = "failed", pgettext_lazy("refund", "failed")
    DECLINED = "declined", pgettext_lazy("refund", "declined")


class GrantState(models.TextChoices):
    """Life of a grant."""

    AGREEMENT_DRAFT = "agreement_draft", pgettext_lazy("grant", "agreement being signed")
    SIGNED = "signed", pgettext_lazy("grant", "signed")
    ACTIVE = "active", pgettext_lazy("grant", "active")
    SUSPENDED = "suspended", pgettext_lazy("grant", "suspended")
    ENDED = "ended", pgettext_lazy("grant", "ended")
    CLOSING = "closing", pgettext_lazy("grant", "closing")
    CLOSED = "closed", pgettext_lazy("grant", "closed")
    TERMINATED = "terminated", pgettext_lazy("grant", "terminated")


STOPPABLE = (
    GrantState.AGREEMENT_DRAFT,
    GrantState.SIGNED,
    GrantState.ACTIVE,
    GrantState.ENDED,
    GrantState.CLOSING,
)


class TrancheState(models.TextChoices):
    """Life of one part of a grant's money."""

    PLANNED = "planned", pgettext_lazy("tranche", "planned")
    REQUESTED = "requested", pgettext_lazy("tranche", "requested")
    CHECKED = "checked", pgettext_lazy("tranche", "checked")
    BLOCKED = "blocked", pgettext_lazy("tranche", "blocked")
    APPROVED = "approved", pgettext_lazy("tranche", "approved")
    ON_HOLD = "on_hold", pgettext_lazy("tranche", "on hold")
    SENT = "sent", pgettext_lazy("tranche", "sent")
    CONFIRMED = "confirmed", pgettext_lazy("tranche", "confirmed")
    CANCELLED = "cancelled", pgettext_lazy("tranche", "cancelled")
    REVERSED = "reversed", pgettext_lazy("tranche", "reversed")


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

    OPEN = "open", pgettext_lazy("hold", "open")
    LIFT_PROPOSED = "lift_proposed", pgettext_lazy("hold", "lifting proposed")
    LIFTED = "lifted", pgettext_lazy("hold", "lifted")


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


class WaivableCode(models.TextChoices):
    """What two people may set aside for one tranche. Agreement, bank details, holds, money and people are not here."""

    ATTESTED = "attested", _("A condition that people attest")
    DILIGENCE = "diligence", _("Due diligence valid today")
    PSEA = "psea", _("Safeguarding (PSEA) check valid today")
    PREVIOUS_SPENT = "previous_spent", _("Share of the tranche before that is spent")
    EARLIER_SPENT = "earlier_spent", _("Earlier tranches spent")
    ALL_SPENT = "all_spent", _("All money paid so far is spent")
    CLOSURE = "closure", _("Close-out list begun")
    OVERDUE = "overdue", _("No overdue report")
    FINDING = "finding", _("Findings of high priority answered")


class WaiverState(models.TextChoices):
    """Life of a waiver."""

    PROPOSED = "proposed", _("proposed")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")


class DoubtKind(models.TextChoices):
    """What may mean that something is paid twice."""

    AMOUNT = "same_amount", _("Same amount to the same organisation")
    FILE = "same_file", _("The same file as proof")
    ACCOUNT = "shared_account", _("The same account as another organisation")


class DoubtState(models.TextChoices):
    """Life of a doubt."""

    OPEN = "open", _("open")
    CLEARED = "cleared", _("cleared")


class TieKind(models.TextChoices):
    """Links that bar from moving an organisation's money (domain 5.6)."""

    FAMILY = "family", _("Family")
    WORK = "work", _("Work there in the last three years")
    BOARD = "board", _("Board or shares")
    TRADE = "trade", _("Buying from it or selling to it")
    FUNDER = "funder", _("Funds it otherwise")
    RIVAL = "rival", _("Rival")
    POSITION = "position", _("Strong public position")


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
    MOVED = "moved", _("Moved between the fund's own accounts")
    GIVEN_BACK = "given_back", _("Given back to a donor")
    FEE = "fee", _("Bank fee")
    COST = "cost", _("Running cost of the fund")
    EXCHANGE = "exchange", _("Exchange")
    INTEREST = "interest", _("Interest")
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
    BANK_FILE = "bank_file", _("Payment file for the bank")
    STRIPE_TRANSFER = "stripe_transfer", _("Transfer to a fiscal host abroad (Stripe)")
    MOBILE_MONEY = "mobile_money", _("Mobile money")


class DetailKind(models.TextChoices):
    """What a payee has given us to pay to; it decides which rails can serve them."""

    BANK_ACCOUNT = "bank_account", _("Bank account")
    CONNECTED_ACCOUNT = "connected_account", _("Account of a fiscal host abroad")
    MOBILE_WALLET = "mobile_wallet", _("Mobile wallet of the person who signs")


RAILS_FOR = {
    DetailKind.BANK_ACCOUNT: (RailCode.PAPER_ORDER, RailCode.BANK_FILE),
    DetailKind.CONNECTED_ACCOUNT: (RailCode.STRIPE_TRANSFER,),
    DetailKind.MOBILE_WALLET: (RailCode.MOBILE_MONEY,),
}


class InstructionState(models.TextChoices):
    """Where an instruction to a rail stands. `unknown` is an answer: no new key until it is known."""

    PREPARED = "prepared", pgettext_lazy("payment instruction", "prepared")
    ACCEPTED = "accepted", pgettext_lazy("payment instruction", "accepted")
    UNKNOWN = "unknown", pgettext_lazy("payment instruction", "not yet known")
    PAID = "paid", pgettext_lazy("payment instruction", "paid")
    FAILED = "failed", pgettext_lazy("payment instruction", "failed")
    RETURNED = "returned", pgettext_lazy("payment instruction", "returned")


LIVE = (InstructionState.PREPARED, InstructionState.ACCEPTED, InstructionState.UNKNOWN, InstructionState.PAID)
ON_ITS_WAY = (InstructionState.PREPARED, InstructionState.ACCEPTED, InstructionState.UNKNOWN)


class Errand(models.TextChoices):
    """Work that must be done exactly once outside of the transaction that asked for it."""

    SUBMIT = "submit", _("Hand a payment to its rail")
    ASK = "ask", _("Ask where a payment stands")
    EVENT = "event", _("Apply a message of a rail")
    GIFT = "gift", _("Ask how a gift stands")
    REFUND = "refund", _("Give a gift back")
    RECEIPT = "receipt", _("Send the receipt of a gift")


class ErrandState(models.TextChoices):
    """Waiting until it is done; parked when it failed too often and a person has to look."""

    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    PARKED = "parked", _("parked")


class EventOutcome(models.TextChoices):
    """What became of a rail's message."""

    APPLIED = "applied", _("applied")
    NOTHING_NEW = "nothing_new", _("nothing new")
    NOT_OURS = "not_ours", _("about no payment of ours")


PAYABLE = (GrantState.ACTIVE, GrantState.ENDED, GrantState.CLOSING)


class AccountCode(models.TextChoices):
    """Accounts of the ledger. Debit is positive, so that income stands as a negative sum."""

    BANK = "bank", _("Bank")
    PROVIDER = "card_provider", _("Card provider")
    TRANSIT = "in_transit", _("On its way to grantees")
    CONTRIBUTIONS = "contributions", _("Contributions")
    INTEREST = "interest", _("Interest")
    GRANTS_PAID = "grants_paid", _("Paid to grantees")
    COSTS = "costs", _("Running costs")
    FEES = "bank_fees", _("Bank fees")
    EXCHANGE = "exchange", _("Exchange gains and losses")
    ROUNDING = "rounding", _("Rounding")
    PLEDGED = "pledged", _("Promised by donors (memo)")
    PLEDGED_BY = "pledged_by", _("Promised by donors, other side (memo)")
    COMMITTED = "committed", _("Committed to grants (memo)")
    COMMITTED_BY = "committed_by", _("Committed to grants, other side (memo)")


HELD_AT = (AccountCode.BANK, AccountCode.PROVIDER)  # where the fund's own money lies
PAYS_FROM = {RailCode.STRIPE_TRANSFER: AccountCode.PROVIDER}  # rails that do not take from the bank
ACCOUNT_KINDS = {
    AccountCode.BANK: AccountKind.ASSET,
    AccountCode.PROVIDER: AccountKind.ASSET,
    AccountCode.TRANSIT: AccountKind.ASSET,
    AccountCode.CONTRIBUTIONS: AccountKind.INCOME,
    AccountCode.INTEREST: AccountKind.INCOME,
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


class FileLayout(models.TextChoices):
    """How a payment file is written."""

    PAIN001 = "pain001", _("ISO 20022 (pain.001)")
    PLAIN = "plain", _("Plain table (CSV)")


class ChargeBearer(models.TextChoices):
    """Who pays the banks' charges, in the codes of ISO 20022."""

    FUND = "DEBT", _("The fund pays all charges")
    SHARED = "SHAR", _("Each side pays its own bank")
    PAYEE = "CRED", _("The payee pays all charges")


class BatchState(models.TextChoices):
    """Life of a batch of payments."""

    OPEN = "open", pgettext_lazy("batch", "being put together")
    RELEASED = "released", pgettext_lazy("batch", "released")
    HANDED_OVER = "handed_over", pgettext_lazy("batch", "at the bank")
    SETTLED = "settled", pgettext_lazy("batch", "settled")
    DROPPED = "dropped", pgettext_lazy("batch", "dropped")


class StatementFormat(models.TextChoices):
    """What a bank statement was handed in as."""

    CAMT053 = "camt053", _("ISO 20022 (camt.053)")
    MT940 = "mt940", _("MT940")
    TABLE = "table", _("Table (CSV)")


class LineState(models.TextChoices):
    """What became of a line of a bank statement."""

    OPEN = "open", pgettext_lazy("line of a statement", "unmatched")
    ASKED = "asked", pgettext_lazy("line of a statement", "the bank was asked")
    PROPOSED = "proposed", pgettext_lazy("line of a statement", "waits for a second person")
    MATCHED = "matched", pgettext_lazy("line of a statement", "matched")


UNSETTLED = (LineState.OPEN, LineState.ASKED, LineState.PROPOSED)


class LineKind(models.TextChoices):
    """What a line of a bank statement is."""

    PAYMENT = "payment", _("Payment to a grantee")
    BATCH = "batch", _("Batch of payments in one line")
    CONTRIBUTION = "contribution", _("Contribution of a donor")
    REFUND = "refund", _("Refund from a grantee")
    RETURNED = "returned", _("Payment sent back")
    COST = "cost", _("Cost of the fund")
    FEE = "fee", _("Bank fee")
    INTEREST = "interest", _("Interest")
    EXCHANGE = "exchange", _("Exchange between own accounts")


class MatchedBy(models.TextChoices):
    """What a match rests on."""

    END_TO_END = "end_to_end", _("end-to-end id")
    REFERENCE = "reference", _("bank reference")
    LIKENESS = "likeness", _("amount, day and payee")
    MENTION = "mention", _("reference in the text")
    PERSON = "person", _("by hand")


class FindingKind(models.TextChoices):
    """How a rail's own account differs from ours."""

    RAIL_ONLY = "rail_only", _("The rail has it, we do not")
    OURS_ONLY = "ours_only", _("We have it, the rail does not")
    DIFFERS = "differs", _("The amount differs")


class FindingState(models.TextChoices):
    """Life of a difference with a rail."""

    OPEN = "open", pgettext_lazy("difference", "unexplained")
    EXPLAINED = "explained", pgettext_lazy("difference", "explained")
    GONE = "gone", pgettext_lazy("difference", "gone at a later check")
