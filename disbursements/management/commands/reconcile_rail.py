"""Compare a rail's own account of a period with ours."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from disbursements.actions.reconciling import reconcile_rail
from disbursements.queries.reconciling import rails_to_check
from disbursements.states import FindingState
from fundmgmt.models import StepError


class Command(BaseCommand):
    """Says what differs; exit code 1 when something is still unexplained."""

    help = "Compares a rail's own account of a period with ours and lists every difference."

    def add_arguments(self, parser: CommandParser) -> None:
        """Rail and period; without a period, the last seven days."""
        parser.add_argument("rail", help="for example stripe_transfer or mobile_money")
        parser.add_argument("--from", dest="start", type=dt.date.fromisoformat, default=None)
        parser.add_argument("--to", dest="end", type=dt.date.fromisoformat, default=None)

    def handle(self, *args: Any, rail: str, start: dt.date | None, end: dt.date | None, **options: Any) -> None:
        """Run the check as the system itself."""
        today = timezone.localdate()
        end = end or today
        start = start or end - dt.timedelta(days=7)
        try:
            row = reconcile_rail(rail, start=start, end=end, by=None, at=timezone.now())
        except StepError as error:
            names = ", ".join(code for code, _label in rails_to_check())
            raise CommandError(f"{error} (rails: {names})") from error
        self.stdout.write(f"{row}: {row.ours} ours, {row.theirs} theirs, {row.agreed} agree")
        still = list(row.findings.model.objects.filter(rail=rail, state=FindingState.OPEN))
        for one in still:
            sums = f"ours {one.our_minor or 0}, theirs {one.their_minor or 0} {one.currency} (minor units)"
            self.stdout.write(f"  {one.get_kind_display()}: {one.key} on {one.on_date}: {sums}")
        if still:
            raise CommandError(f"{len(still)} differences are unexplained")
