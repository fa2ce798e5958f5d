"""Wiring of this app: nothing but registrations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    """Tell Django that this app is here."""

    name = "applications"
    verbose_name = _("Applications")

    def ready(self) -> None:
        """Register the kinds of journal entry of this stage; listen to the journal."""
        from applications import kinds  # noqa: F401 -- registers itself
        from applications.queries.letters import LETTERS
        from fundmgmt import journal

        journal.subscribe(tuple(LETTERS), "applications.letters", "applications.listeners.on_news")
