"""What more than one stage reads: indicators, rubric, practice tags, expectations, words, places.

Rows come from the files in fundmgmt/data by `manage.py load_catalogues` and are known by their code for ever; a row
that projects have used is never taken away. Nothing here is about a person.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

# A reader of Swahili knows French better than English.
FALLBACKS = {"sw": ("sw", "fr", "en"), "fr": ("fr", "en"), "en": ("en", "fr")}


def _said(text: str) -> str:
    """A text of the shipped files in the reader's language: the catalogues of texts hold them all."""
    return gettext(text) if text else ""


class CatalogueQuerySet(models.QuerySet["CatalogueItem"]):
    """Catalogues are open to everybody."""

    def visible_to(self, user: Any) -> CatalogueQuerySet:
        """All rows: the fund's measures and questions are public."""
        return self.all()


class CatalogueItem(models.Model):
    """One row of a catalogue. `words` names the columns that hold its name: <words>_en, <words>_fr, <words>_sw."""

    words: ClassVar[str] = "name"
    private_fields = ()

    code = models.CharField(_("code"), max_length=64, unique=True)
    position = models.PositiveSmallIntegerField(default=0, editable=False, help_text="place in its file")

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("position", "code")

    def __str__(self) -> str:
        """Code and name in the reader's language."""
        return f"{self.code} {self.label}"

    @property
    def label(self) -> str:
        """The name in the reader's language, or the nearest language there is."""
        for language in FALLBACKS.get((get_language() or "en")[:2], FALLBACKS["en"]):
            text = getattr(self, f"{self.words}_{language}", "")
            if text:
                return str(text)
        return self.code


class Indicator(CatalogueItem):
    """A measure every project counts in the same way, with its numerator and denominator in words."""

    class Unit(models.TextChoices):
        NUMBER = "number", _("number")
        PERCENT = "percent", _("per cent")
        RATIO = "ratio", _("ratio")
        PER_100_CHECKS = "per_100_checks", _("per 100 checks")
        SCALE = "scale_0_4", _("scale from 0 to 4")
        USD_PER_CHILD = "usd_per_child", _("US dollars per child")

    class Direction(models.TextChoices):
        INCREASE = "increase", _("should rise")
        DECREASE = "decrease", _("should fall")
        CONTEXT = "context", _("context only")

    class Level(models.TextChoices):
        IMPACT = "impact", _("impact")
        OUTCOME = "outcome", _("outcome")
        OUTPUT = "output", _("output")
        FUND = "fund", _("the Fund itself")
        ACCOUNTABILITY = "accountability", _("accountability")

    class Theme(models.TextChoices):
        CHILD_STATUS = "child_status", _("Children and work")
        EDUCATION = "education", _("School and learning")
        YOUTH_SKILLS = "youth_skills", _("Skills and work of youth")
        HOUSEHOLD = "household", _("Households and income")
        SOCIAL_PROTECTION = "social_protection", _("Social protection")
        SERVICES = "services", _("Basic services")
        MONITORING = "monitoring_remediation", _("Monitoring and help for each child")
        PROTECTION = "protection_system", _("Protection of children")
        MINE_SITE = "mine_site", _("Mine sites")
        AWARENESS = "awareness", _("Awareness")
        DIALOGUE = "dialogue", _("Dialogue")
        PREVALENCE = "prevalence", _("The whole community")
        ACCOUNTABILITY = "accountability", _("Accountability")

    class Tier(models.TextChoices):
        CORE = "core", _("core")
        OPTIONAL = "optional", _("optional")

    class Aggregation(models.TextChoices):
        SUM = "sum", _("sum")
        SUM_UNIQUE = "sum_unique", _("sum, each person once")
        RECOMPUTE = "recompute_from_num_den", _("computed again from both parts")
        LATEST = "latest_value", _("latest value")
        NEVER = "do_not_sum", _("never added up")

    name_en = models.CharField(max_length=120)
    name_fr = models.CharField(max_length=120)
    name_sw = models.CharField(max_length=120)
    level = models.CharField(max_length=16, choices=Level)
    theme = models.CharField(max_length=32)
    definition = models.TextField()
    numerator = models.CharField(max_length=160, blank=True)
    denominator = models.CharField(max_length=160, blank=True)
    unit = models.CharField(max_length=16, choices=Unit)
    direction = models.CharField(max_length=8, choices=Direction)
    disaggregation = models.JSONField(default=list, blank=True)
    means_of_verification = models.JSONField(default=list, blank=True)
    collection = models.CharField(max_length=200, blank=True)
    frequency = models.CharField(max_length=24)
    aggregation = models.CharField(max_length=24, choices=Aggregation)
    source_framework = models.CharField(max_length=120, blank=True)
    source_code = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16)
    tier = models.CharField(max_length=8, choices=Tier)
    public = models.BooleanField(help_text="whether values may be published at all")
    min_cell = models.PositiveSmallIntegerField(help_text="smallest count that may be published")
    sdg = models.CharField(max_length=16, blank=True)

    @property
    def has_denominator(self) -> bool:
        """Whether the value is a share of two counts, entered as two numbers and never as a percentage."""
        return bool(self.denominator)

    @property
    def counted(self) -> str:
        """Who or what is counted, in the reader's language."""
        return _said(self.numerator)

    @property
    def out_of(self) -> str:
        """Out of which whole, in the reader's language; empty for plain numbers."""
        return _said(self.denominator)


