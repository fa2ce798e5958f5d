"""Models of this stage."""

from disbursements.models.accounts import FundAccount
from disbursements.models.amendments import Amendment, Change
from disbursements.models.approvals import Approval
from disbursements.models.banking import BankDetail, PaymentInstruction
from disbursements.models.batches import BatchItem, PaymentBatch
from disbursements.models.checkpoints import BooksCheckpoint
from disbursements.models.closing import Asset, ClosureItem, Feedback
from disbursements.models.conditions import Condition, Finding, ReportedSpend, StatedSpend
from disbursements.models.disputes import Dispute, DisputeAnswer, DisputeMovement
from disbursements.models.donations import Donation, GivingBack
from disbursements.models.donors import Contribution, Donor, DonorCheck, Pledge, PledgeInstalment
from disbursements.models.doubts import Doubt, Tie
from disbursements.models.grants import Grant
from disbursements.models.holds import Hold, Refund
from disbursements.models.ledger import Account, Earmark, LedgerEntry, LedgerHead, LedgerLine, Purse, Rate
from disbursements.models.outbox import Outbox
from disbursements.models.rail_events import RailEventRecord
from disbursements.models.reconciling import ClosedDay, RailCheck, RailFinding
from disbursements.models.requests import FundsRequest, FundsRequestLine
from disbursements.models.signing import PaperSignature, SigningCode
from disbursements.models.statements import BankStatement, StatementFile, StatementLine
from disbursements.models.tranches import Tranche
from disbursements.models.waivers import Waiver
from disbursements.models.wordings import AgreementWording

__all__ = [
    "Account",
    "AgreementWording",
    "Amendment",
    "Approval",
    "Asset",
    "BankDetail",
    "BankStatement",
    "BatchItem",
    "BooksCheckpoint",
    "Change",
    "ClosedDay",
    "ClosureItem",
    "Condition",
    "Contribution",
    "Dispute",
    "DisputeAnswer",
    "DisputeMovement",
    "Donation",
    "Donor",
    "DonorCheck",
    "Doubt",
    "Earmark",
    "Feedback",
    "Finding",
    "FundAccount",
    "FundsRequest",
    "FundsRequestLine",
    "GivingBack",
    "Grant",
    "Hold",
    "LedgerEntry",
    "LedgerHead",
    "LedgerLine",
    "Outbox",
    "PaperSignature",
    "PaymentBatch",
    "PaymentInstruction",
    "Pledge",
    "PledgeInstalment",
    "Purse",
    "RailCheck",
    "RailEventRecord",
    "RailFinding",
    "Rate",
    "Refund",
    "ReportedSpend",
    "SigningCode",
    "StatedSpend",
    "StatementFile",
    "StatementLine",
    "Tie",
    "Tranche",
    "Waiver",
]
