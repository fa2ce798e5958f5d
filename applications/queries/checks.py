"""What can be computed about an application: window, length, caps. They warn the writer and bind at screening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from applications.states import WINDOWS, BudgetCategory, Section, Window
from fundmgmt.formats import words
from fundmgmt.money import Money
from fundmgmt.rules import rules

if TYPE_CHECKING:
    import datetime as dt

    from applications.models import Application, BudgetLine, Call
    from fundmgmt.rules import RuleValue

WHOLE = 10_000
CAPS = ("cap_adm_max_bp", "cap_saf_min_bp", "cap_mon_min_bp", "cap_mon_max_bp", "cap_line_max_bp")


@dataclass(frozen=True)
class Check:
    """One computed condition: `met` None means there is nothing to compute from yet. `rule` names who spoke."""

    code: str
    label: str
    met: bool | None
    reason: str
    section: str
    rule: str = ""
    url: str = ""
    value: int = 0
    max: int = 0
    low: int = 0


@dataclass(frozen=True)
class Sums:
    """A budget added up, in minor units."""

    total: int
    by_category: dict[str, int]
    lines: tuple[BudgetLine, ...]


def add_up(lines: list[BudgetLine]) -> Sums:
    """Exact sums of the lines, each kind of cost named even when it is nothing."""
    by_category = {str(code): 0 for code in BudgetCategory}
    for line in lines:
        by_category[line.category] += line.total_minor
    return Sums(sum(by_category.values()), by_category, tuple(lines))


def share_is_over(part: int, whole: int, limit_bp: int) -> bool:
    """Whether part/whole is above the limit, without rounding."""
    return part * WHOLE > limit_bp * whole


def share_is_under(part: int, whole: int, limit_bp: int) -> bool:
    """Whether part/whole is below the limit, without rounding."""
    return part * WHOLE < limit_bp * whole


def window_of(total_minor: int, call: Call, on: dt.date) -> str:
    """The call's window this amount falls into, or OUTSIDE."""
    book = rules([f"window_{code}" for code in WINDOWS], on)
    for code in WINDOWS:
        limits = book[f"window_{code}"].value
        if code in call.windows and limits["min_minor"] <= total_minor <= limits["max_minor"]:
            return str(code)
    return str(Window.OUTSIDE)


def computed_checks(application: Application, on: dt.date) -> list[Check]:
    """All checks for an application as its rows stand now (three queries)."""
    book = rules([*CAPS, *(f"window_{code}" for code in WINDOWS)], on)
    sums = add_up(list(application.budget_lines.all()))
    found = [_amount(application, sums, book), _length(application, sums, book), *_place(application)]
    return [*found, *_caps(sums, book)]


def _spoken(value: RuleValue) -> str:
    return f"{value.label} ({value.origin})"


def _amount(application: Application, sums: Sums, book: dict[str, RuleValue]) -> Check:
    call = application.call
    names = {str(code): code for code in WINDOWS}
    allowed = [book[f"window_{code}"] for code in call.windows if code in names]
    label = _("The amount fits a window of the call")
    if not sums.total or not allowed:
        return Check("EL-05", label, None, _("There is no budget yet."), Section.BUDGET)
    money = words.money(Money(sums.total, application.currency))
    for code in call.windows:
        limits = book[f"window_{code}"].value
        if limits["min_minor"] <= sums.total <= limits["max_minor"]:
            reason = _("%(amount)s: %(window)s") % {"amount": money, "window": names[code].label}
            return Check("EL-05", label, True, reason, Section.BUDGET, _spoken(book[f"window_{code}"]))
    low = min(one.value["min_minor"] for one in allowed)
    high = max(one.value["max_minor"] for one in allowed)
    reason = _("%(amount)s is outside the windows of this call (%(low)s to %(high)s).") % {
        "amount": money,
        "low": words.money(Money(low, application.currency)),
        "high": words.money(Money(high, application.currency)),
    }
    return Check("EL-05", label, False, reason, Section.BUDGET, words.listed(_spoken(one) for one in allowed))


def _length(application: Application, sums: Sums, book: dict[str, RuleValue]) -> Check:
    label = _("The length fits the window")
    months = application.months
    window = next(
        (
            book[f"window_{code}"]
            for code in application.call.windows
            if (limits := book[f"window_{code}"].value)["min_minor"] <= sums.total <= limits["max_minor"]
        ),
        None,
    )
    if sums.total and window is None:
        return Check(
            "months", label, None, _("The amount fits no window, so no length can be compared."), Section.PROJECT
        )
    if months is None or window is None:
        return Check("months", label, None, _("Days and budget decide this; one of them is open."), Section.PROJECT)
    met = months <= window.value["months"]
    reason = _("%(months)s months; at most %(limit)s") % {"months": months, "limit": window.value["months"]}
    return Check("months", label, met, reason, Section.PROJECT, _spoken(window))


def _place(application: Application) -> list[Check]:
    wanted = application.call.provinces
    if not wanted or not application.province:
        return []
    label = _("The place is in a province of the call")
    return [Check("EL-03", label, application.province in wanted, application.province, Section.PLACE)]


def _caps(sums: Sums, book: dict[str, RuleValue]) -> list[Check]:
    if not sums.total:
        return []
    adm, saf, mon = (sums.by_category[code] for code in ("ADM", "SAF", "MON"))
    total = sums.total
    found = [
        _cap("ADM", _("Administration"), adm, total, most=book["cap_adm_max_bp"]),
        _cap("SAF", _("Safeguarding"), saf, total, least=book["cap_saf_min_bp"]),
        _cap("MON", _("Monitoring"), mon, total, least=book["cap_mon_min_bp"], most=book["cap_mon_max_bp"]),
    ]
    limit = book["cap_line_max_bp"]
    for line in sums.lines:
        if share_is_over(line.total_minor, total, limit.value):
            reason = _("%(share)s of the budget; above %(limit)s a reason is needed") % {
                "share": words.percent(line.total_minor, total),
                "limit": words.percent(limit.value),
            }
            if line.justification:
                reason = _("%(share)s of the budget; the reason is given") % {
                    "share": words.percent(line.total_minor, total)
                }
            label = _("Line %(no)s is a large part") % {"no": line.no}
            met = bool(line.justification)
            found.append(Check(f"line-{line.no}", label, met, reason, Section.BUDGET, _spoken(limit)))
    return found


def _cap(
    code: str, label: str, part: int, total: int, *, least: RuleValue | None = None, most: RuleValue | None = None
) -> Check:
    share = words.percent(part, total)
    said = []
    met, spoke = True, least or most
    if least is not None:
        said.append(_("at least %(limit)s") % {"limit": words.percent(least.value)})
        met = met and not share_is_under(part, total, least.value)
    if most is not None:
        said.append(_("at most %(limit)s") % {"limit": words.percent(most.value)})
        if share_is_over(part, total, most.value):
            met, spoke = False, most
    reason = _("%(share)s of the budget; %(limits)s") % {"share": share, "limits": ", ".join(said)}
    if part == 0 and not met:
        reason = _("There is no such line; %(limits)s") % {"limits": ", ".join(said)}
    assert spoke is not None
    return Check(code, label, met, reason, Section.BUDGET, _spoken(spoke))
