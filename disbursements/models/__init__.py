"""Models of this stage."""

from disbursements.models.banking import BankDetail, PaymentInstruction
from disbursements.models.conditions import Condition, ReportedSpend
from disbursements.models.donors import Contribution, Donor, Pledge, PledgeInstalment
from disbursements.models.grants import ClosureItem, Grant
from disbursements.models.holds import Hold, Refund
from disbursements.models.ledger import Account, Earmark, LedgerEntry, LedgerHead, LedgerLine, Purse, Rate
from disbursements.models.outbox import Outbox
from disbursements.models.rail_events import RailEventRecord
from disbursements.models.tranches import Tranche

__all__ = [
    "Account",
    "BankDetail",
    "ClosureItem",
    "Condition",
    "Contribution",
    "Donor",
    "Earmark",
    "Grant",
    "Hold",
    "LedgerEntry",
    "LedgerHead",
    "LedgerLine",
    "Outbox",
    "PaymentInstruction",
    "Pledge",
    "PledgeInstalment",
    "Purse",
    "RailEventRecord",
    "Rate",
    "Refund",
    "ReportedSpend",
    "Tranche",
]
