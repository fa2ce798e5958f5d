"""Rebuild every case record from the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from evaluation.actions.replaying import replay_records

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Compare live case records with what the journal tells, and put back what differs."""

    help = "Rebuild moments, figures and states of all case records from the journal, and repair what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Look only, or repair."""
        parser.add_argument("--check", action="store_true", help="compare only, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was found."""
        found = replay_records(repair=not options["check"])
        for thread in found.different:
            self.stdout.write(f"{thread}: {'differs' if options['check'] else 'differed, put back'}")
        for thread in found.impossible:
            self.stdout.write(f"{thread}: the journal never opened this record; look at it")
        total = found.equal + len(found.different) + len(found.impossible)
        self.stdout.write(f"{total} case records, {found.equal} equal to the journal")
        if found.impossible or (options["check"] and found.different):
            raise CommandError("The case records do not equal the journal.")
