"""Base forms: they keep what was typed, carry the version that was seen, and never write."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from fundmgmt.access import Refused
from fundmgmt.formats import words
from fundmgmt.models.workflow import StepError
from fundmgmt.money import MINOR_DIGITS, Money, MoneyError, minor_digits, parse_amount


class MoneyInput(forms.TextInput):
    """A text box for amounts: phones show the number keys, and spaces or commas may be typed."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Number keys."""
        super().__init__({"inputmode": "decimal", "class": "short num", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """Minor units from the database as an amount; what was typed stays as it was typed."""
        if isinstance(value, int) and not isinstance(value, bool):
            amount = Money(value, self.attrs.get("data-currency", "USD"))
            return words.written(amount.decimal, minor_digits(amount.currency))
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
            raise ValidationError(str(error.message)) from error
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


LOOKS_LIKE = _("This looks like %(what)s. Please take it out: say what happens, not who.")


LONG_TEXT = 300
NO_WORDS = (forms.EmailField, forms.URLField, forms.JSONField)


def _is_long(field: forms.Field) -> bool:
    """A box for people's own words, more than a name, a number or an address."""
    if not isinstance(field, forms.CharField) or isinstance(field, NO_WORDS):
        return False
    room = field.max_length or 0
    return isinstance(field.widget, forms.Textarea) or room >= LONG_TEXT


class VersionedForm(forms.Form):
    """Carries the version of the row as the person saw it, so that a stale form changes nothing.

    A longer text that seems to say who a child is comes back once with the question whether it shall go as it is.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    asks_once = True
    figures: ClassVar[tuple[str, ...]] = ()  # boxes with room for many lines that hold days and amounts
    asked_once = False  # the second question stands under the boxes

    def __init__(self, *args: Any, obj: Any = None, user: Any = None, **kwargs: Any) -> None:
        """`obj` is the row the form is about, `user` the person filling it."""
        self.obj = obj
        self.user = user
        super().__init__(*args, **kwargs)
        if obj is not None and hasattr(obj, "version"):
            self.initial.setdefault("version", obj.version)

    def careful_fields(self) -> list[str]:
        """Boxes for longer texts."""
        return [name for name, field in self.fields.items() if _is_long(field) and name not in self.figures]

    def warnings(self) -> dict[str, list[Any]]:
        """Field name to what it seems to hold."""
        texts = {name: self[name].value() or "" for name in self.careful_fields()}
        return {name: signs for name, text in texts.items() if (signs := personal_signs(str(text)))}

    @property
    def as_it_is_name(self) -> str:
        """What the box of the second question is called."""
        return self.add_prefix("as_it_is")

    @property
    def as_it_is(self) -> bool:
        """The person looked at the text again and sends it as it is."""
        return bool(self.data.get(self.as_it_is_name))

    def full_clean(self) -> None:
        """Ask once about what a text seems to hold."""
        super().full_clean()
        signs = self.warnings() if self.is_bound and self.asks_once else {}
        self.asked_once = bool(signs)
        if not self.as_it_is:
            for name, what in signs.items():
                self.add_error(name, ValidationError(LOOKS_LIKE % {"what": ", ".join(str(sign) for sign in what)}))

    def values(self) -> dict[str, Any]:
        """Clean values for the action, without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def take(self, error: StepError | Refused | ValidationError) -> None:
        """Put an action's refusal where it belongs: at its field, or above the form."""
        if isinstance(error, ValidationError):
            self.add_error(None, error)
            return
        self.add_error(error.field if error.field in self.fields else None, ValidationError(str(error.message)))


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


# Signs that a text may say more about a person than it should. The words found are never kept or shown.
_SIGNS = (
    (re.compile(r"(?:\+|00)?\d[\d\s./()-]{7,}\d"), _("a phone number")),
    (re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}"), _("an e-mail address")),
    (
        re.compile(r"-?\d{1,2}[.,]\d{4,}\s*[,;/ ]\s*-?\d{1,3}[.,]\d{4,}|\d{1,3}°\s*\d{1,2}"),
        _("an exact place on the map"),
    ),
    (
        re.compile(
            r"\b(?:born|née?|aliyezaliwa|alizaliwa|amezaliwa)\b(?:\W+\w+){0,2}?\W+\d"
            r"|\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}\b.{0,20}\b(?:birth|naissance|kuzaliwa)\b",
            re.IGNORECASE,
        ),
        _("a day of birth"),
    ),
    (
        re.compile(
            r"\b(?:child|girl|boy|pupil)\s+(?:is\s+)?(?:named|called)\b"
            r"|\b(?:enfant|fille|garçon|élève)\s+(?:nommée?|appelée?|du nom de|qui s.appelle)\b"
            r"|\b(?:mtoto|msichana|mvulana|mwanafunzi)\s+(?:aitwaye|anayeitwa|mwenye jina|jina lake)\b",
            re.IGNORECASE,
        ),
        _("the name of a child"),
    ),
)
_SHORTEST_PHONE = 9


def personal_signs(text: str) -> list[Any]:
    """What a text seems to hold that should not be written here, in words; the text itself is not kept anywhere."""
    found = []
    for pattern, what in _SIGNS:
        hits = pattern.findall(text or "")
        if pattern is _SIGNS[0][0]:
            hits = [hit for hit in hits if len(re.sub(r"\D", "", hit)) >= _SHORTEST_PHONE and not _is_amount(hit)]
        if hits:
            found.append(what)
    return found


def _is_amount(text: str) -> bool:
    """12 000 000 and 2026-2027 are numbers of another kind."""
    groups = re.split(r"[\s.]", text.strip())
    thousands = len(groups) > 1 and len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:])  # noqa: PLR2004 -- thousands
    return (thousands and not text.strip().startswith(("0", "+"))) or bool(
        re.fullmatch(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}\s*-\s*\d{4}", text.strip())
    )


class CarefulForm(VersionedForm):
    """Warns beside each text box that seems to name a child, a phone, a birthday or an exact place; never blocks."""

    asks_once = False

    def careful_fields(self) -> list[str]:
        """Boxes of free text."""
        return [
            name
            for name, field in self.fields.items()
            if isinstance(field, forms.CharField) and not field.widget.is_hidden
        ]

    def show_warnings(self) -> None:
        """Put each warning into the help of its box."""
        for name, signs in self.warnings().items():
            self[name].help_text = format_html(
                '{} <strong class="badge wait">{}</strong>',
                self.fields[name].help_text,
                LOOKS_LIKE % {"what": ", ".join(str(sign) for sign in signs)},
            )
