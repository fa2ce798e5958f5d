"""manage.py export_books FOLDER: journal, ledger and checkpoints as lines of JSON, and the program that checks them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from disbursements.management import verify_books
from disbursements.queries.export import FILES

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Write the books into an empty folder, line by line, whatever their size."""

    help = "Write journal, ledger and checkpoints into a folder, with a checker that needs nothing but Python."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """One state of the database in all files."""
        if folder.exists() and any(folder.iterdir()):
            raise CommandError(f"{folder} is not empty: choose a new folder.")
        folder.mkdir(parents=True, exist_ok=True)
        counts = {}
        outermost = not connection.in_atomic_block
        with transaction.atomic():
            if outermost and connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for name, lines in FILES.items():
                counts[name] = self._write(folder.joinpath(name), lines())
        folder.joinpath("manifest.json").write_text(json.dumps({"form": 1, "lines": counts}, indent=1) + "\n")
        shutil.copyfile(verify_books.__file__, folder.joinpath("verify_books.py"))
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count} lines")
        self.stdout.write(f"Check it with: python3 {folder.joinpath('verify_books.py')} {folder}")

    @staticmethod
    def _write(path: Path, lines: Any) -> int:
        count = 0
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for line in lines:
                file.write(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n")
                count += 1
        return count
