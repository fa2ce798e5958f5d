"""Wiring of this app: nothing but registrations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisbursementsConfig(AppConfig):
    """Kinds, inbox, dossier, navigation."""

    name = "disbursements"
    verbose_name = _("Disbursements")

    def ready(self) -> None:
        """Runs once, when all models are loaded."""
        from disbursements import kinds  # noqa: F401 -- registers
        from disbursements.queries.letters import LETTERS
        from fundmgmt import journal

        journal.subscribe(tuple(LETTERS), "disbursements.letters", "disbursements.listeners.on_news")
