"""Changing a grant's terms: asked for, weighed by the rules, decided by another, in force as typed rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.states import BudgetCategory
from disbursements.actions.terms import facts_of_change, lock_terms, put_in_force
from disbursements.models import Amendment, Change, Grant, Tranche
from disbursements.queries import amendments as read
from disbursements.queries.budgets import budget_lines
from disbursements.queries.calendar import movable_days
from disbursements.states import (
    AMENDABLE,
    AmendmentKind,
    AmendmentState,
    ChangePart,
    Decider,
    GrantState,
)
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import money
from fundmgmt.models import StepRefused
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from fundmgmt.models import User

ZERO = dt.timedelta()
IN_ORDER = (ChangePart.TRANCHE_DATE, ChangePart.REPORT_DATE)


# Asking -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewLine:
    """A budget line that the agreement does not have: kind of cost, what it is, how much."""

    category: str
    description: str
    minor: int


def ask_budget_shift(
    grant: Grant,
    *,
    by: User,
    at: dt.datetime,
    lines: Mapping[int, int],
    new_line: NewLine | None = None,
    reason: str,
) -> Amendment:
    """New amounts of budget lines (number to minor units), and a new line; lines left out stay, and so does the sum."""
    now = {line.no: line.total_minor for line in budget_lines(grant)}
    spent = dict(grant.reported_spend.order_by().values_list("line_no").annotate(Sum("spent_minor")))
    for no, minor in lines.items():
        if no not in now:
            raise StepRefused(_("The budget has no line %(no)s.") % {"no": no})
        if minor < 0:
            raise StepRefused(_("A line does not fall below zero."), field=f"line_{no}")
        if minor < spent.get(no, 0):
            told = money(spent[no], grant.currency)
            raise StepRefused(_("%(amount)s are spent on this line already.") % {"amount": told}, field=f"line_{no}")
    added = [_added(grant, new_line)] if new_line else []
    more = sum(minor - now[no] for no, minor in lines.items()) + (new_line.minor if new_line else 0)
    if more:
        told = money(abs(more), grant.currency)
        text = (
            _("The lines make %(amount)s more than before.") if more > 0 else _("%(amount)s are not on any line yet.")
        )
        rest = _("What one line gains, others give.")
        raise StepRefused(f"{text % {'amount': told}} {rest}")
    changes = [Change.of(ChangePart.LINE, str(no), now[no], minor) for no, minor in lines.items() if minor != now[no]]
    return _ask(grant, AmendmentKind.BUDGET, [*changes, *added], by=by, at=at, reason=reason)


def _added(grant: Grant, line: NewLine) -> Change:
    """The change that brings the line, under the next number."""
    what = line.description.strip()
    if not what:
        raise StepRefused(_("Write what the new line is for."), field="new_description")
    if line.category not in BudgetCategory.values:
        raise StepRefused(_("Choose the kind of cost."), field="new_category")
    if line.minor <= 0:
        raise StepRefused(_("Write an amount above zero."), field="new_amount")
    rows = budget_lines(grant)
    alike = next((row for row in rows if row.description.casefold() == what.casefold()), None)
    if alike is not None:
        raise StepRefused(_("Line %(no)s is called so already.") % {"no": alike.no}, field="new_description")
    number = max((row.no for row in rows), default=0) + 1
    change = Change.of(ChangePart.NEW_LINE, str(number), None, line.minor)
    change.after_text, change.category = what, line.category
    return change


def ask_extension(
    grant: Grant,
    *,
    by: User,
    at: dt.datetime,
    end_date: dt.date,
    moves: Collection[tuple[str, str]] = (),
    reason: str,
) -> Amendment:
    """More time and no more money: asked in time, and not for longer than the rules allow.

    `moves` are days that move as far as the last day does (part and key); the final report always follows.
    """
    on = timezone.localdate(at)
    if end_date <= grant.end_date:
        raise StepRefused(_("Choose a day after the present last day."), field="end_date")
    asked_until, longest = read.last_day_to_ask(grant, on), read.longest_end(grant, on)
    if on > asked_until:
        raise StepRefused(_("More time had to be asked for until %(day)s.") % {"day": in_words(asked_until)})
    if end_date > longest:
        raise StepRefused(_("The last possible day is %(day)s.") % {"day": in_words(longest)}, field="end_date")
    changes = [Change.of(ChangePart.END_DATE, "", grant.end_date, end_date)]
    changes += _moved_with(grant, moves, end_date - grant.end_date)
    return _ask(grant, AmendmentKind.EXTENSION, changes, by=by, at=at, reason=reason)


def _moved_with(grant: Grant, moves: Collection[tuple[str, str]], by_days: dt.timedelta) -> list[Change]:
    """These days and the final report's, so much later; those that stay still come in their order."""
    known = {(row.part, row.key): row for row in movable_days(grant)}
    for one in moves:
        if one not in known:
            raise StepRefused(_("One of these days has passed or cannot move any more. Look at the list again."))
    after = {one: row.day + (by_days if one in moves or row.follows else ZERO) for one, row in known.items()}
    for part in IN_ORDER:
        days = [after[row.part, row.key] for row in known.values() if row.part == part]
        if days != sorted(days):
            said = {"what": ChangePart(part).label}
            raise StepRefused(_("%(what)s: a later one would come before an earlier one. Move both, or none.") % said)
    return [Change.of(*one, known[one].day, day) for one, day in after.items() if day != known[one].day]


