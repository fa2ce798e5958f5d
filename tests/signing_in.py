"""A test client signed in as the sign-in page leaves it: just now, by password."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.test import Client

if TYPE_CHECKING:
    from fundmgmt.models import User


def sign_in(client: Client, user: User, *, minutes_ago: int = 0, method: str = "password") -> Client:
    """Signed in so many minutes ago; a step that moves money asks how long it is."""
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, method)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] = time.time() - 60 * minutes_ago
    request.session.save()
    return client
