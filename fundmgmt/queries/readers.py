"""Who reads a letter of the fund on a day: people of an organisation, holders of committee seats or of a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundmgmt.models import User
from fundmgmt.models.people import in_force
from fundmgmt.roles import MemberRole

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from django.db.models import QuerySet


def writers_of(organisation_id: int, day: dt.date) -> QuerySet[User]:
    """Those who act for an organisation on this day: responsible persons and colleagues who write."""
    roles = (MemberRole.OWNER, MemberRole.EDITOR)
    acting = in_force(day, "memberships__")
    rows = User.objects.filter(acting, memberships__organisation=organisation_id, memberships__role__in=roles)
    return rows.filter(is_active=True).distinct().order_by("id")


def seat_holders(day: dt.date) -> QuerySet[User]:
    """Those who hold a seat of the Steering Committee on this day, observers too, alternates not."""
    rows = User.objects.filter(in_force(day, "terms__"), terms__alternate=False, is_active=True)
    return rows.distinct().order_by("id")


def holders_of(roles: Sequence[str], day: dt.date) -> QuerySet[User]:
    """Those who hold one of these roles in the fund on this day."""
    rows = User.objects.filter(in_force(day, "role_grants__"), role_grants__role__in=roles, is_active=True)
    return rows.distinct().order_by("id")
