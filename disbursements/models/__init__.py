"""Models of this stage."""

from disbursements.models.approvals import Approval
from disbursements.models.banking import BankDetail, PaymentInstruction
from disbursements.models.conditions import Condition, Finding, ReportedSpend
from disbursements.models.donors import Contribution, Donor, Pledge, PledgeInstalment
from disbursements.models.doubts import Doubt, Tie
from disbursements.models.grants import ClosureItem, Grant
from disbursements.models.holds import Hold, Refund
from disbursements.models.ledger import Account, Earmark, LedgerEntry, LedgerHead, LedgerLine, Purse, Rate
from disbursements.models.outbox import Outbox
from disbursements.models.rail_events import RailEventRecord
from disbursements.models.tranches import Tranche
from disbursements.models.waivers import Waiver

__all__ = [
    "Account",
    "Approval",
    "BankDetail",
    "ClosureItem",
    "Condition",
    "Contribution",
    "Donor",
    "Doubt",
    "Earmark",
    "Finding",
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
    "Tie",
    "Tranche",
    "Waiver",
]
