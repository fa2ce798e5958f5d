"""States of calls and applications, and the choice lists of an application."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CallState(models.TextChoices):
    """Life of a call for proposals."""

    DRAFT = "draft", _("in preparation")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")


class ApplicationState(models.TextChoices):
    """Life of an application, from the first line to the decision."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    ELIGIBILITY_CHECK = "eligibility_check", _("eligibility check")
    RETURNED = "returned", _("returned for changes")
    INELIGIBLE = "ineligible", _("not eligible")
    IN_REVIEW = "in_review", _("in review")
    MODERATION = "moderation", _("scores being compared")
    DUE_DILIGENCE = "due_diligence", _("due diligence")
    IN_COMMITTEE = "in_committee", _("before the Committee")
    APPROVED = "approved", _("approved")
    APPROVED_WITH_CONDITIONS = "approved_with_conditions", _("approved with conditions")
    DEFERRED = "deferred", _("decision put off")
    REJECTED = "rejected", _("not selected")
    WITHDRAWN = "withdrawn", _("withdrawn")


S = ApplicationState
MAIN_PATH = (S.DRAFT, S.SUBMITTED, S.ELIGIBILITY_CHECK, S.IN_REVIEW, S.DUE_DILIGENCE, S.IN_COMMITTEE, S.APPROVED)
BEING_WRITTEN = (S.DRAFT, S.RETURNED)
AWARDED = (S.APPROVED, S.APPROVED_WITH_CONDITIONS)
DECIDED = (*AWARDED, S.DEFERRED, S.REJECTED)
COMMITTEE_SEES = (S.IN_COMMITTEE, *DECIDED)
ENDED = (S.INELIGIBLE, S.REJECTED, S.WITHDRAWN)
UNDER_WAY = tuple(state for state in S if state not in {*ENDED, S.DRAFT})
WITHDRAWABLE = tuple(state for state in S if state not in ENDED)


class Window(models.TextChoices):
    """Grant windows; their limits are the rules `window_<code>`."""

    MICRO = "micro", _("Micro grant")
    SMALL = "small", _("Small grant")
    COMMUNITY = "community", _("Community grant")
    CONSORTIUM = "consortium", _("Consortium grant")
    OUTSIDE = "above_window", _("Outside the windows")


WINDOWS = (Window.MICRO, Window.SMALL, Window.COMMUNITY, Window.CONSORTIUM)


class Precision(models.TextChoices):
    """How closely a place may be shown to the public; never closer than a commune."""

    COMMUNE = "commune", _("Commune or sector")
    TERRITORY = "territory", _("City or territory")
    PROVINCE = "province", _("Province")


class Pillar(models.TextChoices):
    """The strand of work an application belongs to."""

    EDUCATION = "education", _("Education")
    EDUCATION_LIVELIHOOD = "education_and_livelihood", _("Education and livelihood")
    EDUCATION_SERVICES = "education_and_services", _("Education and services")
    LIVELIHOOD = "livelihood", _("Livelihood")
    LIVELIHOOD_SERVICES = "livelihood_and_services", _("Livelihood and services")
    PROTECTION = "protection", _("Protection")
    MONITORING_PROTECTION = "monitoring_and_protection", _("Monitoring and protection")
    MINE_SITE = "mine_site", _("Work at the mine site")
    SERVICES = "services", _("Public services")
    YOUTH_SKILLS = "youth_skills", _("Skills for young people")
    AWARENESS = "awareness", _("Awareness")


class BudgetCategory(models.TextChoices):
    """Kinds of cost."""

    PERSONNEL = "PER", _("Personnel")
    ACTIVITIES = "ACT", _("Activities")
    DIRECT = "DIR", _("Direct support to children and households")
    EQUIPMENT = "EQP", _("Equipment and materials")
    TRAINING = "TRN", _("Training")
    TRANSPORT = "TRV", _("Transport")
    MONITORING = "MON", _("Monitoring, evaluation and learning")
    SAFEGUARDING = "SAF", _("Safeguarding")
    ADMINISTRATION = "ADM", _("Administration")


class RiskLevel(models.TextChoices):
    """How much a risk weighs."""

    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    SIGNIFICANT = "significant", _("significant")
    HIGH = "high", _("high")


class Section(models.TextChoices):
    """Parts of the application form, in the order people fill them."""

    PROJECT = "project", _("The project")
    PLACE = "place", _("The place")
    PROBLEM = "problem", _("The problem and the answer")
    PARTICIPANTS = "participants", _("Children and families")
    ACTIVITIES = "activities", _("Activities")
    BUDGET = "budget", _("Budget")
    INDICATORS = "indicators", _("What will change")
    MILESTONES = "milestones", _("Milestones and payments")
    RISKS = "risks", _("Risks and child safeguarding")
    FILES = "files", _("Documents")


class FileRole(models.TextChoices):
    """What a document proves."""

    REGISTRATION = "registration", _("Act of legal personality or receipt of the request")
    STATUTES = "statutes", _("Statutes")
    BOARD = "board", _("List of the board")
    BANK = "bank", _("Letter of the bank")
    HOST = "host_letter", _("Letter of the fiscal host")
    REFERENCE = "reference", _("Reference letter")
    CODE = "code_of_conduct", _("Signed code of conduct")
    SAFEGUARDING = "safeguarding", _("Safeguarding policy")
    REPORT = "activity_report", _("Last activity report")
    OTHER = "other", _("Other document")


class EligibilityAnswer(models.TextChoices):
    """Answer to one eligibility question."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNCLEAR = "unclear", _("Not clear yet")
