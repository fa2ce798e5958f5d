"""Due diligence: which items are asked, what is still open, the overall risk and how long it holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from applications.models import Application, Check, DueDiligence, OpenItem, SanctionsLead
from applications.states import PseaBand, Window
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PSEA_ITEMS = tuple(f"PS-0{number}" for number in range(1, 7))
KEYS = [
    "dd_items_full",
    "dd_items_micro",
    "dd_key_items",
    "dd_conditions_from",
    "dd_no_award_from",
    "dd_valid_months",
    "psea_valid_months",
    "psea_high_up_to",
    "psea_moderate_up_to",
]


@dataclass(frozen=True)
class DiligenceRules:
    """The rule values of the day."""

    items: tuple[str, ...]
    key_items: tuple[str, ...]
    conditions_from: int
    no_award_from: int
    valid_months: int
    psea_valid_months: int
    psea_high_up_to: int
    psea_moderate_up_to: int


def diligence_rules(window: str, on: dt.date) -> DiligenceRules:
    """The rule values for a window on a day (one query)."""
    book = {key: value.value for key, value in rules(KEYS, on).items()}
    return DiligenceRules(
        items=tuple(book["dd_items_micro" if window == Window.MICRO else "dd_items_full"]),
        key_items=tuple(book["dd_key_items"]),
        conditions_from=book["dd_conditions_from"],
        no_award_from=book["dd_no_award_from"],
        valid_months=book["dd_valid_months"],
        psea_valid_months=book["psea_valid_months"],
        psea_high_up_to=book["psea_high_up_to"],
        psea_moderate_up_to=book["psea_moderate_up_to"],
    )


def overall_risk(ratings: Mapping[str, int], key_items: Iterable[str]) -> int:
    """The higher of two: the highest key item, and the mean of all items rounded to the nearest (halves up)."""
    mean = (2 * sum(ratings.values()) + len(ratings)) // (2 * len(ratings))
    return max([mean, *(ratings[item] for item in key_items if item in ratings)])


def psea_band(total: int, book: DiligenceRules) -> str:
    """High, moderate or low from the total of six standards."""
    if total <= book.psea_high_up_to:
        return PseaBand.HIGH
    return PseaBand.MODERATE if total <= book.psea_moderate_up_to else PseaBand.LOW


@dataclass(frozen=True)
class Standing:
    """Where due diligence on a proposal stands."""

    checks: dict[str, Check]
    asked: tuple[str, ...]
    open_items: Sequence[OpenItem]
    leads: Sequence[SanctionsLead]
    book: DiligenceRules

    @property
    def missing(self) -> list[str]:
        """Items without a rating."""
        return [item for item in self.asked if item not in self.checks]

    @property
    def still_open(self) -> list[OpenItem]:
        """Open items that nobody closed."""
        return [item for item in self.open_items if item.closed_at is None]

    @property
    def uncleared(self) -> list[SanctionsLead]:
        """Leads that nobody cleared."""
        return [lead for lead in self.leads if lead.cleared_at is None]

    @property
    def obstacles(self) -> list[object]:
        """What keeps due diligence from being finished, in sentences."""
        found: list[object] = []
        if self.missing:
            found.append(_("Not rated yet: %(items)s.") % {"items": ", ".join(self.missing)})
        if self.still_open:
            codes = ", ".join(item.item for item in self.still_open)
            found.append(_("Open items: %(items)s. Close each, or carry it into a condition.") % {"items": codes})
        if self.uncleared:
            found.append(
                _("%(count)s sanctions leads wait for a person to clear them.") % {"count": len(self.uncleared)}
            )
        return found

    @property
    def psea_total(self) -> int:
        """Sum of the six standards rated so far."""
        return sum(self.checks[item].rating for item in PSEA_ITEMS if item in self.checks)

    @property
    def overall(self) -> int | None:
        """Overall risk, once every item is rated."""
        rated = {item: check.rating for item, check in self.checks.items() if item in self.book.items}
        if len(rated) < len(self.book.items):
            return None
        return overall_risk(rated, self.book.key_items)

    @property
    def matched(self) -> bool:
        """Whether a lead turned out to be the same person or body."""
        return any(lead.same_person for lead in self.leads)


def finished_diligence(application: Application) -> DueDiligence | None:
    """The result, once somebody finished it (one query)."""
    return DueDiligence.objects.filter(application=application).first()


def standing_of(application: Application, on: dt.date) -> Standing:
    """Checks, open items and leads of a proposal (four queries)."""
    book = diligence_rules(application.window, on)
    return Standing(
        checks={check.item: check for check in application.checks.select_related("checked_by")},
        asked=(*book.items, *PSEA_ITEMS),
        open_items=list(application.open_items.select_related("opened_by", "closed_by")),
        leads=list(application.sanctions_leads.select_related("found_by", "cleared_by")),
        book=book,
    )
