"""Boxes for figures that keep what was typed: phones show number keys, spaces and commas may be typed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from fundmgmt.formats import words
from fundmgmt.money import MoneyError, parse_amount

_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_FIGURE = re.compile(r"[0-9][0-9.,]*")
MOST_PEOPLE = 10_000_000
WHOLE = 100


class FigureInput(forms.TextInput):
    """A text box with number keys."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Decimal keys unless told otherwise."""
        super().__init__({"inputmode": "decimal", "class": "short num", "autocomplete": "off", **(attrs or {})})


class CountField(forms.Field):
    """A whole number of people or things: zero or more. Empty stays empty, because missing is not zero."""

    widget = FigureInput

    def __init__(self, *, least: int = 0, most: int = MOST_PEOPLE, **kwargs: Any) -> None:
        """Whole-number keys."""
        kwargs.setdefault("widget", FigureInput({"inputmode": "numeric"}))
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def to_python(self, value: Any) -> int | None:
        """Parse, or a message at the field."""
        if value in self.empty_values:
            return None
        cleaned = _SPACES.sub("", str(value))
        if not re.fullmatch(r"[0-9]{1,12}", cleaned):
            raise ValidationError(_("Write a whole number in figures, for example 120."))
        number = int(cleaned)
        if number < self.least:
            raise ValidationError(_("Write %(least)s or more.") % {"least": self.least})
        if number > self.most:
            raise ValidationError(_("This number is too large to be right."))
        return number


class FigureField(forms.Field):
    """A number with at most two decimals; a separator that could mean two things is asked back."""

    widget = FigureInput

    def prepare_value(self, value: Any) -> Any:
        """Without useless zeros."""
        if isinstance(value, Decimal):
            return words.written(value)
        return value

    def to_python(self, value: Any) -> Decimal | None:
        """Parse, or a message at the field."""
        if value in self.empty_values:
            return None
        cleaned = _SPACES.sub("", str(value))
        if not _FIGURE.fullmatch(cleaned):
            raise ValidationError(_("Write a number in figures, for example 12 or 2.5."))
        try:
            number = Decimal(parse_amount(cleaned, "USD").minor).scaleb(-2)
        except MoneyError as error:
            raise ValidationError(error.message) from error
        if number >= 10**9:
            raise ValidationError(_("This number is too large to be right."))
        return number


class ShareField(FigureField):
    """A percentage as typed (40, 12.5) to basis points."""

    def prepare_value(self, value: Any) -> Any:
        """Basis points as a percentage; what was typed stays as it was typed."""
        if isinstance(value, int):
            return words.written(Decimal(value) / WHOLE)
        return super().prepare_value(value)

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        """Parse, or a message at the field."""
        number = super().to_python(str(value).replace("%", "") if value not in self.empty_values else value)
        if number is None:
            return None
        if number > WHOLE:
            raise ValidationError(_("A share is at most 100 %. Check this number."))
        if number == 0:
            raise ValidationError(_("Write a share above zero."))
        return int(number * WHOLE)


class WordsField(forms.CharField):
    """Text with a limit in words, counted as the page counts them."""

    def __init__(self, *, max_words: int, **kwargs: Any) -> None:
        """`max_words` is shown under the box."""
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 6}))
        super().__init__(**kwargs)
        self.max_words = max_words

    def validate(self, value: str) -> None:
        """Not more words than asked."""
        super().validate(value)
        count = len(value.split())
        if count > self.max_words:
            raise ValidationError(
                _("These are %(count)s words; at most %(most)s fit. Take some out.")
                % {"count": count, "most": self.max_words}
            )
