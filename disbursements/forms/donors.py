"""Forms about donors: who they are, their check, their readers, what they promise."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from disbursements.forms.funding import AmountForm
from disbursements.models import Earmark
from disbursements.states import CheckOutcome, DonorKind
from fundmgmt.forms import DayField, VersionedForm
from fundmgmt.models import User
from fundmgmt.money import MoneyError, parse_amount


class DonorForm(VersionedForm):
    """Who gives."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind of donor"), choices=DonorKind.choices)
    checked_until_date = DayField(
        label=_("Due diligence valid until"),
        help_text=_("Only if it was checked before; else a second person records the check."),
        required=False,
    )


class DonorCheckForm(VersionedForm):
    """What the check of a donor found."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=CheckOutcome.choices, widget=forms.RadioSelect)
    lists_note = forms.CharField(
        label=_("Sanctions lists looked at"),
        help_text=_("Which list, of which day, and whether a name was found. A name is a lead, not yet a reason."),
        max_length=200,
    )
    checked_date = DayField(label=_("Checked on"))
    until_date = DayField(label=_("Valid until"))
    reason = forms.CharField(
        label=_("Conditions, or why its money is not accepted"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )


class ReaderForm(VersionedForm):
    """Who reads the statement of a donor."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none())
    off = forms.BooleanField(label=_("This person shall read it no longer"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Donor viewers only."""
        super().__init__(*args, **kwargs)
        viewers = User.objects.filter(role_grants__role="donor_viewer").distinct().order_by("name")
        self.fields["person"].queryset = viewers


class PledgeForm(AmountForm):
    """A promise in the donor's own currency."""

    figures = ("instalments",)

    pledged_date = DayField(label=_("Pledged on"))
    earmark = forms.ModelChoiceField(
        label=_("What it is for"),
        queryset=Earmark.objects.all(),
        required=False,
        empty_label=_("anything (unrestricted)"),
    )
    instalments = forms.CharField(
        label=_("Parts and when they are due"),
        help_text=_("One line for each part: day and amount, for example 2027-01-31 60000.00. Empty: all at once."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Parts as (day, minor units)."""
        cleaned = super().clean()
        try:
            cleaned["instalments"] = [
                self._part(line, cleaned.get("currency", ""))
                for line in (cleaned.get("instalments") or "").splitlines()
                if line.strip()
            ]
        except (ValueError, MoneyError) as error:
            raise ValidationError({"instalments": _("Write each part as a day and an amount.")}) from error
        return cleaned

    @staticmethod
    def _part(line: str, currency: str) -> tuple[dt.date, int]:
        day, _space, amount = line.strip().partition(" ")
        return dt.date.fromisoformat(day), parse_amount(amount, currency).minor
