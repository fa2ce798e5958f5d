"""States of calls and applications, and the choice lists of an application."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CallState(models.TextChoices):
    """Life of a call for proposals."""

    DRAFT = "draft", pgettext_lazy("call", "in preparation")
    OPEN = "open", pgettext_lazy("call", "open")
    CLOSED = "closed", pgettext_lazy("call", "closed")
    ARCHIVED = "archived", pgettext_lazy("call", "archived")


class ApplicationState(models.TextChoices):
    """Life of an application, from the first line to the decision."""

    DRAFT = "draft", pgettext_lazy("application", "draft")
    SUBMITTED = "submitted", pgettext_lazy("application", "submitted")
    ELIGIBILITY_CHECK = "eligibility_check", pgettext_lazy("application", "eligibility check")
    RETURNED = "returned", pgettext_lazy("application", "returned for changes")
    INELIGIBLE = "ineligible", pgettext_lazy("application", "not eligible")
    IN_REVIEW = "in_review", pgettext_lazy("application", "in review")
    MODERATION = "moderation", pgettext_lazy("application", "scores being compared")
    DUE_DILIGENCE = "due_diligence", pgettext_lazy("application", "due diligence")
    IN_COMMITTEE = "in_committee", pgettext_lazy("application", "before the Committee")
    APPROVED = "approved", pgettext_lazy("application", "approved")
    APPROVED_WITH_CONDITIONS = "approved_with_conditions", pgettext_lazy("application", "approved with conditions")
    DEFERRED = "deferred", pgettext_lazy("application", "decision put off")
    REJECTED = "rejected", pgettext_lazy("application", "not selected")
    WITHDRAWN = "withdrawn", pgettext_lazy("application", "withdrawn")


S = ApplicationState
MAIN_PATH = (S.DRAFT, S.SUBMITTED, S.ELIGIBILITY_CHECK, S.IN_REVIEW, S.DUE_DILIGENCE, S.IN_COMMITTEE, S.APPROVED)
BEING_WRITTEN = (S.DRAFT, S.RETURNED)
AWARDED = (S.APPROVED, S.APPROVED_WITH_CONDITIONS)
DECIDED = (*AWARDED, S.DEFERRED, S.REJECTED)
COMMITTEE_SEES = (S.IN_COMMITTEE, *DECIDED)
COMMITTEE_DECIDES = (S.IN_COMMITTEE, S.DEFERRED)
ENDED = (S.INELIGIBLE, S.REJECTED, S.WITHDRAWN)
APPEALABLE = (S.INELIGIBLE, S.REJECTED)
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
    MILESTONES = "milestones", _("Milestones and tranches")
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


# Documents that name persons or accounts: the organisation and the fund's office read them, nobody else.
PERSONAL_FILES = (FileRole.BANK, FileRole.BOARD, FileRole.REFERENCE)


class EligibilityAnswer(models.TextChoices):
    """Answer to one eligibility question."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNCLEAR = "unclear", _("Not clear yet")


# Review, due diligence, committee -----------------------------------------------------------------


class ReviewState(models.TextChoices):
    """Life of one review."""

    INVITED = "invited", pgettext_lazy("review", "invited")
    ACCEPTED = "accepted", pgettext_lazy("review", "being scored")
    RECUSED = "recused", pgettext_lazy("review", "recused")
    SUBMITTED = "submitted", pgettext_lazy("review", "handed in")
    REOPENED = "reopened", pgettext_lazy("review", "reopened")


# A review that gives its reviewer sight of the whole proposal.
REVIEW_READS = (ReviewState.ACCEPTED, ReviewState.SUBMITTED, ReviewState.REOPENED)


class Recommendation(models.TextChoices):
    """What a reviewer advises, beside the scores."""

    FUND = "fund", _("Fund it")
    CHANGES = "fund_with_changes", _("Fund it with changes")
    NOT_FUND = "do_not_fund", _("Do not fund it")


class ConflictKind(models.TextChoices):
    """Links that bar a person from a project (domain report 5.6)."""

    FAMILY = "family", _("Family or close friend")
    WORK = "work_last_3_years", _("Work with or for them in the last three years")
    BOARD = "board_or_shares", _("Board seat or shares")
    PURCHASE = "purchase_link", _("I buy from or supply a cooperative concerned")
    FUNDER = "funder", _("My organisation funds them")
    RIVAL = "rival", _("My organisation competes with them")
    POSITION = "public_position", _("Strong public position on this project")


