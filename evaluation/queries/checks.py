"""Reads for milestones and visits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _t

from applications.models import Milestone
from disbursements.models import Grant
from disbursements.queries.calendar import milestone_days
from evaluation.models import MilestoneCheck, Visit
from fundmgmt.formats import words
from fundmgmt.queries.counting import counted
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class MilestoneSeen:
    """A milestone with its day as the terms have it now, and its newest check."""

    milestone: Any
    due: dt.date
    check: MilestoneCheck | None
    url: str

    @property
    def verified(self) -> bool:
        """Whether the newest check says so."""
        return self.check is not None and self.check.verified


def grants_with_checks(user: Any) -> QuerySet[Grant]:
    """Grants with how many milestones they have and how many visits are still to do."""
    milestones = counted(Milestone.objects.filter(application=OuterRef("application")), "application")
    visits = counted(Visit.objects.filter(grant=OuterRef("pk"), done_date__isnull=True), "grant")
    rows = Grant.objects.visible_to(user).select_related("organisation")
    return rows.annotate(milestone_count=milestones, open_visits=visits)


def milestones_of(grant: Grant) -> list[MilestoneSeen]:
    """Milestones by day, each with the newest check."""
    days = milestone_days(grant)
    newest = {c.milestone_id: c for c in MilestoneCheck.objects.filter(grant=grant).select_related("by", "paper")}
    return [
        MilestoneSeen(m, days[m.code], newest.get(m.pk), reverse("evaluation:milestone", args=[grant.ref, m.code]))
        for m in grant.application.milestones.all()
    ]


@dataclass(frozen=True)
class VisitSaid:
    """A visit and the rule that asked for it, in words."""

    visit: Visit
    because: str


def visits_of(grant: Grant, day: dt.date) -> list[VisitSaid]:
    """Visits by day; each says which rule spoke."""
    labels = {key: value.label for key, value in rules(["visit_from_minor", "spot_check_from_minor"], day).items()}
    found = []
    for visit in Visit.objects.filter(grant=grant).select_related("by").prefetch_related("findings"):
        if visit.rule == "risk_rating":
            because = _t("The risk was rated significant or high.")
        else:
            said = {
                "rule": labels[visit.rule],
                "limit": words.money(visit.limit_minor, grant.currency),
                "amount": words.money(grant.amount_minor, grant.currency),
            }
            because = _t("Rule “%(rule)s” (%(limit)s); this grant is %(amount)s.") % said
        found.append(VisitSaid(visit, because))
    return found
