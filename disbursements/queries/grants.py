"""Grants, tranches, holds and bank details as the pages read them, at a fixed number of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Sum

from applications.models import Application
from applications.states import AWARDED
from disbursements.models import BankDetail, Condition, Grant, Hold, Tranche
from disbursements.states import MONEY_LEFT, TrancheState
from fundmgmt.queries.counting import counted

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOVING = (TrancheState.REQUESTED, TrancheState.CHECKED, TrancheState.BLOCKED, TrancheState.APPROVED, TrancheState.SENT)


def grants_for_list(user: Any) -> QuerySet[Grant]:
    """Grants with organisation, project and what was paid."""
    left = Tranche.objects.filter(grant=OuterRef("pk"), state__in=MONEY_LEFT)
    rows = Grant.objects.visible_to(user).select_related("organisation", "application")
    return rows.annotate(paid_minor=counted(left, "grant", Sum("amount_minor")))


def grant_for_detail(user: Any) -> QuerySet[Grant]:
    """One grant with what its page reads."""
    return Grant.objects.visible_to(user).select_related(
        "organisation", "application", "agreement_paper", "certificate_paper"
    )


def tranches_for_list(user: Any) -> QuerySet[Tranche]:
    """Tranches with grant and project."""
    return Tranche.objects.visible_to(user).select_related("grant__organisation", "grant__application", "bank_detail")


def holds_for_list(user: Any) -> QuerySet[Hold]:
    """Holds with their grant."""
    return Hold.objects.visible_to(user).select_related("grant__organisation", "grant__application")


def conditions_of(grant: Grant) -> list[Condition]:
    """Attested conditions of a grant, by tranche."""
    return list(
        grant.conditions.filter(computed=False).select_related("tranche", "grant").order_by("tranche__no", "id")
    )


def bank_details_of(organisation_id: int) -> list[BankDetail]:
    """All versions, newest first."""
    return list(
        BankDetail.objects.filter(organisation_id=organisation_id).select_related("organisation").order_by("-no")
    )


def bank_details_for_detail(user: Any) -> QuerySet[BankDetail]:
    """One version with its organisation."""
    return BankDetail.objects.visible_to(user).select_related("organisation")


def awards_to_open(user: Any) -> QuerySet[Application]:
    """Approved applications that have no grant yet."""
    return (
        Application.objects.visible_to(user)
        .filter(state__in=AWARDED, awarded_minor__isnull=False)
        .exclude(pk__in=Grant.objects.values("application_id"))
        .select_related("organisation", "call")
    )


def application_for_award(user: Any) -> QuerySet[Application]:
    """Approved applications, with or without a grant."""
    return Application.objects.visible_to(user).filter(state__in=AWARDED).select_related("organisation", "call")
