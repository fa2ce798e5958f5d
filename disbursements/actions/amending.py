"""Changing a grant's terms: asked for, weighed by the rules, decided by another, in force as typed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.models import Amendment, Change, Grant, Tranche
from disbursements.queries import amendments as read
from disbursements.queries.budgets import budget_lines
from disbursements.states import (
    AMENDABLE,
    AmendmentKind,
    AmendmentState,
    ChangePart,
    Decider,
    GrantState,
    TrancheState,
)
from fundmgmt.formats.words import day as in_words
from fundmgmt.models import StepRefused
from fundmgmt.money import Money, split
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from fundmgmt.models import User

WHOLE_BP = 10_000


# Asking -------------------------------------------------------------------------------------------


def ask_budget_shift(grant: Grant, *, by: User, at: dt.datetime, lines: Mapping[int, int], reason: str) -> Amendment:
    """New amounts of budget lines (number to minor units); lines left out stay. The budget's sum does not change."""
    now = {line.no: line.total_minor for line in budget_lines(grant)}
    spent = dict(grant.reported_spend.order_by().values_list("line_no").annotate(Sum("spent_minor")))
    for no, minor in lines.items():
        if no not in now:
            raise StepRefused(_("The budget has no line %(no)s.") % {"no": no})
        if minor < 0:
            raise StepRefused(_("A line does not fall below zero."), field=f"line_{no}")
        if minor < spent.get(no, 0):
            told = Money(spent[no], grant.currency)
            raise StepRefused(_("%(amount)s are spent on this line already.") % {"amount": told}, field=f"line_{no}")
    more = sum(minor - now[no] for no, minor in lines.items())
    if more:
        told = Money(abs(more), grant.currency)
        text = (
            _("The lines make %(amount)s more than before.") if more > 0 else _("%(amount)s are not on any line yet.")
        )
        raise StepRefused(f"{text % {'amount': told}} {_('What one line gains, others give.')}")
    changes = [Change.of(ChangePart.LINE, str(no), now[no], minor) for no, minor in lines.items() if minor != now[no]]
    return _ask(grant, AmendmentKind.BUDGET, changes, by=by, at=at, reason=reason)


def ask_extension(grant: Grant, *, by: User, at: dt.datetime, end_date: dt.date, reason: str) -> Amendment:
    """More time and no more money: asked in time, and not for longer than the rules allow."""
    on = timezone.localdate(at)
    if end_date <= grant.end_date:
        raise StepRefused(_("Choose a day after the present last day."), field="end_date")
    asked_until, longest = read.last_day_to_ask(grant, on), read.longest_end(grant, on)
    if on > asked_until:
        raise StepRefused(_("More time had to be asked for until %(day)s.") % {"day": in_words(asked_until)})
    if end_date > longest:
        raise StepRefused(_("The last possible day is %(day)s.") % {"day": in_words(longest)}, field="end_date")
    changes = [Change.of(ChangePart.END_DATE, "", grant.end_date, end_date)]
    return _ask(grant, AmendmentKind.EXTENSION, changes, by=by, at=at, reason=reason)


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
        told = Money(before, grant.currency)
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
        begin(amendment, by=by, at=at, facts=_facts(amendment), reason=reason)
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


def _facts(amendment: Amendment) -> dict[str, Any]:
    return {
        "no": amendment.no,
        "change": str(amendment.kind),
        "decider": str(amendment.decider),
        "rule": amendment.rule,
        "moved_bp": amendment.moved_bp,
        "decision": amendment.decision_ref,
    }


# Deciding -----------------------------------------------------------------------------------------


def notify_amendment(
    amendment: Amendment, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> Amendment:
    """Give notice of a shift that the rules leave free: it is in force at once."""
    with transaction.atomic():
        weigh_again(amendment, at)
        facts = _facts(amendment)
        perform(amendment, "notify", by=by, at=at, facts=facts, expected_version=expected_version, when=at)
        return put_in_force(amendment, by=None, at=at)


def approve_amendment(
    amendment: Amendment, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Amendment:
    """Another officer than who asked says yes: it is in force at once, or nothing happens."""
    with transaction.atomic():
        weigh_again(amendment, at)
        perform(
            amendment,
            "approve",
            by=by,
            at=at,
            facts=_facts(amendment),
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
    facts = {**_facts(amendment), "decision": decision_ref}
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
    facts = _facts(amendment)
    return perform(amendment, "withdraw", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)


# In force -----------------------------------------------------------------------------------------


def put_in_force(
    amendment: Amendment, *, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> Amendment:
    """Write the typed changes and the next number of the terms, all or nothing.

    StepRefused when something it changes is no longer what it was when it was asked for.
    """
    with transaction.atomic():
        grant = Grant.objects.select_for_update(no_key=True).get(pk=amendment.grant_id)
        changes = list(amendment.changes.all())
        now = read.standing(grant)
        for change in changes:
            if now.get((change.part, change.key)) != change.before:
                raise StepRefused(
                    _("%(part)s is no longer what it was when this was asked for. Withdraw it and ask again.")
                    % {"part": f"{change.get_part_display()} {change.key}".strip()}
                )
        terms = grant.terms_no + 1
        facts = {**_facts(amendment), "terms": terms}
        columns = _columns(changes)
        perform(
            amendment, "apply", by=by, at=at, facts=facts, expected_version=expected_version, terms_no=terms, when=at
        )
        told = {**facts, "end_date": columns.get("end_date")}
        perform(grant, "amend", by=None, at=at, facts=told, terms_no=terms, **columns)
        if amendment.kind == AmendmentKind.PHASING:
            _replan(grant, changes, at)
        amendment.grant = grant
    return amendment


COLUMN = {
    ChangePart.END_DATE: "end_date",
    ChangePart.LANGUAGE: "language",
    ChangePart.OWN_NUMBER: "external_ref",
}


def _columns(changes: Sequence[Change]) -> dict[str, Any]:
    """Columns of the grant that these changes set."""
    return {COLUMN[ChangePart(one.part)]: one.after for one in changes if one.part in COLUMN}


def _replan(grant: Grant, changes: Sequence[Change], at: dt.datetime) -> None:
    """Move the tranches; shares follow the amounts and still make a whole."""
    if grant.state == GrantState.SUSPENDED:
        raise StepRefused(_("Payments of this grant are stopped. Its tranches move when the hold is lifted."))
    rows = list(grant.tranches.select_for_update(of=("self",), no_key=True).order_by("no"))
    moved = {(one.part, int(one.key)): one.after for one in changes}
    planned = [row for row in rows if row.state == TrancheState.PLANNED]
    if any(no not in {row.no for row in planned} for _part, no in moved):
        raise StepRefused(_("A tranche has been asked for since. Withdraw this change and ask again."))
    amounts = [moved.get((ChangePart.TRANCHE_AMOUNT, row.no), row.amount_minor) for row in planned]
    shares = split(sum(row.share_bp for row in planned), amounts)
    for row, amount, share in zip(planned, amounts, shares, strict=True):
        new = {
            "amount_minor": amount,
            "share_bp": share,
            "planned_date": moved.get((ChangePart.TRANCHE_DATE, row.no), row.planned_date),
        }
        if new != {name: getattr(row, name) for name in new}:
            perform(row, "replan", by=None, at=at, facts={"no": row.no, "currency": grant.currency, **new}, **new)
