"""Recompute the journal's hash chains and seals."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fundmgmt import journal


class Command(BaseCommand):
    """Exit code 1 when anything does not fit."""

    help = "Recompute every hash chain and seal of the journal."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was read and what does not fit."""
        verdict = journal.verify()
        self.stdout.write(
            f"{verdict.entries} entries in {verdict.threads} threads, {verdict.checkpoints} seals, "
            f"root {verdict.root or 'none yet'}"
        )
        if not verdict.whole:
            raise CommandError("\n".join(verdict.problems))
        self.stdout.write("The journal is whole.")
