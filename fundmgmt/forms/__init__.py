"""Base forms: they keep what was typed, carry the version that was seen, and never write."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from fundmgmt.access import Refused
from fundmgmt.models.workflow import StepError
from fundmgmt.money import MINOR_DIGITS, Money, MoneyError, parse_amount


class MoneyInput(forms.TextInput):
    """A text box for amounts: phones show the number keys, and spaces or commas may be typed."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Number keys."""
        super().__init__({"inputmode": "decimal", "class": "short num", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """Minor units from the database as an amount; what was typed stays as it was typed."""
        if isinstance(value, int) and not isinstance(value, bool):
            return str(Money(value, self.attrs.get("data-currency", "USD")).decimal)
        return super().format_value(value)


class MoneyField(forms.Field):
    """An amount as typed to whole minor units (int). Errors say how to write it."""

    widget = MoneyInput

    def __init__(self, *, currency: str = "USD", allow_zero: bool = False, **kwargs: Any) -> None:
        """`currency` is the only one accepted here."""
        super().__init__(**kwargs)
        self.currency = currency
        self.allow_zero = allow_zero
        self.widget.attrs["data-currency"] = currency

    def to_python(self, value: Any) -> int | None:
        """Parse, or a message at the field."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        try:
            minor = parse_amount(str(value), self.currency).minor
        except MoneyError as error:
            raise ValidationError(error.message) from error
        if minor == 0 and not self.allow_zero:
            raise ValidationError(_("Write an amount above zero."))
        if minor > 10 ** (12 + MINOR_DIGITS[self.currency]):
            raise ValidationError(_("This amount is too large to be right."))
        return minor

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as amounts, not as texts."""
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


class DayField(forms.DateField):
    """A day: the browser's own picker, ISO inside, and the usual written forms accepted (31/12/2026, 31.12.2026)."""

    def __init__(self, **kwargs: Any) -> None:
        """Day before month, as people here write."""
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"])
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "short"}))
        super().__init__(**kwargs)
        self.error_messages["invalid"] = _("Write the day like this: 31/12/2026.")


class VersionedForm(forms.Form):
    """Carries the version of the row as the person saw it, so that a stale form changes nothing."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, obj: Any = None, user: Any = None, **kwargs: Any) -> None:
        """`obj` is the row the form is about, `user` the person filling it."""
        self.obj = obj
        self.user = user
        super().__init__(*args, **kwargs)
        if obj is not None and hasattr(obj, "version"):
            self.initial.setdefault("version", obj.version)

    def values(self) -> dict[str, Any]:
        """Clean values for the action, without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def take(self, error: StepError | Refused | ValidationError) -> None:
        """Put an action's refusal where it belongs: at its field, or above the form."""
        if isinstance(error, ValidationError):
            self.add_error(None, error)
            return
        self.add_error(error.field if error.field in self.fields else None, ValidationError(error.message))


class StepForm(VersionedForm):
    """A step without questions of its own."""


class ReasonForm(StepForm):
    """A step that needs a reason the other side will read."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Short and kind: the people concerned read it. Name no child."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )


class RemarkForm(StepForm):
    """A step with a remark, if one is wanted."""

    reason = forms.CharField(
        label=_("Remark"),
        help_text=_("If something should be remembered. Name no child."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
    )
