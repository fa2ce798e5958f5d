"""Organisations and their colleagues: register, describe, invite, leave, hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fundmgmt import journal, tasks
from fundmgmt.access import can, require
from fundmgmt.actions.roles import last_day
from fundmgmt.models import Invitation, Membership, Organisation, StepRefused, User, next_ref
from fundmgmt.models.invitations import SALT
from fundmgmt.models.people import in_force
from fundmgmt.roles import MemberRole
from fundmgmt.rules import rule
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    import datetime as dt

OLDEST_YEAR = 1850


class InvitationEnded(StepRefused):
    """The link is too old, or whoever invited may no longer invite."""

    def __init__(self) -> None:
        super().__init__(_("This invitation has ended. Ask the responsible person of the organisation for a new one."))


class InvitationBroken(InvitationEnded):
    """The link was never one of ours, or was changed."""


def register_organisation(*, by: User | None, at: dt.datetime, **details: Any) -> Organisation:
    """A new organisation, with `by` as its responsible person. ValidationError names the wrong fields."""
    with transaction.atomic():
        row = Organisation(created_at=at, **details)
        _check(row, at)
        row.ref = next_ref("ORG", timezone.localtime(at).year)
        begin(row, by=by, at=at)
        if by is not None:
            _add(row, by, MemberRole.OWNER, by=by, at=at)
    return row


def describe_organisation(
    organisation: Organisation, *, by: User | None, at: dt.datetime, expected_version: int | None = None, **details: Any
) -> Organisation:
    """Change what the organisation says of itself; the journal says which fields, not what stands in them."""
    changed = sorted(name for name, value in details.items() if getattr(organisation, name) != value)
    if not changed:
        return organisation
    trial = Organisation.objects.get(pk=organisation.pk)
    for name in changed:
        setattr(trial, name, details[name])
    _check(trial, at)
    return perform(
        organisation,
        "describe",
        by=by,
        at=at,
        facts={"fields": changed},
        expected_version=expected_version,
        **{name: details[name] for name in changed},
    )


def pause_organisation(row: Organisation, *, by: User, at: dt.datetime, **values: Any) -> Organisation:
    """No new applications from now on."""
    return perform(row, "pause", by=by, at=at, **values)


def resume_organisation(row: Organisation, *, by: User, at: dt.datetime, **values: Any) -> Organisation:
    """Applications again."""
    return perform(row, "resume", by=by, at=at, **values)


def _check(row: Organisation, at: dt.datetime) -> None:
    row.name, row.acronym = row.name.strip(), row.acronym.strip()
    if row.founded_year is not None and not OLDEST_YEAR <= row.founded_year <= timezone.localtime(at).year:
        raise ValidationError({"founded_year": _("Write the year with four digits, this year at the latest.")})
    if row.fiscal_host_id is not None and row.fiscal_host_id == row.pk:
        raise ValidationError({"fiscal_host": _("An organisation cannot be its own host.")})
    row.full_clean(exclude=["ref", "thread", "version", "state", "created_at"])


def _add(organisation: Organisation, user: User, role: str, *, by: User | None, at: dt.datetime) -> Membership:
    row = Membership.objects.create(organisation=organisation, user=user, role=role, valid_from=timezone.localdate(at))
    _tell("add", row, by=by, at=at, facts={"user": user.pk, "role": str(role)})
    user.forget_roles()
    return row


def _tell(step: str, row: Membership, *, by: User | None, at: dt.datetime, facts: Any, reason: str = "") -> None:
    thread = row.organisation.thread
    journal.record(f"fundmgmt.membership.{step}", row, by=by, at=at, facts=facts, reason=reason, thread=thread)


def add_colleague(
    organisation: Organisation, *, email: str, role: str, by: User, at: dt.datetime
) -> Membership | Invitation:
    """Give somebody a place in the organisation: at once with an account, by an invitation mail without.

    Responsible persons are made by hand_over or change_role only. StepRefused at `email` when they belong already.
    """
    require(by, "fundmgmt.manage_members", organisation)
    if role not in MemberRole.values:
        raise StepRefused(_("Choose what the colleague may do."), field="role")
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise StepRefused(_("This is no e-mail address. Look for a missing letter."), field="email") from error
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            return _invite(organisation, email, role, by=by, at=at)
        if _belongs(organisation, user):
            raise StepRefused(_("This person belongs to the organisation already."), field="email")
        row = _add(organisation, user, role, by=by, at=at)
        tasks.enqueue("fundmgmt.listeners.mail_welcome", row.pk)
    return row


def _belongs(organisation: Organisation, user: User) -> bool:
    return Membership.objects.filter(organisation=organisation, user=user, valid_until=None).exists()


def _invite(organisation: Organisation, email: str, role: str, *, by: User, at: dt.datetime) -> Invitation:
    for earlier in Invitation.objects.filter(organisation=organisation, email=email, ended_at=None):
        _end(earlier, at)  # a new link replaces the one before
    row = Invitation.objects.create(
        organisation=organisation, role=str(role), email=email, invited_by=by, invited_at=at
    )
    journal.record("fundmgmt.membership.invite", organisation, by=by, at=at, facts={"role": str(role)})
    tasks.enqueue("fundmgmt.listeners.mail_invitation", row.token)
    return row


def _end(invitation: Invitation, at: dt.datetime, *, taken_by: User | None = None) -> None:
    invitation.ended_at, invitation.email, invitation.taken_by = at, "", taken_by
    invitation.save(update_fields=["ended_at", "email", "taken_by"])


def take_back_invitation(invitation: Invitation, *, by: User, at: dt.datetime) -> Invitation:
    """The link opens nothing any more, and the address is forgotten."""
    require(by, "fundmgmt.manage_members", invitation.organisation)
    with transaction.atomic():
        row = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if row.ended_at is not None:
            raise StepRefused(_("This invitation was taken, or taken back, already."))
        _end(row, at)
        facts = {"role": row.role}
        journal.record("fundmgmt.membership.take_back", invitation.organisation, by=by, at=at, facts=facts)
    return row


def read_invitation(token: str, today: dt.date) -> Invitation:
    """The invitation behind a link, or InvitationEnded (wrong, too old, or its giver may no longer give it)."""
    days = rule("invitation_days", today).value
    try:
        row = _signed(token, max_age=days * 86400)
    except signing.SignatureExpired as error:
        raise InvitationEnded from error
    giver = row.invited_by
    if row.ended_at is not None or not giver.is_active or not can(giver, "fundmgmt.manage_members", row.organisation):
        raise InvitationEnded
    return row


def _signed(token: str, max_age: int | None = None) -> Invitation:
    """The row that a link names, whether it is open or not; InvitationBroken when the link is none of ours."""
    try:
        number = signing.loads(token, salt=SALT, max_age=max_age)
    except signing.SignatureExpired:
        raise
    except signing.BadSignature as error:
        raise InvitationBroken from error
    row = Invitation.objects.select_related("organisation", "invited_by").filter(pk=number).first()
    if row is None:
        raise InvitationBroken
    return row


def join(token: str, *, by: User, at: dt.datetime) -> Membership:
    """Take the place that an invitation offers. Only whom it was sent to; twice is like once."""
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update(no_key=True).get(pk=_signed(token).organisation_id)
        held = organisation.memberships.filter(user=by).order_by("-id").first()
        if _signed(token).taken_by_id == by.pk and held is not None and held.valid_until is None:
            return held
        invitation = read_invitation(token, timezone.localdate(at))
        if by.email.lower() != invitation.email:
            raise StepRefused(_("This invitation was sent to another e-mail address. Sign in with that one."))
        _end(invitation, at, taken_by=by)
        if held is not None and held.valid_until is None:
            return held
        if held is not None:  # who left does not come back by an old link
            raise InvitationEnded
        return _add(organisation, by, invitation.role, by=by, at=at)


def owners(organisation: Organisation, today: dt.date) -> list[Membership]:
    """Responsible persons who can still sign in."""
    rows = organisation.memberships.filter(in_force(today), role=MemberRole.OWNER, user__is_active=True)
    return list(rows.select_related("user").order_by("id"))


def only_owner_of(user: User) -> Organisation | None:
    """An organisation with other colleagues or projects that this person alone is responsible for, if any."""
    mine = user.memberships.filter(role=MemberRole.OWNER, valid_until=None).select_related("organisation")
    for row in mine:
        others = row.organisation.memberships.filter(role=MemberRole.OWNER, valid_until=None, user__is_active=True)
        if not others.exclude(user=user).exists():
            return row.organisation
    return None


def _another_owner(row: Membership) -> bool:
    others = row.organisation.memberships.filter(role=MemberRole.OWNER, valid_until=None, user__is_active=True)
    return others.exclude(pk=row.pk).exists()


def end_membership(membership: Membership, *, by: User | None, at: dt.datetime, reason: str = "") -> Membership:
    """Somebody leaves, from this moment on. The last responsible person hands over first."""
    require(by, "fundmgmt.end_membership", membership)
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=membership.organisation_id)
        membership.refresh_from_db()
        if membership.valid_until is not None:
            raise StepRefused(_("This person left already."))
        if membership.role == MemberRole.OWNER and not _another_owner(membership):
            raise StepRefused(_("Hand over first: an organisation needs a responsible person."))
        membership.valid_until = last_day(at)
        membership.save(update_fields=["valid_until"])
        _tell("end", membership, by=by, at=at, facts={"user": membership.user_id}, reason=reason)
    membership.user.forget_roles()
    return membership


def change_role(membership: Membership, *, role: str, by: User, at: dt.datetime) -> Membership:
    """Let a colleague do more or less. The last responsible person hands over instead."""
    require(by, "fundmgmt.manage_members", membership.organisation)
    if role not in MemberRole.values:
        raise StepRefused(_("Choose what the colleague may do."), field="role")
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=membership.organisation_id)
        membership.refresh_from_db()
        if membership.valid_until is not None:
            raise StepRefused(_("This person left already."))
        if membership.role == role:
            return membership
        if membership.role == MemberRole.OWNER and not _another_owner(membership):
            raise StepRefused(_("Hand over first: an organisation needs a responsible person."), field="role")
        membership.role = role
        membership.save(update_fields=["role"])
        _tell("change", membership, by=by, at=at, facts={"user": membership.user_id, "role": str(role)})
    membership.user.forget_roles()
    return membership


def hand_over(
    organisation: Organisation, *, to: User, by: User, at: dt.datetime, leave: bool = False, reason: str = ""
) -> Membership:
    """Make `to` the responsible person in the place of `by`, who stays as a writing colleague unless `leave`.

    When the only responsible person is gone, an officer does this one supervised step: with a reason, for somebody
    with an account, and every responsible person before them loses the place and is told.
    """
    require(by, "fundmgmt.hand_over", organisation)
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        before = list(organisation.memberships.filter(role=MemberRole.OWNER, valid_until=None).select_related("user"))
        supervised = by.pk not in {row.user_id for row in before}
        if supervised and not reason.strip():
            raise StepRefused(_("Say why the responsible person cannot hand over themselves."), field="reason")
        if supervised and to.pk == by.pk:
            raise StepRefused(_("An officer does not become responsible for an organisation."), field="to")
        if to.pk in {row.user_id for row in before} or not to.is_active:
            raise StepRefused(_("Choose somebody else, with an account that is open."), field="to")
        row = organisation.memberships.filter(user=to, valid_until=None).first()
        if row is None and not supervised:
            raise StepRefused(_("Choose one of the organisation's own colleagues."), field="to")
        row = row or _add(organisation, to, MemberRole.EDITOR, by=by, at=at)
        row.role = MemberRole.OWNER
        row.save(update_fields=["role"])
        for held in before if supervised else [one for one in before if one.user_id == by.pk]:
            _step_down(held, leaves=leave or supervised, at=at)
        facts = {"user": by.pk, "to": to.pk, "supervised": supervised}
        _tell("hand_over", row, by=by, at=at, facts=facts, reason=reason)
        for user in {to.pk, *(held.user_id for held in before)}:
            tasks.enqueue("fundmgmt.listeners.mail_hand_over", f"{organisation.pk}:{user}")
    to.forget_roles()
    by.forget_roles()
    return row


def _step_down(held: Membership, *, leaves: bool, at: dt.datetime) -> None:
    if leaves:
        held.valid_until = last_day(at)
        held.save(update_fields=["valid_until"])
    else:
        held.role = MemberRole.EDITOR
        held.save(update_fields=["role"])
    held.user.forget_roles()
