"""The close-out list as people read it: what is settled, and who must do what about the rest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from disbursements.models import Asset, ClosureItem, Feedback, Grant
from disbursements.states import ClosureCode
from fundmgmt.money import Money

if TYPE_CHECKING:
    from django.db.models import QuerySet

GRANTEE, OFFICE, TREASURER, EVALUATOR = _("grantee"), _("programme office"), _("treasurer"), _("evaluator")
TO_DO = {
    ClosureCode.FINAL_REPORT: (GRANTEE, _("Hand in the final report; the programme office accepts it.")),
    ClosureCode.ACCOUNTS: (OFFICE, _("Compare the accounts with the receipts and tick this line.")),
    ClosureCode.REFUND: (GRANTEE, _("Send back what was not spent; a treasurer records the money.")),
    ClosureCode.ASSETS: (GRANTEE, _("List things over the limit and say who has them now; the office ticks the list.")),
    ClosureCode.DELETION: (OFFICE, _("Write down that personal data was deleted, and when.")),
    ClosureCode.PRACTICE: (EVALUATOR, _("Finish the evaluation; without one the office writes a short note.")),
    ClosureCode.EVALUATION: (OFFICE, _("Name the evaluators, or write why none is needed.")),
    ClosureCode.FEEDBACK: (GRANTEE, _("Answer three questions about the fund.")),
}


@dataclass(frozen=True)
class ClosureLine:
    """One line: settled when and how, or who does what."""

    code: str
    label: str
    settled_at: dt.datetime | None
    by_hand: bool
    note: str
    owner: object
    to_do: object


def closure_of(grant: Grant) -> list[ClosureLine]:
    """The list of a grant; empty before it is laid out (one query)."""
    return [_line(item) for item in grant.closure_items.all()]


def _line(item: ClosureItem) -> ClosureLine:
    owner, to_do = TO_DO[ClosureCode(item.code)]
    by_hand = item.settled_by_id is not None
    return ClosureLine(item.code, str(item.get_code_display()), item.settled_at, by_hand, item.note, owner, to_do)


def evaluators_are_named(grant: Grant) -> bool:
    """A step settled the line of the evaluation: the note on the practice is its evaluators' (one query)."""
    lines = grant.closure_items.filter(code=ClosureCode.EVALUATION)
    return lines.filter(settled_at__isnull=False, settled_by__isnull=True).exists()


def balance_fact(left_minor: int, currency: str) -> tuple[object, Money]:
    """What a grant still has to account for, or what its grantee has spent beyond what it was paid."""
    if left_minor < 0:
        return _("Spent beyond what is paid so far"), Money(-left_minor, currency)
    return _("Paid and not accounted for"), Money(left_minor, currency)


def assets_of(grant: Grant) -> list[Asset]:
    """Things that outlast the project."""
    return list(grant.assets.all())


def assets_for_detail(user: Any) -> QuerySet[Asset]:
    """One thing with its grant."""
    return Asset.objects.visible_to(user).select_related("grant__application")


def feedback_of(grant: Grant) -> Feedback | None:
    """What the grantee said of the fund."""
    return Feedback.objects.filter(grant=grant).first()
