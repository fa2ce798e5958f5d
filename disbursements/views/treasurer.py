"""The treasurer: the fund today, the queue of tranches, the ledger and its proof, costs and rates."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import funding, own_accounts
from disbursements.forms import funding as forms
from disbursements.forms.donations import MoveForm
from disbursements.forms.grants import TrancheFilter
from disbursements.models import LedgerLine, Tranche
from disbursements.queries.funds import Balance, balances, taken_for_disputes, total_of
from disbursements.queries.grants import MOVING, tranches_for_list
from disbursements.queries.ledger import held_in, lines_for_list, verify_ledger
from disbursements.states import AccountCode
from fundmgmt.access import can
from fundmgmt.charts import Chart, share
from fundmgmt.formats.words import money, percent
from fundmgmt.forms import VersionedForm
from fundmgmt.money import Money
from fundmgmt.pages import Column, ListPage, NewPage, Page


def _major(minor: int) -> int:
    """Whole units for a picture; the table has every cent."""
    return max(minor, 0) // 100


class FundPage(Page):
    """What was received, committed and spent, by earmark."""

    policy = "disbursements.view_fund"
    section = "fund"
    title = _("The fund today")
    template_name = "disbursements/fund.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """One part for each currency."""
        rows = balances()
        currencies = list(dict.fromkeys(row.currency for row in rows))
        return super().get_context(
            parts=[self.part(rows, currency) for currency in currencies],
            may_book=bool(can(self.request.user, "disbursements.record_cost")),
            may_ledger=bool(can(self.request.user, "disbursements.view_ledger")),
            **extra,
        )

    def part(self, rows: list[Balance], currency: str) -> dict[str, Any]:
        """Figures, picture and table of one currency."""
        whole = total_of(rows, currency)
        mine = [row for row in rows if row.currency == currency]
        provider, owed = held_in(AccountCode.PROVIDER, currency), held_in(AccountCode.OWED, currency)
        return {
            "currency": currency,
            "whole": whole,
            "facts": [
                (_("Received"), Money(whole.received, currency)),
                (_("Committed to grants"), Money(-whole.committed, currency)),
                (_("Costs"), Money(owed - whole.costs, currency)),
                *([(_("To be given back by payees"), Money(owed, currency))] if owed else []),
                (_("Available to award"), Money(whole.available, currency)),
                (_("At the bank"), Money(whole.cash - provider, currency)),
                *([(_("With the card provider"), Money(provider, currency))] if provider else []),
            ],
            "chart": self.chart(whole) if whole.received else None,
            "waits": [
                _t("Of %(name)s, %(amount)s more is committed than was received. It waits for pledges to be paid.")
                % {
                    "name": f"“{row.earmark.label}”" if row.earmark else _t("unrestricted money"),
                    "amount": money(row.waits_for, currency),
                }
                for row in mine
                if row.waits_for
            ],
            "short": [self.short(row) for row in mine if row.cash < 0],
            "rows": [self.line(row.earmark.label if row.earmark else _t("Unrestricted"), row) for row in mine],
            "total": self.line(_t("Together"), whole),
            "columns": [
                _("Meant for"),
                (_("Received"), "num"),
                (_("Committed"), "num"),
                (_("Paid"), "num"),
                (_("Costs"), "num"),
                (_("Available"), "num"),
            ],
        }

    def short(self, row: Balance) -> str:
        """What is missing, and why: only a giver's bank takes what was spent."""
        return _t(
            "%(name)s: %(amount)s more was spent than is there, because givers' banks took back gifts "
            "(%(taken)s in all, with fees). Nothing is paid from it until new money covers this."
        ) % {
            "name": f"“{row.earmark.label}”" if row.earmark else _t("Unrestricted money"),
            "amount": money(-row.cash, row.currency),
            "taken": money(taken_for_disputes(row.currency), row.currency),
        }

    def line(self, name: str, row: Balance) -> tuple[str, ...]:
        """One line of the table; what is not available is not less than nothing."""
        amounts = (row.received, row.committed, row.paid, row.costs, max(row.available, 0))
        return name, *(money(amount, row.currency) for amount in amounts)

    def chart(self, whole: Balance) -> Chart:
        """Where the money is; the title states the finding."""
        title = _t("%(share)s of the money received can still be awarded") % {
            "share": percent(max(whole.available, 0), whole.received)
        }
        data = [
            (_t("Paid to grantees"), _major(whole.paid)),
            (_t("Committed, not yet paid"), _major(whole.committed - whole.paid)),
            (_t("Costs"), _major(whole.costs)),
            (_t("Available"), _major(whole.available)),
        ]
        return share(title, [(label, value) for label, value in data if value], whole.currency)


