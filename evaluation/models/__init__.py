"""Models of this stage."""

from evaluation.models.casebook import CaseRecord, Figure, Moment
from evaluation.models.evaluations import Evaluation, FactCorrection, Rating, ReplicabilityScore
from evaluation.models.practices import PracticeTagUse, PracticeText, Replication
from evaluation.models.receipts import ExpenseReceipt
from evaluation.models.reports import Expenditure, IndicatorCell, IndicatorValue, Report
from evaluation.models.visits import MilestoneCheck, Visit, VisitFinding

__all__ = [
    "CaseRecord",
    "Evaluation",
    "Expenditure",
    "ExpenseReceipt",
    "FactCorrection",
    "Figure",
    "IndicatorCell",
    "IndicatorValue",
    "MilestoneCheck",
    "Moment",
    "PracticeTagUse",
    "PracticeText",
    "Rating",
    "ReplicabilityScore",
    "Replication",
    "Report",
    "Visit",
    "VisitFinding",
]