def ask_phasing(
    grant: Grant, *, by: User, at: dt.datetime, parts: Mapping[int, tuple[int, dt.date]], reason: str
) -> Amendment:
    """Other amounts and days of tranches that nobody has asked for (number to amount and day); the sum stays."""
    rows = {row.no: row for row in read.tranches_to_move(grant)}
    changes = []
    for no, (minor, planned) in sorted(parts.items()):
        if no not in rows:
            raise StepRefused(_("Tranche %(no)s has been asked for already: it stays.") % {"no": no})
        if minor <= 0:
            raise StepRefused(_("Each tranche keeps an amount above zero."), field=f"amount_{no}")
        if minor != rows[no].amount_minor:
            changes.append(Change.of(ChangePart.TRANCHE_AMOUNT, str(no), rows[no].amount_minor, minor))
        if planned != rows[no].planned_date:
            if planned < timezone.localdate(at):
                raise StepRefused(_("This day has passed."), field=f"date_{no}")
            changes.append(Change.of(ChangePart.TRANCHE_DATE, str(no), rows[no].planned_date, planned))
    _check_phasing(grant, rows, parts)
    return _ask(grant, AmendmentKind.PHASING, changes, by=by, at=at, reason=reason)


def _check_phasing(grant: Grant, rows: Mapping[int, Tranche], parts: Mapping[int, tuple[int, dt.date]]) -> None:
    after = {no: parts.get(no, (row.amount_minor, row.planned_date)) for no, row in rows.items()}
    before = sum(row.amount_minor for row in rows.values())
    if sum(minor for minor, _day in after.values()) != before:
        told = money(before, grant.currency)
        raise StepRefused(
            _("These tranches make %(amount)s together, and still do after the change.") % {"amount": told}
        )
    days = [planned for _no, (_minor, planned) in sorted(after.items())]
    if days != sorted(days):
        raise StepRefused(_("A later tranche is planned for a later day."))


def ask_results(
    grant: Grant, *, by: User, at: dt.datetime, targets: Mapping[str, int], place: str = "", reason: str
) -> Amendment:
    """Other targets (code of the indicator to hundredths) or another place of the work."""
    now = read.targets_of(grant)
    for code in targets:
        if code not in now:
            raise StepRefused(_("This project has not promised %(code)s.") % {"code": code})
    changes = [
        Change.of(ChangePart.TARGET, code, now[code], value) for code, value in targets.items() if value != now[code]
    ]
    here = read.place_of(grant)
    if place.strip() and place.strip() != here:
        changes.append(Change.of(ChangePart.PLACE, "", here, place.strip()))
    return _ask(grant, AmendmentKind.RESULTS, changes, by=by, at=at, reason=reason)


def ask_correction(
    grant: Grant, *, by: User, at: dt.datetime, language: str, own_number: str = "", reason: str
) -> Amendment:
    """A clerical mistake put right: nothing that moves money, time or results."""
    asked = {
        ChangePart.LANGUAGE: (grant.language, language),
        ChangePart.OWN_NUMBER: (grant.external_ref, own_number.strip()),
    }
    changes = [Change.of(part, "", before, after) for part, (before, after) in asked.items() if before != after]
    return _ask(grant, AmendmentKind.ADMINISTRATIVE, changes, by=by, at=at, reason=reason)


