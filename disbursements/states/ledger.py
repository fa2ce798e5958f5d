"""Accounts and entries of the ledger."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from disbursements.states.paying import RailCode


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
    DISPUTED = "disputed", _("Taken back for a disputed gift")
    FEE = "fee", _("Bank fee")
    COST = "cost", _("Running cost of the fund")
    EXCHANGE = "exchange", _("Exchange")
    INTEREST = "interest", _("Interest")
    OVERPAID = "overpaid", _("Paid once too often")
    RECOVERED = "recovered", _("Given back by a payee")
    REVERSAL = "reversal", _("Reversal")


class AccountKind(models.TextChoices):
    """What an account stands for."""

    ASSET = "asset", _("Money the fund holds")
    INCOME = "income", _("Money given to the fund")
    EXPENSE = "expense", _("Money used")
    MEMO = "memo", _("Promises, not money")


class AccountCode(models.TextChoices):
    """Accounts of the ledger. Debit is positive, so that income stands as a negative sum."""

    BANK = "bank", _("Bank")
    PROVIDER = "card_provider", _("Card provider")
    OWED = "owed_back", _("To be given back by payees")
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
    EXECUTED = "executed", _("Executed, as the bank shows (memo)")
    EXECUTED_BY = "executed_by", _("Executed, as the bank shows, other side (memo)")


HELD_AT = (AccountCode.BANK, AccountCode.PROVIDER)  # where the fund's own money lies


SPENT_FROM = (  # what stands here is donors' money that is gone, or on its way
    AccountCode.TRANSIT,
    AccountCode.GRANTS_PAID,
    AccountCode.OWED,
    AccountCode.COSTS,
    AccountCode.FEES,
    AccountCode.EXCHANGE,
    AccountCode.ROUNDING,
)


PAYS_FROM = {RailCode.STRIPE_TRANSFER: AccountCode.PROVIDER}  # rails that do not take from the bank


ACCOUNT_KINDS = {
    AccountCode.BANK: AccountKind.ASSET,
    AccountCode.PROVIDER: AccountKind.ASSET,
    AccountCode.OWED: AccountKind.ASSET,
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
    AccountCode.EXECUTED: AccountKind.MEMO,
    AccountCode.EXECUTED_BY: AccountKind.MEMO,
}


_PLEDGES = {AccountCode.PLEDGED, AccountCode.PLEDGED_BY}
_COMMITMENTS = {AccountCode.COMMITTED, AccountCode.COMMITTED_BY}
_HELD = set(HELD_AT)

ACCOUNTS_OF = {  # which accounts an entry of a kind may touch; a reversal touches those of what it takes back
    EntryKind.PLEDGE: _PLEDGES,
    EntryKind.PLEDGE_WRITTEN_OFF: _PLEDGES,
    EntryKind.RECEIPT: {*_HELD, AccountCode.CONTRIBUTIONS, *_PLEDGES},
    EntryKind.COMMITMENT: _COMMITMENTS,
    EntryKind.DECOMMITMENT: _COMMITMENTS,
    EntryKind.RECOMMITMENT: _COMMITMENTS,
    EntryKind.IN_TRANSIT: {*_HELD, AccountCode.TRANSIT},
    EntryKind.DISBURSEMENT: {AccountCode.TRANSIT, AccountCode.GRANTS_PAID},
    EntryKind.BANK_CONFIRMATION: {AccountCode.EXECUTED, AccountCode.EXECUTED_BY},
    EntryKind.RETURN: {*_HELD, AccountCode.TRANSIT, AccountCode.GRANTS_PAID},
    EntryKind.REFUND: {*_HELD, AccountCode.GRANTS_PAID},
    EntryKind.MOVED: _HELD,
    EntryKind.GIVEN_BACK: {*_HELD, AccountCode.CONTRIBUTIONS},
    EntryKind.DISPUTED: {AccountCode.PROVIDER, AccountCode.CONTRIBUTIONS},
    EntryKind.FEE: {*_HELD, AccountCode.FEES},
    EntryKind.COST: {*_HELD, AccountCode.COSTS},
    EntryKind.EXCHANGE: {*_HELD, AccountCode.EXCHANGE, AccountCode.ROUNDING},
    EntryKind.INTEREST: {*_HELD, AccountCode.INTEREST},
    EntryKind.OVERPAID: {AccountCode.BANK, AccountCode.OWED},
    EntryKind.RECOVERED: {AccountCode.BANK, AccountCode.OWED},
}


class Occasion(models.TextChoices):
    """Why a checkpoint of the books was taken."""

    DAILY = "daily", _("each day")
    BATCH = "batch", _("a batch of payments")
    ASKED = "asked", _("somebody asked")
