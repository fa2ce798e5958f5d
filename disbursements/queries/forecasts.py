"""What a grant will likely leave unspent, from the spending of its accepted reports. Whole numbers, no clock."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING

from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _t

from disbursements.models import Grant, ReportedSpend
from disbursements.states import GrantState
from fundmgmt.formats.words import day, money, percent
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

WHOLE = 10_000  # basis points
RUNNING = (GrantState.ACTIVE, GrantState.SUSPENDED, GrantState.ENDED)
Period = tuple[dt.date, int]  # last day of a report's period, spent in it


@dataclass(frozen=True)
class Forecast:
    """Spending so far by period, and where the same pace leads by the last day."""

    amount_minor: int
    start: dt.date
    end: dt.date
    spent: tuple[Period, ...]  # added up
    expected_minor: int
    used_up: dt.date | None  # the day on which all is spent, when that is before the end

    @property
    def left_minor(self) -> int:
        """Likely unspent on the last day."""
        return self.amount_minor - self.expected_minor


def forecast(amount_minor: int, start: dt.date, end: dt.date, periods: Sequence[Period]) -> Forecast | None:
    """The pace from the first day to the end of the last reported period goes on; None when nothing is reported."""
    told = sorted(period for period in periods if period[0] >= start)
    if not told:
        return None
    running, so_far = 0, []
    for until, minor in told:
        running += minor
        so_far.append((until, running))
    days, whole = _days(start, told[-1][0]), _days(start, end)
    expected = _at_pace(running, days, whole)
    used_up = start + dt.timedelta(days=amount_minor * days // running) if expected > amount_minor else None
    return Forecast(amount_minor, start, end, tuple(so_far), min(expected, amount_minor), used_up)


def _days(first: dt.date, last: dt.date) -> int:
    return (last - first).days + 1


def _at_pace(spent_minor: int, days: int, whole: int) -> int:
    """What is spent on the last of `whole` days when so much was spent in the first `days`."""
    return spent_minor if days >= whole else spent_minor * whole // days


def forecasts(grants: Iterable[Grant]) -> dict[int, Forecast]:
    """Of each grant that has reported spending, by its id (one query)."""
    rows = {grant.pk: grant for grant in grants}
    told: dict[int, list[Period]] = defaultdict(list)
    spent = ReportedSpend.objects.filter(grant__in=rows, until_date__isnull=False).order_by()
    for grant_id, until, minor in spent.values_list("grant_id", "until_date").annotate(Sum("spent_minor")):
        told[grant_id].append((until, minor))
    found = {}
    for pk, periods in told.items():
        grant = rows[pk]
        one = forecast(grant.amount_minor, grant.start_date, grant.end_date, periods)
        if one is not None:
            found[pk] = one
    return found


def likely_to_leave(on: dt.date, grants: QuerySet[Grant], most: int) -> list[tuple[Grant, Forecast]]:
    """Of these grants the running ones that will likely leave more than the rule's share, the most money first.

    All that run are compared, so this reads four figures of each and whole grants only for the answer.
    """
    least = rule("unspent_notice_bp", on).value
    told = ReportedSpend.objects.filter(
        grant__in=grants.filter(state__in=RUNNING), until_date__gte=F("grant__start_date")
    ).order_by()
    terms = told.values_list("grant_id", "grant__amount_minor", "grant__start_date", "grant__end_date")
    left = []
    for pk, amount, start, end, spent, until in terms.annotate(Sum("spent_minor"), Max("until_date")):
        minor = amount - _at_pace(spent, _days(start, until), _days(start, end))
        if minor * WHOLE > amount * least:
            left.append((-minor, pk))
    found = grants.select_related("application").in_bulk([pk for _minor, pk in nsmallest(most, left)])
    told_of = forecasts(found.values())
    return sorted(((found[pk], one) for pk, one in told_of.items()), key=lambda pair: (-pair[1].left_minor, pair[0].pk))


def outlook_in_words(found: Forecast, currency: str) -> str:
    """One sentence."""
    said = {
        "left": money(found.left_minor, currency),
        "share": percent(found.left_minor, found.amount_minor),
        "day": day(found.used_up or found.end),
        "until": day(found.spent[-1][0]),
    }
    if found.used_up is not None:
        return _t("At the pace of the reports up to %(until)s, all is spent on %(day)s, before the last day.") % said
    if not found.left_minor:
        return _t("At the pace of the reports up to %(until)s, all is spent by %(day)s.") % said
    return _t("At the pace of the reports up to %(until)s, about %(left)s (%(share)s) will be left on %(day)s.") % said