def _ask(grant: Grant, kind: str, changes: Sequence[Change], *, by: User, at: dt.datetime, reason: str) -> Amendment:
    """Weigh it and put it down. One of a kind at a time, and one before the Committee."""
    if not changes:
        raise StepRefused(_("Nothing would change. Write what shall be different."))
    if not reason.strip():
        raise StepRefused(_("Write why."), field="reason")
    with transaction.atomic():
        locked = Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
        _check_open(locked, kind)
        verdict = read.weigh(locked, kind, changes, timezone.localdate(at))
        open_ones = locked.amendments.undecided()
        if verdict.decider == Decider.COMMITTEE and open_ones.filter(decider=Decider.COMMITTEE).exists():
            raise StepRefused(_("Another change of this grant waits for the Committee. Withdraw it or wait for it."))
        amendment = Amendment(
            grant=locked,
            thread=locked.thread,
            no=(locked.amendments.aggregate(last=Max("no"))["last"] or 0) + 1,
            kind=kind,
            reason=reason.strip(),
            decider=verdict.decider,
            rule=verdict.rule,
            moved_bp=verdict.moved_bp,
            asked_by=by,
            asked_at=at,
        )
        begin(amendment, by=by, at=at, facts=facts_of_change(amendment), reason=reason)
        for change in changes:
            change.amendment = amendment
        Change.objects.bulk_create(changes)
    return amendment


def _check_open(grant: Grant, kind: str) -> None:
    states = [GrantState.SIGNED, GrantState.ACTIVE, GrantState.SUSPENDED]
    if grant.state not in AMENDABLE or (
        kind in {AmendmentKind.EXTENSION, AmendmentKind.RESULTS} and grant.state not in states
    ):
        raise StepRefused(_("The terms change while a grant runs. This one does not run."))
    if grant.amendments.undecided().filter(kind=kind).exists():
        raise StepRefused(_("A change of this kind is open already. Wait for it, or withdraw it and ask again."))


# Deciding -----------------------------------------------------------------------------------------


def notify_amendment(
    amendment: Amendment, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> Amendment:
    """Give notice of a shift that the rules leave free: it is in force at once."""
    with transaction.atomic():
        lock_terms(amendment)
        weigh_again(amendment, at)
        facts = facts_of_change(amendment)
        perform(amendment, "notify", by=by, at=at, facts=facts, expected_version=expected_version, when=at)
        return put_in_force(amendment, by=None, at=at)


def approve_amendment(
    amendment: Amendment, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Amendment:
    """Another officer than who asked says yes: it is in force at once, or nothing happens."""
    with transaction.atomic():
        lock_terms(amendment)
        weigh_again(amendment, at)
        perform(
            amendment,
            "approve",
            by=by,
            at=at,
            facts=facts_of_change(amendment),
            reason=reason,
            expected_version=expected_version,
            decider=by,
            when=at,
        )
        return put_in_force(amendment, by=None, at=at)


def weigh_again(amendment: Amendment, at: dt.datetime) -> None:
    """Refuse when the rules would now give it to somebody else: other changes came between."""
    now = read.weigh(amendment.grant, amendment.kind, list(amendment.changes.all()), timezone.localdate(at))
    if amendment.state == AmendmentState.PROPOSED and now.decider != amendment.decider:
        raise StepRefused(
            _("Since this was asked for, other changes came or the rules moved. Withdraw it and ask again.")
        )


def refuse_amendment(
    amendment: Amendment,
    *,
    by: User | None,
    at: dt.datetime,
    reason: str = "",
    decision_ref: str = "",
    expected_version: int | None = None,
) -> Amendment:
    """The terms stay as they are."""
    facts = {**facts_of_change(amendment), "decision": decision_ref}
    return perform(
        amendment,
        "refuse",
        by=by,
        at=at,
        facts=facts,
        reason=reason,
        expected_version=expected_version,
        decider=by,
        decision_ref=decision_ref,
        when=at,
    )


def withdraw_amendment(
    amendment: Amendment, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Amendment:
    """Who asked no longer wants it."""
    facts = facts_of_change(amendment)
    return perform(amendment, "withdraw", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
