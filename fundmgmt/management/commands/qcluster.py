"""The worker, in place of the queue's own command of this name: it starts only when the start-up checks pass."""

from typing import Any

from django.core.management import load_command_class
from django.core.management.base import BaseCommand, CommandParser

from fundmgmt.checks import refuse_to_start


class Command(BaseCommand):
    """Check, then hand over to the queue."""

    help = "Run the worker that carries out queued tasks; refuses to start when a protection is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the queue's command takes."""
        load_command_class("django_q", "qcluster").add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Raise NotFitToServe before any task is taken."""
        refuse_to_start()
        load_command_class("django_q", "qcluster").handle(*args, **options)
