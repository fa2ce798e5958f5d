"""The treasurer: ways of paying that keep an account of their own, compared with our book."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from disbursements.actions import reconciling
from disbursements.forms import banking as forms
from disbursements.models import RailCheck, RailFinding
from disbursements.queries.reconciling import checks_for_list, findings_for_list
from disbursements.states import FindingState
from disbursements.views.done import SaysDone
from disbursements.views.going_on import Ahead, after_finding
from disbursements.views.statements import bank_tabs
from fundmgmt.access import can
from fundmgmt.forms import VersionedForm
from fundmgmt.money import Money
from fundmgmt.pages import Column, DetailPage, ListPage, NewPage, ObjectPage, StepSpec
from fundmgmt.queries.story import story

WEEK = dt.timedelta(days=7)


class RailCheckList(ListPage):
    """Checks, newest first."""

    policy = "disbursements.view_railcheck"
    section = "statements"
    title = _("Ways of paying")
    intro = _("What each way of paying says it carried is compared with our book, period by period.")
    order = ("-id",)
    csv_name = "rail-checks"
    template_name = "disbursements/rail_checks.html"
    empty_title = _("No check yet")
    empty_text = _("A check compares the payments of a period and lists every difference.")
    columns = (
        Column("rail", _("Way of paying"), lambda row: str(row.get_rail_display()), link=True),
        Column("start", _("From"), lambda row: row.start),
        Column("end", _("Until"), lambda row: row.end),
        Column("ours", _("Ours"), lambda row: row.ours, numeric=True),
        Column("theirs", _("Theirs"), lambda row: row.theirs, numeric=True),
        Column("agreed", _("Agree"), lambda row: row.agreed, numeric=True),
        Column("still", _("Unexplained"), lambda row: row.still, numeric=True),
        Column("by", _("By"), lambda row: row.ran_by.name if row.ran_by else None, csv_only=True),
        Column("at", _("Checked"), lambda row: row.ran_at, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[RailCheck]:
        """All."""
        return checks_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Who may check."""
        may = bool(can(self.request.user, "disbursements.check_rail"))
        return super().get_context(tabs=bank_tabs("rail_checks"), may_check=may, **extra)


class CheckRail(NewPage):
    """Run a check."""

    policy = "disbursements.check_rail"
    section = "statements"
    title = _("Compare a way of paying with our book")
    form_class = forms.RailCheckForm
    submit_label = _("Compare now")
    done = _("Compared.")

    def get_initial(self) -> dict[str, Any]:
        """The last week."""
        return {"start": self.today - WEEK, "end": self.today}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where the other side comes from."""
        intro = _("Electronic ways are asked for their own account; payments by bank are looked for on the statements.")
        return super().get_context(intro=intro, **extra) | {"back": reverse("disbursements:rail_checks")}

    def save(self, form: VersionedForm) -> Any:
        """Compare."""
        return reconciling.reconcile_rail(by=self.request.user, at=self.now, **form.values())


class RailCheckPage(ObjectPage):
    """One check and what it found."""

    model = RailCheck
    lookup = "pk"
    policy = "disbursements.view_railcheck"
    section = "statements"
    template_name = "disbursements/rail_check.html"

    def get_queryset(self) -> QuerySet[RailCheck]:
        """With who ran it."""
        return checks_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Figures and findings."""
        row = self.object
        facts = [
            (_("Payments in our book"), row.ours),
            (_("Payments in theirs"), row.theirs),
            (_("Agree"), row.agreed),
            (_("Unexplained"), row.still),
            (_("Checked"), row.ran_at),
        ]
        findings = list(findings_for_list(self.request.user).filter(check_run=row)[:200])
        return super().get_context(facts=facts, findings=findings, **extra)


class FindingList(ListPage):
    """Differences that nobody has explained yet, of all ways of paying."""

    policy = "disbursements.view_railfinding"
    section = "statements"
    title = _("Differences with ways of paying")
    order = ("on_date", "id")
    csv_name = "rail-findings"
    filter_form = forms.FindingFilter
    empty_title = _("No difference")
    empty_text = _("Whatever a check finds stands here until it is gone or explained.")
    columns = (
        Column("key", _("Payment"), lambda row: row.key, link=True),
        Column("kind", _("Difference"), lambda row: str(row.get_kind_display())),
        Column("rail", _("Way of paying"), lambda row: str(row.get_rail_display())),
        Column("state", _("State"), lambda row: str(row.get_state_display())),
        Column("day", _("Day"), lambda row: row.on_date),
        Column("ours", _("Ours"), lambda row: amount(row.our_minor, row.currency), numeric=True),
        Column("theirs", _("Theirs"), lambda row: amount(row.their_minor, row.currency), numeric=True),
        Column("reference", _("Their reference"), lambda row: row.rail_reference, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[RailFinding]:
        """All."""
        return findings_for_list(self.request.user)


def amount(minor: int | None, currency: str) -> Money | None:
    """An amount, or nothing where one side has none."""
    return None if minor is None else Money(minor, currency)


class FindingPage(DetailPage):
    """One difference and what explains it."""

    model = RailFinding
    lookup = "pk"
    policy = "disbursements.view_railfinding"
    section = "statements"
    template_name = "disbursements/finding.html"

    def get_queryset(self) -> QuerySet[RailFinding]:
        """With its payment."""
        return findings_for_list(self.request.user)

    def get_title(self) -> object:
        """What kind of difference."""
        return self.object.get_kind_display()

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Both sides and the story."""
        row = self.object
        told = story(self.request.user, row.thread, subject=f"{row._meta.label_lower}:{row.pk}")
        ahead = None if row.state == FindingState.OPEN else after_finding(row, self.request.user)
        return super().get_context(facts=finding_facts(row), tranche=tranche_of(row), story=told, ahead=ahead, **extra)


def tranche_of(row: RailFinding) -> Any:
    """The tranche the payment belongs to, when it is one of ours."""
    return row.instruction.tranche if row.instruction else None


def finding_facts(row: RailFinding) -> list[tuple[object, object]]:
    """Both sides."""
    return [
        (_("Way of paying"), str(row.get_rail_display())),
        (_("Key of the payment"), row.key),
        (_("Day"), row.on_date),
        (_("Our amount"), amount(row.our_minor, row.currency)),
        (_("Their amount"), amount(row.their_minor, row.currency)),
        (_("Their reference"), row.rail_reference or None),
    ]


class FindingSteps(SaysDone):
    """Explaining a difference."""

    model = RailFinding
    lookup = "pk"
    policy = "disbursements.view_railfinding"
    section = "statements"
    steps = {"explain": StepSpec(forms.ExplainForm, reconciling.explain_finding)}

    def get_queryset(self) -> QuerySet[RailFinding]:
        """With its payment."""
        return findings_for_list(self.request.user)

    @cached_property
    def ahead(self) -> Ahead:
        """Where to go once it is explained."""
        return after_finding(self.object, self.request.user)

    def get_done(self) -> object:
        """What happened, and what comes now."""
        return f"{super().get_done()} {self.ahead.said}"

    def success_url(self, result: Any) -> str:
        """On to the next difference, or back to the checks."""
        return self.ahead.url

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Both sides beside the form."""
        return super().get_context(facts=finding_facts(self.object), **extra)
