"""The provider's own account of gifts beside ours: what stands on one side only, in plain words."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from disbursements.gateway.stripe_giving import Giving
from disbursements.models import Donation, GivingBack
from disbursements.states import GIFT_HELD, GivingBackState
from fundmgmt.formats.words import money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disbursements.gateway.protocol import RailLine

Sums = dict[tuple[str, str], int]


def differences(start: dt.date, end: dt.date) -> list[str]:
    """Gifts of these days (UTC, both included) that the provider and our books do not have alike. Asks the provider."""
    theirs, ours = _theirs(Giving().reconcile(start, end)), _ours(start, end)
    return [
        _said(what, theirs.get(what, 0), ours.get(what, 0))
        for what in sorted({*theirs, *ours})
        if theirs.get(what, 0) != ours.get(what, 0)
    ]


def _theirs(lines: Iterable[RailLine]) -> Sums:
    found: Sums = defaultdict(int)
    for line in lines:
        found[line.key or line.reference, line.currency] += line.amount_minor
    return found


def _ours(start: dt.date, end: dt.date) -> Sums:
    """Given less what was given back of it since, by the day of the gift."""
    since = dt.datetime.combine(start, dt.time(), dt.UTC)
    until = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), dt.UTC)
    found: Sums = defaultdict(int)
    for gift in Donation.objects.filter(state__in=GIFT_HELD, paid_at__gte=since, paid_at__lt=until):
        found[gift.key, gift.currency] += gift.amount_minor
    done = GivingBack.objects.filter(
        state=GivingBackState.DONE, donation__paid_at__gte=since, donation__paid_at__lt=until
    )
    for refund in done.select_related("donation"):
        found[refund.donation.key, refund.donation.currency] -= refund.amount_minor
    return found


def _said(what: tuple[str, str], theirs: int, ours: int) -> str:
    key, currency = what
    return _("%(key)s: the card provider has %(theirs)s, our books have %(ours)s.") % {
        "key": key,
        "theirs": money(theirs, currency),
        "ours": money(ours, currency),
    }
