"""Models of this stage."""

from disbursements.models.accounts import FundAccount
from disbursements.models.banking import BankDetail, PaymentInstruction
from disbursements.models.batches import BatchItem, PaymentBatch
from disbursements.models.conditions import Condition, ReportedSpend
from disbursements.models.donors import Contribution, Donor, Pledge, PledgeInstalment
from disbursements.models.grants import ClosureItem, Grant
from disbursements.models.holds import Hold, Refund
from disbursements.models.ledger import Account, Earmark, LedgerEntry, LedgerHead, LedgerLine, Purse, Rate
from disbursements.models.outbox import Outbox
from disbursements.models.rail_events import RailEventRecord
from disbursements.models.reconciling import ClosedDay, RailCheck, RailFinding
from disbursements.models.statements import BankStatement, StatementFile, StatementLine
from disbursements.models.tranches import Tranche

__all__ = [
    "Account",
    "BankDetail",
    "BankStatement",
    "BatchItem",
    "ClosedDay",
    "ClosureItem",
    "Condition",
    "Contribution",
    "Donor",
    "Earmark",
    "FundAccount",
    "Grant",
    "Hold",
    "LedgerEntry",
    "LedgerHead",
    "LedgerLine",
    "Outbox",
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
    "StatementFile",
    "StatementLine",
    "Tranche",
]
