"""The roles a person can hold in the fund. Applicants and grantees act through a Membership, members through a Seat."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Roles granted by name, with dates, in fundmgmt.models.people.RoleGrant."""

    OFFICER = "officer", _("Programme officer")
    REVIEWER = "reviewer", _("Reviewer")
    TREASURER = "treasurer", _("Treasurer")
    EVALUATOR = "evaluator", _("Evaluator")
    SAFEGUARDING = "safeguarding", _("Safeguarding lead")
    DONOR_VIEWER = "donor_viewer", _("Donor viewer")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


class MemberRole(models.TextChoices):
    """What a colleague may do for the organisation."""

    OWNER = "owner", _("Responsible person")
    EDITOR = "editor", _("Colleague who writes")
    VIEWER = "viewer", _("Colleague who reads")


class Constituency(models.TextChoices):
    """Whom a committee seat speaks for."""

    PRIVATE_SECTOR = "private_sector", _("Private sector")
    NGO = "ngo", _("Civil society")
    GOVERNMENT = "government", _("Government")
    INTERNATIONAL = "international_organisation", _("International organisation")
    DEVELOPMENT_AGENCY = "development_agency", _("Development agency")
