"""What a donor reads: its money from receipt to evidence. Nothing in it is private; small counts are kept back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from applications.models import ApplicationIndicator
from disbursements.queries.donors import DonorMoney, money_of
from evaluation.queries.library import published
from evaluation.queries.results import latest_values, public_results, result_of
from evaluation.redaction import clean

if TYPE_CHECKING:
    from disbursements.models import Donor, Grant
    from evaluation.models import CaseRecord
    from evaluation.queries.results import Result
    from fundmgmt.models import Indicator


@dataclass(frozen=True)
class Line:
    """An indicator, where it should get, where it is."""

    indicator: Indicator
    goal: str
    said: str


@dataclass(frozen=True)
class Outcome:
    """What came of one grant: results of accepted reports, and the practice that was published."""

    grant: Grant
    results: list[Result]
    practice: CaseRecord | None

    @property
    def place(self) -> str:
        """The province and what the project works on: no name of a place or of people."""
        application = self.grant.application
        return f"{application.province}, {application.get_pillar_display()}"

    @property
    def lines(self) -> list[Line]:
        """Each result as it is written."""
        return [
            Line(row.indicator, row.goal, _("kept back") if row.kept_back else str(row.actual)) for row in self.results
        ]

    @property
    def practice_title(self) -> str:
        """Title of the published text, in the language in which it was written."""
        texts = self.practice.shown_texts if self.practice else []  # type: ignore[attr-defined]
        return clean(texts[0].title) if texts else ""


@dataclass(frozen=True)
class Statement:
    """The whole, for page and paper."""

    donor: Donor
    money: DonorMoney
    outcomes: list[Outcome]


def statement_of(donor: Donor) -> Statement:
    """From receipt to evidence, at a fixed number of queries."""
    money = money_of(donor)
    grants = money.grants
    values = latest_values(grants)
    promises = ApplicationIndicator.objects.filter(application__in=[grant.application_id for grant in grants])
    by_application: dict[int, list[ApplicationIndicator]] = {}
    for promise in promises.select_related("indicator").exclude(indicator__level="fund").order_by("id"):
        by_application.setdefault(promise.application_id, []).append(promise)
    practices = {row.thread: row for row in published().filter(thread__in=[grant.thread for grant in grants])}
    outcomes = [
        Outcome(
            grant,
            public_results(
                result_of(promise, values.get((grant.pk, promise.indicator_id)))
                for promise in by_application.get(grant.application_id, [])
            ),
            practices.get(grant.thread),
        )
        for grant in grants
    ]
    return Statement(donor, money, outcomes)
