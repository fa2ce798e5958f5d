"""People and organisations as pages read them; each at a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, Q
from django.utils import timezone

from fundmgmt.models import Invitation, Membership, Organisation, RoleGrant, Seat, Term, User
from fundmgmt.models.people import in_force
from fundmgmt.roles import MemberRole, Role
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from django.db.models import QuerySet


def people_for_list(user: User, today: dt.date) -> QuerySet[User]:
    """People this reader may see, with the roles, seats and organisations they hold today."""
    return User.objects.visible_to(user).prefetch_related(
        Prefetch("role_grants", RoleGrant.objects.filter(in_force(today)).order_by("role"), "roles_today"),
        Prefetch("terms", Term.objects.filter(in_force(today)).select_related("seat"), "terms_today"),
        Prefetch("memberships", members_today(today), "belongs_today"),
    )


def members_today(today: dt.date) -> QuerySet[Membership]:
    """Memberships in force, with person and organisation."""
    return Membership.objects.filter(in_force(today)).select_related("user", "organisation").order_by("id")


def organisations_of(user: User) -> list[Membership]:
    """Where a person belongs today, with the organisation (one query)."""
    rows = user.memberships.filter(organisation_id__in=user.organisation_ids, valid_until=None)
    return list(rows.select_related("organisation").order_by("organisation__name"))


def colleagues(organisation: Organisation, today: dt.date) -> list[Membership]:
    """Who belongs today, the responsible ones first."""
    order = {"owner": 0, "editor": 1, "viewer": 2}
    return sorted(members_today(today).filter(organisation=organisation), key=lambda row: (order[row.role], row.pk))


def open_invitations(organisation: Organisation, now: dt.datetime) -> list[Invitation]:
    """Offers whose link still opens, with `until`, the last moment of it (two queries)."""
    today = timezone.localdate(now)
    held = dt.timedelta(days=rule("invitation_days", today).value)
    owners = Membership.objects.filter(in_force(today), organisation=organisation, role=MemberRole.OWNER)
    staff = RoleGrant.objects.filter(in_force(today), role__in=(Role.OFFICER, Role.ADMINISTRATOR))
    may_invite = Q(invited_by__in=owners.values("user")) | Q(invited_by__in=staff.values("user"))
    rows = list(organisation.invitations.filter(may_invite, ended_at=None, invited_at__gt=now - held))
    for row in rows:
        row.until = row.invited_at + held
    return rows


def seats_with_holders(today: dt.date) -> list[Seat]:
    """Seats that stand today, with `terms_today` (holder and alternate)."""
    terms = Term.objects.filter(in_force(today)).select_related("user").order_by("alternate")
    return list(Seat.objects.filter(in_force(today)).prefetch_related(Prefetch("terms", terms, "terms_today")))


def person_story(person: User) -> dict[str, Any]:
    """Everything a person holds or held, for the administrator's page."""
    return {
        "grants": list(person.role_grants.order_by("-valid_from", "role")),
        "terms": list(person.terms.select_related("seat").order_by("-valid_from")),
        "memberships": list(person.memberships.select_related("organisation").order_by("-valid_from")),
    }
