"""Input of grantees and officers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.actions.reporting import Given, cell_field
from evaluation.models import Report
from evaluation.models.reports import BOX_WORDS
from evaluation.states import CELLS, Facet, FindingCategory, Method, ReportKind, ReportState
from fundmgmt.forms import DayField, MoneyField, ReasonForm, StepForm, VersionedForm
from fundmgmt.forms.kept_file import KeptFileField

BOX_HELP = {
    "done": _("The two or three things that matter most."),
    "not_done": _("Leave it empty when everything went as planned."),
    "why": _("What stood in the way; nobody is blamed for it."),
    "children_and_families": _("In your own words and in numbers. Name no child and no family."),
    "safeguarding": _("The box, the code of conduct, the listening hours: what worked and what did not."),
    "money": _("What cost more or less than planned, and what you did about it."),
    "learning": _("What you would tell another organisation that begins tomorrow."),
    "next_steps": _("What you will do until the next report."),
}
FACET_OF = {"sex": Facet.SEX, "head_sex": Facet.SEX, "disability": Facet.DISABILITY}
AGES = {
    "age_band_child": ("5-11", "12-14", "15-17"),
    "age_band_adult": ("15-17", "18-24", "25+"),
}


def ask_about_minors() -> forms.TypedChoiceField:
    """The question about pictures: yes, no, or no picture."""
    return forms.TypedChoiceField(
        label=_("Is anyone under 18 visible?"),
        help_text=_("Needed for pictures."),
        choices=[("", _("no picture")), ("no", _("no")), ("yes", _("yes"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )


class BoxForm(VersionedForm):
    """One of the eight boxes, alone on its screen."""

    text = forms.CharField(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 7}), max_length=2000)

    def __init__(self, *args: Any, box: str, **kwargs: Any) -> None:
        """The question stands as the page's heading; here it is the field's help."""
        super().__init__(*args, **kwargs)
        self.box = box
        field = self.fields["text"]
        field.label = Report._meta.get_field(box).verbose_name
        field.help_text = BOX_HELP[box]
        field.required = box not in {"not_done", "why"}
        field.max_words = BOX_WORDS  # type: ignore[attr-defined]

    def add_error(self, field: str | None, error: Any) -> None:
        """An action names the box; here it is the only field."""
        super().add_error("text" if field == self.box else field, error)

    def take(self, error: Any) -> None:
        """As above."""
        if getattr(error, "field", None) == self.box:
            error.field = "text"
        super().take(error)


class Count(forms.IntegerField):
    """A number of people; a phone shows its number keys."""

    def __init__(self, **kwargs: Any) -> None:
        """Spaces between thousands are fine."""
        widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "short num", "autocomplete": "off"})
        super().__init__(min_value=0, max_value=10_000_000, required=False, widget=widget, **kwargs)
        self.error_messages["invalid"] = _("Write a whole number in figures.")

    def to_python(self, value: Any) -> int | None:
        """Take spaces out."""
        if isinstance(value, str):
            value = value.replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
        return super().to_python(value)


class ValueForm(VersionedForm):
    """One indicator, alone on its screen: how many, out of how many, and by group."""

    numerator = Count(label=_("How many"))
    denominator = Count(label=_("Out of how many"))
    lost_to_follow_up = Count(label=_("Could not be found again"), help_text=_("People you measured before, not now."))
    method = forms.ChoiceField(label=_("How do you know?"), choices=Method.choices)
    note = forms.CharField(
        label=_("What should we know about this number?"),
        help_text=_("If there is no number yet, say why; nothing is not zero."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=600,
    )

    def __init__(self, *args: Any, indicator: Any, **kwargs: Any) -> None:
        """Only what this indicator counts."""
        super().__init__(*args, **kwargs)
        self.indicator = indicator
        self.fields["numerator"].help_text = indicator.counted
        if indicator.has_denominator:
            self.fields["denominator"].help_text = indicator.out_of
        else:
            del self.fields["denominator"], self.fields["lost_to_follow_up"]
        self.groups: list[tuple[Any, list[tuple[Any, str, str]]]] = []
        for facet, codes in self._facets():
            rows = []
            for code in codes:
                label = dict(CELLS[facet])[code]
                num, den = cell_field(facet, code), ""
                self.fields[num] = Count(label=label)
                if indicator.has_denominator:
                    den = cell_field(facet, code, whole=True)
                    self.fields[den] = Count(label=_("%(group)s: out of how many") % {"group": label})
                rows.append((code, num, den))
            self.groups.append((facet, rows))

    def _facets(self) -> list[tuple[Facet, list[str]]]:
        asked = self.indicator.disaggregation
        found: list[tuple[Facet, list[str]]] = []
        for name in asked:
            if name in FACET_OF:
                found.append((FACET_OF[name], [code for code, _label in CELLS[FACET_OF[name]]]))
            elif name in AGES:
                found.append((Facet.AGE, list(AGES[name])))
        return found

    @property
    def grouped(self) -> list[tuple[Any, list[Any]]]:
        """Facets with their bound fields, for the page."""
        return [
            (facet.label, [self[name] for _code, num, den in rows for name in (num, den) if name])
            for facet, rows in self.groups
        ]

    def given(self) -> Given:
        """The answer as the action takes it. A group that is filled at all counts its empty cells as zero."""
        data = self.cleaned_data
        cells: dict[tuple[str, str], tuple[int, int | None]] = {}
        for facet, rows in self.groups:
            if all(data.get(name) is None for _code, num, den in rows for name in (num, den) if name):
                continue
            for code, num, den in rows:
                whole = (data.get(den) or 0) if den else None
                if data.get(num) is not None or whole:
                    cells[facet.value, code] = (data.get(num) or 0, whole)
        return Given(
            data.get("numerator"),
            data.get("denominator"),
            cells,
            data["method"],
            data["note"],
            data.get("lost_to_follow_up"),
        )


class SpendingForm(VersionedForm):
    """Spending by budget line since the report before."""

    def __init__(self, *args: Any, lines: list[Any], currency: str, **kwargs: Any) -> None:
        """One amount and one reason for each line."""
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"line_{line.no}"] = MoneyField(
                label=f"{line.no}. {line.description}", currency=currency, allow_zero=True, required=False
            )
            self.fields[f"note_{line.no}"] = forms.CharField(
                label=_("Why it differs from the budget"), required=False, max_length=300
            )
            self.initial.setdefault(f"line_{line.no}", line.spent_minor)
            self.initial.setdefault(f"note_{line.no}", line.note)

    @property
    def rows(self) -> list[tuple[Any, Any, Any]]:
        """Line, amount and reason, for the page."""
        return [(line, self[f"line_{line.no}"], self[f"note_{line.no}"]) for line in self.lines]

    def spent(self) -> dict[int, int]:
        """Line number to minor units; nothing written is nothing spent."""
        return {line.no: self.cleaned_data.get(f"line_{line.no}") or 0 for line in self.lines}

    def notes(self) -> dict[int, str]:
        """Line number to reason."""
        return {line.no: self.cleaned_data.get(f"note_{line.no}", "") for line in self.lines}


class FileForm(VersionedForm):
    """A file with the report, and whether a child can be seen on it."""

    file = KeptFileField(label=_("File"), help_text=_("A register, a receipt, a photo without faces."))
    title = forms.CharField(label=_("What it shows"), max_length=160)
    shows_minor = ask_about_minors()


class ReplanForm(ReasonForm):
    """Other dates for a report."""

    period_start = DayField(label=_("Period from"))
    period_end = DayField(label=_("Period until"))
    due_date = DayField(label=_("Due on"))
    field_order = ("period_start", "period_end", "due_date", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What stands there now."""
        super().__init__(*args, **kwargs)
        for name in ("period_start", "period_end", "due_date"):
            self.initial.setdefault(name, getattr(self.obj, name))


