"""Everything that happens in the sample, in the order of its days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction

from fundmgmt import journal

Happening = Callable[[dt.datetime], object]
MORNING = dt.time(7, 0, tzinfo=dt.UTC)
APART = dt.timedelta(minutes=4)


@dataclass
class Timeline:
    """Happenings with their days. On one day they come in the order in which they were noted.

    Each happens in a transaction of its own, and what follows from it (case records, due reports) is delivered
    before the next, as it would be in life.
    """

    noted: list[tuple[dt.date, int, str, Happening]] = field(default_factory=list)

    def on(self, when: dt.date | str, name: str, happening: Happening) -> None:
        """Note what happens on a day; `name` is shown when it fails."""
        date = dt.date.fromisoformat(when) if isinstance(when, str) else when
        self.noted.append((date, len(self.noted), name, happening))

    def run(self) -> int:
        """Let everything happen; how much did."""
        last, minutes = dt.date.min, 0
        for date, _place, name, happening in sorted(self.noted, key=lambda row: row[:2]):
            minutes = minutes + 1 if date == last else 0
            last = date
            at = dt.datetime.combine(date, MORNING) + APART * minutes
            try:
                with transaction.atomic():
                    happening(at)
            except Exception as error:
                error.add_note(f"in the sample fund, on {date}: {name}")
                raise
        journal.sweep()
        return len(self.noted)
