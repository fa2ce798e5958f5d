"""Holds: that they exist, for the fund's people; their words, for the safeguarding lead; lifted by two."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from disbursements.actions import holds
from disbursements.forms.grants import LiftForm
from disbursements.models import Hold
from disbursements.queries.grants import holds_for_list
from disbursements.views.done import SaysDone
from fundmgmt.access import can
from fundmgmt.forms import StepForm
from fundmgmt.pages import Column, DetailPage, ListPage, StepSpec


class HoldList(ListPage):
    """Stops of payment."""

    policy = "disbursements.view_hold"
    section = "holds"
    title = _("Holds")
    order = ("-opened_at", "-id")
    csv_name = "holds"
    empty_title = _("No payment is stopped")
    empty_text = _("A hold stands here from the moment somebody stops a grant's payments.")
    columns = (
        Column("grant", _("Grant"), lambda h: h.grant.ref, link=True),
        Column("title", _("Project"), lambda h: h.grant.title),
        Column("kind", _("Why"), lambda h: str(h.get_kind_display())),
        Column("state", _("State"), lambda h: str(h.get_state_display())),
        Column("opened", _("Since"), lambda h: h.opened_at),
        Column("review", _("Look at it again on"), lambda h: h.review_date),
    )

    def get_queryset(self) -> QuerySet[Hold]:
        """Visible holds."""
        return holds_for_list(self.request.user)


class HoldPage(DetailPage):
    """One hold; its words only for those who may read them."""

    model = Hold
    lookup = "pk"
    policy = "disbursements.view_hold"
    section = "holds"
    template_name = "disbursements/hold.html"

    def get_queryset(self) -> QuerySet[Hold]:
        """With its grant."""
        return holds_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Facts, and the words or why not."""
        row = self.object
        facts = [
            (_("Grant"), row.grant.ref),
            (_("Project"), row.grant.title),
            (_("Why"), str(row.get_kind_display())),
            (_("Since"), row.opened_at),
            (_("Look at it again on"), row.review_date),
        ]
        readable = can(self.request.user, "disbursements.read_hold_detail", row)
        return super().get_context(facts=facts, readable=readable, **extra)


class HoldSteps(SaysDone):
    """Lifting takes two people."""

    model = Hold
    lookup = "pk"
    policy = "disbursements.view_hold"
    section = "holds"
    steps = {
        "look_again": StepSpec(StepForm, holds.look_again),
        "propose_lift": StepSpec(LiftForm, holds.propose_lift),
        "confirm_lift": StepSpec(StepForm, holds.confirm_lift),
        "keep": StepSpec(StepForm, holds.keep_hold),
    }

    def get_queryset(self) -> QuerySet[Hold]:
        """With its grant."""
        return holds_for_list(self.request.user)
