"""What an officer fills in during due diligence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.states import LeadSubject
from fundmgmt.forms import DayField, MoneyField, StepForm, VersionedForm
from fundmgmt.models import RubricItem


def _words(
    label: Any, *, rows: int = 3, limit: int = 300, required: bool = True, help_text: Any = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=limit,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class CheckForm(VersionedForm):
    """One item of the rubric: a rating with written anchors, the evidence, a note."""

    rating = forms.TypedChoiceField(label=_("Rating"), coerce=int, widget=forms.RadioSelect)
    evidence = _words(_("Evidence"), required=False, help_text=_("Which document, call or visit, and of which day."))
    note = _words(
        _("Note"),
        limit=2000,
        required=False,
        help_text=_("Needed from a significant risk on, and when a standard is absent. Name no child."),
    )

    def __init__(self, *args: Any, item: RubricItem, **kwargs: Any) -> None:
        """Anchors from the catalogue."""
        super().__init__(*args, **kwargs)
        self.fields["rating"].choices = [(point, f"{point} · {words}") for point, words in item.anchors if words]
        self.fields["rating"].help_text = item.asked


class OpenItemForm(VersionedForm):
    """What is missing."""

    item = forms.ChoiceField(label=_("About"))
    text = _words(_("What is missing"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Codes of eligibility, due diligence and PSEA."""
        super().__init__(*args, **kwargs)
        rubrics = ("eligibility", "due_diligence", "psea")
        rows = RubricItem.objects.filter(rubric__in=rubrics)
        self.fields["item"].choices = [("", "—"), *((row.code, str(row)) for row in rows)]


class CloseItemForm(VersionedForm):
    """How an open item was settled."""

    note = _words(_("How it was settled"))
    as_condition = forms.BooleanField(label=_("It becomes a condition of the award"), required=False)


class LeadForm(VersionedForm):
    """A name that resembles one on a list."""

    matched = forms.ChoiceField(label=_("Whose name"), choices=LeadSubject.choices)
    list_name = forms.CharField(label=_("Name of the list"), max_length=120)
    list_date = DayField(label=_("Date of the list"))
    note = _words(
        _("What resembles what"), rows=2, help_text=_("The entry's number is enough; write no birth date here.")
    )


class ClearLeadForm(VersionedForm):
    """A person's answer to a lead."""

    same_person = forms.TypedChoiceField(
        label=_("Is it the same person or body?"),
        choices=(("no", _("No, another one")), ("yes", _("Yes, the same"))),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = _words(_("What you compared"), help_text=_("Birth year, place, and the source."))


class FinishForm(StepForm):
    """Close due diligence."""

    note = _words(_("Note for the Committee"), limit=2000, required=False)


class ApproveForm(StepForm):
    """An officer's approval of a micro grant."""

    amount_minor = MoneyField(label=_("Amount awarded"), help_text=_("At most what was asked for."))
    conditions = _words(
        _("Conditions"),
        limit=2000,
        required=False,
        help_text=_("One on each line; left empty when there are none."),
    )
    reason = _words(_("Remark"), limit=2000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The amount asked for stands there."""
        super().__init__(*args, **kwargs)
        self.initial.setdefault("amount_minor", self.obj.requested_minor)

    def clean_conditions(self) -> list[dict[str, str]]:
        """One condition for each line."""
        return [{"text": line.strip()} for line in self.cleaned_data["conditions"].splitlines() if line.strip()]
