"""Reads for requests: where each budget line stands, what a plan may say, and where it leaves the budget."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.translation import gettext as _t

from disbursements.queries.budgets import budget_lines
from disbursements.states import MONEY_LEFT
from fundmgmt.money import split
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from disbursements.models import FundsRequest, Grant, Tranche


@dataclass(frozen=True)
class Position:
    """A budget line: authorised, spent by accepted and by handed-in reports, asked for next."""

    no: int
    description: str
    authorised_minor: int
    accepted_minor: int = 0
    stated_minor: int = 0
    requested_minor: int = 0

    @property
    def spent_minor(self) -> int:
        """By all reports."""
        return self.accepted_minor + self.stated_minor

    @property
    def left_minor(self) -> int:
        """Authorised and not spent; below zero when more was spent."""
        return self.authorised_minor - self.spent_minor

    @property
    def over_minor(self) -> int:
        """How much more is asked for than is left in this line."""
        return max(self.requested_minor - max(self.left_minor, 0), 0)


def positions(grant: Grant) -> list[Position]:
    """Every budget line in force, with what reports say was spent on it."""
    accepted, stated = (
        dict(rows.order_by().values_list("line_no").annotate(spent=Sum("spent_minor")))
        for rows in (grant.reported_spend, grant.stated_spend)
    )
    return [
        Position(line.no, line.description, line.total_minor, accepted.get(line.no, 0), stated.get(line.no, 0))
        for line in budget_lines(grant)
    ]


def proposed_plan(amount_minor: int, lines: list[Position]) -> dict[int, int]:
    """The amount spread over what is left of each line, to the unit; over the whole budget when nothing is left."""
    left = [max(line.left_minor, 0) for line in lines]
    weights = left if any(left) else [line.authorised_minor for line in lines]
    return {line.no: part for line, part in zip(lines, split(amount_minor, weights), strict=True)}


def may_lack_plan(tranche: Tranche, on: dt.date) -> bool:
    """Whether the rule of the day lets this tranche be asked for without a plan by line."""
    free: int = rule("request_free_tranches", on).value
    return tranche.no <= free


def paid_so_far(tranche: Tranche) -> int:
    """What left before, in all tranches of the grant."""
    rows = tranche.grant.tranches.filter(state__in=MONEY_LEFT)
    return rows.aggregate(total=Sum("amount_minor"))["total"] or 0


def request_of(tranche: Tranche) -> FundsRequest | None:
    """The request that counts; none while the tranche is planned, also after one was returned."""
    if tranche.requested_at is None:
        return None
    return tranche.requests.select_related("paper", "certified_by").prefetch_related("lines").last()


@dataclass(frozen=True)
class Shown:
    """A certified request as its pages show it."""

    request: FundsRequest
    lines: tuple[Position, ...]

    @property
    def left_minor(self) -> int:
        """Of all lines together."""
        return sum(line.left_minor for line in self.lines)

    @property
    def differences(self) -> list[str]:
        """What somebody who checks should see first, in words."""
        over = [str(line.no) for line in self.lines if line.over_minor]
        found = []
        if over:
            found.append(_t("More is asked for than is left: line %(lines)s.") % {"lines": ", ".join(over)})
        if self.request.untold_minor:
            found.append(_t("The grantee's own sum of spending differs from its reports."))
        if self.request.interest_minor:
            found.append(_t("Interest was earned; it is no part of the spending."))
        if not self.request.by_line:
            found.append(_t("There is no plan by budget line."))
        return found


def shown_request(tranche: Tranche) -> Shown | None:
    """The request with its lines."""
    found = request_of(tranche)
    if found is None:
        return None
    names = ("description", "authorised_minor", "accepted_minor", "stated_minor", "requested_minor")
    lines: list[Any] = list(found.lines.all())
    return Shown(found, tuple(Position(row.line_no, **{name: getattr(row, name) for name in names}) for row in lines))
