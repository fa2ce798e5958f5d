"""The treasurer: the bank's days, what lies between the bank and the ledger, and closing them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import days as day_actions
from disbursements.forms import banking as forms
from disbursements.models import BankStatement, ClosedDay
from disbursements.queries.days import accounts_with_days, balances_by_day, bridge_on
from disbursements.views.statements import bank_tabs
from fundmgmt.access import can
from fundmgmt.charts import Chart, line
from fundmgmt.formats.words import day, money
from fundmgmt.forms import VersionedForm
from fundmgmt.money import MINOR_DIGITS, Money
from fundmgmt.pages import Column, ListPage, NewPage


class DaysPage(ListPage):
    """Each account: balance by day, what explains the difference to the ledger, and the days that are closed."""

    policy = "disbursements.view_closedday"
    section = "statements"
    title = _("Days of the bank")
    order = ("-day", "-id")
    csv_name = "closed-days"
    template_name = "disbursements/days.html"
    empty_title = _("No day is closed yet")
    empty_text = _("A day is closed when every line up to it is settled. From then on nothing of the bank joins it.")
    columns = (
        Column("day", _("Closed up to"), lambda row: day(row.day)),
        Column("currency", _("Currency"), lambda row: row.currency),
        Column("balance", _("Balance"), lambda row: Money(row.balance_minor, row.currency), numeric=True),
        Column("lines", _("Lines"), lambda row: row.line_count, numeric=True),
        Column("by", _("Closed by"), lambda row: row.closed_by.name),
        Column("seal", _("Seal"), lambda row: row.seal, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[ClosedDay]:
        """All closings."""
        return ClosedDay.objects.visible_to(self.request.user).select_related("closed_by")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """One part for each account."""
        may = bool(can(self.request.user, "disbursements.close_day"))
        parts = [self.part(one) for one in accounts_with_days(self.request.user)]
        return super().get_context(tabs=bank_tabs("days"), parts=parts, may_close=may, **extra)

    def part(self, one: dict[str, Any]) -> dict[str, Any]:
        """Figures and picture of one account."""
        last: BankStatement = one["statement"]
        bridge = bridge_on(last.currency, last.end)
        rows = [
            (_t("In the ledger"), bridge.ledger),
            (_t("There before the first statement"), bridge.at_start),
            (_t("On the statement, not settled yet"), bridge.unmatched),
            (_t("In our books, not on the statement yet"), -bridge.not_shown),
            (_t("Booked by us on other days"), bridge.other_days),
        ]
        return {
            "name": f"{last.currency} {last.account}",
            "facts": [
                (_("Statements up to"), last.end),
                (_("Lines not settled"), one["waiting"]),
                (_("Closed up to"), one["closed"].day if one["closed"] else _t("no day yet")),
            ],
            "columns": [_("On %(day)s") % {"day": day(last.end)}, (_("Amount"), "num")],
            "rows": [(label, money(minor, last.currency)) for label, minor in rows if minor],
            "total": (_t("At the bank"), money(bridge.bank, last.currency)),
            "claimed": bridge.claimed,
            "rest": money(bridge.rest, last.currency) if bridge.rest else "",
            "chart": self.chart(last),
        }

    def chart(self, last: BankStatement) -> Chart | None:
        """The balance at the end of each day that moved."""
        found = balances_by_day(last.account, last.currency)
        if len(found) < 2:  # noqa: PLR2004 -- one point is no line
            return None
        unit = 10 ** MINOR_DIGITS[last.currency]
        title = _t("%(amount)s lie at the bank on %(day)s") % {
            "amount": money(found[-1][1], last.currency),
            "day": day(found[-1][0]),
        }
        return line(title, [(day(on, "medium"), max(minor, 0) // unit) for on, minor in found], labels=3)


class CloseDay(NewPage):
    """Close an account up to a day."""

    policy = "disbursements.close_day"
    section = "statements"
    title = _("Close days of the bank")
    form_class = forms.CloseDayForm
    submit_label = _("Close up to this day")
    done = _("Closed. Nothing of the bank joins these days any more.")

    def get_initial(self) -> dict[str, Any]:
        """The account and day that somebody was led to."""
        return {name: self.request.GET[name] for name in ("account", "day") if name in self.request.GET}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What closing means."""
        intro = _(
            "Every line up to the day must be settled. Afterwards nothing of the bank can be dated into these days."
        )
        return super().get_context(intro=intro, **extra) | {"back": reverse("disbursements:days")}

    def save(self, form: VersionedForm) -> str:
        """Close."""
        day_actions.close_day(by=self.request.user, at=self.now, **form.values())
        return reverse("disbursements:days")
