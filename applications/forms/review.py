"""What reviewers and moderators fill in."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications.states import ConflictKind, Recommendation
from fundmgmt.forms import DayField, ReasonForm, StepForm, VersionedForm
from fundmgmt.models import RoleGrant, RubricItem, User
from fundmgmt.models.people import in_force
from fundmgmt.queries import catalogues

TENTHS = re.compile(r"^(\d{1,3})(?:[.,](\d))?$")


class PointsField(forms.CharField):
    """Points with at most one decimal (81.3 or 81,3), as whole tenths."""

    def __init__(self, **kwargs: Any) -> None:
        """Number keys on a phone."""
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "short num"})
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        """Tenths, or a message."""
        text = super().to_python(value).strip()
        if not text:
            return None
        found = TENTHS.match(text)
        if found is None or int(found[1]) * 10 + int(found[2] or 0) > 1000:  # noqa: PLR2004 -- a hundred points
            raise ValidationError(_("Write points from 0 to 100, with at most one decimal: 74 or 81.3."))
        return int(found[1]) * 10 + int(found[2] or 0)

    def validate(self, value: Any) -> None:
        """Required or not; zero is an answer."""
        if value is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """None of the text's."""


class ScoreForm(VersionedForm):
    """One field of points with written anchors and one comment for each criterion; kept as a draft, complete or not."""

    def __init__(self, *args: Any, criteria: list[RubricItem], **kwargs: Any) -> None:
        """The criteria come from the catalogue, in the order of the rubric."""
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for item in criteria:
            self.fields[item.code] = forms.TypedChoiceField(
                label=f"{item.code} {item.label}",
                help_text=item.asked,
                choices=[(str(point), f"{point} · {words}" if words else str(point)) for point, words in item.anchors],
                coerce=int,
                empty_value=None,
                widget=forms.RadioSelect,
                required=False,
            )
            self.fields[f"{item.code}_why"] = forms.CharField(
                label=_("Why"),
                help_text=_("What in the proposal shows it? Name no child."),
                widget=forms.Textarea(attrs={"rows": 3}),
                max_length=2000,
                required=False,
            )
        self.fields["recommendation"] = forms.ChoiceField(
            label=_("What do you advise?"), choices=Recommendation.choices, widget=forms.RadioSelect, required=False
        )
        self.fields["overall"] = forms.CharField(
            label=_("Overall comment"),
            help_text=_("Strengths, weaknesses, questions for due diligence. The Committee reads it."),
            widget=forms.Textarea(attrs={"rows": 5}),
            max_length=4000,
            required=False,
        )

    def pairs(self) -> list[tuple[Any, Any]]:
        """Bound fields by criterion: points and comment."""
        return [(self[item.code], self[f"{item.code}_why"]) for item in self.criteria]

    def values(self) -> dict[str, Any]:
        """Scores as the action wants them."""
        data = self.cleaned_data
        return {
            "scores": {item.code: (data[item.code], data[f"{item.code}_why"]) for item in self.criteria},
            "recommendation": data["recommendation"],
            "overall": data["overall"],
        }


class ConflictForm(StepForm):
    """A link with the project."""

    conflict = forms.ChoiceField(
        label=_("What links you with this project?"), choices=ConflictKind.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("In a few words"),
        help_text=_("Only the fund's officers read this."),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AcceptForm(StepForm):
    """Nothing links the reviewer with the project."""

    free = forms.BooleanField(
        label=_("I have no family, work, money, rivalry or public position that links me with this project."),
        error_messages={"required": _("Confirm this, or declare a link instead.")},
    )

    def values(self) -> dict[str, Any]:
        """Confirmed; nothing to hand on."""
        return {}


class ReopenForm(ReasonForm):
    """Reopening needs a reason."""


class InviteForm(VersionedForm):
    """Whom to ask, and until when."""

    reviewer = forms.ModelChoiceField(label=_("Reviewer"), queryset=User.objects.none())
    due_date = DayField(label=_("Review wanted by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """People with the role today who were not asked before."""
        super().__init__(*args, **kwargs)
        on = self.initial["today"]
        asked = self.obj.reviews.values("reviewer")
        people = User.objects.filter(is_active=True, role_grants__in=_reviewers(on)).exclude(pk__in=asked).distinct()
        field = self.fields["reviewer"]
        field.queryset = people.select_related("reviewer_profile").order_by("name")
        field.label_from_instance = self._name

    def _name(self, user: User) -> str:
        profile = getattr(user, "reviewer_profile", None)
        brings = []
        if profile is not None and self.obj.province in profile.provinces:
            brings.append(str(_("knows the region")))
        if profile is not None and profile.child_protection:
            brings.append(str(_("child protection")))
        return f"{user} ({', '.join(brings)})" if brings else str(user)


def _reviewers(on: Any) -> Any:
    return RoleGrant.objects.filter(in_force(on), role="reviewer")


class ProfileForm(VersionedForm):
    """What a reviewer brings."""

    provinces = forms.MultipleChoiceField(
        label=_("Knows these provinces from living or working there"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    child_protection = forms.BooleanField(label=_("Works in child protection"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Provinces of the catalogue."""
        super().__init__(*args, **kwargs)
        self.fields["provinces"].choices = [pair for pair in catalogues.provinces() if pair[0]]


class ModerateForm(StepForm):
    """The moderator's result. Left empty, the exact mean of the reviews stands."""

    total_tenths = PointsField(
        label=_("Moderated total"),
        help_text=_("Between the lowest and the highest review. Left empty, the mean stands."),
        required=False,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("What the talk between the reviewers showed. The Committee reads it; name no child."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
    )
