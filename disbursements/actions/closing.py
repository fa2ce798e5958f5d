"""Closing a grant out: what steps settle by themselves, what people settle, and that nothing is left open."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.commitments import paid_by_earmark
from disbursements.models import Asset, ClosureItem, Feedback, Grant
from disbursements.queries.closing import evaluators_are_named
from disbursements.states import (
    BEFORE_SENT,
    NOTE_NEEDED,
    SETTLED_BY_STEP,
    CloseCode,
    ClosureCode,
    GrantState,
    TrancheState,
)
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import money
from fundmgmt.models import StepRefused
from fundmgmt.rules import rule
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from fundmgmt.models import User

LISTED_IN = (GrantState.ACTIVE, GrantState.ENDED, GrantState.CLOSING)
ON_ITS_WAY = [*BEFORE_SENT, TrancheState.ON_HOLD, TrancheState.SENT]


def spent_of(grant: Grant) -> int:
    """What accepted reports say was spent, in minor units."""
    return grant.reported_spend.aggregate(total=Sum("spent_minor"))["total"] or 0


def refunded_of(grant: Grant) -> int:
    """What came back, in minor units."""
    return grant.refunds.aggregate(total=Sum("amount_minor"))["total"] or 0


def unaccounted(grant: Grant) -> int:
    """Paid, less spent, less refunded: zero when every unit is accounted for (paid is net of refunds in the ledger).

    Below zero the grantee has spent more than it was paid: its own money, until another tranche arrives.
    """
    return sum(paid_by_earmark(grant).values()) - spent_of(grant)


# The list -----------------------------------------------------------------------------------------


def begin_closing(grant: Grant, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Grant:
    """Lay out the close-out list. Who knows that something on it is settled already says so at once."""
    with transaction.atomic():
        perform(grant, "begin_closing", by=by, at=at, expected_version=expected_version)
        ClosureItem.objects.bulk_create([ClosureItem(grant=grant, code=code) for code in ClosureCode.values])
        look_at_refund(grant, at=at)
    return grant


def settle_known(grant: Grant, code: str, *, at: dt.datetime) -> int:
    """A step made a line of the list true; nothing where there is no list yet or it is settled. How many lines."""
    return _mark(grant, code, at=at, settled=True)


def unsettle_known(grant: Grant, code: str, *, at: dt.datetime) -> int:
    """A step took back what had made a line true, while the grant is not closed."""
    return _mark(grant, code, at=at, settled=False)


def _mark(grant: Grant, code: str, *, at: dt.datetime, settled: bool) -> int:
    with transaction.atomic():
        rows = ClosureItem.objects.filter(grant=grant, code=code, settled_at__isnull=settled)
        rows = rows.exclude(grant__state__in=[GrantState.CLOSED, GrantState.TERMINATED])
        found = rows.update(settled_at=at if settled else None, settled_by=None, note="")
        if found:
            kind = "disbursements.grant.settle" if settled else "disbursements.grant.unsettle"
            journal.record(kind, grant, by=None, at=at, facts={"code": str(code)})
    return found


def look_at_refund(grant: Grant, *, at: dt.datetime) -> int:
    """Nothing on its way and every unit accounted for: the line of the refund is settled; else it is open."""
    if not grant.closure_items.exists():
        return 0
    even = not grant.tranches.filter(state__in=ON_ITS_WAY).exists() and unaccounted(grant) <= 0
    return _mark(grant, ClosureCode.REFUND, at=at, settled=even)


def tick_closure_item(item: ClosureItem, *, by: User | None, at: dt.datetime, note: str = "") -> ClosureItem:
    """Settle one line of the list by hand: those that no step of the system makes true, or why there was none."""
    with transaction.atomic():
        grant = Grant.objects.select_for_update(no_key=True).get(pk=item.grant_id)
        require(by, "disbursements.tick_closure", grant)
        if grant.state != GrantState.CLOSING:
            raise StepRefused(_("The list is open while the grant is closing."))
        _check_by_hand(grant, ClosureCode(item.code), note.strip(), timezone.localdate(at))
        item.settled_at, item.settled_by, item.note = at, by, note.strip()
        item.save(update_fields=["settled_at", "settled_by", "note"])
        journal.record("disbursements.grant.tick", grant, by=by, at=at, facts={"code": item.code})
    return item


def _check_by_hand(grant: Grant, code: ClosureCode, note: str, on: dt.date) -> None:
    if code in SETTLED_BY_STEP:
        raise StepRefused(
            _("Nobody ticks “%(item)s”: it is settled when the report is accepted or the money accounted for.")
            % {"item": code.label},
            field="codes",
        )
    if code in NOTE_NEEDED and not note:
        raise StepRefused(_("“%(item)s” by hand needs a note.") % {"item": code.label}, field="note")
    if code == ClosureCode.ASSETS:
        _check_assets(grant, on)
    elif code == ClosureCode.PRACTICE:
        _check_nobody_writes(grant)
    elif code == ClosureCode.EVALUATION:
        _check_no_evaluation(grant, on)
    elif code == ClosureCode.FEEDBACK:
        wait = (grant.ended_date or grant.end_date) + dt.timedelta(days=rule("feedback_wait_days", on).value)
        if on < wait:
            raise StepRefused(_("The grantee may still answer, until %(day)s.") % {"day": in_words(wait)})


def _check_assets(grant: Grant, on: dt.date) -> None:
    limit = rule("asset_list_from_minor", on).value
    kept = grant.assets.filter(value_minor__gt=limit, handed_date__isnull=True, struck_at__isnull=True).first()
    if kept is not None:
        raise StepRefused(_("Not handed over yet: %(what)s.") % {"what": kept.what})


def _check_nobody_writes(grant: Grant) -> None:
    if evaluators_are_named(grant):
        raise StepRefused(
            _("Evaluators are named for this project. This line is settled when their evaluation is final."),
            field="codes",
        )


def _check_no_evaluation(grant: Grant, on: dt.date) -> None:
    limit = rule("evaluation_from_minor", on).value
    if grant.amount_minor > limit or grant.holds.exists():
        told = money(limit, grant.currency)
        raise StepRefused(
            _("Grants over %(amount)s, and all that were stopped once, are evaluated: name the evaluators.")
            % {"amount": told}
        )


def settle_closure(grant: Grant, *, by: User, at: dt.datetime, codes: list[str], note: str = "") -> Grant:
    """Settle the ticked lines of the list that are still open. A note belongs to the lines that need one, if any do."""
    needing = NOTE_NEEDED & set(codes)
    with transaction.atomic():
        for item in grant.closure_items.filter(code__in=codes, settled_at__isnull=True):
            tick_closure_item(item, by=by, at=at, note=note if not needing or item.code in needing else "")
    return grant


# Things and opinions ------------------------------------------------------------------------------


def list_asset(grant: Grant, *, by: User, at: dt.datetime, what: str, value_minor: int) -> Asset:
    """Put a thing that outlasts the project on the list."""
    with transaction.atomic():
        require(by, "disbursements.list_asset", grant)
        locked = Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
        if locked.state not in LISTED_IN:
            raise StepRefused(_("Things are listed while a grant runs or is closed out."))
        if value_minor <= 0:
            raise StepRefused(_("Write an amount above zero."), field="value_minor")
        asset = Asset.objects.create(
            grant=locked, what=what.strip(), value_minor=value_minor, listed_by=by, listed_at=at
        )
        facts = {"value_minor": value_minor, "currency": locked.currency}
        journal.record("disbursements.asset.add", asset, by=by, at=at, facts=facts, thread=locked.thread)
        _mark(locked, ClosureCode.ASSETS, at=at, settled=False)
    return asset


def hand_over_asset(asset: Asset, *, by: User, at: dt.datetime, handed_to: str, handed_date: dt.date) -> Asset:
    """Who has it now: a role or a body, and since when."""
    if not handed_to.strip():
        raise StepRefused(_("Write who has it now."), field="handed_to")
    if handed_date > timezone.localdate(at):
        raise StepRefused(_("This day is still to come."), field="handed_date")
    with transaction.atomic():
        require(by, "disbursements.list_asset", asset)
        row = Asset.objects.select_for_update(of=("self",), no_key=True).select_related("grant").get(pk=asset.pk)
        if row.struck_at is not None:
            raise StepRefused(_("This was struck from the list."))
        if row.handed_date is not None:
            raise StepRefused(_("This was handed over already."))
        row.handed_to, row.handed_date = handed_to.strip(), handed_date
        row.save(update_fields=["handed_to", "handed_date"])
        facts = {"handed_date": handed_date}
        journal.record("disbursements.asset.hand_over", row, by=by, at=at, facts=facts, thread=row.grant.thread)
    return row


def strike_asset(asset: Asset, *, by: User, at: dt.datetime, reason: str) -> Asset:
    """It was listed by mistake: it stays on the list, struck, with who struck it and why."""
    if not reason.strip():
        raise StepRefused(_("Write why it does not belong on the list."), field="reason")
    with transaction.atomic():
        grant = Grant.objects.select_for_update(no_key=True).get(pk=asset.grant_id)
        row = Asset.objects.select_for_update(of=("self",), no_key=True).select_related("grant").get(pk=asset.pk)
        require(by, "disbursements.strike_asset", row)
        if row.struck_at is not None:
            raise StepRefused(_("This was struck from the list."))
        if grant.state not in LISTED_IN:
            raise StepRefused(_("Things are listed while a grant runs or is closed out."))
        row.struck_by, row.struck_at, row.struck_because = by, at, reason.strip()[:300]
        row.save(update_fields=["struck_by", "struck_at", "struck_because"])
        facts = {"value_minor": row.value_minor, "currency": grant.currency}
        journal.record("disbursements.asset.strike", row, by=by, at=at, facts=facts, reason=reason, thread=grant.thread)
        _mark(grant, ClosureCode.ASSETS, at=at, settled=False)
    return row


def give_feedback(
    grant: Grant, *, by: User, at: dt.datetime, clear: int, in_time: int, heard: int, words: str = ""
) -> Feedback:
    """The grantee's opinion of the fund, once, while the grant is closed out; it settles its line of the list."""
    with transaction.atomic():
        require(by, "disbursements.give_feedback", grant)
        if Grant.objects.select_for_update(no_key=True).get(pk=grant.pk).state != GrantState.CLOSING:
            raise StepRefused(_("The questions are open while the grant is closed out."))
        marks = {"clear": clear, "in_time": in_time, "heard": heard}
        wrong = next((name for name, mark in marks.items() if not 1 <= mark <= 5), None)  # noqa: PLR2004 -- one to five
        if wrong:
            raise StepRefused(_("Choose from 1 to 5."), field=wrong)
        try:
            with transaction.atomic():
                row = Feedback.objects.create(grant=grant, words=words.strip(), given_by=by, given_at=at, **marks)
        except IntegrityError as error:
            raise StepRefused(_("Your organisation has answered already. Thank you.")) from error
        journal.record("disbursements.feedback.give", row, by=by, at=at, facts=marks, thread=grant.thread)
        settle_known(grant, ClosureCode.FEEDBACK, at=at)
    return row


