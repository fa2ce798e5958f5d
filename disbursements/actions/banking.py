"""Bank details: a new version each time, verified by a second person who calls back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.tranches import reassess_grant, void_approval
from disbursements.models import BankDetail, Grant, Tranche
from disbursements.states import TrancheState
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import Organisation, StepRefused
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from fundmgmt.models import User


def enter_bank_detail(
    organisation: Organisation,
    *,
    by: User,
    at: dt.datetime,
    holder: str,
    bank_name: str,
    account_number: str,
    currency: str = "USD",
) -> BankDetail:
    """A new version. Approvals given for the old one are void at once."""
    with transaction.atomic():
        require(by, "disbursements.enter_bank_detail", organisation)
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        last = BankDetail.objects.filter(organisation=organisation).order_by("-no").first()
        row = BankDetail.objects.create(
            organisation=organisation,
            thread=organisation.thread,
            no=last.no + 1 if last else 1,
            holder=holder.strip(),
            bank_name=bank_name.strip(),
            account_number="".join(account_number.split()),
            currency=currency,
            entered_by=by,
            entered_at=at,
        )
        facts = {"version": row.no, "change": last is not None}
        journal.record("disbursements.bankdetail.enter", row, by=by, at=at, facts=facts)
        approved = Tranche.objects.filter(grant__organisation=organisation, state=TrancheState.APPROVED)
        for tranche in approved.select_related("grant"):
            void_approval(tranche, by=None, at=at)
        _reassess(organisation, at)
    return row


def verify_bank_detail(detail: BankDetail, *, by: User, at: dt.datetime, called_number: str) -> BankDetail:
    """A second person called the number on file and heard the details confirmed. A change waits before first use."""
    with transaction.atomic():
        row = (
            BankDetail.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organisation")
            .get(pk=detail.pk)
        )
        require(by, "disbursements.verify_bank_detail", row)
        if row.verified_at or row.refused_at:
            raise StepRefused(_("These bank details are settled already."))
        if not called_number.strip():
            raise StepRefused(_("Write which number you called."), field="called_number")
        earlier = BankDetail.objects.filter(
            organisation=row.organisation, no__lt=row.no, verified_at__isnull=False
        ).exists()
        hours = rule("bank_change_wait_hours", timezone.localdate(at)).value if earlier else 0
        row.verified_by, row.verified_at, row.called_number = by, at, called_number.strip()
        row.usable_from = max(at, row.entered_at + dt.timedelta(hours=hours))
        row.save(update_fields=["verified_by", "verified_at", "called_number", "usable_from"])
        facts = {"version": row.no, "usable_from": row.usable_from}
        journal.record("disbursements.bankdetail.verify", row, by=by, at=at, facts=facts)
        _reassess(row.organisation, at)
    return row


def refuse_bank_detail(detail: BankDetail, *, by: User, at: dt.datetime, reason: str) -> BankDetail:
    """The call-back did not confirm them: the version before holds again."""
    with transaction.atomic():
        row = (
            BankDetail.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organisation")
            .get(pk=detail.pk)
        )
        require(by, "disbursements.verify_bank_detail", row)
        if row.verified_at or row.refused_at:
            raise StepRefused(_("These bank details are settled already."))
        row.refused_at = at
        row.save(update_fields=["refused_at"])
        journal.record("disbursements.bankdetail.refuse", row, by=by, at=at, facts={"version": row.no}, reason=reason)
        _reassess(row.organisation, at)
    return row


def _reassess(organisation: Organisation, at: dt.datetime) -> None:
    for grant in Grant.objects.filter(organisation=organisation):
        reassess_grant(grant, at=at)
