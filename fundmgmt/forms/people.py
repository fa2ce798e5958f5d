"""Forms about people, organisations, roles, seats and rules: input only."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from fundmgmt.forms import DayField, MoneyField, ReasonForm, VersionedForm
from fundmgmt.models import Seat, User
from fundmgmt.roles import Constituency, MemberRole, Role
from fundmgmt.states import Language, LegalStatus, OrganisationKind

if TYPE_CHECKING:
    from django.http import HttpRequest

PHONE = forms.RegexField(
    r"^\+?[0-9 ()/.-]{6,24}$",
    label=_("Phone"),
    help_text=_("With the country's number in front: +243 …"),
    required=False,
    max_length=24,
    error_messages={"invalid": _("Write a phone number with digits only, for example +243 990 000 000.")},
    widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
)


def name_field() -> forms.CharField:
    """How colleagues call a person."""
    return forms.CharField(
        label=_("Your name"),
        help_text=_("How colleagues call you."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class SignUpForm(forms.Form):
    """What we ask beyond e-mail and password: a name and a language."""

    name = name_field()
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spoken = (translation.get_language() or "")[:2]
        self.initial.setdefault("language", spoken if spoken in Language.values else settings.LANGUAGE_CODE)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Keep them on the new account (allauth calls this once it is saved)."""
        user.name, user.language = self.cleaned_data["name"], self.cleaned_data["language"]
        user.save(update_fields=["name", "language"])


class AccountForm(VersionedForm):
    """What a person says of themselves."""

    name = name_field()
    phone = PHONE
    language = forms.ChoiceField(
        label=_("Language"), help_text=_("Of pages, messages and papers."), choices=Language.choices
    )


class CloseAccountForm(VersionedForm):
    """Closing is for good."""

    sure = forms.BooleanField(label=_("I understand that this account cannot be opened again"))


