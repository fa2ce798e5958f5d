"""Choice lists of this stage, and the groups of states that have a name."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ReportState(models.TextChoices):
    """Life of a report. Whether it is late is computed, never stored."""

    DUE = "due", pgettext_lazy("report", "to be written")
    DRAFT = "draft", pgettext_lazy("report", "being written")
    SUBMITTED = "submitted", pgettext_lazy("report", "handed in")
    SENT_BACK = "sent_back", pgettext_lazy("report", "sent back")
    ACCEPTED = "accepted", pgettext_lazy("report", "accepted")


WRITABLE = frozenset({ReportState.DUE, ReportState.DRAFT, ReportState.SENT_BACK})


class ReportKind(models.TextChoices):
    """A report on a period, or on the whole project."""

    PROGRESS = "progress", _("Progress report")
    FINAL = "final", _("Final report")


class Method(models.TextChoices):
    """How a value was found (data quality note)."""

    REGISTERED = "registered", _("counted from a register")
    SURVEY = "survey", _("asked in a survey")
    ESTIMATED = "estimated", _("estimated")


class Payee(models.TextChoices):
    """Who was paid: a kind, never a person's name."""

    SHOP = "shop", _("Shop or supplier")
    STAFF = "staff", _("Staff of the project: salary")
    VOLUNTEER = "volunteer", _("Volunteers and facilitators: daily allowance")
    FAMILIES = "families", _("Families: fees, kits, support")
    TRANSPORT = "transport", _("Transport")
    SERVICE = "service", _("Services: rent, repairs, training")
    AUTHORITY = "authority", _("School, office or authority: fees and taxes")
    OTHER = "other", _("Somebody else")


class RateSource(models.TextChoices):
    """Where the rate of a receipt comes from."""

    SLIP = "slip", _("slip of the bank or the changer")
    RECEIPT = "receipt", _("written on the receipt")
    FUND = "fund", _("the fund's rate of the day")


class Facet(models.TextChoices):
    """Ways a count is broken down. Every facet shown sums to the whole."""

    SEX = "sex", _("Girls and boys, women and men")
    AGE = "age", _("Age")
    DISABILITY = "disability", _("Disability")


CELLS = {
    Facet.SEX: (("F", _("Girls or women")), ("M", _("Boys or men"))),
    Facet.AGE: (
        ("0-4", _("0 to 4 years")),
        ("5-11", _("5 to 11 years")),
        ("12-14", _("12 to 14 years")),
        ("15-17", _("15 to 17 years")),
        ("18-24", _("18 to 24 years")),
        ("25+", _("25 years and older")),
    ),
    Facet.DISABILITY: (("yes", _("With a disability")), ("no", _("Without a disability"))),
}
CELL_LABELS = {(facet.value, code): label for facet, cells in CELLS.items() for code, label in cells}


class VisitKind(models.TextChoices):
    """How the fund looks for itself."""

    VISIT = "visit", _("Programme visit")
    SPOT_CHECK = "spot_check", _("Spot check")
    PHONE = "phone", _("Check by phone")


class FindingCategory(models.TextChoices):
    """What a look at the books can find, as partners of the United Nations are checked."""

    PURPOSE = "purpose", _("not for the purpose of the project")
    NOT_DONE = "not_done", _("activity not done")
    RATE = "rate", _("over the rate of the budget")
    PERIOD = "period", _("paid in another period")
    ADVANCE = "advance", _("advance or commitment claimed as spending")
    SIGNATORY = "signatory", _("signed by somebody else")
    SUPPORT = "support", _("no or weak papers")
    PROOF = "proof", _("no proof of payment or of the goods")
    RECORDS = "records", _("poor records")
    RECONCILED = "reconciled", _("account not reconciled")
    ROLES = "roles", _("roles not kept apart")
    TAX = "tax", _("mistake in tax, salary or daily allowance")
    COMPETITION = "competition", _("no offers compared")
    ASSET = "asset", _("equipment not used")
    SUBGRANT = "subgrant", _("no agreement with a partner")
    ADVICE = "advice", _("old advice not followed")
    OTHER = "other", _("something else")


class EvaluationState(models.TextChoices):
    """Life of an evaluation."""

    PLANNED = "planned", pgettext_lazy("evaluation", "planned")
    IN_PROGRESS = "in_progress", pgettext_lazy("evaluation", "in progress")
    SUBMITTED = "submitted", pgettext_lazy("evaluation", "handed in, the grantee may correct facts")
    FINAL = "final", pgettext_lazy("evaluation", "final")


class EvaluationMethod(models.TextChoices):
    """How deep an evaluation goes, by the size of the grant."""

    DESK = "desk", _("Papers and phone")
    VISIT = "visit", _("Visit")
    SURVEY = "survey", _("Survey")


class PracticeClass(models.IntegerChoices):
    """Rubric PM-01: what kind of learning this is."""

    INNOVATION = 1, _("Innovation")
    LESSON = 2, _("Lesson learned")
    PROMISING = 3, _("Promising practice")
    GOOD = 4, _("Good practice")


CLASS_MEANS = {
    PracticeClass.INNOVATION: _("New here, with first results."),
    PracticeClass.LESSON: _("A success or a failure that people thought about, so that others need not begin again."),
    PracticeClass.PROMISING: _(
        "Works here, shown at evidence level 2 or more. It is called a good practice from level 3 on."
    ),
    PracticeClass.GOOD: _("Looked at from outside, shown at evidence level 3 or more, and worth repeating."),
}


class CaseState(models.TextChoices):
    """Life of a case record."""

    GATHERING = "gathering", pgettext_lazy("case record", "gathering")
    DRAFTING = "drafting", pgettext_lazy("case record", "being written")
    SAFEGUARDING_CHECK = "safeguarding_check", pgettext_lazy("case record", "safeguarding check")
    VALIDATION = "validation", pgettext_lazy("case record", "being validated")
    PUBLISHED = "published", pgettext_lazy("case record", "published")
    RETIRED = "retired", pgettext_lazy("case record", "retired")


class PlaceLevel(models.TextChoices):
    """How near a place may be named. Nothing nearer exists."""

    PROVINCE = "province", _("province only")
    TERRITORY = "territory", _("city or territory")
    COMMUNE = "commune", _("commune")


class CostBasis(models.TextChoices):
    """What the cost per person counts as a person."""

    CHILDREN = "children", _("grant spent plus cash co-finance, for each child served")
    TRAINED = "trained", _("grant spent plus cash co-finance, for each person trained, young adults included")
    SUPPORTED = "supported", _("grant spent plus cash co-finance, for each child supported")


ENDED_EARLY = frozenset({"ineligible", "rejected", "withdrawn"})
