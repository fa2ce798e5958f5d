"""Forms about gifts: the public page, and proposing to give one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from disbursements.forms.funding import AmountForm
from disbursements.gateway.stripe_giving import CURRENCIES
from disbursements.states import HELD_AT, AccountCode, DisputeAnswerKind
from fundmgmt.forms import DayField, ReasonForm, StepForm, personal_signs
from fundmgmt.money import MoneyError, parse_amount

if TYPE_CHECKING:
    from disbursements.models import Earmark

NAMES = {"EUR": _("Euro (EUR)"), "USD": _("US dollar (USD)"), "GBP": _("Pound sterling (GBP)")}


class GiveForm(AmountForm):
    """How much, for what, and whether the receipt carries a name. `aims` are the fund's own choice."""

    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, NAMES[code]) for code in CURRENCIES])
    earmark = forms.ChoiceField(label=_("What it is for"), required=False)
    receipt_name = forms.CharField(
        label=_("Name on the receipt"),
        help_text=_("Leave it empty if you wish not to be named."),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail for the receipt"),
        help_text=_("Used to send this receipt and for nothing else."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    consent = forms.BooleanField(
        label=_("I have read “What you agree to” on this page and give of my own free will."),
        error_messages={"required": _("Please tick this box if you agree.")},
    )
    field_order = ("amount", "currency", "earmark", "receipt_name", "email", "consent")

    def __init__(self, *args: Any, aims: list[tuple[Earmark, str]], **kwargs: Any) -> None:
        """With what may be chosen today; nothing to choose shows no box."""
        super().__init__(*args, **kwargs)
        self._aims = {row.code: row for row, _said in aims}
        anything = ("", _("where it is needed most"))
        self.fields["earmark"].choices = [anything, *((row.code, said) for row, said in aims)]
        if not aims:
            del self.fields["earmark"]

    def values(self) -> dict[str, Any]:
        """The earmark as a row; consent is given or the form is not valid."""
        found = super().values()
        found.pop("consent")
        found["earmark"] = self._aims.get(found.get("earmark", ""))
        return found


class MoveForm(AmountForm):
    """Money that moved between the bank and the card provider."""

    source = forms.ChoiceField(label=_("From"), choices=[(code, AccountCode(code).label) for code in HELD_AT])
    target = forms.ChoiceField(label=_("To"), choices=[(code, AccountCode(code).label) for code in HELD_AT[::-1]])
    moved_date = DayField(label=_("Day on the statement"))
    reference = forms.CharField(
        label=_("Reference"), help_text=_("Of the bank or the provider; each can be recorded once."), max_length=64
    )
    field_order = ("source", "target", "amount", "currency", "moved_date", "reference")


class DisputeAnswerForm(StepForm):
    """What the fund says to the giver's bank."""

    answer = forms.ChoiceField(
        label=_("What do you propose?"), choices=DisputeAnswerKind.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("In your words"),
        help_text=_(
            "Evidence goes to the bank as you write it, best in English; the facts of the gift are added. "
            "For accepting, write why: the other treasurer reads it. Name no child and nobody else."
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=4000,
    )

    def clean_text(self) -> str:
        """The bank knows the giver already: nobody's address, phone or birthday goes there from here."""
        text = self.cleaned_data["text"]
        signs = personal_signs(text)
        if signs:
            raise ValidationError(
                _("This seems to hold %(what)s. Take it out.") % {"what": ", ".join(str(sign) for sign in signs)}
            )
        return text


class GiveBackForm(ReasonForm):
    """How much of a gift goes back, in the gift's own currency, and why."""

    amount = forms.CharField(
        label=_("Amount to give back"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short num", "autocomplete": "off"}),
    )
    field_order = ("amount", "reason")

    def clean_amount(self) -> int:
        """In minor units of the gift's currency."""
        try:
            return parse_amount(self.cleaned_data["amount"], self.obj.currency).minor
        except MoneyError as error:
            raise ValidationError(str(error.message)) from error

    def values(self) -> dict[str, Any]:
        """The amount under the name that the action knows."""
        found = super().values()
        return {"amount_minor": found["amount"], "reason": found["reason"]}
