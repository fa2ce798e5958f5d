"""The sections of an application as forms. Nothing is required here: a draft may be half written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from applications.forms.figures import CountField, WordsField
from applications.models import COUNTS, Application
from applications.states import FileRole, Pillar, Precision, Section
from fundmgmt.forms import CarefulForm, DayField, MoneyField
from fundmgmt.forms.kept_file import KeptFileField
from fundmgmt.models import StandardItem
from fundmgmt.queries import catalogues
from fundmgmt.states import Language

CONTENT_TAGS = ("intervention", "target_group", "stage", "actor")
BLANK = [("", _("Choose"))]


def words_of(name: str) -> Any:
    """The label of a column."""
    return capfirst(Application._meta.get_field(name).verbose_name)


class SectionForm(CarefulForm):
    """Fields of one section; `lists` are columns that hold several codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fill from the row, choices from the catalogues, warnings beside the boxes."""
        super().__init__(*args, **kwargs)
        self.set_choices()
        self.show_warnings()

    def set_choices(self) -> None:
        """Choices that come from tables."""


class YesNo(forms.TypedChoiceField):
    """Yes, no, or not answered yet."""

    def __init__(self, **kwargs: Any) -> None:
        """Two radios."""
        super().__init__(
            choices=[("True", _("Yes")), ("False", _("No"))],
            coerce=lambda value: value == "True",
            empty_value=None,
            required=False,
            widget=forms.RadioSelect,
            **kwargs,
        )


class ProjectForm(SectionForm):
    """What it is called, what it is about, from when to when."""

    title_fr = forms.CharField(
        label=words_of("title_fr"), max_length=160, required=False, help_text=_("One language is enough.")
    )
    title_sw = forms.CharField(label=words_of("title_sw"), max_length=160, required=False)
    title_en = forms.CharField(label=words_of("title_en"), max_length=160, required=False)
    language = forms.ChoiceField(label=words_of("language"), choices=Language, required=False)
    pillar = forms.ChoiceField(label=words_of("pillar"), choices=BLANK + Pillar.choices, required=False)
    start_date = DayField(label=words_of("start_date"), required=False)
    end_date = DayField(label=words_of("end_date"), required=False)
    tags = forms.MultipleChoiceField(
        label=words_of("tags"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose all that fit: what is done, for whom, when it acts, who does it."),
    )
    standards = forms.MultipleChoiceField(
        label=words_of("standards"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def set_choices(self) -> None:
        """Tags by facet; expectations of the common checklist."""
        self.fields["tags"].choices = catalogues.tags(*CONTENT_TAGS)
        self.fields["standards"].choices = [
            (
                _("The common checklist"),
                [(item.code, item.label) for item in StandardItem.objects.filter(role=StandardItem.Role.HUB)],
            )
        ]

    def clean(self) -> dict[str, Any]:
        """Days in order; said at the box before it is said by the action."""
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("start_date"), cleaned.get("end_date")
        if start and end and end <= start:
            self.add_error("end_date", _("The last day is before the first day. Change one of the two."))
        if not cleaned.get("language"):
            cleaned["language"] = self.obj.language
        return cleaned


class PlaceForm(SectionForm):
    """Where the work happens; never closer than a commune."""

    province = forms.ChoiceField(label=words_of("province"), required=False)
    territory = forms.ChoiceField(label=words_of("territory"), required=False)
    commune = forms.ChoiceField(
        label=words_of("commune"), required=False, help_text=_("Leave it open when there are several.")
    )
    settings = forms.MultipleChoiceField(
        label=words_of("settings"), required=False, widget=forms.CheckboxSelectMultiple
    )
    public_precision = forms.ChoiceField(
        label=words_of("public_precision"),
        choices=Precision,
        widget=forms.RadioSelect,
        help_text=_("Maps for the public stop here. Choose less when the place could be recognised."),
    )

    def set_choices(self) -> None:
        """Places of the fund, and what stands there now even when it is none of them."""
        for name, choices in (
            ("province", catalogues.provinces()),
            ("territory", catalogues.territories()),
            ("commune", catalogues.communes()),
        ):
            self.fields[name].choices = BLANK + choices + self._own(name, choices)
        self.fields["settings"].choices = [pair for _facet, pairs in catalogues.tags("setting") for pair in pairs]

    def _own(self, name: str, choices: list[Any]) -> list[tuple[str, str]]:
        known = {one for key, value in choices for one in ([key] if isinstance(value, str) else [v for v, _l in value])}
        now = getattr(self.obj, name, "")
        return [(now, now)] if now and now not in known else []

    def clean(self) -> dict[str, Any]:
        """A territory stands in its province, a commune in its territory."""
        cleaned = super().clean() or self.cleaned_data
        wrong = (("province", "territory", catalogues.territories), ("territory", "commune", catalogues.communes))
        for outer, inner, groups in wrong:
            if not cleaned.get(inner):
                continue
            homes = [home for home, pairs in groups() if cleaned[inner] in dict(pairs)]
            if homes and cleaned.get(outer) not in homes:
                message = _("%(place)s is in %(home)s. Change one of the two.")
                self.add_error(inner, message % {"place": cleaned[inner], "home": homes[0]})
        return cleaned


class ProblemForm(SectionForm):
    """Why, and what."""

    problem = WordsField(
        label=_("What is the problem?"),
        help_text=_("What happens to children here, and why? Name no child."),
        max_words=250,
        required=False,
    )
    summary = WordsField(
        label=_("What will you do about it?"),
        help_text=_("What changes for children and families, and how."),
        max_words=250,
        required=False,
    )


class ParticipantsForm(SectionForm):
    """People as counts, never as persons."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """One box for each count."""
        super().__init__(*args, **kwargs)
        self.fields["children_total"].help_text = _(
            "Each child once. Girls and boys make the total, and so do the three ages. Write 0 when there are none."
        )

    def clean(self) -> dict[str, Any]:
        """Parts make their wholes."""
        cleaned = super().clean() or self.cleaned_data
        total = cleaned.get("children_total")
        if total is None:
            return cleaned
        for names, parts in (
            (("girls", "boys"), _("Girls and boys")),
            (("age_5_11", "age_12_14", "age_15_17"), _("The three ages")),
        ):
            numbers = [cleaned.get(name) for name in names]
            if None not in numbers and sum(numbers) != total:  # type: ignore[arg-type]
                message = _("%(parts)s make %(sum)s, the total says %(total)s. Check the numbers.")
                said = {"parts": parts, "sum": sum(numbers), "total": total}  # type: ignore[arg-type]
                self.add_error(names[-1], message % said)
        disabled = cleaned.get("with_disability")
        if disabled is not None and disabled > total:
            message = _("%(part)s is more than the %(total)s children in all. Check one of the two numbers.")
            self.add_error("with_disability", message % {"part": disabled, "total": total})
        return cleaned


for _name in COUNTS:
    ParticipantsForm.base_fields[_name] = CountField(label=words_of(_name), required=False)


class CofinanceForm(SectionForm):
    """What others give."""

    cofinance_cash_minor = MoneyField(label=words_of("cofinance_cash_minor"), required=False, allow_zero=True)
    cofinance_kind_minor = MoneyField(label=words_of("cofinance_kind_minor"), required=False, allow_zero=True)

    def set_choices(self) -> None:
        """The currency of the call."""
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = self.obj.currency
                field.widget.attrs["data-currency"] = self.obj.currency

    def clean(self) -> dict[str, Any]:
        """Nothing given is zero here: it is money, not people."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("cofinance_cash_minor", "cofinance_kind_minor"):
            if name in cleaned and cleaned[name] is None:
                cleaned[name] = 0
        return cleaned


