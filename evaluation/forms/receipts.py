"""One receipt as a form, and a whole sheet of them: the same form reads each row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from evaluation.actions.receipts import Paid, checked, is_there
from evaluation.forms.reports import ask_about_minors
from evaluation.models import ExpenseReceipt
from evaluation.queries.receipts import currencies_of, receipt_key
from evaluation.queries.reports import lines_of
from evaluation.resources import COLUMNS, choice_of
from evaluation.states import Payee, RateSource
from fundmgmt.forms import CarefulForm, DayField, MoneyField, VersionedForm, personal_signs
from fundmgmt.forms.kept_file import KeptFileField
from fundmgmt.models.workflow import StepError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from evaluation.models import Report
    from evaluation.resources import SheetRow

_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_RATE = re.compile(r"[0-9]+(?:[.,][0-9]{1,10})?")


def _said(name: str) -> Any:
    return capfirst(ExpenseReceipt._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


class RateField(forms.Field):
    """A rate with up to ten decimals; a separator that could mean two things is asked back."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "short num", "autocomplete": "off"})

    def to_python(self, value: Any) -> Decimal | None:
        """Parse, or a message at the field."""
        if value in self.empty_values:
            return None
        cleaned = _SPACES.sub("", str(value))
        if not _RATE.fullmatch(cleaned):
            raise ValidationError(_("Write the rate in figures, for example 2850.50."))
        whole, _mark, tail = cleaned.replace(",", ".").partition(".")
        if len(tail) == 3 and len(whole) <= 3 and not whole.startswith("0"):  # noqa: PLR2004 -- groups of three digits
            said = {"typed": cleaned, "big": whole + tail, "small": f"{whole}.{tail}0"}
            raise ValidationError(_("%(typed)s can be read in two ways. Write %(big)s, or %(small)s.") % said)
        try:
            rate = Decimal(f"{whole}.{tail or 0}")
        except InvalidOperation as error:
            raise ValidationError(_("Write the rate in figures, for example 2850.50.")) from error
        if not 0 < rate < 10**9:
            raise ValidationError(_("This rate is too large or too small to be right."))
        return rate


class ReceiptForm(CarefulForm):
    """One receipt. Line, day, kind, amount in the receipt's own money, and its rate when that is another money."""

    line_no = forms.TypedChoiceField(label=_said("line_no"), coerce=int)
    spent_date = DayField(label=_said("spent_date"))
    payee = forms.ChoiceField(label=_said("payee"), choices=[("", "–"), *Payee.choices])
    description = forms.CharField(
        label=_said("description"), max_length=160, help_text=_("Goods or work, no names: 40 school kits.")
    )
    receipt_no = forms.CharField(
        label=_said("receipt_no"),
        max_length=40,
        help_text=_("As it stands on the paper; without one, the number you wrote on it."),
    )
    amount_minor = MoneyField(label=_said("amount_minor"))
    currency = forms.ChoiceField(label=_said("currency"))
    rate = RateField(
        label=_said("rate"),
        required=False,
        help_text=_("Only for another money than the grant's: how many francs one dollar was, for example 2850."),
    )
    rate_source = forms.ChoiceField(
        label=_said("rate_source"),
        required=False,
        choices=[("", "–"), *((code, label) for code, label in RateSource.choices if code != RateSource.FUND)],
        help_text=_("Leave rate and source empty to take the fund's rate of that day, when there is one."),
    )

    def __init__(self, *args: Any, lines: list[Any], grant_currency: str, **kwargs: Any) -> None:
        """Lines of the budget and moneys of the grant; the amount is read in the money chosen."""
        super().__init__(*args, **kwargs)
        self.fields["line_no"].choices = [(line.no, f"{line.no}. {line.description}") for line in lines]
        allowed = currencies_of(grant_currency)
        self.fields["currency"].choices = [(code, code) for code in allowed]
        chosen = str(self.data.get("currency", "")) if self.is_bound else ""
        amount = self.fields["amount_minor"]
        assert isinstance(amount, MoneyField)
        amount.currency = chosen if chosen in allowed else grant_currency
        amount.widget.attrs.pop("data-currency", None)  # the money is chosen beside it
        self.show_warnings()

    def clean_description(self) -> str:
        """No person: what was bought is enough."""
        text: str = self.cleaned_data["description"]
        signs = personal_signs(text)
        if signs:
            said = {"what": ", ".join(str(sign) for sign in signs)}
            raise ValidationError(_("This looks like %(what)s. Write what was bought, not who it was for.") % said)
        return text.strip()

    def paid(self) -> Paid:
        """The receipt as the action takes it."""
        return Paid(**{name: self.cleaned_data[name] for name in Paid.__dataclass_fields__})


