"""How django-allauth meets our accounts: where people go after signing up, and which language mail speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import translation

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up leads to "register your organisation"; messages come in the language of who reads them."""

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """First thing after the account: the organisation."""
        return reverse("fundmgmt:organisation_new")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the account's language when there is an account, else in the page's."""
        user = context.get("user") or get_user_model().objects.filter(email__iexact=email).first()
        with translation.override(getattr(user, "language", None) or translation.get_language()):
            super().send_mail(template_prefix, email, context)
