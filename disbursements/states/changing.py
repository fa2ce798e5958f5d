"""Changes of a grant's terms, and what is settled before it is closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disbursements.states.granting import ClosureCode


class AmendmentState(models.TextChoices):
    """Life of a change."""

    PROPOSED = "proposed", pgettext_lazy("change", "asked for")
    APPROVED = "approved", pgettext_lazy("change", "approved")
    REFUSED = "refused", pgettext_lazy("change", "not approved")
    WITHDRAWN = "withdrawn", pgettext_lazy("change", "withdrawn")
    APPLIED = "applied", pgettext_lazy("change", "in force")


UNDECIDED = (AmendmentState.PROPOSED, AmendmentState.APPROVED)


class AmendmentKind(models.TextChoices):
    """What is changed (domain 5.12)."""

    BUDGET = "budget", _("Move money between budget lines")
    EXTENSION = "extension", _("More time, no more money")
    PHASING = "phasing", _("Other days or amounts of the tranches")
    RESULTS = "results", _("Other results or another place")
    ADMINISTRATIVE = "administrative", _("Correct a clerical mistake")


class Decider(models.TextChoices):
    """Who decides a change; the rules say it, nobody chooses."""

    NOTICE = "notice", _("Nobody: a notice is enough")
    OFFICER = "officer", _("The programme office")
    COMMITTEE = "committee", _("The Steering Committee")


class ChangePart(models.TextChoices):
    """Which part of the terms one change is about."""

    LINE = "line", _("Budget line")
    NEW_LINE = "new_line", _("New budget line")
    END_DATE = "end_date", _("Last day")
    TRANCHE_DATE = "tranche_date", _("Day of tranche")
    TRANCHE_AMOUNT = "tranche_amount", _("Amount of tranche")
    MILESTONE_DATE = "milestone_date", _("Day of milestone")
    REPORT_DATE = "report_date", _("Due day of report")
    TARGET = "target", _("Target")
    PLACE = "place", _("Place of the work")
    LANGUAGE = "language", _("Language of letters")
    OWN_NUMBER = "own_number", _("Own number of the grantee")


# Settled by the step that makes it true, and by nobody's tick.
SETTLED_BY_STEP = frozenset({ClosureCode.FINAL_REPORT, ClosureCode.REFUND})
# Settled by a step too; by hand only with a note that says why there was none.
NOTE_NEEDED = frozenset({ClosureCode.DELETION, ClosureCode.PRACTICE, ClosureCode.EVALUATION, ClosureCode.FEEDBACK})
BY_HAND = tuple(code for code in ClosureCode if code not in SETTLED_BY_STEP)

AS_NUMBER = (ChangePart.LINE, ChangePart.NEW_LINE, ChangePart.TRANCHE_AMOUNT, ChangePart.TARGET)
AS_DAY = (ChangePart.END_DATE, ChangePart.TRANCHE_DATE, ChangePart.MILESTONE_DATE, ChangePart.REPORT_DATE)