class OrganisationForm(VersionedForm):
    """What an organisation says of itself."""

    name = forms.CharField(
        label=_("Name of the organisation"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    acronym = forms.CharField(label=_("Short name"), max_length=24, required=False)
    kind = forms.ChoiceField(label=_("Kind of organisation"), choices=OrganisationKind.choices)
    legal_status = forms.ChoiceField(
        label=_("Legal standing"),
        help_text=_("The F92 receipt alone no longer counts since June 2024: an act, an application or a host does."),
        choices=LegalStatus.choices,
    )
    registration_number = forms.CharField(label=_("Registration number"), max_length=80, required=False)
    founded_year = forms.IntegerField(label=_("Founded in"), help_text=_("The year."), required=False)
    has_bank_account = forms.BooleanField(
        label=_("There is an account in the organisation's name with two signatories"), required=False
    )
    province = forms.CharField(label=_("Province"), max_length=40, required=False)
    territory = forms.CharField(label=_("City or territory"), max_length=80, required=False)
    address = forms.CharField(
        label=_("Address or landmark"),
        help_text=_("Where post and visitors find you. Only the fund's staff and your colleagues see it."),
        max_length=200,
        required=False,
    )
    phone = PHONE

    def __init__(self, *args: Any, places: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, choices) in dict(places).items():
            self.fields[name] = forms.ChoiceField(label=label, choices=[("", "–"), *choices], required=False)


class ColleagueForm(VersionedForm):
    """Whom to add, and what they may do."""

    email = forms.EmailField(
        label=_("E-mail of your colleague"),
        help_text=_("Without an account they get an invitation; with one they belong at once."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("What may they do?"), choices=MemberRole.choices[1:], widget=forms.RadioSelect)


class MemberRoleForm(VersionedForm):
    """What a colleague may do."""

    role = forms.ChoiceField(label=_("What may they do?"), choices=MemberRole.choices, widget=forms.RadioSelect)


class PersonField(forms.EmailField):
    """An open account by its e-mail address."""

    def clean(self, value: Any) -> Any:
        """The person, or a sentence."""
        email = super().clean(value)
        if not email:
            return None
        found = User.objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            raise ValidationError(_("Nobody has an open account with this address. Let them sign up first."))
        return found


class HandOverForm(VersionedForm):
    """To whom an owner hands over: one of the colleagues."""

    to = forms.ModelChoiceField(get_user_model().objects.none(), label=_("Who is responsible from now on?"))
    leave = forms.BooleanField(label=_("I leave the organisation at the same time"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = User.objects.filter(
            memberships__organisation=self.obj, memberships__valid_until=None, is_active=True
        )
        self.fields["to"].queryset = colleagues.exclude(pk=self.user.pk).order_by("name")  # type: ignore[attr-defined]


class SupervisedHandOverForm(ReasonForm):
    """An officer helps an organisation whose responsible person is gone."""

    to = PersonField(
        label=_("E-mail of the new responsible person"),
        help_text=_("They need an account. Everybody responsible until now loses the place and is told."),
    )
    field_order = ("to", "reason")


class RoleForm(VersionedForm):
    """A role for a person."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    valid_until = DayField(label=_("Until"), help_text=_("Empty means: until it is ended."), required=False)
    decided_in = forms.CharField(
        label=_("Decided in"), help_text=_("For example SC-2026-01/3."), max_length=64, required=False
    )


class SeatForm(VersionedForm):
    """A new seat of the Steering Committee."""

    code = forms.RegexField(r"^[A-Za-z0-9-]{2,8}$", label=_("Code"), help_text=_("Short, for example NGO-1."))
    constituency = forms.ChoiceField(label=_("Speaks for"), choices=Constituency.choices)
    votes = forms.TypedChoiceField(
        label=_("In the Committee this seat"),
        choices=[("yes", _("votes")), ("no", _("observes"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )


class TermForm(VersionedForm):
    """Who sits on a seat."""

    seat = forms.ModelChoiceField(Seat.objects.filter(valid_until=None), label=_("Seat"))
    user = PersonField(label=_("E-mail of the person"))
    alternate = forms.BooleanField(label=_("As the alternate, named in advance"), required=False)
    valid_until = DayField(label=_("Until"), help_text=_("Empty means: until it is ended."), required=False)
    decided_in = forms.CharField(
        label=_("Decided in"), help_text=_("For example SC-2026-01/3."), max_length=64, required=False
    )


class HundredthsField(forms.DecimalField):
    """A number typed with two decimals at most, kept in hundredths: per cent in basis points, points in hundredths."""

    def clean(self, value: Any) -> int:
        """12.5 becomes 1250; more than two decimals are refused."""
        typed = super().clean(str(value).replace(",", ".").replace("%", "").strip() if value else value)
        return int(typed * 100)

    def prepare_value(self, value: Any) -> Any:
        """1250 shows as 12.5; what was typed stays."""
        return f"{Decimal(value) / 100:f}" if isinstance(value, int) else value


class FractionField(forms.CharField):
    """A fraction typed like 2/3, kept as its two numbers; it stays exact."""

    def clean(self, value: Any) -> list[int]:
        """2/3, 2 / 3 and [2, 3] become [2, 3]; more than the whole is refused."""
        found = re.fullmatch(r"\s*\[?\s*(\d{1,4})\s*[/,]\s*(\d{1,4})\s*\]?\s*", str(super().clean(value)))
        if found is None:
            raise ValidationError(_("Write it like this: 2/3."))
        part, whole = int(found[1]), int(found[2])
        if not 0 < part <= whole:
            raise ValidationError(_("The first number is at least 1 and not more than the second."))
        return [part, whole]

    def prepare_value(self, value: Any) -> Any:
        """[2, 3] shows as 2/3; what was typed stays."""
        return "/".join(str(part) for part in value) if isinstance(value, list) else value


class RuleForm(VersionedForm):
    """A new version of a rule; the value's field fits the rule."""

    value = forms.CharField(label=_("New value"))
    valid_from = DayField(label=_("In force from"), help_text=_("Today at the earliest."))
    decided_in = forms.CharField(label=_("Decided in"), help_text=_("For example SC-2026-01/3."), max_length=64)
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Everybody reads this on the page of rules."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = self.fields["value"].label
        kind = self.obj.spec.type
        if kind == "bp":
            self.fields["value"] = HundredthsField(
                label=label, help_text=_("In per cent."), min_value=0, max_value=100, decimal_places=2
            )
        elif kind == "hundredths":
            self.fields["value"] = HundredthsField(label=label, min_value=0, decimal_places=2)
        elif kind == "minor":
            self.fields["value"] = MoneyField(label=label, allow_zero=True)
        elif kind == "json" and self.obj.spec.key.endswith("_share"):
            self.fields["value"] = FractionField(label=label, help_text=_("Two numbers, like 2/3."), max_length=16)
        elif kind == "json":
            self.fields["value"] = forms.JSONField(
                label=label, help_text=_("Keep the brackets and quotes."), encoder=json.JSONEncoder
            )
        elif kind != "text":
            self.fields["value"] = forms.IntegerField(label=label, min_value=0)
