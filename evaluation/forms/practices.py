"""Input of evaluators, the safeguarding lead and readers of the library."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from evaluation.actions.publishing import COMPUTED_FACETS, Draft
from evaluation.models.evaluations import TOP_EVIDENCE
from evaluation.models.practices import TRANSLATED
from evaluation.states import CostBasis, EvaluationMethod, PlaceLevel, PracticeClass
from fundmgmt.forms import StepForm, VersionedForm
from fundmgmt.models import PracticeTag, User
from fundmgmt.states import Language

AREA = forms.Textarea(attrs={"rows": 4})
LINES = forms.Textarea(attrs={"rows": 6})


def ladder(items: list[tuple[int, str]]) -> list[tuple[str, str]]:
    """Points of a scale with their words, as choices."""
    return [(str(point), f"{point} · {words}") for point, words in items if words]


class RateForm(VersionedForm):
    """One criterion with its written anchors."""

    score = forms.TypedChoiceField(
        label=_("Rating"), coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    evidence_level = forms.TypedChoiceField(label=_("Level of evidence"), coerce=int, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 5}), max_length=3000)

    def __init__(self, *args: Any, item: Any, evidence: Any, **kwargs: Any) -> None:
        """Anchors from the rubric."""
        super().__init__(*args, **kwargs)
        self.fields["score"].choices = [  # type: ignore[attr-defined]
            ("", _("not rated: say why below")),
            *reversed(ladder(item.anchors)),
        ]
        self.fields["evidence_level"].choices = ladder(evidence.anchors)  # type: ignore[attr-defined]


class ScoreForm(VersionedForm):
    """The nine questions of replicability with their anchors."""

    def __init__(self, *args: Any, items: list[Any], **kwargs: Any) -> None:
        """One choice for each."""
        super().__init__(*args, **kwargs)
        for item in items:
            self.fields[item.code] = forms.TypedChoiceField(
                label=f"{item.code} {item.label}",
                help_text=item.asked,
                choices=ladder(item.anchors),
                coerce=int,
                widget=forms.RadioSelect,
            )

    def scores(self) -> dict[str, int]:
        """Item code to score."""
        return {name: value for name, value in self.cleaned_data.items() if name.startswith("RP-")}


class ClassForm(VersionedForm):
    """Class, evidence, summary and lessons of an evaluation."""

    practice_class = forms.TypedChoiceField(
        label=_("What kind of learning is it?"),
        choices=[("", _("nothing to share as a practice")), *PracticeClass.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    evidence_level = forms.TypedChoiceField(
        label=_("Level of evidence over all"),
        coerce=int,
        choices=[(str(n), str(n)) for n in range(TOP_EVIDENCE + 1)],
    )
    summary = forms.CharField(label=_("Summary"), widget=forms.Textarea(attrs={"rows": 5}), max_length=3000)
    lessons = forms.CharField(label=_("Lessons, one a line"), widget=LINES, required=False, max_length=3000)


class FactForm(VersionedForm):
    """A correction by the organisation."""

    text = forms.CharField(
        label=_("Which fact is wrong, and what is right?"),
        help_text=_("Ratings are the evaluators' own. Name no child."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=3000,
    )


class PlanForm(VersionedForm):
    """Two independent people for one project."""

    method = forms.ChoiceField(label=_("How deep"), choices=EvaluationMethod.choices)
    evaluator = forms.ModelChoiceField(label=_("Evaluator"), queryset=User.objects.none())
    second = forms.ModelChoiceField(
        label=_("Second evaluator"), queryset=User.objects.none(), help_text=_("Scores replicability beside them.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """People who hold the role."""
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, role_grants__role="evaluator").distinct().order_by("name")
        for name in ("evaluator", "second"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]


def split_lines(text: str) -> list[str]:
    """Lines with something on them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class PracticeForm(VersionedForm):
    """A new version of a practice text."""

    title_en = forms.CharField(label=_("Title in English"), max_length=160)
    title_fr = forms.CharField(label=_("Title in French"), max_length=160)
    title_sw = forms.CharField(label=_("Title in Swahili"), max_length=160)
    summary_en = forms.CharField(label=_("In short, in English"), widget=AREA, max_length=900, required=False)
    summary_fr = forms.CharField(label=_("In short, in French"), widget=AREA, max_length=900, required=False)
    summary_sw = forms.CharField(label=_("In short, in Swahili"), widget=AREA, max_length=900, required=False)
    language = forms.ChoiceField(label=_("Language of the text below"), choices=Language.choices)
    context = forms.CharField(label=_("Where it happens"), widget=AREA, max_length=3000)
    problem = forms.CharField(label=_("The problem"), widget=AREA, max_length=3000)
    steps = forms.CharField(label=_("Steps, one a line"), widget=LINES, max_length=4000)
    inputs = forms.CharField(label=_("People and things needed"), widget=AREA, max_length=3000, required=False)
    results = forms.CharField(label=_("Results in words, one a line"), widget=AREA, max_length=3000, required=False)
    what_failed = forms.CharField(label=_("What did not work"), widget=AREA, max_length=3000, required=False)
    unexpected = forms.CharField(label=_("What nobody expected"), widget=AREA, max_length=3000, required=False)
    lessons = forms.CharField(label=_("Lessons, one a line"), widget=LINES, max_length=3000, required=False)
    adaptations = forms.CharField(label=_("How to adapt it"), widget=AREA, max_length=3000, required=False)
    safeguards = forms.CharField(label=_("How children are kept safe"), widget=AREA, max_length=3000, required=False)
    people_served = forms.IntegerField(label=_("People the cost is shared by"), min_value=1, required=False)
    cost_basis = forms.ChoiceField(label=_("Basis of the cost"), choices=CostBasis.choices)
    place_level = forms.ChoiceField(
        label=_("How near the place is named"),
        help_text=_("Never nearer than the organisation allowed."),
        choices=PlaceLevel.choices,
    )
    consent_organisation = forms.BooleanField(label=_("The organisation agrees in writing"), required=False)
    consent_note = forms.CharField(label=_("Consent for pictures and words"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Tags by facet, each facet a field of its own."""
        super().__init__(*args, **kwargs)
        facets: dict[str, list[PracticeTag]] = {}
        for tag in PracticeTag.objects.exclude(facet__in=COMPUTED_FACETS).order_by("facet", "position"):
            facets.setdefault(tag.facet, []).append(tag)
        chosen = self.initial.get("tags") or []
        for facet, tags in facets.items():
            self.fields[f"tags_{facet}"] = forms.MultipleChoiceField(
                label=tags[0].get_facet_display(),
                choices=[(tag.code, tag.label) for tag in tags],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=[tag.code for tag in tags if tag.code in chosen],
            )
        self.facets = [f"tags_{facet}" for facet in facets]

    @property
    def text_fields(self) -> list[Any]:
        """What is written, for the page."""
        return [field for field in self.visible_fields() if field.name not in self.facets]

    @property
    def tag_fields(self) -> list[Any]:
        """Facets of tags, for the page."""
        return [self[name] for name in self.facets]

    def tags(self) -> list[str]:
        """Codes of all facets."""
        return [code for name in self.facets for code in self.cleaned_data[name]]

    def draft(self) -> Draft:
        """The text as the action takes it."""
        data = {name: value for name, value in self.values().items() if name not in self.facets}
        for name in ("steps", "results", "lessons"):
            data[name] = split_lines(data[name])
        return Draft(**data)


class TranslationForm(VersionedForm):
    """The parts of a practice that have text, each with what was written and a box for it in another language."""

    def __init__(self, *args: Any, text: Any, language: str, **kwargs: Any) -> None:
        """One box for each part; lists are translated line for line."""
        super().__init__(*args, **kwargs)
        self.lists = []
        for name in TRANSLATED:
            written = getattr(text, name)
            if not written:
                continue
            before = text.translations.get(language, {}).get(name) or ""
            if isinstance(written, list):
                self.lists.append(name)
                written, before = "\n".join(written), "\n".join(before or [])
            field = text._meta.get_field(name)
            self.fields[name] = forms.CharField(
                label=capfirst(field.verbose_name),
                help_text=written,
                widget=LINES if name in self.lists else AREA,
                max_length=field.max_length or 4000,
                required=False,
                initial=before,
            )

    def parts(self) -> dict[str, Any]:
        """Part to its translation, as the action takes it."""
        return {name: split_lines(said) if name in self.lists else said for name, said in self.values().items()}


class CopyForm(StepForm):
    """Which call and which organisation a proposal begins in."""

    call = forms.ModelChoiceField(label=_("Call"), queryset=None)
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=None)

    def __init__(self, *args: Any, calls: Any, organisations: Any, **kwargs: Any) -> None:
        """Open calls and the person's own organisations."""
        super().__init__(*args, **kwargs)
        self.fields["call"].queryset = calls  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class LibraryFilter(forms.Form):
    """Find practices."""

    q = forms.CharField(label=_("Words"), required=False, max_length=80)
    intervention = forms.ChoiceField(label=_("What is done"), required=False)
    setting = forms.ChoiceField(label=_("Where"), required=False)
    target_group = forms.ChoiceField(label=_("For whom"), required=False)
    cost_band = forms.ChoiceField(label=_("What it costs"), required=False)
    practice_class = forms.TypedChoiceField(
        label=_("Kind"), required=False, coerce=int, empty_value=None, choices=[("", _("all")), *PracticeClass.choices]
    )
    language = forms.ChoiceField(label=_("Language"), required=False, choices=[("", _("all")), *Language.choices])

    FACETS = ("intervention", "setting", "target_group", "cost_band")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Tags of each facet."""
        super().__init__(*args, **kwargs)
        found: dict[str, list[tuple[str, str]]] = {}
        for tag in PracticeTag.objects.filter(facet__in=self.FACETS):
            found.setdefault(tag.facet, []).append((tag.code, tag.label))
        for facet in self.FACETS:
            self.fields[facet].choices = [("", _("all")), *found.get(facet, [])]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """As the query takes it."""
        data = self.cleaned_data
        wanted = {name: data[name] for name in ("q", "practice_class", "language")}
        return {**wanted, "tags": [data[facet] for facet in self.FACETS if data[facet]]}
