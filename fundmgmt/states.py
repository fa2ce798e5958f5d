"""Choice lists of the ground floor."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Language(models.TextChoices):
    """Languages people read the fund in."""

    FR = "fr", "Français"
    SW = "sw", "Kiswahili"
    EN = "en", "English"


class LegalStatus(models.TextChoices):
    """The standing of an organisation in law (Law 004/2001 and the notice of 20 June 2024 on F92 receipts)."""

    LEGAL_PERSONALITY = "legal_personality", _("Legal personality")
    PENDING = "application_pending", _("Application pending")
    FISCAL_HOST = "fiscal_host", _("Through a fiscal host")
    COOPERATIVE = "cooperative_approved", _("Approved cooperative")
    NONE = "none", _("None yet")


class OrganisationKind(models.TextChoices):
    """Kinds of organisation that may apply or lead."""

    COMMUNITY = "community_organisation", _("Community organisation")
    NGO = "national_ngo", _("National NGO")
    PARENTS = "parents_association", _("Parents' association")
    WOMEN = "womens_association", _("Women's association")
    YOUTH = "youth_association", _("Youth association")
    DISABILITY = "disabled_peoples_organisation", _("Organisation of people with disabilities")
    SCHOOL = "school_committee_network", _("School committee or network")
    MEDIA = "community_media", _("Community media")
    FAITH = "faith_based", _("Faith-based organisation")
    COOPERATIVE = "cooperative", _("Cooperative with a civil-society lead")


class PaperKind(models.TextChoices):
    """What a stored file is."""

    UPLOAD = "upload", _("File handed in")
    APPLICATION = "application", _("Application as submitted")
    AGREEMENT = "agreement", _("Grant agreement")
    CERTIFICATE = "certificate", _("Record of the signatures")
    SIGNED_COPY = "signed_copy", _("Signed paper copy")
    PAYMENT_ORDER = "payment_order", _("Payment order")
    EVIDENCE = "evidence", _("Evidence")
    MINUTES = "minutes", _("Minutes")
    LETTER = "letter", _("Letter")
    FUNDS_REQUEST = "funds_request", _("Request for funds")
    RECEIPT = "receipt", _("Receipt")
    PAYMENT_FILE = "payment_file", _("Payment file for the bank")
    BANK_STATEMENT = "bank_statement", _("Bank statement")


class Unreached(models.TextChoices):
    """Why a message to a phone will not be carried, however often it is tried."""

    NUMBER = "number", _("messages do not reach this phone number")
    BLOCKED = "blocked", _("this phone refuses messages from services")
    ACCOUNT = "account", _("the message service does not work for the fund just now")
    NO_SERVICE = "no_service", _("the fund has no service for messages to phones")


class OrganisationState(models.TextChoices):
    """Life of an organisation's record."""

    ACTIVE = "active", pgettext_lazy("organisation", "active")
    PAUSED = "paused", pgettext_lazy("organisation", "paused")


class EraseReason(models.TextChoices):
    """Why somebody's words are taken out of the journal."""

    CHILD = "child", _("they tell who a child is")
    PERSON = "person", _("they say of somebody what is nobody's business")
    WRITER = "writer", _("whoever wrote them asks for it")
