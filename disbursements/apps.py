"""Wiring of this app: nothing but registrations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

NIGHTLY = 24 * 60  # minutes
EACH_MINUTE = 1
OVER = ("disbursements.tranche.confirm", "disbursements.tranche.cancel", "disbursements.tranche.reverse")
DECIDED = "applications.agendaitem.decide"


class DisbursementsConfig(AppConfig):
    """Kinds, inbox, dossier, navigation, letters, timetable."""

    name = "disbursements"
    verbose_name = _("Disbursements")

    def ready(self) -> None:
        """Runs once, when all models are loaded."""
        from disbursements import kinds, panels  # noqa: F401 -- kinds registers itself
        from disbursements.queries.letters import LETTERS
        from fundmgmt import journal, tasks

        panels.register()
        journal.subscribe(tuple(LETTERS), "disbursements.letters", "disbursements.listeners.on_news")
        journal.subscribe(DECIDED, "disbursements.decisions", "disbursements.listeners.on_decision")
        journal.subscribe(OVER, "disbursements.closing", "disbursements.listeners.on_tranche_over")
        tasks.schedule("disbursements.tasks.prove_ledger", NIGHTLY)
        tasks.schedule("disbursements.tasks.seal_books", NIGHTLY)
        tasks.schedule("disbursements.tasks.look_again", NIGHTLY, tasks.MONEY)
        tasks.schedule("disbursements.tasks.prove_gifts", NIGHTLY)
        tasks.schedule("disbursements.tasks.sweep_outbox", EACH_MINUTE, tasks.MONEY)
