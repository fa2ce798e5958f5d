"""What officers and members fill in for a meeting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.states import (
    AWARDED,
    ApplicationState,
    ConflictKind,
    DecisionType,
    ItemState,
    MeetingMode,
    VoteChannel,
    VoteValue,
)
from fundmgmt.forms import DayField, MoneyField, ReasonForm, RemarkForm, StepForm, VersionedForm


def _text(
    label: Any, *, rows: int = 3, limit: int = 2000, required: bool = True, help_text: Any = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=limit,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class MeetingForm(VersionedForm):
    """A new meeting."""

    mode = forms.ChoiceField(label=_("How the Committee meets"), choices=MeetingMode.choices, widget=forms.RadioSelect)
    held_date = DayField(label=_("Day"), help_text=_("For a written procedure: the day it is sent out."))
    place = forms.CharField(label=_("Place or link"), max_length=200, required=False)
    note = _text(_("Note for the members"), required=False)


class MoveForm(ReasonForm):
    """Another day for a meeting."""

    held_date = DayField(label=_("New day"))


class ItemForm(VersionedForm):
    """A new item on an agenda."""

    application = forms.ModelChoiceField(
        label=_("Project"),
        help_text=_("Left empty only for a change of the fund's rules."),
        queryset=Application.objects.none(),
        required=False,
        empty_label="–",
    )
    decision_type = forms.ChoiceField(label=_("What is asked of the Committee"), choices=DecisionType.choices)
    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("Left empty, the project's title stands.")
    )
    proposal = _text(_("What the office proposes, and why"), rows=4, limit=4000, required=False)
    amount_minor = MoneyField(
        label=_("Amount proposed"), required=False, help_text=_("Left empty, the amount asked for.")
    )
    departs_because = _text(
        _("Why the Committee may depart from the scores"),
        required=False,
        help_text=_("Needed only when the scores are below a threshold."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Projects that wait for a decision, or have a grant."""
        super().__init__(*args, **kwargs)
        states = (ApplicationState.IN_COMMITTEE, ApplicationState.DEFERRED, *AWARDED)
        rows = Application.objects.visible_to(self.user).filter(state__in=states)
        field = self.fields["application"]
        field.queryset = rows.exclude(agenda_items__state=ItemState.PROPOSED).order_by("ref")
        field.label_from_instance = lambda row: f"{row.ref} {row}"


class AttendForm(StepForm):
    """Where the member is."""

    channel = forms.ChoiceField(label=_("Where are you?"), choices=VoteChannel.choices, widget=forms.RadioSelect)


class DeclareForm(StepForm):
    """A link with the project, or none."""

    conflict = forms.ChoiceField(
        label=_("Does anything link you with this project?"),
        help_text=_("A declared link closes the file to you, and your seat takes no part in this item."),
        choices=[("none", _("No, nothing")), *ConflictKind.choices],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("In a few words"),
        help_text=_("Only the fund's officers read this."),
        max_length=300,
        required=False,
    )

    def values(self) -> dict[str, Any]:
        """No link is an empty code."""
        data = super().values()
        return data | {"conflict": "" if data["conflict"] == "none" else data["conflict"]}


class VoteForm(StepForm):
    """A vote."""

    value = forms.ChoiceField(label=_("Your vote"), choices=VoteValue.choices, widget=forms.RadioSelect)
    channel = forms.ChoiceField(
        label=_("Where are you?"), choices=VoteChannel.choices, widget=forms.RadioSelect, initial=VoteChannel.SYSTEM
    )


class CommentForm(StepForm):
    """A comment for the record."""

    text = _text(_("Comment"), rows=4, help_text=_("Members, observers and officers read it. Name no child."))


class ConditionForm(StepForm):
    """A condition."""

    text = _text(_("Condition"), rows=2, limit=300)
    owner = forms.CharField(label=_("Who sees to it"), max_length=80, initial=_("the organisation"))
    due_date = DayField(label=_("By when"), required=False)
    before_tranche = forms.IntegerField(
        label=_("Before tranche number"), min_value=1, max_value=9, required=False, widget=forms.NumberInput
    )


class WithdrawConditionForm(StepForm):
    """Which condition to take back."""

    no = forms.TypedChoiceField(label=_("Condition"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Those proposed."""
        super().__init__(*args, **kwargs)
        self.fields["no"].choices = [(row.no, f"{row.no}. {row.text}") for row in self.obj.conditions.all()]


class DecideForm(RemarkForm):
    """Record the decision, with words for the organisation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A decision on a project is read by its organisation; a change of rules by the members."""
        super().__init__(*args, **kwargs)
        if self.obj is not None and self.obj.application_id:
            self.fields["reason"].label = _("What the Committee tells the organisation")
            self.fields["reason"].help_text = _(
                "The organisation reads this in its letter and on its page. Say why, kindly. Name no child."
            )


class DeferForm(ReasonForm):
    """Put an item off."""
