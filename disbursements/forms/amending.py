"""Forms that ask for a change of a grant's terms: what stands there now, to be written over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from applications.models import Meeting
from applications.states import BudgetCategory
from disbursements.actions.amending import NewLine
from disbursements.forms.grants import CAREFUL
from disbursements.queries.amendments import (
    HUNDREDTHS,
    effect_of,
    open_agendas,
    place_of,
    promises_of,
    targets_of,
    tranches_to_move,
)
from disbursements.queries.budgets import budget_lines
from disbursements.queries.calendar import Planned, movable_days
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import says
from fundmgmt.forms import DayField, MoneyField, VersionedForm
from fundmgmt.states import Language


class AskForm(VersionedForm):
    """Why; the questions of the kind stand before it."""

    reason = forms.CharField(
        label=_("Why"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, help_text=CAREFUL
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The reason comes last."""
        super().__init__(*args, **kwargs)
        self.fields |= self.questions()
        self.order_fields([name for name in self.fields if name != "reason"])

    def questions(self) -> dict[str, forms.Field]:
        """Fields of this grant."""
        return {}

    def money(self, label: str, minor: int, *, allow_zero: bool = False) -> MoneyField:
        """An amount in the grant's currency, with what stands there now."""
        currency = self.obj.currency
        return MoneyField(label=label, initial=minor, currency=currency, allow_zero=allow_zero)


class BudgetShiftForm(AskForm):
    """The amount of each line, and a line that is not there yet."""

    def questions(self) -> dict[str, forms.Field]:
        """One box for each line; three for a new one, left empty where there is none."""
        found: dict[str, forms.Field] = {
            f"line_{line.no}": self.money(f"{line.no}. {line.description}", line.total_minor, allow_zero=True)
            for line in budget_lines(self.obj)
        }
        found["new_description"] = forms.CharField(
            label=_("New line: what it is for"),
            help_text=_("Leave empty if the lines above are enough."),
            max_length=160,
            required=False,
        )
        kinds = [("", _("No new line")), *BudgetCategory.choices]
        found["new_category"] = forms.ChoiceField(label=_("New line: kind of cost"), choices=kinds, required=False)
        found["new_amount"] = MoneyField(
            label=_("New line: amount"), currency=self.obj.currency, allow_zero=True, required=False
        )
        return found

    def values(self) -> dict[str, Any]:
        """Line number to amount; the new line where one of its boxes is filled."""
        given = self.cleaned_data
        lines = {int(name.removeprefix("line_")): minor for name, minor in given.items() if name.startswith("line_")}
        new = NewLine(given["new_category"], given["new_description"], given["new_amount"] or 0)
        return {"lines": lines, "new_line": new if new != NewLine("", "", 0) else None, "reason": given["reason"]}


class ExtensionForm(AskForm):
    """The new last day."""

    end_date = DayField(label=_("New last day"))

    def questions(self) -> dict[str, forms.Field]:
        """Which days move with it: those still to come, ticked."""
        rows = [row for row in movable_days(self.obj) if row.day >= timezone.localdate() and not row.follows]
        if not rows:
            return {}
        choices = [(f"{row.part}:{row.key}", said_day(row)) for row in rows]
        field = forms.MultipleChoiceField(
            label=_("These days move as far as the last day does"),
            help_text=_("Take the tick off what stays. The final report follows by itself."),
            choices=choices,
            initial=[value for value, _said in choices],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        return {"moves": field}

    def values(self) -> dict[str, Any]:
        """The last day, and what moves with it."""
        given = self.cleaned_data
        moves = [tuple(value.split(":", 1)) for value in given.get("moves", [])]
        return {"end_date": given["end_date"], "moves": moves, "reason": given["reason"]}


def said_day(row: Planned) -> str:
    """Which day, what it is of, and when it is now."""
    what = f"{row.part.label} {row.key}" + (f" ({row.label})" if row.label else "")
    return _t("%(what)s: %(day)s") % {"what": what, "day": in_words(row.day)}


class AgendaForm(VersionedForm):
    """Which meeting decides, and what the office says to it."""

    meeting = forms.ModelChoiceField(label=_("Meeting"), queryset=Meeting.objects.none())
    proposal = forms.CharField(
        label=_("What the office proposes, and why"), widget=forms.Textarea(attrs={"rows": 5}), max_length=4000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Meetings whose agenda is open; the change and its reason stand there to begin with."""
        super().__init__(*args, **kwargs)
        field = self.fields["meeting"]
        field.queryset = open_agendas()
        self.initial.setdefault("meeting", field.queryset.first())
        field.label_from_instance = lambda row: f"{row.ref}, {in_words(row.held_date)} ({row.get_state_display()})"
        lines = [says(part, f"{before} → {after}") for part, before, after in effect_of(self.obj)]
        self.initial.setdefault("proposal", "\n".join([*lines, self.obj.reason]))


class PhasingForm(AskForm):
    """Amount and day of each tranche nobody has asked for."""

    def questions(self) -> dict[str, forms.Field]:
        """Two boxes for each."""
        found: dict[str, forms.Field] = {}
        for row in tranches_to_move(self.obj):
            said = {"no": row.no}
            found[f"amount_{row.no}"] = self.money(_("Tranche %(no)s: amount") % said, row.amount_minor)
            found[f"date_{row.no}"] = DayField(label=_("Tranche %(no)s: day") % said, initial=row.planned_date)
        return found

    def values(self) -> dict[str, Any]:
        """Tranche number to amount and day."""
        given = self.cleaned_data
        numbers = [int(name.removeprefix("date_")) for name in given if name.startswith("date_")]
        parts = {no: (given[f"amount_{no}"], given[f"date_{no}"]) for no in numbers}
        return {"parts": parts, "reason": given["reason"]}


class ResultsForm(AskForm):
    """The target of each promise, and the place."""

    def questions(self) -> dict[str, forms.Field]:
        """One box for each target in force."""
        now = targets_of(self.obj)
        found: dict[str, forms.Field] = {
            f"target_{row.indicator.code}": forms.DecimalField(
                label=row.indicator.label,
                initial=_in_units(now[row.indicator.code]),
                min_value=0,
                max_digits=12,
                decimal_places=2,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short num"}),
                localize=True,
            )
            for row in promises_of(self.obj)
        }
        found["place"] = forms.CharField(
            label=_("Place of the work"),
            help_text=_("City, territory or commune; no exact site."),
            initial=place_of(self.obj),
            max_length=160,
            required=False,
        )
        return found

    def values(self) -> dict[str, Any]:
        """Code to hundredths; boxes left empty stay as they are."""
        given = self.cleaned_data
        targets = {
            name.removeprefix("target_"): int(value * HUNDREDTHS)
            for name, value in given.items()
            if name.startswith("target_") and value is not None
        }
        return {"targets": targets, "place": given["place"], "reason": given["reason"]}


def _in_units(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths).scaleb(-2)


class CorrectionForm(AskForm):
    """Clerical fields."""

    language = forms.ChoiceField(label=_("Language of letters"), choices=Language.choices)
    own_number = forms.CharField(label=_("Your own number of this project"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What stands there now."""
        super().__init__(*args, **kwargs)
        self.initial.setdefault("language", self.obj.language)
        self.initial.setdefault("own_number", self.obj.external_ref)
