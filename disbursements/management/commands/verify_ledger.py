"""manage.py verify_ledger: recompute every invariant of the ledger; exit code 1 when something is wrong."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from disbursements.queries.ledger import verify_ledger


class Command(BaseCommand):
    """Prove the ledger from its rows."""

    help = "Recompute every invariant of the ledger and say in plain words what is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was asked and what was found."""
        verdict = verify_ledger()
        for label in verdict.checked:
            self.stdout.write(f"asked: {label}")
        for problem in verdict.problems:
            self.stderr.write(f"WRONG: {problem}")
        self.stdout.write(f"{verdict.entries} entries, {verdict.lines} lines, seal {verdict.root or '-'}")
        if not verdict.whole:
            sys.exit(1)
