"""One row of a section as a form: a cost, an activity, an indicator, a milestone, a tranche, a risk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from applications.forms.figures import CountField, FigureField, ShareField
from applications.models import Activity, BudgetLine, Milestone, PlannedTranche, ProjectRisk
from applications.queries.choices import indicator_choices
from applications.states import BudgetCategory, RiskLevel
from fundmgmt.forms import CarefulForm, DayField, MoneyField
from fundmgmt.models import Indicator

MONTHS = 36


def _said(model: Any, name: str) -> Any:
    return capfirst(model._meta.get_field(name).verbose_name)


class RowForm(CarefulForm):
    """`row` is the row being changed, or None for a new one."""

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        """Fill from the row."""
        self.row = row
        if row is not None:
            kwargs["initial"] = {**self.now(row), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.set_choices()
        self.show_warnings()

    def now(self, row: Any) -> dict[str, Any]:
        """What stands there."""
        return {name: getattr(row, name) for name in self.base_fields if hasattr(row, name)}

    def set_choices(self) -> None:
        """Choices that come from tables."""


class LineForm(RowForm):
    """A cost."""

    category = forms.ChoiceField(label=_said(BudgetLine, "category"), choices=BudgetCategory)
    description = forms.CharField(label=_said(BudgetLine, "description"), max_length=160)
    unit = forms.CharField(label=_said(BudgetLine, "unit"), max_length=32, help_text=_("month, kit, day, session…"))
    quantity = FigureField(label=_said(BudgetLine, "quantity"))
    unit_cost_minor = MoneyField(label=_said(BudgetLine, "unit_cost_minor"))
    justification = forms.CharField(
        label=_said(BudgetLine, "justification"),
        max_length=300,
        required=False,
        help_text=_("Needed when this line is more than 35 % of the budget."),
    )

    def set_choices(self) -> None:
        """The currency of the call."""
        field = self.fields["unit_cost_minor"]
        field.currency = self.obj.currency
        field.widget.attrs["data-currency"] = self.obj.currency


class ActivityForm(RowForm):
    """A piece of work."""

    title = forms.CharField(label=_said(Activity, "title"), max_length=200)
    start_month = CountField(
        label=_said(Activity, "start_month"),
        least=1,
        most=MONTHS,
        help_text=_("Month 1 is the first month of the project."),
    )
    end_month = CountField(label=_said(Activity, "end_month"), least=1, most=MONTHS)


class IndicatorForm(RowForm):
    """A promised change."""

    indicator = forms.ModelChoiceField(label=_("Indicator"), queryset=Indicator.objects.none(), empty_label=_("Choose"))
    baseline_num = CountField(
        label=_("Today: how many"),
        required=False,
        help_text=_("For a share: how many of those counted. Otherwise leave it empty."),
    )
    baseline_den = CountField(label=_("of how many counted in all"), required=False)
    baseline_value = FigureField(
        label=_("or today's number"),
        required=False,
        help_text=_("Leave it empty when nobody knows yet: empty is not zero."),
    )
    target_value = FigureField(label=_("At the end"), help_text=_("A number, or a percentage without the sign."))

    def set_choices(self) -> None:
        """Every indicator a project may choose, by theme."""
        field = self.fields["indicator"]
        field.queryset = Indicator.objects.all()
        field.choices = [("", _("Choose")), *indicator_choices()]

    def now(self, row: Any) -> dict[str, Any]:
        """The indicator by its key."""
        return {**super().now(row), "indicator": row.indicator_id}


class MilestoneForm(RowForm):
    """Something that can be seen to be done."""

    title = forms.CharField(label=_said(Milestone, "title"), max_length=200)
    due_date = DayField(label=_said(Milestone, "due_date"))
    releases_tranche = CountField(
        label=_said(Milestone, "releases_tranche"),
        required=False,
        least=1,
        most=9,
        help_text=_("The tranche that waits for it, if any."),
    )


class TrancheForm(RowForm):
    """A tranche as planned."""

    share = ShareField(
        label=_said(PlannedTranche, "share_bp"), help_text=_("In per cent of the grant, for example 40.")
    )
    planned_date = DayField(label=_said(PlannedTranche, "planned_date"))

    def now(self, row: Any) -> dict[str, Any]:
        """Basis points under their own name."""
        return {**super().now(row), "share": row.share_bp}

    def values(self) -> dict[str, Any]:
        """Basis points under the column's name."""
        values = super().values()
        return {**{k: v for k, v in values.items() if k != "share"}, "share_bp": values["share"]}


class RiskForm(RowForm):
    """What could go wrong."""

    risk = forms.CharField(label=_said(ProjectRisk, "risk"), max_length=300)
    level = forms.ChoiceField(label=_said(ProjectRisk, "level"), choices=RiskLevel)
    response = forms.CharField(label=_said(ProjectRisk, "response"), max_length=300)


ROW_FORMS: dict[str, type[RowForm]] = {
    "lines": LineForm,
    "activities": ActivityForm,
    "indicators": IndicatorForm,
    "milestones": MilestoneForm,
    "tranches": TrancheForm,
    "risks": RiskForm,
}
