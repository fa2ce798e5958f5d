"""Forms about own accounts, batches of payments, statements, lines, days and checks of rails."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.statements import TOO_LARGE
from disbursements.models import StatementLine, Tranche
from disbursements.models.accounts import BIC
from disbursements.queries.accounts import currencies_of_statements
from disbursements.queries.batches import waiting_tranches
from disbursements.queries.candidates import proposals, ties
from disbursements.queries.reconciling import rails_to_check
from disbursements.states import BatchState, FindingState, LineKind, LineState
from fundmgmt.formats.words import day, money, says
from fundmgmt.forms import DayField, ReasonForm, StepForm, VersionedForm
from fundmgmt.money import CURRENCIES, Money
from fundmgmt.rules import rule


class FundAccountForm(VersionedForm):
    """An account of the fund at its bank."""

    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    holder = forms.CharField(label=_("Account holder, as the bank writes it"), max_length=140)
    account_number = forms.CharField(
        label=_("Account number"),
        help_text=_("As it stands on the bank's statement. In the DR Congo this is the RIB of 23 figures."),
        max_length=34,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    bank_name = forms.CharField(label=_("Bank"), max_length=140)
    bic = forms.CharField(label=_("BIC of the bank"), max_length=11, required=False, validators=[BIC])
    town = forms.CharField(label=_("Town"), max_length=35, initial="Kinshasa")
    country = forms.RegexField(label=_("Country (two letters)"), regex="^[A-Z]{2}$", initial="CD")
    valid_from = DayField(label=_("Valid from"))


class TranchesField(forms.ModelMultipleChoiceField):
    """Approved tranches, each with its payee and amount."""

    def label_from_instance(self, obj: Any) -> str:
        """What a treasurer compares."""
        who = obj.bank_detail.holder if obj.bank_detail else obj.grant.organisation
        return f"{obj.ref} · {who} · {money(obj.amount_minor, obj.currency)}"


class PutInForm(StepForm):
    """Which approved tranches join."""

    tranches = TranchesField(
        label=_("Payments"),
        queryset=Tranche.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Those that wait in no batch and on no paper."""
        super().__init__(*args, **kwargs)
        self.fields["tranches"].queryset = waiting_tranches(self.user)


class OpenBatchForm(PutInForm):
    """A new batch."""

    on_date = DayField(label=_("Day the bank shall pay"))
    field_order = ("on_date", "tranches")


class ReleaseBatchForm(StepForm):
    """The last look."""

    seal = forms.CharField(widget=forms.HiddenInput, max_length=64)
    looked = forms.BooleanField(label=_("I have looked at each payment and at the totals"))


class HandOverForm(StepForm):
    """The bank has it."""

    bank_reference = forms.CharField(
        label=_("Number of the bank's receipt"), help_text=_("If it gave you one."), max_length=64, required=False
    )


class StatementForm(VersionedForm):
    """A statement of the bank."""

    upload = forms.FileField(
        label=_("Statement"),
        help_text=_("camt.053 (XML), MT940 or the table (CSV). The file is taken whole or not at all."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xml,.sta,.mt940,.940,.txt,.csv"}),
    )

    def clean_upload(self) -> Any:
        """Too large is said before anything is read."""
        upload = self.cleaned_data["upload"]
        if (upload.size or 0) > rule("statement_max_kb", timezone.localdate()).value * 1024:
            raise ValidationError(TOO_LARGE)
        return upload

    def take(self, error: Any) -> None:
        """Each complaint of the reader in its own line."""
        complaints = getattr(error, "complaints", None)
        if complaints:
            self.add_error("upload", ValidationError([ValidationError(one) for one in complaints]))
        else:
            super().take(error)


def _said(one: Any) -> str:
    if one.id == "" or not one.day:
        return one.label
    return f"{one.label} · {day(one.day, 'medium')}"


class TieForm(StepForm):
    """What the line is, of what stands in the books with the same amount."""

    what = forms.ChoiceField(label=_("It is"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("What tells you so."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The nearest days first."""
        super().__init__(*args, **kwargs)
        kinds = dict(LineKind.choices)
        self.options = ties(self.obj) if isinstance(self.obj, StatementLine) else []
        self.fields["what"].choices = [(one.code, says(kinds[one.kind], _said(one))) for one in self.options]


class ProposeForm(TieForm):
    """What the line newly is."""

    what = forms.ChoiceField(label=_("It is"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Likely things first."""
        super().__init__(*args, **kwargs)
        self.options = proposals(self.obj) if isinstance(self.obj, StatementLine) else []
        self.fields["what"].choices = [(one.code, one.label) for one in self.options]


class CloseDayForm(VersionedForm):
    """Up to which day."""

    account = forms.ChoiceField(label=_("Account"))
    day = DayField(label=_("Close up to and with"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Accounts with statements."""
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = [
            (f"{currency}:{account}", f"{currency} · {account}") for account, currency in currencies_of_statements()
        ]

    def values(self) -> dict[str, Any]:
        """Account and currency apart."""
        currency, _colon, account = self.cleaned_data["account"].partition(":")
        return {"account": account, "currency": currency, "day": self.cleaned_data["day"]}


class RailCheckForm(VersionedForm):
    """Which rail, which period."""

    rail = forms.ChoiceField(label=_("Way of paying"))
    start = DayField(label=_("From"))
    end = DayField(label=_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Rails that keep an account of their own."""
        super().__init__(*args, **kwargs)
        self.fields["rail"].choices = rails_to_check()


class ExplainForm(ReasonForm):
    """Why the two sides differ."""


class LineFilter(forms.Form):
    """Filters of the lines."""

    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("not settled")), ("all", _("all")), *LineState.choices], required=False
    )
    kind = forms.ChoiceField(label=_("What it is"), choices=[("", _("all")), *LineKind.choices], required=False)
    amount = forms.CharField(label=_("Amount"), max_length=20, required=False)
    text = forms.CharField(label=_("Text or reference"), max_length=60, required=False)

    def clean_amount(self) -> int | None:
        """Minor units, whichever currency has two decimals."""
        typed = self.cleaned_data["amount"].strip().replace(" ", "").replace(",", ".")
        if not typed:
            return None
        try:
            return abs(Money.of(typed, "USD").minor)
        except ValueError as error:
            raise ValidationError(_("Write an amount in figures, for example 1250.50.")) from error

    def apply(self, rows: Any) -> Any:
        """The lines asked for."""
        state, text = self.cleaned_data["state"], self.cleaned_data["text"].strip()
        if state and state != "all":
            rows = rows.filter(state=state)
        if self.cleaned_data["kind"]:
            rows = rows.filter(kind=self.cleaned_data["kind"])
        if amount := self.cleaned_data.get("amount"):
            rows = rows.filter(amount_minor__in=[amount, -amount])
        if text:
            rows = rows.saying(text)
        return rows


class BatchFilter(forms.Form):
    """Filters of the batches."""

    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *BatchState.choices], required=False)

    def apply(self, rows: Any) -> Any:
        """The batches asked for."""
        wanted = self.cleaned_data["state"]
        return rows.filter(state=wanted) if wanted else rows


class FindingFilter(forms.Form):
    """Filters of the findings."""

    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *FindingState.choices], required=False)

    def apply(self, rows: Any) -> Any:
        """The findings asked for."""
        wanted = self.cleaned_data["state"]
        return rows.filter(state=wanted) if wanted else rows
