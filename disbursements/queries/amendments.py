"""Changes of a grant's terms: who decides them by which rule, and what they do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _t

from applications.models import AgendaItem, Meeting
from applications.queries.checks import share_is_over, share_is_under
from applications.states import BudgetCategory, DecisionType, ItemState, MeetingMode, MeetingState
from disbursements.models import Amendment, Change
from disbursements.queries.budgets import AS_SIGNED, BudgetLine, budget_lines, changed_numbers, with_changes
from disbursements.queries.calendar import movable_days
from disbursements.states import (
    AmendmentKind,
    AmendmentState,
    ChangePart,
    Decider,
    TrancheState,
)
from fundmgmt.formats.words import day, money, number, percent, says
from fundmgmt.rules import month_after, rule, rules
from fundmgmt.states import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from applications.models import ApplicationIndicator
    from disbursements.models import Grant, Tranche
    from fundmgmt.rules import RuleValue

WHOLE = 10_000  # basis points
HUNDREDTHS = 100
CAPS = {  # rule: kind of cost, and when its share is off
    "cap_adm_max_bp": ("ADM", share_is_over),
    "cap_saf_min_bp": ("SAF", share_is_under),
    "cap_mon_min_bp": ("MON", share_is_under),
    "cap_mon_max_bp": ("MON", share_is_over),
}


@dataclass(frozen=True)
class Verdict:
    """Who decides, which rule said so, and the share of the budget that moves where one moves."""

    decider: Decider
    rule: str = ""
    moved_bp: int | None = None


def weigh(grant: Grant, kind: str, changes: Sequence[Change], on: dt.date) -> Verdict:
    """Who decides a change of this kind on this day."""
    if kind == AmendmentKind.BUDGET:
        return _weigh_budget(grant, changes, on)
    if kind == AmendmentKind.EXTENSION:
        before = grant.amendments.filter(kind=kind, state=AmendmentState.APPLIED).count()
        free = rule("extensions_by_office", on).value
        return Verdict(Decider.OFFICER if before < free else Decider.COMMITTEE, "extensions_by_office")
    return Verdict(Decider.COMMITTEE if kind == AmendmentKind.RESULTS else Decider.OFFICER)


def _weigh_budget(grant: Grant, changes: Sequence[Change], on: dt.date) -> Verdict:
    """Shifts since the Committee last decided the budget count together, so that many small ones are no way round."""
    base = budget_lines(grant, decided_terms(grant))
    before = {line.no: line.total_minor for line in base}  # a line that came since then is all new
    after = list(with_changes({line.no: line for line in budget_lines(grant)}, changes).values())
    moved = sum(max(line.total_minor - before.get(line.no, 0), 0) for line in after)
    total = sum(line.total_minor for line in base)
    bands = rules(["amendment_free_bp", "amendment_officer_bp", *CAPS], on)
    share = -(-moved * WHOLE // total) if total else WHOLE
    broken = [key for key in _broken_caps(after, bands) if key not in _broken_caps(base, bands)]
    if broken:
        return Verdict(Decider.COMMITTEE, broken[0], share)
    for decider, key in ((Decider.NOTICE, "amendment_free_bp"), (Decider.OFFICER, "amendment_officer_bp")):
        if moved * WHOLE <= bands[key].value * total:
            return Verdict(decider, key, share)
    return Verdict(Decider.COMMITTEE, "amendment_officer_bp", share)


def _broken_caps(lines: Sequence[BudgetLine], book: dict[str, RuleValue]) -> list[str]:
    """Rules about kinds of cost that these lines do not keep."""
    total = sum(line.total_minor for line in lines)
    parts = {code: sum(line.total_minor for line in lines if line.category == code) for code, _off in CAPS.values()}
    return [key for key, (code, off) in CAPS.items() if off(parts[code], total, book[key].value)]


def whole_budget(grant: Grant) -> int:
    """The sum of the lines, which no shift changes."""
    return sum(line.total_minor for line in budget_lines(grant))


def decided_terms(grant: Grant) -> int:
    """The terms under which the Committee last decided the budget: as signed, or by a later decision."""
    found = grant.amendments.filter(
        kind=AmendmentKind.BUDGET, decider=Decider.COMMITTEE, state=AmendmentState.APPLIED
    ).order_by("terms_no")
    last = found.last()
    return (last.terms_no or AS_SIGNED) if last else AS_SIGNED


def longest_end(grant: Grant, on: dt.date) -> dt.date:
    """The last day an extension may name: so many months, or a share of the length, whichever is shorter."""
    found = rules(["extension_most_months", "extension_share_bp"], on)
    length = (grant.end_date - grant.start_date).days
    by_share = grant.end_date + dt.timedelta(days=length * found["extension_share_bp"].value // WHOLE)
    return min(month_after(grant.end_date, found["extension_most_months"].value), by_share)


def last_day_to_ask(grant: Grant, on: dt.date) -> dt.date:
    """Until when more time may be asked for."""
    return grant.end_date - dt.timedelta(days=rule("extension_ask_days", on).value)


def tranches_to_move(grant: Grant) -> list[Tranche]:
    """Tranches that nobody has asked for."""
    return list(grant.tranches.filter(state=TrancheState.PLANNED).order_by("no"))


def promises_of(grant: Grant) -> list[ApplicationIndicator]:
    """Promised indicators with their targets; the Fund's own are computed."""
    rows = grant.application.indicators.select_related("indicator")
    return list(rows.exclude(indicator__level="fund").order_by("id"))