class RubricItem(CatalogueItem):
    """A question with a scale whose every point is written out: eligibility, due diligence, scoring, evaluation."""

    class Rubric(models.TextChoices):
        ELIGIBILITY = "eligibility", _("Eligibility")
        DUE_DILIGENCE = "due_diligence", _("Due diligence")
        PSEA = "psea", _("Protection from sexual exploitation and abuse")
        SCORING = "scoring", _("Scoring")
        EVALUATION = "evaluation", _("Evaluation")
        EVIDENCE_LEVEL = "evidence_level", _("Evidence level")
        PRACTICE_MATURITY = "practice_maturity", _("Practice class")
        REPLICABILITY = "replicability", _("Replicability")

    rubric = models.CharField(max_length=24, choices=Rubric)
    name_en = models.CharField(max_length=80)
    name_fr = models.CharField(max_length=80)
    name_sw = models.CharField(max_length=80)
    question = models.CharField(max_length=300)
    weight = models.PositiveSmallIntegerField(null=True, blank=True)
    scale_min = models.PositiveSmallIntegerField()
    scale_max = models.PositiveSmallIntegerField()
    threshold = models.CharField(max_length=64, blank=True)
    anchor_0 = models.CharField(max_length=160, blank=True)
    anchor_1 = models.CharField(max_length=160, blank=True)
    anchor_2 = models.CharField(max_length=160, blank=True)
    anchor_3 = models.CharField(max_length=160, blank=True)
    anchor_4 = models.CharField(max_length=160, blank=True)
    anchor_5 = models.CharField(max_length=160, blank=True)
    anchor_6 = models.CharField(max_length=160, blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=160, blank=True)
    status = models.CharField(max_length=16)

    class Meta(CatalogueItem.Meta):
        constraints = (models.CheckConstraint(condition=Q(scale_min__lt=F("scale_max")), name="rubric_scale_rises"),)

    @property
    def anchors(self) -> list[tuple[int, str]]:
        """Each point of the scale with its words in the reader's language, lowest first."""
        points = range(self.scale_min, self.scale_max + 1)
        return [(point, _said(getattr(self, f"anchor_{point}", ""))) for point in points]

    @property
    def asked(self) -> str:
        """The question in the reader's language."""
        return _said(self.question)

    @property
    def look_for(self) -> str:
        """What proves the answer, in the reader's language."""
        return _said(self.evidence)

    @property
    def remark(self) -> str:
        """What the fund's rule says about it, in the reader's language."""
        return _said(self.rule)


class PracticeTag(CatalogueItem):
    """A word of a facet by which practices are found again."""

    class Facet(models.TextChoices):
        INTERVENTION = "intervention", _("What is done")
        TARGET_GROUP = "target_group", _("For whom")
        SETTING = "setting", _("Where")
        STAGE = "stage", _("When it acts")
        ACTOR = "actor", _("Who does it")
        ENABLING = "enabling_condition", _("What helps")
        BARRIER = "barrier", _("What stands in the way")
        COST = "cost_band", _("What it costs")
        MATURITY = "maturity", _("How proven it is")
        CAP = "cap_activity", _("Activity of the partnership")

    words = "label"
    facet = models.CharField(max_length=24, choices=Facet, db_index=True)
    label_en = models.CharField(max_length=80)
    label_fr = models.CharField(max_length=80)
    label_sw = models.CharField(max_length=80)
    definition = models.CharField(max_length=200, blank=True)


class StandardItem(CatalogueItem):
    """One expectation: of the common checklist (hub), or of another framework that maps to it (reference)."""

    class Role(models.TextChoices):
        HUB = "hub", _("common checklist")
        REFERENCE = "reference", _("other framework")

    words = "title"
    framework = models.CharField(max_length=80)
    framework_version = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=16, choices=Role)
    theme = models.CharField(max_length=32)
    check_type = models.CharField(max_length=16)
    title_en = models.CharField(max_length=200)
    title_fr = models.CharField(max_length=200, blank=True)
    requirement = models.TextField(blank=True)
    applies_to = models.JSONField(default=list, blank=True)
    evidence = models.JSONField(default=list, blank=True)
    answer_scale = models.JSONField(default=list, blank=True)
    maps_to = models.JSONField(default=list, blank=True, help_text="CODE:relation pairs of the crosswalk")
    source_status = models.CharField(max_length=16)


class GlossaryTerm(CatalogueItem):
    """One word of the field in three languages."""

    name_en = models.CharField(max_length=80)
    name_fr = models.CharField(max_length=80)
    name_sw = models.CharField(max_length=80)


class Place(CatalogueItem):
    """A province, city, territory or commune. Nothing finer is kept here: maps stop at the commune."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("province")
        CITY = "city", _("city")
        TERRITORY = "territory", _("territory")
        COMMUNE = "commune", _("commune")

    level = models.CharField(max_length=12, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    name = models.CharField(max_length=80)
    source = models.CharField(max_length=120, blank=True)

    class Meta(CatalogueItem.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(level="province", parent__isnull=True) | (~Q(level="province") & Q(parent__isnull=False)),
                name="place_stands_in_a_province",
            ),
        )

    @property
    def label(self) -> str:
        """Names of places are the same in every language."""
        return self.name
