"""Models of this stage."""

from applications.models.application import Application, ApplicationQuerySet
from applications.models.call import Call, CallQuerySet
from applications.models.proposal import COUNTS
from applications.models.screening import EligibilityCheck, SectionReturn, Submission
from applications.models.sections import (
    Activity,
    ApplicationFile,
    ApplicationIndicator,
    BudgetLine,
    Milestone,
    PlannedTranche,
    ProjectRisk,
)

__all__ = [
    "COUNTS",
    "Activity",
    "Application",
    "ApplicationFile",
    "ApplicationIndicator",
    "ApplicationQuerySet",
    "BudgetLine",
    "Call",
    "CallQuerySet",
    "EligibilityCheck",
    "Milestone",
    "PlannedTranche",
    "ProjectRisk",
    "SectionReturn",
    "Submission",
]
