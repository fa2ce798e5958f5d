"""Results: latest accepted counts of each project, sums over projects, cost for each person. Nothing here is stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Sum

from applications.models import ApplicationIndicator
from disbursements.queries.amendments import changed_targets
from evaluation.models import Expenditure, IndicatorValue
from evaluation.queries.arithmetic import Share, per_head, roll_up
from evaluation.redaction import Count, publishable, suppress
from evaluation.states import ReportState
from fundmgmt.formats import words
from fundmgmt.journal import mark_of
from fundmgmt.models import Indicator
from fundmgmt.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from disbursements.models import Grant
    from evaluation.models import PracticeText

NEVER_ADDED = "do_not_sum"
FIGURES_MOVE = ("evaluation.report.accept", "evaluation.report.reopen")


@dataclass(frozen=True)
class Result:
    """One indicator of one project: where it began, where it should get, where it is."""

    indicator: Indicator
    baseline: Share | None
    baseline_value: Any
    target: Any
    actual: Share | None
    cells: dict[str, list[Count]] = field(default_factory=dict)
    note: str = ""
    method: str = ""
    lost_to_follow_up: int | None = None
    report_no: int | None = None
    kept_back: bool = False

    @property
    def start(self) -> str:
        """Where it began, as people read it."""
        if self.baseline is not None:
            return str(self.baseline)
        return "" if self.baseline_value is None else f"{words.number(self.baseline_value)}{self.unit}"

    @property
    def goal(self) -> str:
        """Where it should get."""
        return "" if self.target is None else f"{words.number(self.target)}{self.unit}"

    @property
    def unit(self) -> str:
        """Sign behind a number."""
        return "\u00a0%" if self.indicator.unit == "percent" else ""


def latest_values(grants: Iterable[Grant]) -> dict[tuple[int, int], IndicatorValue]:
    """The value of the last accepted report, by grant and indicator. Counts run since the start of a project."""
    rows = (
        _accepted()
        .filter(report__grant__in=list(grants))
        .select_related("indicator", "report")
        .prefetch_related("cells")
        .order_by("report__no")
    )
    return {(row.report.grant_id, row.indicator_id): row for row in rows}


def results_of(grant: Grant) -> list[Result]:
    """Every promised indicator of a project, answered or not; the Fund's own are computed elsewhere."""
    values = latest_values([grant])
    promises = list(
        ApplicationIndicator.objects.filter(application=grant.application_id)
        .select_related("indicator")
        .exclude(indicator__level="fund")
    )
    moved = changed_targets(grant)
    for promise in promises:
        if promise.indicator.code in moved:
            promise.target_value = Decimal(moved[promise.indicator.code]).scaleb(-2)
    return [result_of(promise, values.get((grant.pk, promise.indicator_id))) for promise in promises]


def result_of(promise: ApplicationIndicator, value: IndicatorValue | None) -> Result:
    """One promise with its newest value, if there is one."""
    baseline = None
    if promise.baseline_num is not None and promise.baseline_den:
        baseline = Share(promise.baseline_num, promise.baseline_den)
    if value is None or value.numerator is None:
        return Result(promise.indicator, baseline, promise.baseline_value, promise.target_value, None)
    cells: dict[str, list[Count]] = {}
    for cell in value.cells.all():
        cells.setdefault(cell.facet, []).append(Count(cell.code, cell.numerator, cell.denominator))
    return Result(
        promise.indicator,
        baseline,
        promise.baseline_value,
        promise.target_value,
        Share(value.numerator, value.denominator),
        cells,
        value.note,
        value.method,
        value.lost_to_follow_up,
        value.report.no,
    )


def as_count(share: Share, key: str = "all") -> Count:
    """A share as redaction reads it."""
    return Count(key, share.numerator, share.denominator)


def public_results(results: Iterable[Result]) -> list[Result]:
    """Results as anybody may see them: inner indicators gone, small values and cells kept back, no notes."""
    shown = []
    for result in results:
        indicator = result.indicator
        if not indicator.public or result.actual is None:
            continue
        limit = indicator.min_cell
        open_ = publishable(as_count(result.actual), limit, public=indicator.public)
        baseline = result.baseline
        if baseline is not None and not publishable(as_count(baseline), limit, public=True):
            baseline = None
        shown.append(
            Result(
                indicator,
                baseline,
                None if result.baseline is not None else result.baseline_value,
                result.target,
                result.actual if open_ else None,
                {facet: suppress(cells, limit) for facet, cells in result.cells.items()} if open_ else {},
                method=result.method,
                lost_to_follow_up=None,
                report_no=result.report_no,
                kept_back=not open_,
            )
        )
    return shown