class TrancheQueue(ListPage):
    """Tranches that wait for somebody."""

    policy = "disbursements.queue"
    section = "queue"
    title = _("Tranches")
    order = ("planned_date", "id")
    csv_name = "tranches"
    filter_form = TrancheFilter
    empty_title = _("No tranche waits")
    empty_text = _("When a grantee asks for a tranche it stands here until the money has arrived.")
    columns = (
        Column("ref", _("Tranche"), lambda t: t.ref, link=True),
        Column("title", _("Project"), lambda t: t.grant.title),
        Column("organisation", _("Organisation"), lambda t: str(t.grant.organisation)),
        Column("state", _("State"), lambda t: str(t.get_state_display())),
        Column("planned", _("Planned"), lambda t: t.planned_date),
        Column("amount", _("Amount"), lambda t: Money(t.amount_minor, t.currency), numeric=True),
        Column("bank_date", _("Executed"), lambda t: t.bank_date, csv_only=True),
        Column("received", _("Arrived"), lambda t: t.received_date, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[Tranche]:
        """Those that move, unless a state is asked for."""
        rows = tranches_for_list(self.request.user)
        return rows if self.request.GET.get("state") else rows.filter(state__in=MOVING)


class LedgerList(ListPage):
    """Every line of the ledger, newest first."""

    policy = "disbursements.view_ledger"
    section = "ledger"
    title = _("Ledger")
    intro = _("Written once, balanced entry by entry. Plus is what an account receives, minus what it gives.")
    order = ("-id",)  # entries are numbered under one lock: their lines stand in the same order
    csv_name = "ledger"
    filter_form = forms.LedgerFilter
    template_name = "disbursements/ledger.html"
    empty_title = _("Nothing is written yet")
    empty_text = _("The first pledge or contribution opens the ledger.")
    columns = (
        Column("no", _("Entry"), lambda line: line.entry.no),
        Column("day", _("Value day"), lambda line: line.entry.day),
        Column("kind", _("Kind"), lambda line: str(line.entry.get_kind_display())),
        Column("account", _("Account"), lambda line: account_label(line.account.code)),
        Column("grant", _("Grant"), lambda line: line.grant.ref if line.grant else None),
        Column("earmark", _("Meant for"), lambda line: str(line.earmark) if line.earmark else None),
        Column("donor", _("Donor"), lambda line: line.donor.ref if line.donor else None),
        Column("amount", _("Amount"), lambda line: Money(line.amount_minor, line.currency), numeric=True),
        Column("minor", _("Minor units"), lambda line: line.amount_minor, csv_only=True),
        Column("currency", _("Currency"), lambda line: line.currency, csv_only=True),
        Column("tranche", _("Tranche"), lambda line: line.tranche.no if line.tranche else None, csv_only=True),
        Column("source", _("Cause"), lambda line: line.entry.source, csv_only=True),
        Column("at", _("Recorded for"), lambda line: line.entry.at, csv_only=True),
        Column("hash", _("Seal"), lambda line: line.entry.hash, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[LedgerLine]:
        """All lines."""
        return lines_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The way to the proof, for those who may ask for it."""
        return super().get_context(may_prove=bool(can(self.request.user, "disbursements.verify_ledger")), **extra)


def account_label(code: str) -> str:
    """An account in words."""
    return str(AccountCode(code).label)


class VerifyLedger(Page):
    """Recompute every invariant and say in plain words what is wrong."""

    policy = "disbursements.verify_ledger"
    section = "ledger"
    title = _("Prove the ledger")
    template_name = "disbursements/verify.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The verdict of this moment."""
        verdict = verify_ledger()
        return super().get_context(verdict=verdict, **extra)


class MoneyOut(NewPage):
    """A form without a row."""

    section = "fund"

    def get_initial(self) -> dict[str, Any]:
        """Most is booked in dollars."""
        return {"currency": "USD", "quote": "USD", "base": "EUR"}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the fund."""
        return super().get_context(**extra) | {"back": reverse("disbursements:fund")}

    def success_url(self, result: Any) -> str:
        """Back to the fund."""
        return reverse("disbursements:fund")


class RecordCost(MoneyOut):
    """A cost of the fund itself."""

    policy = "disbursements.record_cost"
    title = _("Book a cost of the fund")
    form_class = forms.CostForm
    submit_label = _("Book the cost")

    def save(self, form: VersionedForm) -> Any:
        """Book it."""
        return funding.record_cost(by=self.request.user, at=self.now, **form.values())


class MoveMoney(MoneyOut):
    """From the bank to the card provider, or back."""

    policy = "disbursements.move_own_money"
    title = _("Record money moved between the fund's accounts")
    form_class = MoveForm
    submit_label = _("Record it")

    def save(self, form: VersionedForm) -> Any:
        """Record it."""
        return own_accounts.move_own_money(by=self.request.user, at=self.now, **form.values())


class AddRate(MoneyOut):
    """An exchange rate of one day."""

    policy = "disbursements.add_rate"
    title = _("Record an exchange rate")
    form_class = forms.RateForm
    submit_label = _("Record the rate")

    def save(self, form: VersionedForm) -> Any:
        """Record it."""
        return funding.add_rate(by=self.request.user, at=self.now, **form.values())
