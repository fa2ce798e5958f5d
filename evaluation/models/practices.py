"""The practice in words: versions that are written once, their tags, and who copied them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evaluation.models.casebook import CaseRecord
from evaluation.states import CostBasis, PlaceLevel
from fundmgmt.models.append_only import AppendOnlyModel
from fundmgmt.states import Language

LICENCE = "CC BY 4.0"
# What may be translated beside title and summary, which stand in three languages anyway.
TRANSLATED = (
    "context",
    "problem",
    "steps",
    "inputs",
    "results",
    "what_failed",
    "unexpected",
    "lessons",
    "adaptations",
    "safeguards",
    "consent_note",
)


class PracticeText(AppendOnlyModel):
    """One version of what an evaluator wrote. A change is a new version; the published one is named on the record."""

    case_record = models.ForeignKey(CaseRecord, models.PROTECT, related_name="texts")
    number = models.PositiveSmallIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    language = models.CharField(_("language of the text"), max_length=2, choices=Language)
    title_en = models.CharField(_("title in English"), max_length=160)
    title_fr = models.CharField(_("title in French"), max_length=160)
    title_sw = models.CharField(_("title in Swahili"), max_length=160)
    summary_en = models.TextField(_("in short, in English"), blank=True)
    summary_fr = models.TextField(_("in short, in French"), blank=True)
    summary_sw = models.TextField(_("in short, in Swahili"), blank=True)
    context = models.TextField(_("where it happens"))
    problem = models.TextField(_("the problem"))
    steps = models.JSONField(_("steps, one a line"), default=list)
    inputs = models.TextField(_("people and things needed"), blank=True)
    results = models.JSONField(_("results in words, one a line"), default=list, blank=True)
    what_failed = models.TextField(_("what did not work"), blank=True)
    unexpected = models.TextField(_("what nobody expected"), blank=True)
    lessons = models.JSONField(_("lessons, one a line"), default=list, blank=True)
    adaptations = models.TextField(_("how to adapt it"), blank=True)
    safeguards = models.TextField(_("how children are kept safe"), blank=True)
    people_served = models.PositiveIntegerField(_("people the cost is shared by"), null=True, blank=True)
    cost_basis = models.CharField(_("basis of the cost"), max_length=12, choices=CostBasis, default=CostBasis.CHILDREN)
    consent_organisation = models.BooleanField(_("the organisation agrees in writing"), default=False)
    consent_note = models.CharField(_("consent for pictures and words"), max_length=300, blank=True)
    place_level = models.CharField(_("how near the place is named"), max_length=12, choices=PlaceLevel)
    licence = models.CharField(max_length=16, default=LICENCE)
    translations = models.JSONField(_("translations"), default=dict, blank=True)

    private_fields = (
        "summary_en",
        "summary_fr",
        "summary_sw",
        "context",
        "problem",
        "steps",
        "inputs",
        "results",
        "what_failed",
        "unexpected",
        "lessons",
        "adaptations",
        "safeguards",
        "consent_note",
        "translations",
    )

    class Meta:
        """Versions count from 1."""

        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("case_record", "number"), name="practice_version_once"),)

    def __str__(self) -> str:
        """Title and version."""
        return f"{self.title} ({self.number})"

    @property
    def summary(self) -> str:
        """In short, in the reader's language."""
        here = getattr(self, f"summary_{(get_language() or 'fr')[:2]}", "")
        return here or self.summary_en or self.summary_fr or self.summary_sw

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return getattr(self, f"title_{(get_language() or 'fr')[:2]}", "") or self.title_en

    def said(self, name: str) -> Any:
        """A part in the reader's language where it is translated, else as it was written."""
        here = self.translations.get((get_language() or "fr")[:2], {})
        return here.get(name) or getattr(self, name)

    @property
    def shown_in(self) -> str:
        """The language in which a reader finds the parts below the summary."""
        here = (get_language() or "fr")[:2]
        return here if here in self.translations else self.language

    @property
    def tag_codes(self) -> list[str]:
        """Codes of its tags."""
        return [use.tag.code for use in self.tag_uses.all()]


class PracticeTagUse(AppendOnlyModel):
    """A tag of one version."""

    text = models.ForeignKey(PracticeText, models.PROTECT, related_name="tag_uses")
    tag = models.ForeignKey("fundmgmt.PracticeTag", models.PROTECT, related_name="+")

    private_fields = ()

    class Meta:
        """Once each."""

        ordering = ("tag__facet", "tag__position")
        constraints = (models.UniqueConstraint(fields=("text", "tag"), name="practice_tag_once"),)

    def __str__(self) -> str:
        """Tag."""
        return f"{self.text_id} {self.tag_id}"


class Replication(models.Model):
    """A proposal begun from a published practice. It counts as a replication once it is funded."""

    case_record = models.ForeignKey(CaseRecord, models.PROTECT, related_name="replications")
    thread = models.UUIDField(unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    private_fields = ()

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Practice and proposal."""
        return f"{self.case_record_id} -> {self.thread}"
