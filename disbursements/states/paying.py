"""Ways money leaves, and what the bank says of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    DISPUTE = "dispute", _("Ask how a dispute stands")
    ANSWER = "answer", _("Answer a dispute")
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
    MOVED = "moved", _("Moved between the fund's own accounts")
    LATE = "late", _("Payment that counted as failed and was paid after all")
    OVERPAID = "overpaid", _("Paid once too often, to be given back")
    RECOVERED = "recovered", _("Given back: it was paid once too often")


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
