"""Waivers, doubts, links and findings as the pages read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disbursements.models import Doubt, Finding, Tie, Waiver
from fundmgmt.access import can

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from disbursements.models import Tranche

OF_A_TRANCHE = ("tranche__grant__organisation", "tranche__grant__application", "tranche__bank_detail")


def waivers_for_detail(user: Any) -> QuerySet[Waiver]:
    """One waiver with its tranche and condition."""
    return Waiver.objects.visible_to(user).select_related(*OF_A_TRANCHE, "condition", "proposed_by")


def waivers_of(tranche: Tranche) -> list[Waiver]:
    """Waivers of one tranche."""
    return list(tranche.waivers.select_related("condition", "tranche__grant"))


def doubts_for_detail(user: Any) -> QuerySet[Doubt]:
    """One doubt with its tranche and who acted on it."""
    people = ("tranche__requested_by", "tranche__checked_by")
    return Doubt.objects.visible_to(user).select_related(*OF_A_TRANCHE, *people)


def doubts_of(tranche: Tranche, user: Any) -> list[Doubt]:
    """Doubts about one tranche, for those who may see them."""
    return list(Doubt.objects.visible_to(user).filter(tranche=tranche).select_related("tranche__grant"))


def findings_for_detail(user: Any) -> QuerySet[Finding]:
    """One finding with its grant."""
    return Finding.objects.visible_to(user).select_related("grant__organisation", "grant__application")


def ties_for_list(user: Any) -> QuerySet[Tie]:
    """Declared links with person and organisation."""
    rows = Tie.objects.select_related("user", "organisation").order_by("-declared_at", "-id")
    return rows if can(user, "disbursements.view_tie") else rows.none()
