"""A grant from the award to the closed file."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.actions.awards import mark_agreed
from applications.models import Application
from applications.states import AWARDED
from disbursements.actions.agreement import prepare_agreement
from disbursements.actions.closing import (
    begin_closing,
    close_grant,
    refunded_of,
    settle_closure,
    spent_of,
    tick_closure_item,
    unaccounted,
)
from disbursements.actions.holds import resume_grant, suspend_grant
from disbursements.actions.ledger import NotEnoughMoney, change_purse, pair, post_entry, purse_code
from disbursements.actions.locking import lock_grant, lock_payees
from disbursements.actions.schedule import choose_schedule, plan_parts, plan_tranches
from disbursements.actions.sealing import seal_agreement
from disbursements.actions.tranches import cancel_tranche
from disbursements.models import Grant, Purse
from disbursements.models.ledger import UNRESTRICTED, WHOLE
from disbursements.queries.funds import plan_commitment, uncommitted
from disbursements.states import (
    BEFORE_SENT,
    AccountCode,
    CloseCode,
    EntryKind,
    GrantState,
    TrancheState,
)
from fundmgmt.models import StepRefused, next_ref
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import User

__all__ = [
    "activate",
    "begin_closing",
    "close_grant",
    "countersign_agreement",
    "end_grant",
    "open_grant",
    "refunded_of",
    "resume_grant",
    "settle_closure",
    "spent_of",
    "suspend_grant",
    "terminate_grant",
    "tick_closure_item",
    "unaccounted",
]


def _planned_days(grant: Grant) -> list[dt.date]:
    """Days of the planned tranches; a grant that starts later is paid later."""
    return [one.planned_date + grant.moved for one in grant.application.planned_tranches.order_by("no")]


def open_grant(
    application: Application,
    *,
    by: User,
    at: dt.datetime,
    schedule: str = "",
    planned_dates: list[dt.date] | None = None,
    start_date: dt.date | None = None,
    end_date: dt.date | None = None,
    due_diligence_until_date: dt.date | None = None,
    external_ref: str = "",
    language: str = "",
) -> Grant:
    """Open the grant of an award: schedule, conditions and a frozen agreement to sign.

    The amount is what was awarded. Refused when the fund cannot cover it; money kept for other aims is told as a
    warning (fact `warned`) and binds only at release.
    """
    with transaction.atomic():
        day, locked = timezone.localdate(at), _lock_award(application)
        amount, currency = locked.awarded_minor or 0, locked.currency
        _check_room(amount, currency)
        start, end = start_date or locked.start_date, end_date or locked.end_date
        if start is None or end is None or end <= start:
            raise StepRefused(_("The grant needs a first day and a later last day."), field="end_date")
        chosen = choose_schedule(locked, day, schedule)
        grant = Grant(
            ref=next_ref("GR", day.year),
            external_ref=external_ref,
            thread=locked.thread,
            application=locked,
            organisation=locked.organisation,
            amount_minor=amount,
            currency=currency,
            window=locked.window,
            schedule=chosen,
            start_date=start,
            end_date=end,
            language=language or locked.language,
            due_diligence_until_date=due_diligence_until_date or _diligence_until(locked),
            opened_by=by,
            opened_at=at,
        )
        warned = plan_commitment(locked, amount, currency).short > 0
        facts = {"amount_minor": amount, "currency": currency, "schedule": chosen, "warned": warned}
        begin(grant, by=by, at=at, facts=facts)
        dates = planned_dates or _planned_days(grant)
        plan_tranches(grant, plan_parts(amount, chosen, start, end, dates), by=by, at=at)
        prepare_agreement(grant, by=by, at=at)
    return grant


def _lock_award(application: Application) -> Application:
    locked = Application.objects.select_for_update(of=("self",), no_key=True).get(pk=application.pk)
    if locked.state not in AWARDED or not locked.awarded_minor:
        raise StepRefused(_("A grant is opened for an approved application."))
    if Grant.objects.filter(application=locked).exists():
        raise StepRefused(_("This application has its grant already."))
    return locked


def _diligence_until(application: Application) -> dt.date:
    found = getattr(application, "due_diligence", None)
    if found is None:
        raise StepRefused(
            _("The due diligence of this organisation is not finished. Give the day until which it is valid."),
            field="due_diligence_until_date",
        )
    return min(found.valid_until_date, found.psea_valid_until_date)


def _check_room(amount: int, currency: str) -> None:
    """Available money less what open drafts will commit, under the lock of the whole purse."""
    Purse.objects.get_or_create(code=WHOLE, currency=currency)
    Purse.objects.select_for_update(no_key=True).get(code=WHOLE, currency=currency)
    drafts = Grant.objects.filter(state=GrantState.AGREEMENT_DRAFT, currency=currency)
    promised = drafts.aggregate(total=Sum("amount_minor"))["total"] or 0
    if uncommitted(currency) - promised < amount:
        raise NotEnoughMoney(
            _("The fund cannot cover this award: what was received, less commitments, drafts and costs, is smaller.")
        )


def countersign_agreement(
    grant: Grant, *, by: User, at: dt.datetime, compared: bool = False, expected_version: int | None = None
) -> Grant:
    """The fund signs: the amount is committed, the application closed as agreed, the record of both signatures sealed.

    All in one transaction. A signature by hand is signed for only by who compared the copy with the agreement.
    """
    if grant.signature_recorded_by_id is not None and not compared:
        raise StepRefused(_("Look at the copy of the signed paper and compare it first."), field="compared")
    with transaction.atomic():
        Application.objects.select_for_update(of=("self",), no_key=True).get(pk=grant.application_id)
        lock_grant(grant.pk)
        plan = plan_commitment(grant.application, grant.amount_minor, grant.currency)
        parts = dict(plan.parts)
        if plan.short:
            parts[None] = parts.get(None, 0) + plan.short
        shares = {purse_code(earmark): part for earmark, part in parts.items()}
        change_purse(grant.currency, shares or {UNRESTRICTED: 0}, committed=1)
        lines = []
        for earmark, part in parts.items():
            about = {"earmark": earmark, "grant": grant}
            lines += pair(AccountCode.COMMITTED, AccountCode.COMMITTED_BY, part, grant.currency, **about)
        entry = post_entry(EntryKind.COMMITMENT, grant, lines, by=by, at=at)
        facts = {
            "amount_minor": grant.amount_minor,
            "currency": grant.currency,
            "entry": entry.no,
            "sha256": grant.agreement_paper.sha256 if grant.agreement_paper else None,
            "compared": compared,
        }
        perform(grant, "countersign", by=by, at=at, facts=facts, expected_version=expected_version, signer=by, when=at)
        mark_agreed(grant.application, at=at, grant=grant.ref)
        seal_agreement(grant, at=at)
    return grant


def activate(grant: Grant, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Grant:
    """Requests are possible from here on."""
    facts = {"start_date": grant.start_date}
    return perform(grant, "activate", by=by, at=at, facts=facts, expected_version=expected_version)


def end_grant(
    grant: Grant,
    *,
    by: User | None,
    at: dt.datetime,
    ended_date: dt.date | None = None,
    expected_version: int | None = None,
) -> Grant:
    """Activities are over; the final report and the close-out follow."""
    day = ended_date or grant.end_date
    return perform(
        grant, "end", by=by, at=at, facts={"end_date": day}, expected_version=expected_version, ended_date=day
    )


def terminate_grant(
    grant: Grant,
    *,
    by: User | None,
    at: dt.datetime,
    reason: str,
    close_code: str = CloseCode.EARLY,
    expected_version: int | None = None,
) -> Grant:
    """End it for good: what has not left is cancelled and free again. Paid money stays to be accounted for."""
    with transaction.atomic():
        lock_payees([grant.pk])
        perform(
            grant,
            "terminate",
            by=by,
            at=at,
            facts={"close_code": str(close_code)},
            reason=reason,
            expected_version=expected_version,
            close_code=str(close_code),
            when=at,
        )
        for tranche in grant.tranches.filter(state__in=[*BEFORE_SENT, TrancheState.ON_HOLD]).order_by("no"):
            cancel_tranche(tranche, by=by, at=at, reason="")
    return grant
