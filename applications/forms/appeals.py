"""Forms of an appeal: what the organisation says, what one person thinks of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications.states import OpinionValue
from fundmgmt.forms import CarefulForm, StepForm


class AppealForm(CarefulForm):
    """Why the organisation sees it differently. A text that seems to name a child is asked about once, not blocked."""

    reason = forms.CharField(
        label=_("Which point do you see differently, and why?"),
        help_text=_("Those who decide read it, with your application. Name no child."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=4000,
    )
    as_it_is = forms.BooleanField(label=_("I have looked at it again: send it as it is."), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The second question stands there only for a text that raises it."""
        super().__init__(*args, **kwargs)
        if not self.is_bound or not self.warnings():
            del self.fields["as_it_is"]

    def careful_fields(self) -> list[str]:
        """The one box of free text."""
        return ["reason"]

    def clean(self) -> dict[str, Any]:
        """Say once what the text seems to hold."""
        values = super().clean() or self.cleaned_data
        signs = self.warnings().get("reason")
        if signs and not values.get("as_it_is"):
            said = _("This looks like %(what)s. Please take it out: say what happens, not who.")
            self.add_error("reason", ValidationError(said % {"what": ", ".join(str(sign) for sign in signs)}))
        return values

    def values(self) -> dict[str, Any]:
        """The reason alone."""
        return {"reason": self.cleaned_data["reason"]}


class OpinionForm(StepForm):
    """What one person thinks of an appeal."""

    value = forms.ChoiceField(label=_("Your opinion"), choices=OpinionValue, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The organisation reads it once the appeal is decided, without your name. Name no child."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=2000,
    )
