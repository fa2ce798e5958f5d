"""How often somebody may begin a gift: as many times an hour as the fund's rule says, from one connection.

No address is kept: only a mark of it, made with a key of the day, and only until the hour is over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fundmgmt.formats.words import moment
from fundmgmt.models import StepRefused
from fundmgmt.rules import rule

HOUR = dt.timedelta(hours=1)
ONE_NETWORK = 64  # bits of an IPv6 address that one connection shares


def count_attempt(address: str, *, at: dt.datetime) -> None:
    """Count one more gift begun from this address in this hour; one too many is refused, and told when it goes on."""
    day = timezone.localdate(at)
    begun = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    mark = f"gifts:{begun:%H}:{_mark(address, day)}"
    cache.add(mark, 0, timeout=HOUR.total_seconds())
    most = rule("gift_attempts_hour", day).value
    if cache.incr(mark) > most:
        text = _(
            "Gifts begun from this connection within this hour: %(most)s, and no more can be begun now. Nothing was "
            "taken from your card for this one. Try again from %(when)s on; a gift that was begun can still be paid."
        )
        raise StepRefused(text % {"most": most, "when": moment(begun + HOUR)})


def _mark(address: str, day: dt.date) -> str:
    """Tells one connection from another on one day; nobody can read the address from it."""
    key = hmac.digest(settings.SECRET_KEY.encode(), f"gifts {day.isoformat()}".encode(), "sha256")
    return hmac.new(key, _network(address).encode(), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """One connection has a whole IPv6 network to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((found, ONE_NETWORK), strict=False))
    return str(found)
