"""Forms about money in, costs, rates and the ledger's list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from disbursements.models import Earmark, Pledge
from disbursements.states import AccountCode, EntryKind
from fundmgmt.forms import DayField, VersionedForm
from fundmgmt.money import CURRENCIES, MoneyError, parse_amount


class AmountForm(VersionedForm):
    """An amount with its currency."""

    amount = forms.CharField(
        label=_("Amount"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short num", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)

    def clean(self) -> dict[str, Any]:
        """The amount in minor units of its currency, as `amount_minor`."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("amount") and cleaned.get("currency"):
            try:
                cleaned["amount_minor"] = parse_amount(cleaned["amount"], cleaned["currency"]).minor
            except MoneyError as error:
                raise ValidationError({"amount": error.message}) from error
        return cleaned

    def values(self) -> dict[str, Any]:
        """Without the text as typed."""
        return {name: value for name, value in super().values().items() if name != "amount"}


class ContributionForm(AmountForm):
    """Money on the bank's statement."""

    received_date = DayField(label=_("Day on the bank's statement"))
    bank_reference = forms.CharField(label=_("The bank's reference"), max_length=64)
    pledge = forms.ModelChoiceField(
        label=_("Pledge"), queryset=Pledge.objects.none(), required=False, empty_label=_("no pledge")
    )
    earmark = forms.ModelChoiceField(
        label=_("What it is for"),
        help_text=_("With a pledge, the pledge says it."),
        queryset=Earmark.objects.all(),
        required=False,
        empty_label=_("anything (unrestricted)"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Pledges of this donor only."""
        super().__init__(*args, **kwargs)
        self.fields["pledge"].queryset = Pledge.objects.filter(donor=self.obj).exclude(
            state__in=["paid", "written_off"]
        )


class CostForm(AmountForm):
    """A cost of the fund itself."""

    cost_date = DayField(label=_("Day on the bank's statement"))
    bank_reference = forms.CharField(label=_("The bank's reference"), max_length=64)
    fee = forms.BooleanField(label=_("It is a bank fee"), required=False)


class RateForm(VersionedForm):
    """An exchange rate of one day."""

    base = forms.ChoiceField(label=_("One unit of"), choices=CURRENCIES)
    quote = forms.ChoiceField(label=_("costs this much in"), choices=CURRENCIES)
    rate = forms.DecimalField(label=_("Rate"), max_digits=20, decimal_places=10, min_value=0, localize=True)
    on_date = DayField(label=_("Day"))
    source = forms.CharField(label=_("Source"), help_text=_("For example: Banque Centrale du Congo."), max_length=120)


class LedgerFilter(forms.Form):
    """Filters of the ledger."""

    account = forms.ChoiceField(label=_("Account"), choices=[("", _("all")), *AccountCode.choices], required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("all")), *EntryKind.choices], required=False)
    grant = forms.CharField(label=_("Grant"), max_length=16, required=False)

    def apply(self, rows: Any) -> Any:
        """The lines asked for."""
        wanted = {
            "account__code": self.cleaned_data["account"],
            "entry__kind": self.cleaned_data["kind"],
            "grant__ref__iexact": self.cleaned_data["grant"].strip(),
        }
        return rows.filter(**{name: value for name, value in wanted.items() if value})
