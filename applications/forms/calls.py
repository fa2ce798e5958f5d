"""Forms about calls."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.queries.choices import own_organisations
from applications.states import WINDOWS
from fundmgmt.forms import DayField, MoneyField, StepForm, VersionedForm
from fundmgmt.queries import catalogues
from fundmgmt.states import Language


def end_of(day: dt.date) -> dt.datetime:
    """The last minute of a day on the fund's clock: "until 31 March" includes the 31st."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(23, 59)))


class CallForm(VersionedForm):
    """Everything about a call."""

    title_fr = forms.CharField(label=_("Title in French"), max_length=160)
    title_en = forms.CharField(label=_("Title in English"), max_length=160, required=False)
    title_sw = forms.CharField(label=_("Title in Swahili"), max_length=160, required=False)
    summary_fr = forms.CharField(
        label=_("Summary in French"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), required=False
    )
    summary_en = forms.CharField(
        label=_("Summary in English"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), required=False
    )
    summary_sw = forms.CharField(
        label=_("Summary in Swahili"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), required=False
    )
    envelope_minor = MoneyField(label=_("Envelope"), help_text=_("In US dollars: what the call may award in all."))
    windows = forms.MultipleChoiceField(
        label=_("Grant windows"),
        choices=[(code, code.label) for code in WINDOWS],
        widget=forms.CheckboxSelectMultiple,
    )
    provinces = forms.MultipleChoiceField(
        label=_("Provinces"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: both."),
    )
    closes_date = DayField(label=_("Last day to apply"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fill from the call."""
        super().__init__(*args, **kwargs)
        self.fields["provinces"].choices = catalogues.provinces()
        if self.obj is not None:
            self.initial.setdefault("closes_date", timezone.localdate(self.obj.closes_at))

    def values(self) -> dict[str, Any]:
        """The day as the last minute of that day."""
        values = super().values()
        return {**{k: v for k, v in values.items() if k != "closes_date"}, "closes_at": end_of(values["closes_date"])}

    def take(self, error: Any) -> None:
        """The action speaks of closes_at, the form of closes_date."""
        if getattr(error, "field", None) == "closes_at":
            error.field = "closes_date"
        super().take(error)


class ClosingForm(StepForm):
    """A new closing day with its reason."""

    closes_date = DayField(label=_("Last day to apply"))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    def values(self) -> dict[str, Any]:
        """The day as the last minute of that day."""
        values = super().values()
        return {"closes_at": end_of(values["closes_date"]), "reason": values["reason"]}

    def take(self, error: Any) -> None:
        """The action speaks of closes_at, the form of closes_date."""
        if getattr(error, "field", None) == "closes_at":
            error.field = "closes_date"
        super().take(error)


class StartForm(VersionedForm):
    """For which organisation, in which language, under which title."""

    organisation = forms.ChoiceField(label=_("Organisation"))
    language = forms.ChoiceField(label=_("Language you write in"), choices=Language)
    title = forms.CharField(
        label=_("Title of the project"), max_length=160, required=False, help_text=_("You can change it later.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Only organisations this person writes for."""
        super().__init__(*args, **kwargs)
        self.found = {str(row.pk): row for row in own_organisations(self.user)}
        self.fields["organisation"].choices = [(pk, row.name) for pk, row in self.found.items()]
        self.initial.setdefault("language", self.user.language)

    def values(self) -> dict[str, Any]:
        """The organisation itself."""
        values = super().values()
        return {**values, "organisation": self.found[values["organisation"]]}
