"""Forms about what stands between a request and money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from disbursements.states import TieKind
from fundmgmt.formats.words import says
from fundmgmt.forms import DayField, ReasonForm, StepForm, VersionedForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disbursements.queries.checks import Check


class WaiverForm(VersionedForm):
    """Which condition, and why it may be set aside this once."""

    ident = forms.ChoiceField(label=_("Condition"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why it may be set aside for this tranche"),
        help_text=_("The grantee reads it too. Name no child."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )

    def __init__(self, *args: Any, checks: Iterable[Check] = (), **kwargs: Any) -> None:
        """`checks` are the conditions in the way that two people may set aside."""
        super().__init__(*args, **kwargs)
        self.fields["ident"].choices = [(check.ident, says(check.label, check.reason)) for check in checks]


class DoubtForm(StepForm):
    """Why both payments are right."""

    reason = forms.CharField(
        label=_("Why it is not the same payment"),
        help_text=_("What you compared: the request, the invoices, the agreement."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )


class TieForm(VersionedForm):
    """A link with an organisation."""

    kind = forms.ChoiceField(label=_("What kind of link"), choices=TieKind.choices)


class FindingForm(VersionedForm):
    """How a finding was settled."""

    answer = forms.CharField(
        label=_("How it was settled"),
        help_text=_("What the grantee changed, and what you saw of it. Name no child."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )


class DiligenceForm(ReasonForm):
    """The days of a renewed check."""

    until = DayField(label=_("Due diligence valid until"))
    psea_until = DayField(label=_("Safeguarding (PSEA) check valid until"), required=False)
