"""Wiring of this app: nothing but registrations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvaluationConfig(AppConfig):
    """Tell Django that this app is here; listen to the journal."""

    name = "evaluation"
    verbose_name = _("Evaluation")

    def ready(self) -> None:
        """Runs once, when all models are loaded and every kind upstream is known."""
        from disbursements.queries.calendar import register_days
        from evaluation import (
            kinds,  # noqa: F401 -- registers what this stage tells the journal
            panels,
        )
        from evaluation.queries.letters import LETTERS
        from evaluation.queries.reports import movable_reports
        from fundmgmt import journal
        from fundmgmt.kinds import all_kinds

        worthy = tuple(code for code, kind in all_kinds().items() if kind.case and not kind.restricted)
        journal.subscribe(worthy, "evaluation.moments", "evaluation.listeners.on_case_worthy_entry")
        journal.subscribe("disbursements.grant.activate", "evaluation.schedule", "evaluation.listeners.on_grant_active")
        journal.subscribe("disbursements.grant.amend", "evaluation.terms", "evaluation.listeners.on_new_terms")
        journal.subscribe("disbursements.grant.begin_closing", "evaluation.closing", "evaluation.listeners.on_closing")
        panels.register()
        register_days(movable_reports)
        journal.subscribe(tuple(LETTERS), "evaluation.letters", "evaluation.listeners.on_news")
