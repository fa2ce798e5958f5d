"""Forms of an appeal: what the organisation says, what one person thinks of it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.states import OpinionValue
from fundmgmt.forms import StepForm


class AppealForm(StepForm):
    """Why the organisation sees it differently."""

    reason = forms.CharField(
        label=_("Which point do you see differently, and why?"),
        help_text=_("Those who decide read it, with your application. Name no child."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=4000,
    )


class OpinionForm(StepForm):
    """What one person thinks of an appeal."""

    value = forms.ChoiceField(label=_("Your opinion"), choices=OpinionValue, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The organisation reads it once the appeal is decided, without your name. Name no child."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=2000,
    )