def targets_of(grant: Grant) -> dict[str, int | None]:
    """Targets in force in hundredths, by code of the indicator."""
    signed = {
        row.indicator.code: None if row.target_value is None else int(row.target_value * HUNDREDTHS)
        for row in promises_of(grant)
    }
    return signed | changed_targets(grant)


def changed_targets(grant: Grant) -> dict[str, int]:
    """Targets that changes in force moved, in hundredths; empty without a query for terms as signed."""
    return changed_numbers(grant, ChangePart.TARGET, grant.terms_no)


def place_of(grant: Grant) -> str:
    """Where the work is done, as a change in force says, else as the application says."""
    moved = Change.objects.filter(
        amendment__grant=grant, amendment__state=AmendmentState.APPLIED, part=ChangePart.PLACE
    ).order_by("-amendment__terms_no")
    found = moved.values_list("after_text", flat=True).first() if grant.terms_no > AS_SIGNED else None
    places = (grant.application.commune, grant.application.territory, grant.application.province)
    return found or ", ".join(place for place in places if place)


def standing(grant: Grant) -> dict[tuple[str, str], Any]:
    """What each part of the terms is now, for those that a change may be about."""
    lines = budget_lines(grant)
    found: dict[tuple[str, str], Any] = {(ChangePart.LINE, str(line.no)): line.total_minor for line in lines}
    found |= {(ChangePart.NEW_LINE, key): minor for (_part, key), minor in found.items()}  # a number is given once
    found |= {(row.part, row.key): row.day for row in movable_days(grant)}
    for row in grant.tranches.all():
        found[ChangePart.TRANCHE_DATE, str(row.no)] = row.planned_date
        found[ChangePart.TRANCHE_AMOUNT, str(row.no)] = row.amount_minor
    found |= {(ChangePart.TARGET, code): value for code, value in targets_of(grant).items()}
    found[ChangePart.END_DATE, ""] = grant.end_date
    found[ChangePart.PLACE, ""] = place_of(grant)
    found[ChangePart.LANGUAGE, ""] = grant.language
    found[ChangePart.OWN_NUMBER, ""] = grant.external_ref
    return found


def open_agendas() -> QuerySet[Meeting]:
    """Meetings that still take items about a grant: a written procedure takes none."""
    rows = Meeting.objects.filter(state__in=[MeetingState.DRAFT, MeetingState.CALLED])
    return rows.exclude(mode=MeetingMode.WRITTEN).order_by("held_date", "id")