@dataclass(frozen=True)
class Total:
    """One indicator over many projects."""

    indicator: Indicator
    share: Share
    projects: int
    kept_back: int

    @property
    def up_to(self) -> bool:
        """The same child may be served twice and nobody holds identities: the sum is an upper bound."""
        return self.indicator.aggregation in {"sum_unique", "latest_value"}


def totals(grants: Iterable[Grant], *, public: bool) -> list[Total]:
    """Sums over projects, recomputed from the parts.

    For the public, projects with small counts stay out of the sum, so that nobody can subtract the others and be
    left with them.
    """
    rows = _accepted().filter(report__grant__in=list(grants))
    return _added_up(rows, Indicator.objects.in_bulk(), public=public)


def public_totals() -> list[Total]:
    """The same over all projects, for the public.

    Nothing is kept that could grow old: the sums are remembered under a mark that changes with every report accepted
    or reopened and with every change of an indicator, so the next reader after such a step adds up anew.
    """
    indicators = Indicator.objects.in_bulk()
    terms = sorted((pk, one.public, one.min_cell, one.aggregation) for pk, one in indicators.items())
    mark = hashlib.sha256(repr((mark_of(FIGURES_MOVE), terms)).encode()).hexdigest()
    kept: list[tuple[int, Share, int, int]] | None = cache.get(f"public_totals:{mark}")
    if kept is None:
        found = _added_up(_accepted(), indicators, public=True)
        kept = [(one.indicator.pk, one.share, one.projects, one.kept_back) for one in found]
        cache.set(f"public_totals:{mark}", kept)
    return [Total(indicators[pk], share, projects, back) for pk, share, projects, back in kept]


def _accepted() -> QuerySet[IndicatorValue]:
    return IndicatorValue.objects.filter(report__state=ReportState.ACCEPTED, numerator__isnull=False)


def _added_up(rows: QuerySet[IndicatorValue], indicators: dict[int, Indicator], *, public: bool) -> list[Total]:
    last: dict[tuple[int, int], Share] = {}
    narrow = rows.order_by("report__no").values_list("report__grant_id", "indicator_id", "numerator", "denominator")
    for grant, pk, numerator, denominator in narrow.iterator(chunk_size=2000):
        last[grant, pk] = Share(numerator or 0, denominator)
    found: dict[int, tuple[list[Share], int]] = {}
    for (_grant, pk), share in last.items():
        indicator = indicators[pk]
        if indicator.aggregation == NEVER_ADDED or (public and not indicator.public):
            continue
        shares, kept = found.setdefault(pk, ([], 0))
        if public and not publishable(as_count(share), indicator.min_cell, public=True):
            found[pk] = (shares, kept + 1)
        else:
            shares.append(share)
    totals = []
    for pk, (shares, kept) in sorted(found.items(), key=lambda one: indicators[one[0]].code):
        total = roll_up(shares)
        if total is not None:
            totals.append(Total(indicators[pk], total, len(shares), kept))
    return totals


def spent_of(grant: Grant) -> int:
    """Minor units spent by accepted reports."""
    rows = Expenditure.objects.filter(report__grant=grant, report__state=ReportState.ACCEPTED)
    return rows.aggregate(total=Sum("spent_minor"))["total"] or 0


def cost_per_person(grant: Grant, text: PracticeText) -> Money | None:
    """Grant spent plus cash co-finance, for each person the evaluator counts; None when nobody is named."""
    if not text.people_served:
        return None
    total = spent_of(grant) + grant.application.cofinance_cash_minor
    return Money(per_head(total, text.people_served), grant.currency)


def cost_band(cost: Money | None) -> str:
    """Code of the tag for a cost in USD; empty when there is none."""
    if cost is None or cost.currency != "USD":
        return ""
    for code, below in (("CST-A", 5_000), ("CST-B", 15_000), ("CST-C", 40_000)):
        if cost.minor < below:
            return code
    return "CST-D"
