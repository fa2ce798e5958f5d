"""Forms of the close-out: the list, things that outlast the project, the grantee's opinion of the fund."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from disbursements.forms.grants import CAREFUL, InItsCurrency
from disbursements.queries.closing import evaluators_are_named
from disbursements.states import BY_HAND, ClosureCode
from fundmgmt.forms import DayField, MoneyField, VersionedForm

MARKS = [(5, _("5: yes, fully")), (4, "4"), (3, "3"), (2, "2"), (1, _("1: not at all"))]


class ClosureForm(VersionedForm):
    """What people settle by hand; ticks stay. The rest is settled by the step that makes it true."""

    codes = forms.MultipleChoiceField(
        label=_("Settled"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("Needed for the practice note, deleted data, no evaluation, or no answer from the grantee."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The practice note is not offered where evaluators write it."""
        super().__init__(*args, **kwargs)
        left_out = {ClosureCode.PRACTICE} if evaluators_are_named(self.obj) else set()
        self.fields["codes"].choices = [(code.value, code.label) for code in BY_HAND if code not in left_out]


class AssetForm(InItsCurrency, VersionedForm):
    """A thing."""

    what = forms.CharField(label=_("What it is"), max_length=160)
    value_minor = MoneyField(label=_("Value when bought"))


class HandOverForm(VersionedForm):
    """Who has it now."""

    handed_to = forms.CharField(
        label=_("Who has it now"),
        help_text=_("A role or a body, no person: the school's parents' committee."),
        max_length=160,
    )
    handed_date = DayField(label=_("Since which day"))


def _mark(label: object) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=MARKS, coerce=int, widget=forms.RadioSelect)


class FeedbackForm(VersionedForm):
    """Three marks and words."""

    clear = _mark(_("Did you always know what the fund wanted of you?"))
    in_time = _mark(_("Did money and answers come when they were promised?"))
    heard = _mark(_("Did the fund listen to you?"))
    words = forms.CharField(
        label=_("What should the fund do differently?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
        help_text=CAREFUL,
    )
