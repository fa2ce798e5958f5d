"""Wiring of this app: nothing but registrations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    """Tell Django that this app is here."""

    name = "applications"
    verbose_name = _("Applications")

    def ready(self) -> None:
        """Register kinds of entry, duties, panels and menu; listen to the journal; set the timetable."""
        from applications import kinds, panels  # noqa: F401 -- they register themselves
        from applications.queries.letters import LETTERS
        from fundmgmt import journal, tasks

        journal.subscribe(tuple(LETTERS), "applications.letters", "applications.listeners.on_news")
        tasks.schedule("applications.tasks.close_calls", 5)
