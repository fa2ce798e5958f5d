"""A grantee's request for a tranche: what was spent, for which budget lines it asks next, who certifies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.forms.grants import CAREFUL, InItsCurrency
from disbursements.queries.requests import Position, may_lack_plan, positions, proposed_plan
from fundmgmt.forms import MoneyField, StepForm


class RequestForm(InItsCurrency, StepForm):
    """One amount for each budget line; together they make the tranche. Proposed from what is left of each line."""

    spent_stated_minor = MoneyField(
        label=_("Spent so far, all tranches together"),
        help_text=_("The sum of your receipts. Write 0 before the first tranche."),
        allow_zero=True,
    )
    interest_minor = MoneyField(
        label=_("Interest the bank paid on this money"),
        help_text=_("Told apart: it is no spending. Leave it empty when there was none."),
        allow_zero=True,
        required=False,
    )
    certified_name = forms.CharField(label=_("Who certifies this: first name and family name"), max_length=120)
    certified_role = forms.CharField(
        label=_("What this person does in the organisation"),
        help_text=_("For example: coordinator, finance officer."),
        max_length=80,
    )
    accepted = forms.BooleanField(
        label=_("What I state is true, receipts are kept, and the money is used for this project only.")
    )
    reason = forms.CharField(
        label=_("Remark"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        help_text=CAREFUL,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The lines in force, each with what is left of it."""
        super().__init__(*args, **kwargs)
        self.lines = positions(self.obj.grant) if self.obj is not None else []
        self.may_lack_plan = self.obj is not None and may_lack_plan(self.obj, timezone.localdate())
        told = sum(line.accepted_minor + line.stated_minor for line in self.lines)
        self.initial.setdefault("spent_stated_minor", told)
        proposed = proposed_plan(self.obj.amount_minor, self.lines) if self.lines else {}
        for line in self.lines:
            self.fields[f"plan_{line.no}"] = MoneyField(
                label=f"{line.no}. {line.description}", currency=self.obj.currency, allow_zero=True, required=False
            )
            self.initial.setdefault(f"plan_{line.no}", proposed[line.no])

    @property
    def rows(self) -> list[tuple[Position, Any]]:
        """Line and amount, for the page."""
        return [(line, self[f"plan_{line.no}"]) for line in self.lines]

    @property
    def others(self) -> list[Any]:
        """The boxes after the plan."""
        return [field for field in self.visible_fields() if not field.name.startswith("plan_")]

    def values(self) -> dict[str, Any]:
        """The parts as one plan."""
        values = super().values()
        plan = {line.no: values.pop(f"plan_{line.no}") for line in self.lines}
        values["plan"] = {no: minor for no, minor in plan.items() if minor}
        values["interest_minor"] = values["interest_minor"] or 0
        return values
