"""Wiring of the ground floor: nothing but registrations."""

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(using: str = "default", **kwargs: Any) -> None:
    """Lay the triggers anew and tell the queue its timetable, once the last app has migrated."""
    from fundmgmt import tasks, triggers

    triggers.lay(using)
    tasks.write_timetable()


class FundConfig(AppConfig):
    """Close the gate, register checks, policies and consumers."""

    name = "fundmgmt"
    verbose_name = _("The fund")

    def ready(self) -> None:
        """Runs once, when all models are loaded."""
        from fundmgmt import checks as ours
        from fundmgmt import journal, tasks, workflow
        from fundmgmt.views import menu

        workflow.close_gate()
        menu.register()
        journal.subscribe("fundmgmt.paper.discard", "fundmgmt.papers", "fundmgmt.listeners.forget_bytes")
        tasks.schedule("fundmgmt.listeners.beat_money", 1, tasks.MONEY)
        tasks.schedule("fundmgmt.listeners.beat_bulk", 1, tasks.BULK)
        tasks.schedule("fundmgmt.listeners.sweep_journal", 1)
        tasks.schedule("fundmgmt.listeners.seal_journal", 60)
        tasks.schedule("fundmgmt.listeners.forget_kept_files", 60)
        checks.register(ours.one_fsm)
        checks.register(ours.triggers_stand, checks.Tags.database)
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="fundmgmt.after_migrate")
