"""Roles in the fund and seats of the Steering Committee: given and ended with dates, by decision, in the journal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import RoleGrant, Seat, StepRefused, Term
from fundmgmt.models.people import in_force
from fundmgmt.refs import named_thread
from fundmgmt.roles import Constituency, Role

if TYPE_CHECKING:
    from fundmgmt.models import User


def last_day(at: dt.datetime) -> dt.date:
    """The last day something was valid when it ends now: yesterday, so that nothing is open a minute longer."""
    return timezone.localdate(at) - dt.timedelta(days=1)


def grant_role(
    user: User,
    role: str,
    *,
    by: User | None,
    at: dt.datetime,
    decided_in: str = "",
    valid_until: dt.date | None = None,
) -> RoleGrant:
    """Give a role from today on. Nobody gives one to themselves; the system gives the first."""
    require(by, "fundmgmt.give_role", user)
    today = timezone.localdate(at)
    if role not in Role.values:
        raise StepRefused(_("Choose a role."), field="role")
    if not user.is_active:
        raise StepRefused(_("This account is closed."), field="user")
    if valid_until is not None and valid_until < today:
        raise StepRefused(_("The last day lies in the past."), field="valid_until")
    with transaction.atomic():
        _lock(user)
        if user.role_grants.filter(in_force(today), role=role).exists():
            raise StepRefused(_("This person holds the role already."), field="role")
        row = RoleGrant.objects.create(
            user=user, role=role, valid_from=today, valid_until=valid_until, decided_in=decided_in.strip()
        )
        facts = {"user": user.pk, "role": str(role), "until": valid_until, "decided_in": decided_in.strip() or None}
        _tell("fundmgmt.role.grant", row, ("user", user.pk), by=by, at=at, facts=facts)
    user.forget_roles()
    return row


def end_role(grant: RoleGrant, *, by: User | None, at: dt.datetime, reason: str = "") -> RoleGrant:
    """End a role from this moment on. The last administrator stays."""
    require(by, "fundmgmt.manage_people", grant)
    with transaction.atomic():
        _lock(grant.user)
        grant.refresh_from_db()
        if grant.valid_until is not None and grant.valid_until < timezone.localdate(at):
            raise StepRefused(_("This role ended already."))
        if grant.role == Role.ADMINISTRATOR and is_last_administrator(grant.user):
            raise StepRefused(_("Somebody must look after people and rules. Name another administrator first."))
        grant.valid_until = last_day(at)
        grant.save(update_fields=["valid_until"])
        facts = {"user": grant.user_id, "role": grant.role}
        _tell("fundmgmt.role.end", grant, ("user", grant.user_id), by=by, at=at, facts=facts, reason=reason)
    grant.user.forget_roles()
    return grant


def is_last_administrator(user: User) -> bool:
    """Whether this person is an administrator and nobody else with an open account is one without an end."""
    held = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, valid_until=None, user__is_active=True)
    return held.filter(user=user).exists() and not held.exclude(user=user).exists()


def set_seat(code: str, *, constituency: str, votes: bool, by: User | None, at: dt.datetime) -> Seat:
    """Set a seat up. What a seat speaks for never changes: end it and set up another."""
    require(by, "fundmgmt.manage_people")
    code = code.strip().upper()
    if constituency not in Constituency.values:
        raise StepRefused(_("Choose whom the seat speaks for."), field="constituency")
    with transaction.atomic():
        if Seat.objects.filter(code=code).exists():
            raise StepRefused(_("There is a seat with this code."), field="code")
        row = Seat(code=code, constituency=constituency, votes=votes, valid_from=timezone.localdate(at))
        row.full_clean()
        row.save()
        facts = {"seat": code, "constituency": str(constituency), "votes": votes}
        _tell("fundmgmt.seat.add", row, ("seat", code), by=by, at=at, facts=facts)
    return row


def end_seat(seat: Seat, *, by: User | None, at: dt.datetime, reason: str = "") -> Seat:
    """Take a seat away, once nobody sits on it."""
    require(by, "fundmgmt.manage_people")
    with transaction.atomic():
        seat = Seat.objects.select_for_update(no_key=True).get(pk=seat.pk)
        if seat.valid_until is not None:
            raise StepRefused(_("This seat ended already."))
        if seat.terms.filter(in_force(timezone.localdate(at))).exists():
            raise StepRefused(_("Somebody sits on this seat. End the term first."))
        seat.valid_until = last_day(at)
        seat.save(update_fields=["valid_until"])
        _tell("fundmgmt.seat.end", seat, ("seat", seat.code), by=by, at=at, facts={"seat": seat.code}, reason=reason)
    return seat


def begin_term(
    seat: Seat,
    user: User,
    *,
    by: User | None,
    at: dt.datetime,
    alternate: bool = False,
    valid_until: dt.date | None = None,
    decided_in: str = "",
) -> Term:
    """Seat somebody from today on, or name the alternate in advance. One person, one seat; one holder at a time."""
    require(by, "fundmgmt.give_role", user)
    today = timezone.localdate(at)
    with transaction.atomic():
        seat = Seat.objects.select_for_update(no_key=True).get(pk=seat.pk)
        if seat.valid_until is not None:
            raise StepRefused(_("This seat ended."), field="seat")
        if not user.is_active:
            raise StepRefused(_("This account is closed."), field="user")
        if valid_until is not None and valid_until < today:
            raise StepRefused(_("The last day lies in the past."), field="valid_until")
        if seat.terms.filter(in_force(today), alternate=alternate).exists():
            raise StepRefused(_("This seat is taken. End the present term first."), field="seat")
        if user.terms.filter(in_force(today)).exists():
            raise StepRefused(_("This person sits on another seat already."), field="user")
        row = Term.objects.create(
            seat=seat,
            user=user,
            alternate=alternate,
            valid_from=today,
            valid_until=valid_until,
            decided_in=decided_in.strip(),
        )
        facts = {
            "seat": seat.code,
            "user": user.pk,
            "alternate": alternate,
            "until": valid_until,
            "decided_in": decided_in.strip() or None,
        }
        _tell("fundmgmt.term.begin", row, ("seat", seat.code), by=by, at=at, facts=facts)
    user.forget_roles()
    return row


def end_term(term: Term, *, by: User | None, at: dt.datetime, reason: str = "") -> Term:
    """End a term from this moment on."""
    require(by, "fundmgmt.manage_people", term)
    with transaction.atomic():
        Seat.objects.select_for_update(no_key=True).get(pk=term.seat_id)
        term.refresh_from_db()
        if term.valid_until is not None and term.valid_until < timezone.localdate(at):
            raise StepRefused(_("This term ended already."))
        term.valid_until = last_day(at)
        term.save(update_fields=["valid_until"])
        facts = {"seat": term.seat.code, "user": term.user_id}
        _tell("fundmgmt.term.end", term, ("seat", term.seat.code), by=by, at=at, facts=facts, reason=reason)
    term.user.forget_roles()
    return term


def _lock(user: User) -> None:
    type(user).objects.select_for_update(no_key=True).get(pk=user.pk)


def _tell(
    kind: str, row: Any, thread: tuple[str, Any], *, by: User | None, at: dt.datetime, facts: Any, reason: str = ""
) -> None:
    journal.record(kind, row, by=by, at=at, facts=facts, reason=reason, thread=named_thread(*thread))
