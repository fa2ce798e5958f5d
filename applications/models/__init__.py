"""Models of this stage."""

from applications.models.appeals import Appeal, AppealOpinion
from applications.models.application import Application, ApplicationQuerySet
from applications.models.call import Call, CallQuerySet
from applications.models.committee import AgendaItem, Attendance, Meeting
from applications.models.diligence import Check, DueDiligence, OpenItem, SanctionsLead
from applications.models.proposal import COUNTS, TITLES
from applications.models.review import ConflictOfInterest, Moderation, Review, ReviewerProfile, ReviewScore
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
from applications.models.votes import AwardCondition, Declaration, ItemComment, Vote

__all__ = [
    "COUNTS",
    "TITLES",
    "Activity",
    "AgendaItem",
    "Appeal",
    "AppealOpinion",
    "Application",
    "ApplicationFile",
    "ApplicationIndicator",
    "ApplicationQuerySet",
    "Attendance",
    "AwardCondition",
    "BudgetLine",
    "Call",
    "CallQuerySet",
    "Check",
    "ConflictOfInterest",
    "Declaration",
    "DueDiligence",
    "EligibilityCheck",
    "ItemComment",
    "Meeting",
    "Milestone",
    "Moderation",
    "OpenItem",
    "PlannedTranche",
    "ProjectRisk",
    "Review",
    "ReviewScore",
    "ReviewerProfile",
    "SanctionsLead",
    "SectionReturn",
    "Submission",
    "Vote",
]
