"""A fresh sign-in before steps that move money, and the second step that people with such roles are asked to set."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from fundmgmt.access import YES, Yes
from fundmgmt.models import RoleGrant
from fundmgmt.models.people import in_force
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from django.http import HttpRequest

    from fundmgmt.models import User

RULES = [
    "fresh_sign_in_minutes",
    "second_factor_roles",
    "second_factor_required",
    "second_factor_grace_days",
]
KEPT = "kept_forms"  # what was typed before somebody signed in again, by address
KEPT_MOST = 5
SECOND = "mfa"  # as allauth names a sign-in by a second step


@dataclass(frozen=True)
class SignInFirst:
    """A refusal with a way out: why, and where to go; what was typed comes back afterwards."""

    reason: object
    url: str
    action: object

    def __bool__(self) -> bool:
        """Falsy, as a policy's No."""
        return False


@dataclass(frozen=True)
class SecondStepAsked:
    """This person should set a second step until a day; `stops` says that money waits for it from then on."""

    until: dt.date
    stops: bool
    late: bool


def second_step_asked(user: User, now: dt.datetime) -> SecondStepAsked | None:
    """Whether somebody whose roles move money has none yet (a few queries, and only for those roles)."""
    on = timezone.localdate(now)
    book = rules(RULES, on)
    roles = set(book["second_factor_roles"].value) & user.role_codes
    if not roles or is_mfa_enabled(user):
        return None
    given = RoleGrant.objects.filter(in_force(on), user=user, role__in=roles).order_by("valid_from").first()
    required = book["second_factor_required"]
    since = max(given.valid_from if given else on, required.valid_from)
    until = since + dt.timedelta(days=book["second_factor_grace_days"].value)
    return SecondStepAsked(until, bool(required.value), until < on)


def fresh_sign_in(request: HttpRequest, now: dt.datetime) -> Yes | SignInFirst:
    """Whether this person proved just now who they are: with the second step where they have one."""
    user: Any = request.user
    asked = second_step_asked(user, now)
    if asked is not None and asked.stops and asked.late:
        reason = _("Moving money needs a second step at sign-in, and you have none yet. Set it, then come back.")
        return SignInFirst(reason, reverse("mfa_index"), _("Set a second step"))
    minutes = rules(RULES, timezone.localdate(now))["fresh_sign_in_minutes"].value
    since = now.timestamp() - minutes * 60
    has_second = is_mfa_enabled(user)
    for record in get_authentication_records(request, user):
        if record["at"] >= since and (record["method"] == SECOND or not has_second):
            return YES
    reason = _("This step moves money, so we ask once more who you are. What you typed is kept.")
    url = f"{_where(user)}?{urlencode({'next': request.get_full_path()})}"
    return SignInFirst(reason, url, _("Sign in again"))


def _where(user: Any) -> str:
    if not is_mfa_enabled(user):
        return reverse("account_reauthenticate")
    keys_only = not is_mfa_enabled(user, types=[Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES])
    return reverse("mfa_reauthenticate_webauthn" if keys_only else "mfa_reauthenticate")


def keep_typed(request: HttpRequest, names: list[str]) -> None:
    """Remember what was typed at this address, in the person's own session."""
    kept: dict[str, Any] = request.session.get(KEPT, {})
    kept.pop(request.path, None)
    kept[request.path] = {name: request.POST[name] for name in names if name in request.POST}
    request.session[KEPT] = dict(list(kept.items())[-KEPT_MOST:])


def take_typed(request: HttpRequest) -> dict[str, Any]:
    """What was typed here before, once."""
    kept: dict[str, Any] = request.session.get(KEPT, {})
    found: dict[str, Any] = kept.pop(request.path, {})
    if found:
        request.session[KEPT] = kept
    return found
