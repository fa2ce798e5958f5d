"""Bring indicators, rubric, tags, expectations, glossary and places up to date from their files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fundmgmt.resources import DATA, CatalogueError, load_catalogues


class Command(BaseCommand):
    """Upsert by code; safe to run again; a wrong file changes nothing."""

    help = "Load the catalogues (indicators, rubric, tags, expectations, glossary, places) by code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take another folder than the one shipped."""
        parser.add_argument("--folder", type=Path, default=DATA, help="folder with the CSV files")

    def handle(self, *_args: Any, folder: Path, verbosity: int, **_options: Any) -> None:
        """Load, and say what changed."""
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        try:
            changed = load_catalogues(folder)
        except CatalogueError as error:
            raise CommandError("Nothing was loaded.\n" + str(error)) from error
        if verbosity:
            for name, count in changed.items():
                self.stdout.write(f"{name}: {count} new or changed")
