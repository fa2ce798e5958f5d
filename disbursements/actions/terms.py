"""A decided change of the terms in force: typed rows written, tranches and days moved, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from disbursements.actions.conditions import set_due
from disbursements.actions.locking import lock_grant
from disbursements.models import Amendment, Change, Grant
from disbursements.queries import amendments as read
from disbursements.states import ChangePart, ConditionKind, GrantState, TrancheState
from fundmgmt.models import StepRefused
from fundmgmt.money import split
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from fundmgmt.models import User


def facts_of_change(amendment: Amendment) -> dict[str, Any]:
    """Facts every entry about a change carries."""
    return {
        "no": amendment.no,
        "change": str(amendment.kind),
        "decider": str(amendment.decider),
        "rule": amendment.rule,
        "moved_bp": amendment.moved_bp,
        "decision": amendment.decision_ref,
    }


def lock_terms(amendment: Amendment) -> Grant:
    """The grant as it stands now, locked before the change and the story: whoever pays meanwhile takes it first too."""
    amendment.grant = lock_grant(amendment.grant_id)
    return amendment.grant


def put_in_force(
    amendment: Amendment, *, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> Amendment:
    """Write the typed changes and the next number of the terms, all or nothing.

    StepRefused when something it changes is no longer what it was when it was asked for.
    """
    with transaction.atomic():
        grant = lock_terms(amendment)
        changes = list(amendment.changes.all())
        now = read.standing(grant)
        for change in changes:
            if now.get((change.part, change.key)) != change.before:
                raise StepRefused(
                    _("%(part)s is no longer what it was when this was asked for. Withdraw it and ask again.")
                    % {"part": f"{change.get_part_display()} {change.key}".strip()}
                )
        terms = grant.terms_no + 1
        facts = {**facts_of_change(amendment), "terms": terms}
        columns = _columns(changes)
        perform(
            amendment, "apply", by=by, at=at, facts=facts, expected_version=expected_version, terms_no=terms, when=at
        )
        told = {**facts, "end_date": columns.get("end_date")}
        perform(grant, "amend", by=None, at=at, facts=told, terms_no=terms, **columns)
        if any(one.part in TRANCHES for one in changes):
            _replan(grant, [one for one in changes if one.part in TRANCHES], at)
        for one in changes:
            if one.part == ChangePart.MILESTONE_DATE and one.after_date:
                set_due(grant, ConditionKind.MILESTONE_VERIFIED, one.after_date, one.key)
    return amendment


TRANCHES = (ChangePart.TRANCHE_DATE, ChangePart.TRANCHE_AMOUNT)
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
