"""The worker, in place of the queue's own command of this name: it starts only when the start-up checks pass."""

import os
from typing import Any

from django.conf import settings
from django.core.management import load_command_class
from django.core.management.base import BaseCommand, CommandParser

from fundmgmt import env
from fundmgmt.checks import refuse_to_start
from fundmgmt.management.commands.watchdog import pid_file


class Command(BaseCommand):
    """Check, then hand over to the queue."""

    help = "Run the workers of one cluster (Q_CLUSTER_NAME: money or bulk); refuses to start without its protections."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the queue's command takes."""
        load_command_class("django_q", "qcluster").add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Raise NotFitToServe before any task is taken; say where the watchdog finds this process."""
        refuse_to_start()
        name = env.get("Q_CLUSTER_NAME") or settings.Q_CLUSTER["name"]
        path = pid_file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(os.getpid()))
        load_command_class("django_q", "qcluster").handle(*args, **options)
