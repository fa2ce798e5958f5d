"""Forms by which an agreement is signed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from disbursements.queries.signing import channels_of
from disbursements.states import SpokenLanguage, WitnessRole
from fundmgmt.forms import DayField, StepForm


class AskCodeForm(StepForm):
    """Where the code goes."""

    channel = forms.ChoiceField(label=_("Send me the code"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What this account has; the first is chosen."""
        super().__init__(*args, **kwargs)
        offered = channels_of(self.user) if self.user is not None else []
        self.fields["channel"].choices = offered
        self.initial.setdefault("channel", offered[0][0] if offered else "")


class SignForm(StepForm):
    """Typed name, a tick, and the code that only the signatory has."""

    typed_name = forms.CharField(
        label=_("Your first name and family name"),
        help_text=_("Your name and the code are your signature."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    code = forms.CharField(
        label=_("The code that was sent to you"),
        help_text=_("Give it to nobody, not to the fund either."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short"}),
    )
    accepted = forms.BooleanField(label=_("I have read the agreement and accept it for my organisation."))


class HandForm(StepForm):
    """A signature by hand, and the paper that shows it."""

    signatory = forms.CharField(
        label=_("Who signed: first name and family name"),
        help_text=_("The responsible person of the organisation, as the paper names them."),
        max_length=120,
    )
    signed_date = DayField(label=_("Day of the signature"))
    place = forms.CharField(label=_("Place"), help_text=_("Town or village."), max_length=120)
    upload = forms.FileField(
        label=_("Scan or photo of the signed paper"),
        help_text=_("PDF, JPG or PNG, all pages, at most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
    only_paper = forms.BooleanField(label=_("Only the paper is to be seen on it, no people."))

    def take(self, error: Exception) -> None:
        """The ground floor calls the file `file` and asks of minors; here they have other names."""
        named = {"file": "upload", "shows_minor": "only_paper"}
        if getattr(error, "field", None) in named:
            error.field = named[error.field]  # type: ignore[attr-defined]
        super().take(error)  # type: ignore[arg-type]


class MarkForm(HandForm):
    """A mark by somebody who does not write, after the text was read aloud."""

    language = forms.ChoiceField(label=_("Language in which you read it aloud"), choices=SpokenLanguage.choices)
    read_aloud = forms.BooleanField(label=_("I read the whole text aloud and answered every question."))
    witness_name = forms.CharField(label=_("Witness: first name and family name"), max_length=120)
    witness_role = forms.ChoiceField(label=_("Who the witness is"), choices=WitnessRole.choices)
    witness_fit = forms.BooleanField(
        label=_("The witness is an adult, saw the mark made, and does not work for the fund.")
    )
    field_order = (
        "version",
        "signatory",
        "signed_date",
        "place",
        "language",
        "read_aloud",
        "witness_name",
        "witness_role",
        "witness_fit",
        "upload",
        "only_paper",
    )


class CountersignForm(StepForm):
    """The fund's signature; a signature by hand is compared first."""

    compared = forms.BooleanField(
        label=_("I opened the copy and compared it: reference, amount, every page, and the name of who signed.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to compare when the grantee signed with a code."""
        super().__init__(*args, **kwargs)
        if self.obj is None or self.obj.signature_recorded_by_id is None:
            del self.fields["compared"]
