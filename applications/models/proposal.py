"""What an organisation writes in its application: the columns of the form's sections, and what must hold in them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from applications.models.call import in_language
from applications.states import Pillar, Precision
from fundmgmt.money import CURRENCIES, MinorField
from fundmgmt.states import Language

COUNTS = (
    "children_total",
    "girls",
    "boys",
    "age_5_11",
    "age_12_14",
    "age_15_17",
    "with_disability",
    "households",
    "adults",
    "youth_18_24",
)


TITLES = ("title_en", "title_fr", "title_sw")  # what must be read for `title`


class Proposal(models.Model):
    """Columns of the sections. Counts of people are empty until somebody answers: missing is not zero."""

    language = models.CharField(_("language of the application"), max_length=2, choices=Language, default=Language.FR)
    currency = models.CharField(max_length=3, choices=CURRENCIES, default="USD")

    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    title_fr = models.CharField(_("title in French"), max_length=160, blank=True)
    title_sw = models.CharField(_("title in Swahili"), max_length=160, blank=True)
    pillar = models.CharField(_("strand of work"), max_length=32, choices=Pillar, blank=True)
    start_date = models.DateField(_("first day"), null=True, blank=True)
    end_date = models.DateField(_("last day"), null=True, blank=True)
    tags = models.JSONField(_("approach"), default=list, blank=True)
    standards = models.JSONField(_("standards it helps to meet"), default=list, blank=True)

    province = models.CharField(_("province"), max_length=40, blank=True)
    territory = models.CharField(_("city or territory"), max_length=80, blank=True)
    commune = models.CharField(_("commune or sector"), max_length=80, blank=True)
    settings = models.JSONField(_("setting"), default=list, blank=True)
    public_precision = models.CharField(
        _("how closely the place may be shown"), max_length=12, choices=Precision, default=Precision.TERRITORY
    )

    problem = models.TextField(_("the problem"), max_length=3000, blank=True)
    summary = models.TextField(_("the answer"), max_length=3000, blank=True)

    children_total = models.PositiveIntegerField(_("children in all"), null=True, blank=True)
    girls = models.PositiveIntegerField(_("girls"), null=True, blank=True)
    boys = models.PositiveIntegerField(_("boys"), null=True, blank=True)
    age_5_11 = models.PositiveIntegerField(_("aged 5 to 11"), null=True, blank=True)
    age_12_14 = models.PositiveIntegerField(_("aged 12 to 14"), null=True, blank=True)
    age_15_17 = models.PositiveIntegerField(_("aged 15 to 17"), null=True, blank=True)
    with_disability = models.PositiveIntegerField(_("children with disabilities"), null=True, blank=True)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    adults = models.PositiveIntegerField(_("adults"), null=True, blank=True)
    youth_18_24 = models.PositiveIntegerField(_("young people aged 18 to 24"), null=True, blank=True)

    cofinance_cash_minor = MinorField(_("own money and other donors"), default=0)
    cofinance_kind_minor = MinorField(_("work and goods given"), default=0)

    focal_person_named = models.BooleanField(_("safeguarding focal person named"), null=True, blank=True)
    code_signed = models.BooleanField(_("code of conduct signed"), null=True, blank=True)
    referral_route = models.CharField(_("where a child in danger is referred"), max_length=300, blank=True)
    feedback_channel = models.CharField(_("how children and families can speak up"), max_length=300, blank=True)
    safeguarding_plan = models.TextField(_("how children are kept safe"), max_length=3000, blank=True)

    class Meta:
        """Abstract."""

        abstract = True

    @property
    def title(self) -> str:
        """Title in the reader's language."""
        return in_language(self, "title")

    @property
    def months(self) -> int | None:
        """Length in months, begun months counted whole."""
        if self.start_date is None or self.end_date is None:
            return None
        whole = (self.end_date.year - self.start_date.year) * 12 + self.end_date.month - self.start_date.month
        return max(whole + (1 if self.end_date.day >= self.start_date.day else 0), 1)


PROPOSAL_HOLDS = (
    models.CheckConstraint(
        condition=Q(start_date__isnull=True) | Q(end_date__isnull=True) | Q(end_date__gt=F("start_date")),
        name="application_ends_after_start",
    ),
    models.CheckConstraint(
        condition=Q(cofinance_cash_minor__gte=0, cofinance_kind_minor__gte=0), name="application_cofinance"
    ),
    models.CheckConstraint(
        condition=Q(children_total__isnull=True)
        | Q(girls__isnull=True)
        | Q(boys__isnull=True)
        | Q(children_total=F("girls") + F("boys")),
        name="application_girls_and_boys_are_all",
    ),
    models.CheckConstraint(
        condition=Q(children_total__isnull=True)
        | Q(age_5_11__isnull=True)
        | Q(age_12_14__isnull=True)
        | Q(age_15_17__isnull=True)
        | Q(children_total=F("age_5_11") + F("age_12_14") + F("age_15_17")),
        name="application_ages_are_all",
    ),
    models.CheckConstraint(
        condition=Q(children_total__isnull=True)
        | Q(with_disability__isnull=True)
        | Q(with_disability__lte=F("children_total")),
        name="application_disability_is_part",
    ),
)