# Closed -------------------------------------------------------------------------------------------


def close_grant(
    grant: Grant, *, by: User, at: dt.datetime, close_code: str = "", expected_version: int | None = None
) -> Grant:
    """Close when every item is settled, every tranche is over and every unit accounted for."""
    with transaction.atomic():
        Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
        open_items = [str(item.get_code_display()) for item in grant.closure_items.filter(settled_at__isnull=True)]
        if open_items:
            raise StepRefused(_("Still open in the close-out list: %(items)s.") % {"items": ", ".join(open_items)})
        if grant.tranches.filter(state__in=ON_ITS_WAY).exists():
            raise StepRefused(_("A tranche is neither confirmed nor cancelled yet."))
        if unaccounted(grant) > 0:
            raise StepRefused(_("Paid money is not accounted for: spending and refunds do not add up to it."))
        refunded = refunded_of(grant)
        code = close_code or _close_code(grant, refunded)
        facts = {
            "close_code": str(code),
            "paid_minor": sum(paid_by_earmark(grant).values()) + refunded,
            "spent_minor": spent_of(grant),
            "refunded_minor": refunded,
            "currency": grant.currency,
        }
        return perform(
            grant, "close", by=by, at=at, facts=facts, expected_version=expected_version, close_code=code, when=at
        )


def _close_code(grant: Grant, refunded: int) -> CloseCode:
    """Ended before its last day and with a tranche that was not paid: early. Else completed."""
    cut = grant.tranches.filter(state=TrancheState.CANCELLED).exists()
    if cut and grant.ended_date is not None and grant.ended_date < grant.end_date:
        return CloseCode.EARLY
    return CloseCode.WITH_REFUND if refunded else CloseCode.COMPLETED