class SafetyForm(SectionForm):
    """How children are kept safe."""

    focal_person_named = YesNo(label=_("Is a safeguarding focal person named?"))
    code_signed = YesNo(label=_("Has everybody signed the code of conduct?"))
    referral_route = forms.CharField(label=words_of("referral_route"), max_length=300, required=False)
    feedback_channel = forms.CharField(label=words_of("feedback_channel"), max_length=300, required=False)
    safeguarding_plan = WordsField(
        label=_("How are children kept safe in this project?"),
        help_text=_("Who is with the children, what is never done, who acts when something happens."),
        max_words=250,
        required=False,
    )


class FileForm(CarefulForm):
    """One document to hand in."""

    role = forms.ChoiceField(label=_("What is it?"), choices=FileRole)
    file = KeptFileField(label=_("File"), help_text=_("A photo, PDF, Word or Excel file. A photo of a paper is fine."))
    shows_minor = forms.ChoiceField(
        label=_("Is anyone under 18 visible?"),
        choices=[("no", _("No")), ("yes", _("Yes"))],
        widget=forms.RadioSelect,
        help_text=_("Pictures of children are not taken here."),
    )

    def clean_shows_minor(self) -> bool:
        """Yes or no."""
        return bool(self.cleaned_data["shows_minor"] == "yes")


class NoFieldsForm(CarefulForm):
    """A section that has rows only."""


FORMS: dict[str, type[CarefulForm]] = {
    Section.PROJECT: ProjectForm,
    Section.PLACE: PlaceForm,
    Section.PROBLEM: ProblemForm,
    Section.PARTICIPANTS: ParticipantsForm,
    Section.ACTIVITIES: NoFieldsForm,
    Section.BUDGET: CofinanceForm,
    Section.INDICATORS: NoFieldsForm,
    Section.MILESTONES: NoFieldsForm,
    Section.RISKS: SafetyForm,
    Section.FILES: NoFieldsForm,
}