class Pictured(forms.Form):
    """The picture of the paper."""

    photo = KeptFileField(
        label=_("Picture of the receipt"),
        required=False,
        help_text=_("The paper only. Place, time and device inside the picture are taken out."),
    )
    shows_minor = ask_about_minors()

    def take(self, error: Any) -> None:
        """A refused file has another name here."""
        if getattr(error, "field", None) == "file":
            error.field = "photo"
        super().take(error)  # type: ignore[misc]


class PictureForm(Pictured, VersionedForm):
    """A picture for a receipt that has none, or a better one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Here it is what is asked."""
        super().__init__(*args, **kwargs)
        self.fields["photo"].required = True


class OneReceiptForm(Pictured, ReceiptForm):
    """With the picture of the paper, and a tick when totals stand there already."""

    instead_of_totals = forms.BooleanField(
        label=_("Receipts take the place of the totals given before."), required=False
    )

    def __init__(self, *args: Any, has_totals: bool, **kwargs: Any) -> None:
        """The tick only where there is something to replace; the picture last but for it."""
        super().__init__(*args, **kwargs)
        last = ["photo", "shows_minor", "instead_of_totals"]
        self.order_fields([*(name for name in self.fields if name not in last), *last])
        if not has_totals:
            del self.fields["instead_of_totals"]


class ExplainForm(VersionedForm):
    """Why lines differ from the budget; the amounts come from the receipts."""

    def __init__(self, *args: Any, lines: list[Any], **kwargs: Any) -> None:
        """A box for each line."""
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"note_{line.no}"] = forms.CharField(
                label=_("Why it differs from the budget"), required=False, max_length=300
            )
            self.initial.setdefault(f"note_{line.no}", line.note)

    @property
    def rows(self) -> list[tuple[Any, None, Any]]:
        """Line, no amount, reason: as the form of totals has them."""
        return [(line, None, self[f"note_{line.no}"]) for line in self.lines]

    def notes(self) -> dict[int, str]:
        """Line number to reason."""
        return {line.no: self.cleaned_data.get(f"note_{line.no}", "") for line in self.lines}


class SheetForm(VersionedForm):
    """A filled sheet to look at; nothing is kept yet."""

    file = forms.FileField(
        label=_("The filled sheet"),
        help_text=_("XLSX or CSV. You see first what it says; nothing is counted before you agree."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


@dataclass(frozen=True)
class CellError:
    """What is wrong in one cell, and what is accepted there."""

    row: int
    field: str
    column: str
    typed: str
    text: str


@dataclass(frozen=True)
class Preview:
    """What a sheet would do: new receipts, how many are there already, and every cell that is wrong."""

    new: tuple[Paid, ...]
    there: int
    errors: tuple[CellError, ...]


def preview_of(report: Report, rows: Iterable[SheetRow], at: dt.datetime) -> Preview:
    """Read every row with the form of one receipt; the same paper twice in one sheet is an error of the second."""
    lines, currency = lines_of(report), report.grant.currency
    new: list[Paid] = []
    errors: list[CellError] = []
    seen: dict[tuple[Any, ...], int] = {}
    there = 0
    for row in rows:
        data = {
            **row.cells,
            "payee": choice_of(row.cells["payee"], Payee),
            "rate_source": choice_of(row.cells.get("rate_source", ""), RateSource),
            "currency": row.cells["currency"].upper(),
        }
        if data["rate_source"] == RateSource.FUND:
            data |= {"rate": "", "rate_source": ""}  # looked up again, so that nobody writes the fund's rate
        form = ReceiptForm(data, lines=lines, grant_currency=currency)
        if not form.is_valid():
            errors += [_error(row, name, found[0], lines) for name, found in form.errors.items()]
            continue
        paid = form.paid()
        key = (receipt_key(paid.receipt_no), paid.spent_date, paid.amount_minor, paid.currency)
        if key in seen:
            text = _t("The same receipt stands in row %(row)s.") % {"row": seen[key]}
            errors.append(_error(row, "receipt_no", text, lines))
            continue
        seen[key] = row.number
        if is_there(report, paid):
            there += 1
            continue
        try:
            new.append(checked(report, paid, at, {line.no for line in lines}))
        except StepError as error:
            errors.append(_error(row, error.field or "receipt_no", str(error.message), lines))
    return Preview(tuple(new), there, tuple(errors))


def _error(row: SheetRow, name: str, text: str, lines: list[Any]) -> CellError:
    """With what is accepted, where a choice is asked."""
    accepted = {
        "line_no": ", ".join(str(line.no) for line in lines),
        "payee": ", ".join(str(label) for label in Payee.labels),
        "currency": _t("the codes of the moneys, for example USD or CDF"),
    }.get(name, "")
    if accepted:
        text = _t("%(text)s Accepted: %(list)s.") % {"text": text, "list": accepted}
    return CellError(row.number, name, str(capfirst(COLUMNS[name])), row.cells.get(name, "")[:60], text)
