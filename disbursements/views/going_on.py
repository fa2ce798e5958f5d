"""Where a person goes on after a line of the bank or a difference is settled, so that nobody has to look for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from disbursements.models import StatementLine
from disbursements.queries.days import closable_up_to
from disbursements.queries.reconciling import next_finding
from disbursements.queries.statements import next_line
from fundmgmt.access import can
from fundmgmt.formats.words import day as in_words

if TYPE_CHECKING:
    import datetime as dt

    from disbursements.models import RailFinding

MOVES_ON = frozenset({"tie", "propose", "confirm", "ask"})  # the person is done with this line for now


@dataclass(frozen=True)
class Ahead:
    """The next place, what is said on the way, and the words of a link to it."""

    url: str
    said: str
    label: str


def after_line(done: StatementLine, user: Any, today: dt.date) -> Ahead:
    """The next line this person can settle; closing the days when none is left; else what they wait for."""
    row = next_line(done, user)
    waiting = StatementLine.objects.visible_to(user).unsettled().count()
    if row is not None:
        said = ngettext("%(n)s line waits: this one.", "%(n)s lines wait. This is the next.", waiting)
        return Ahead(row.get_absolute_url(), said % {"n": waiting}, _t("Next line to settle"))
    if waiting:
        said = _t("What still waits is for another person, or for the bank's answer.")
        return Ahead(reverse("disbursements:lines"), said, _t("Lines to settle"))
    account, currency = done.statement.account, done.statement.currency
    until = closable_up_to(account, currency, today)
    if until is None:
        said = _t("Every line is settled. This page says what else lies between the bank and the ledger.")
        return Ahead(reverse("disbursements:days"), said, _t("Days of the bank"))
    said = _t("Every line is settled: the days up to %(day)s may be closed now.") % {"day": in_words(until)}
    if not can(user, "disbursements.close_day"):
        return Ahead(reverse("disbursements:days"), said, _t("Days of the bank"))
    which = urlencode({"account": f"{currency}:{account}", "day": until.isoformat()})
    return Ahead(f"{reverse('disbursements:day_close')}?{which}", said, _t("Close days of the bank"))


def after_finding(done: RailFinding, user: Any) -> Ahead:
    """The next difference that nobody explained, else the checks."""
    row = next_finding(done, user)
    if row is not None:
        return Ahead(row.get_absolute_url(), _t("This is the next difference."), _t("Next difference"))
    said = _t("No difference is left unexplained.")
    return Ahead(reverse("disbursements:rail_checks"), said, _t("Ways of paying"))
