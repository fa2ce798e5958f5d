"""Lay the database triggers anew."""

from typing import Any

from django.core.management.base import BaseCommand

from fundmgmt import triggers


class Command(BaseCommand):
    """`migrate` does this by itself; use it after restoring a dump without triggers."""

    help = "Lay the database triggers that hold the workflows and the journal."

    def handle(self, *args: Any, **options: Any) -> None:
        """Lay them and say how many."""
        self.stdout.write(f"{triggers.lay()} triggers stand.")
