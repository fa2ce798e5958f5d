"""Forms about bank details: what the grantee hands in, and the call-back that verifies it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from disbursements.states import DetailKind
from fundmgmt.forms import ReasonForm, VersionedForm
from fundmgmt.money import CURRENCIES


class BankDetailForm(VersionedForm):
    """Where the grantee's money goes."""

    kind = forms.ChoiceField(
        label=_("How the money reaches you"),
        choices=DetailKind.choices,
        help_text=_("Mobile money is for micro grants only. A fiscal host abroad has an account that the fund opened."),
        widget=forms.RadioSelect,
        initial=DetailKind.BANK_ACCOUNT,
    )
    holder = forms.CharField(
        label=_("Account holder, as the bank writes it"),
        help_text=_("For a mobile wallet: the person who signs for you, as the operator has the name."),
        max_length=140,
    )
    bank_name = forms.CharField(
        label=_("Bank"),
        help_text=_("For a mobile wallet: the operator (Vodacom, Airtel or Orange). For a fiscal host: leave empty."),
        max_length=140,
        required=False,
    )
    account_number = forms.CharField(
        label=_("Account number"),
        help_text=_("For a mobile wallet: its phone number, for example +243 810 000 000."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=_("Currency of the account"), choices=CURRENCIES)


class CallBackForm(VersionedForm):
    """Who was called."""

    called_number = forms.CharField(
        label=_("Number you called"),
        help_text=_(
            "Call the number that was on file before the change, never one from the message that asked for it."
        ),
        max_length=24,
    )


class RefuseDetailForm(ReasonForm):
    """The call-back did not confirm."""