class Risk(models.IntegerChoices):
    """Risk words of due diligence."""

    LOW = 1, _("low")
    MEDIUM = 2, _("medium")
    SIGNIFICANT = 3, _("significant")
    HIGH = 4, _("high")


class PseaBand(models.TextChoices):
    """Risk of sexual exploitation and abuse from the total of six standards."""

    HIGH = "high", _("high")
    MODERATE = "moderate", _("moderate")
    LOW = "low", _("low")


class LeadSubject(models.TextChoices):
    """Whom a name on a sanctions list may resemble."""

    ORGANISATION = "organisation", _("the organisation")
    BOARD = "board", _("a board member")
    SIGNATORY = "signatory", _("a signatory")


class MeetingState(models.TextChoices):
    """Life of a committee meeting."""

    DRAFT = "draft", pgettext_lazy("meeting", "being prepared")
    CALLED = "called", pgettext_lazy("meeting", "called")
    OPEN = "open", pgettext_lazy("meeting", "open")
    CLOSED = "closed", pgettext_lazy("meeting", "closed")
    MINUTES_APPROVED = "minutes_approved", pgettext_lazy("meeting", "minutes approved")


class MeetingMode(models.TextChoices):
    """How the committee meets."""

    IN_PERSON = "in_person", _("in person")
    ONLINE = "online", _("online")
    HYBRID = "hybrid", _("in the room and online")
    WRITTEN = "written", _("in writing, by no-objection")


class ItemState(models.TextChoices):
    """Life of an agenda item."""

    PROPOSED = "proposed", pgettext_lazy("agenda item", "before the Committee")
    DECIDED = "decided", pgettext_lazy("agenda item", "decided")
    DEFERRED = "deferred", pgettext_lazy("agenda item", "deferred")


class DecisionType(models.TextChoices):
    """What the Committee is asked to decide (domain report 5.7)."""

    APPROVE = "approve", _("Approve")
    APPROVE_WITH_CONDITIONS = "approve_with_conditions", _("Approve with conditions")
    DEFER = "defer", _("Defer")
    RETURN = "return", _("Return for changes")
    REJECT = "reject", _("Reject")
    AMEND = "amend", _("Amend the grant")
    SUSPEND = "suspend", _("Suspend the grant")
    RESUME = "resume", _("Resume the grant")
    TERMINATE = "terminate", _("End the grant early")
    TERMINATE_FOR_CAUSE = "terminate_for_cause", _("Terminate the grant for cause")
    PUBLISH_PRACTICE = "publish_practice", _("Publish a practice")
    CHANGE_RULE = "change_rule", _("Change a rule of the fund")


# Decisions about an application that waits for the Committee; the rest is about grants, practices and rules.
ABOUT_APPLICATION = (
    DecisionType.APPROVE,
    DecisionType.APPROVE_WITH_CONDITIONS,
    DecisionType.DEFER,
    DecisionType.RETURN,
    DecisionType.REJECT,
)
APPROVALS = (DecisionType.APPROVE, DecisionType.APPROVE_WITH_CONDITIONS)


class VoteValue(models.TextChoices):
    """A vote."""

    FOR = "for", _("For")
    AGAINST = "against", _("Against: I object")
    ABSTAIN = "abstain", _("Abstain")


class VoteChannel(models.TextChoices):
    """Where a vote was cast."""

    SYSTEM = "system", _("here")
    ROOM = "room", _("in the room")
    CALL = "call", _("on the call")


class ItemResult(models.TextChoices):
    """What came of an item."""

    CARRIED = "carried", _("carried")
    NOT_CARRIED = "not_carried", _("not carried")
    TO_MEETING = "to_meeting", _("goes to a meeting")
    NO_QUORUM = "no_quorum", _("no quorum: waits")


class AppealState(models.TextChoices):
    """Life of an appeal against a refusal."""

    LODGED = "lodged", pgettext_lazy("appeal", "being decided")
    UPHELD = "upheld", pgettext_lazy("appeal", "upheld")
    DISMISSED = "dismissed", pgettext_lazy("appeal", "dismissed")
    WITHDRAWN = "withdrawn", pgettext_lazy("appeal", "withdrawn")


class OpinionValue(models.TextChoices):
    """What one person thinks of an appeal."""

    ALLOW = "allow", _("Allow the appeal: the application is looked at again")
    DISMISS = "dismiss", _("Dismiss the appeal: the decision stands")


# Two people of one opinion decide an appeal, so the third speaks last.
AGREEING = 2
