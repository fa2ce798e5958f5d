"""Preparing, opening, prolonging and closing a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Call
from applications.states import WINDOWS, ApplicationState, CallState
from fundmgmt.access import require
from fundmgmt.models import StepRefused, next_ref
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User


def prepare_call(*, by: User, at: dt.datetime, external_ref: str = "", **values: Any) -> Call:
    """A draft call, numbered CALL-<year>-nn in the year of `at`. `values` are columns of Call."""
    call = Call(created_at=at, external_ref=external_ref, **values)
    require(by, "applications.begin_call", call)
    _refuse_wrong(call, at)
    with transaction.atomic():
        call.ref = next_ref("CALL", timezone.localdate(at).year)
        facts = {"call": call.ref, "amount_minor": call.envelope_minor, "currency": call.currency}
        return begin(call, by=by, at=at, facts=facts)


def _refuse_wrong(call: Call, at: dt.datetime) -> None:
    if call.envelope_minor <= 0:
        raise StepRefused(_("Write an amount above zero."), field="envelope_minor")
    if set(call.windows) - {str(code) for code in WINDOWS}:
        raise StepRefused(_("Choose among the grant windows of the fund."), field="windows")
    if call.closes_at <= at:
        raise StepRefused(_("The closing day is past. Choose a later one."), field="closes_at")


def edit_call(call: Call, *, by: User, at: dt.datetime, expected_version: int | None = None, **values: Any) -> Call:
    """Change a call that nobody has seen yet."""
    changed = {name: value for name, value in values.items() if getattr(call, name) != value}
    if not changed:
        return call
    for name, value in values.items():
        setattr(call, name, value)
    try:
        _refuse_wrong(call, at)
    finally:
        call.refresh_from_db()
    return perform(
        call, "edit", by=by, at=at, facts={"fields": sorted(changed)}, expected_version=expected_version, **changed
    )


def open_call(call: Call, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Call:
    """Publish it: organisations can apply from now on."""
    facts = {"closes_at": call.closes_at.date()}
    return perform(call, "open", by=by, at=at, facts=facts, expected_version=expected_version, opens_at=at)


def keep_call_open(
    call: Call, *, closes_at: dt.datetime, reason: str, by: User, at: dt.datetime, expected_version: int | None = None
) -> Call:
    """A later closing day."""
    facts = {"closes_at": closes_at.date(), "was": call.closes_at.date()}
    return perform(
        call,
        "keep_open",
        by=by,
        at=at,
        facts=facts,
        reason=reason,
        expected_version=expected_version,
        closes_at=closes_at,
    )


def close_call(
    call: Call, *, by: User | None, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Call:
    """No more applications. `by=None`: the closing moment has come."""
    facts = {"applications": call.applications.exclude(state=ApplicationState.DRAFT).count()}
    return perform(call, "close", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)


def reopen_call(
    call: Call, *, closes_at: dt.datetime, reason: str, by: User, at: dt.datetime, expected_version: int | None = None
) -> Call:
    """Correct a call that was closed by mistake."""
    if closes_at <= at:
        raise StepRefused(_("Choose a closing day that is still to come."), field="closes_at")
    facts = {"closes_at": closes_at.date()}
    return perform(
        call,
        "correct_to_open",
        by=by,
        at=at,
        facts=facts,
        reason=reason,
        expected_version=expected_version,
        closes_at=closes_at,
    )


def archive_call(call: Call, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Call:
    """Put a closed call away."""
    return perform(call, "archive", by=by, at=at, expected_version=expected_version)


def close_due_calls(*, at: dt.datetime) -> int:
    """Close every call whose closing moment has come; how many were closed."""
    due = list(Call.objects.filter(state=CallState.OPEN, closes_at__lte=at))
    for call in due:
        close_call(call, by=None, at=at)
    return len(due)
