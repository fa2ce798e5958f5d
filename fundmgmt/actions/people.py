"""Accounts: what a person says of themselves, and how an account is closed without losing the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.actions.organisations import (
    add_colleague,
    change_role,
    describe_organisation,
    end_membership,
    hand_over,
    join,
    only_owner_of,
    pause_organisation,
    register_organisation,
    resume_organisation,
    take_back_invitation,
)
from fundmgmt.actions.roles import (
    begin_term,
    end_role,
    end_seat,
    end_term,
    grant_role,
    is_last_administrator,
    last_day,
    set_seat,
)
from fundmgmt.models import StepRefused, User
from fundmgmt.refs import named_thread

if TYPE_CHECKING:
    import datetime as dt

__all__ = [
    "add_colleague",
    "begin_term",
    "change_role",
    "close_account",
    "describe_account",
    "describe_organisation",
    "end_membership",
    "end_role",
    "end_seat",
    "end_term",
    "grant_role",
    "hand_over",
    "join",
    "pause_organisation",
    "register_organisation",
    "remember_language",
    "resume_organisation",
    "set_seat",
    "take_back_invitation",
]


def describe_account(user: User, *, by: User, at: dt.datetime, **details: Any) -> User:
    """Change name, phone or language; the journal says which, not what."""
    require(by, "fundmgmt.describe_user", user)
    changed = sorted(name for name, value in details.items() if getattr(user, name) != value)
    if not changed:
        return user
    with transaction.atomic():
        for name in changed:
            setattr(user, name, details[name])
        user.full_clean(exclude=["password"])
        user.save(update_fields=changed)
        thread = named_thread("user", user.pk)
        journal.record("fundmgmt.user.describe", user, by=by, at=at, facts={"fields": changed}, thread=thread)
    return user


def remember_language(user: User, language: str) -> User:
    """The language switch, kept for the next visit and for mail. A preference, so not in the journal."""
    if language in dict(User._meta.get_field("language").flatchoices) and language != user.language:
        user.language = language
        user.save(update_fields=["language"])
    return user


def close_account(user: User, *, by: User | None, at: dt.datetime, reason: str = "") -> User:
    """Close an account for good: nobody can sign in, and name, e-mail and phone are gone everywhere but in past words.

    Memberships, roles and terms end; the journal keeps the number of the account. Whoever alone is responsible for an
    organisation hands over first (an administrator may close the account of somebody who is gone; an officer then
    hands over); the last administrator cannot go.
    """
    require(by, "fundmgmt.close_account", user)
    if not user.is_active:
        raise StepRefused(_("This account is closed already."))
    if by is not None and by.pk == user.pk and (alone := only_owner_of(user)) is not None:
        raise StepRefused(
            _("Hand over %(organisation)s first: nobody else is responsible for it.") % {"organisation": alone.name}
        )
    if is_last_administrator(user):
        raise StepRefused(_("Somebody must look after people and rules. Name another administrator first."))
    with transaction.atomic():
        ended = {"valid_until": last_day(at)}
        user.memberships.filter(valid_until=None).update(**ended)
        user.role_grants.filter(valid_until=None).update(**ended)
        user.terms.filter(valid_until=None).update(**ended)
        EmailAddress.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user).delete()
        thread = named_thread("user", user.pk)
        facts = {"user": user.pk}
        journal.record("fundmgmt.user.deactivate", user, by=by, at=at, facts=facts, reason=reason, thread=thread)
        user.name = f"#{user.pk}"
        user.email = f"closed-{user.pk}@closed.invalid"
        user.phone = ""
        user.is_active = user.is_staff = user.is_superuser = False
        user.set_unusable_password()
        user.save()
    user.forget_roles()
    return user
