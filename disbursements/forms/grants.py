"""Forms about grants and tranches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.queries.rails import ceiling_of, offers
from disbursements.states import CloseCode, GrantState, HoldKind, TrancheState
from fundmgmt.forms import DayField, MoneyField, ReasonForm, StepForm, VersionedForm
from fundmgmt.states import Language

CAREFUL = _("Write no child's name and nothing that leads to a child.")


def _area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class OpenGrantForm(VersionedForm):
    """The officer's choices; the amount is the award."""

    schedule = forms.ChoiceField(label=_("Schedule"), help_text=_("Shares of the tranches in percent."))
    start_date = DayField(label=_("First day"))
    end_date = DayField(label=_("Last day"))
    language = forms.ChoiceField(label=_("Language of the agreement"))
    due_diligence_until_date = DayField(
        label=_("Due diligence valid until"),
        required=False,
        help_text=_("Leave empty to take the day the check itself names."),
    )

    def __init__(self, *args: Any, schedules: list[str] | None = None, **kwargs: Any) -> None:
        """`schedules` are those the window allows."""
        super().__init__(*args, **kwargs)
        self.fields["schedule"].choices = [(one, one) for one in schedules or []]
        self.fields["language"].choices = Language.choices


class SuspendForm(StepForm):
    """A stop needs no proof, only a kind and a sentence."""

    kind = forms.ChoiceField(
        label=_("Why"),
        choices=[one for one in HoldKind.choices if one[0] != HoldKind.COMMITTEE],
        help_text=_("For safeguarding only the safeguarding lead reads what you write below."),
    )
    reason = forms.CharField(
        label=_("What happened"), help_text=CAREFUL, widget=_area(), max_length=4000, required=False
    )


class EndForm(StepForm):
    """When the activities were over."""

    ended_date = DayField(label=_("Last day of activities"))


class TerminateForm(ReasonForm):
    """Why, and how it counts."""

    close_code = forms.ChoiceField(
        label=_("How it ends"), choices=[(c.value, c.label) for c in (CloseCode.EARLY, CloseCode.FOR_CAUSE)]
    )


class InItsCurrency:
    """Amounts are asked in the currency of the row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Tell every amount its currency."""
        super().__init__(*args, **kwargs)
        currency = getattr(self.obj, "currency", "USD")  # type: ignore[attr-defined]
        for field in self.fields.values():  # type: ignore[attr-defined]
            if isinstance(field, MoneyField):
                field.currency = currency
                field.widget.attrs["data-currency"] = currency


class RefundForm(InItsCurrency, VersionedForm):
    """Unspent money on the bank's statement."""

    amount_minor = MoneyField(label=_("Amount returned"))
    received_date = DayField(label=_("Day on the bank's statement"))
    bank_reference = forms.CharField(label=_("The bank's reference"), max_length=64)
    reason = forms.CharField(
        label=_("Why more came back than is left"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only if it is more. Name no child."),
    )


class PayForm(StepForm):
    """What the bank wrote on the copy of the order."""

    bank_reference = forms.CharField(label=_("The bank's reference"), max_length=64)
    bank_date = DayField(label=_("Day on which the bank executed it"))


class ReleaseForm(StepForm):
    """Which electronic rail carries it; those that do not fit are explained beside the form."""

    rail = forms.ChoiceField(label=_("How the money goes"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Only what fits this payee and this amount today; the first is chosen."""
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.offers = offers(self.obj, today) if self.obj is not None else []
        self.ceiling = ceiling_of(self.obj, today) if self.obj is not None else None
        fitting = [(offer.code, offer.label) for offer in self.offers if offer.fits and not offer.by_hand]
        self.fields["rail"].choices = fitting
        self.initial.setdefault("rail", fitting[0][0] if fitting else "")


class ReceiptForm(InItsCurrency, StepForm):
    """What arrived, and when."""

    received_minor = MoneyField(label=_("Amount that arrived"))
    received_date = DayField(label=_("Day it arrived"))
    reason = forms.CharField(
        label=_("Remark"), widget=_area(3), max_length=2000, required=False, help_text=_("If something was different.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What was sent stands there already."""
        super().__init__(*args, **kwargs)
        if self.obj is not None:
            self.initial.setdefault("received_minor", self.obj.amount_minor)
            self.initial.setdefault("received_date", self.obj.bank_date)


class ReturnedForm(ReasonForm):
    """The bank sent it back."""

    bank_date = DayField(label=_("Day on the bank's statement"))


class LiftForm(StepForm):
    """Why it is safe again."""

    lift_reason = forms.CharField(label=_("Why payments may go on"), widget=_area(), max_length=4000, help_text=CAREFUL)


class MeetForm(VersionedForm):
    """A condition is met."""

    reason = forms.CharField(
        label=_("What you saw"), widget=_area(3), max_length=2000, required=False, help_text=CAREFUL
    )


class GrantFilter(forms.Form):
    """Filters of the list of grants."""

    q = forms.CharField(label=_("Reference or organisation"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *GrantState.choices], required=False)

    def apply(self, rows: Any) -> Any:
        """The rows asked for."""
        words, state = self.cleaned_data["q"].strip(), self.cleaned_data["state"]
        if words:
            rows = rows.filter(
                Q(ref__icontains=words)
                | Q(external_ref__icontains=words)
                | Q(organisation__name__icontains=words)
                | Q(organisation__acronym__icontains=words)
            )
        return rows.filter(state=state) if state else rows


class TrancheFilter(forms.Form):
    """Filters of the queue."""

    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("all that move")), *TrancheState.choices], required=False
    )

    def apply(self, rows: Any) -> Any:
        """One state, or what waits for somebody."""
        state = self.cleaned_data["state"]
        return rows.filter(state=state) if state else rows