def item_of(amendment: Amendment) -> AgendaItem | None:
    """The item by which the Committee will decide this change, where it stands on an agenda."""
    about = {"decision_type": DecisionType.AMEND, "state": ItemState.PROPOSED}
    return AgendaItem.objects.filter(application=amendment.grant.application_id, **about).first()


# As pages show it ---------------------------------------------------------------------------------


def effect_of(amendment: Amendment) -> list[tuple[str, str, str]]:
    """Part, before, after: in words, in the reader's language."""
    grant = amendment.grant
    lines = {str(line.no): line for line in budget_lines(grant)}
    names = {row.indicator.code: row.indicator.label for row in _named(amendment)}
    return [
        (_said_part(change, lines, names), _said(change, change.before, grant), _said(change, change.after, grant))
        for change in amendment.changes.all()
    ]


def _named(amendment: Amendment) -> Iterable[ApplicationIndicator]:
    return promises_of(amendment.grant) if amendment.kind == AmendmentKind.RESULTS else ()


def _said_part(change: Change, lines: dict[str, BudgetLine], names: dict[str, str]) -> str:
    if change.part == ChangePart.LINE and change.key in lines:
        return f"{change.key}. {lines[change.key].description}"
    if change.part == ChangePart.NEW_LINE:
        kind = BudgetCategory(change.category).label
        return f"{change.get_part_display()} {change.key}. {change.after_text} ({kind})"
    if change.part == ChangePart.TARGET:
        return says(change.get_part_display(), names.get(change.key, change.key))
    return f"{change.get_part_display()} {change.key}".strip()


def _said(change: Change, value: Any, grant: Grant) -> str:
    if isinstance(value, dt.date):
        return day(value)
    if change.part == ChangePart.TARGET:
        return number(None if value is None else Decimal(value).scaleb(-2))
    if isinstance(value, int):
        return money(value, grant.currency)
    if change.part == ChangePart.LANGUAGE:
        return str(Language(value).label) if value in Language.values else str(value)
    return str(value or "–")


def verdict_in_words(amendment: Amendment, on: dt.date) -> str:
    """Which band or rule spoke, as a sentence."""
    if amendment.kind == AmendmentKind.BUDGET:
        return _budget_in_words(amendment, on)
    if amendment.kind == AmendmentKind.EXTENSION:
        if amendment.decider == Decider.OFFICER:
            return _t("The programme office decides a first extension; a further one is the Committee's.")
        return _t("This grant was extended before: the Steering Committee decides a further extension.")
    if amendment.kind == AmendmentKind.RESULTS:
        return _t("Other results or another place are decided by the Steering Committee.")
    return _t("The programme office decides this change.")


def _budget_in_words(amendment: Amendment, on: dt.date) -> str:
    bands = rules(["amendment_free_bp", "amendment_officer_bp"], on)
    said = {
        "share": percent(amendment.moved_bp),
        "free": percent(bands["amendment_free_bp"].value),
        "office": percent(bands["amendment_officer_bp"].value),
    }
    if amendment.rule in CAPS:
        said |= {"limit": rule(amendment.rule, on).label}
        return _t("A limit would no longer hold: %(limit)s. The Steering Committee decides.") % said
    if amendment.decider == Decider.NOTICE:
        return _t("%(share)s of the budget moves. Up to %(free)s a notice is enough: nobody decides it.") % said
    if amendment.decider == Decider.OFFICER:
        return _t("%(share)s of the budget moves. Between %(free)s and %(office)s the programme office decides.") % said
    return _t("%(share)s of the budget moves. Over %(office)s the Steering Committee decides.") % said


def amendments_of(grant: Grant) -> list[Amendment]:
    """All changes of a grant, newest first."""
    return list(grant.amendments.select_related("grant").order_by("-no"))


def amendments_for_detail(user: Any) -> QuerySet[Amendment]:
    """One change with its grant."""
    rows = Amendment.objects.visible_to(user)
    return rows.select_related("grant__organisation", "grant__application", "asked_by", "decided_by")