class MilestoneForm(StepForm):
    """What was seen, and when, with the paper that proves it if there is one."""

    checked_date = DayField(label=_("Seen on"))
    evidence = forms.CharField(
        label=_("What you saw, or which paper proves it"),
        help_text=_("A register, a list with counts, a photo without faces. Name no child."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )
    file = KeptFileField(
        label=_("The paper that proves it"),
        help_text=_("PDF, Word, Excel or picture, if you have one. The organisation can read it too."),
        required=False,
    )
    shows_minor = ask_about_minors()


class UnverifyForm(StepForm):
    """Why a verification was wrong."""

    checked_date = DayField(label=_("Seen on"))
    evidence = forms.CharField(
        label=_("Why the verification was wrong"),
        help_text=_("The organisation reads it. Name no child."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )


class VisitForm(StepForm):
    """What a visit found."""

    done_date = DayField(label=_("Done on"))
    satisfactory = forms.TypedChoiceField(
        label=_("Result"),
        choices=[("yes", _("Nothing serious")), ("no", _("Something must change"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(
        label=_("What was found"),
        help_text=_("A few sentences. Name no child."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )
    serious = forms.MultipleChoiceField(
        label=_("Serious"),
        help_text=_("Payments wait until the programme office has answered."),
        choices=[(_("What was found"), FindingCategory.choices)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    minor = forms.MultipleChoiceField(
        label=_("Minor"),
        help_text=_("To be put right, payments go on."),
        choices=[(_("What was found"), FindingCategory.choices)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class ReportFilter(forms.Form):
    """Narrow the list of reports."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *ReportState.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *ReportKind.choices])

    def apply(self, rows: Any) -> Any:
        """Rows that fit."""
        for name in ("state", "kind"):
            if self.cleaned_data[name]:
                rows = rows.filter(**{name: self.cleaned_data[name]})
        return rows
