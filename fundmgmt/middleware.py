"""The reader's own language on every page, and rules that are read once for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation

from fundmgmt.rules import kept_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class ReaderLanguage:
    """After sign-in the language of the account decides; before it, Django's cookie and browser rules."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Switch for this request; Django's LocaleMiddleware switches again for the next."""
        if request.user.is_authenticated and request.user.language != translation.get_language():
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class RulesReadOnce:
    """A page that is only read asks for the fund's rules once; whatever changes something reads them where it acts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Keep them for GET and HEAD only."""
        if request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        with kept_rules():
            return self.get_response(request)
