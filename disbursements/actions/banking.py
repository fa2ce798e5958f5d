"""Bank details: a new version each time, verified by a second person who calls back."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.locking import lock_tranches
from disbursements.actions.tranches import reassess_grant, void_approval
from disbursements.models import BankDetail, Grant, Tranche
from disbursements.queries.banking import number_on_file
from disbursements.states import DetailKind, TrancheState
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import Organisation, StepRefused
from fundmgmt.models.people import phone_key
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from fundmgmt.models import User

CONNECTED = re.compile(r"acct_[A-Za-z0-9]{6,32}")
WALLET = re.compile(r"\+243[0-9]{9}")
OPERATORS = {"vodacom", "airtel", "orange"}


def enter_bank_detail(
    organisation: Organisation,
    *,
    by: User,
    at: dt.datetime,
    holder: str,
    bank_name: str,
    account_number: str,
    currency: str = "USD",
    kind: str = DetailKind.BANK_ACCOUNT,
) -> BankDetail:
    """A new version. Approvals given for the old one are void at once."""
    account, bank = "".join(account_number.split()), bank_name.strip()
    _require_fitting(organisation, DetailKind(kind), account, bank, timezone.localdate(at))
    with transaction.atomic():
        require(by, "disbursements.enter_bank_detail", organisation)
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        _lock_paid(organisation, account)
        last = BankDetail.objects.filter(organisation=organisation).order_by("-no").first()
        row = BankDetail.objects.create(
            organisation=organisation,
            thread=organisation.thread,
            no=last.no + 1 if last else 1,
            kind=kind,
            holder=holder.strip(),
            bank_name=bank,
            account_number=account,
            currency=currency,
            entered_by=by,
            entered_at=at,
            number_on_file=number_on_file(organisation, at),
        )
        facts = {"version": row.no, "change": last is not None, "detail_kind": row.kind}
        journal.record("disbursements.bankdetail.enter", row, by=by, at=at, facts=facts)
        approved = Tranche.objects.filter(grant__organisation=organisation, state=TrancheState.APPROVED)
        for tranche in approved.select_related("grant"):
            void_approval(tranche, by=None, at=at)
        _reassess(organisation, at)
    return row


def _require_fitting(organisation: Organisation, kind: DetailKind, account: str, bank: str, on: dt.date) -> None:
    """Each kind has its own form of number; a wallet is for organisations whose grants are all micro grants."""
    if kind == DetailKind.BANK_ACCOUNT and not bank:
        raise StepRefused(_("Write the name of the bank."), field="bank_name")
    if kind == DetailKind.CONNECTED_ACCOUNT and not CONNECTED.fullmatch(account):
        text = _("The account of a fiscal host begins with acct_, as the fund gave it to the host.")
        raise StepRefused(text, field="account_number")
    if kind != DetailKind.MOBILE_WALLET:
        return
    if not WALLET.fullmatch(account):
        text = _("Write the phone number with its country code: +243 and nine figures.")
        raise StepRefused(text, field="account_number")
    if bank.lower() not in OPERATORS:
        raise StepRefused(_("Write the operator: Vodacom, Airtel or Orange."), field="bank_name")
    windows = rule("mobile_money_windows", on).value
    if Grant.objects.filter(organisation=organisation).exclude(application__window__in=windows).exists():
        text = _("A wallet serves micro grants only. For your grant a bank account is needed.")
        raise StepRefused(text, field="kind")


def _number_called(row: BankDetail, typed: str) -> str:
    """The number on file before the change, as it stands there; the first details may have none to compare with."""
    if not phone_key(typed.strip()):
        raise StepRefused(_("Write which number you called."), field="called_number")
    if row.number_on_file and phone_key(typed) != phone_key(row.number_on_file):
        raise StepRefused(
            _("Call the number that was on file before this change, and nobody else. It stands beside this form."),
            field="called_number",
        )
    return row.number_on_file or typed.strip()


def verify_bank_detail(detail: BankDetail, *, by: User, at: dt.datetime, called_number: str) -> BankDetail:
    """A second person called the number on file and heard the details confirmed. A change waits before first use."""
    with transaction.atomic():
        row = (
            BankDetail.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organisation")
            .get(pk=detail.pk)
        )
        require(by, "disbursements.verify_bank_detail", row)
        _lock_paid(row.organisation)
        if row.verified_at or row.refused_at:
            raise StepRefused(_("These bank details are settled already."))
        number = _number_called(row, called_number)
        earlier = BankDetail.objects.filter(
            organisation=row.organisation, no__lt=row.no, verified_at__isnull=False
        ).exists()
        hours = rule("bank_change_wait_hours", timezone.localdate(at)).value if earlier else 0
        row.verified_by, row.verified_at, row.called_number = by, at, number
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
        _lock_paid(row.organisation)
        if row.verified_at or row.refused_at:
            raise StepRefused(_("These bank details are settled already."))
        row.refused_at = at
        row.save(update_fields=["refused_at"])
        journal.record("disbursements.bankdetail.refuse", row, by=by, at=at, facts={"version": row.no}, reason=reason)
        _reassess(row.organisation, at)
    return row


def _paid_there(organisation: Organisation, account: str = "") -> QuerySet[Grant]:
    """Its own grants, and those of others that gave the same account; with one that is about to be its own."""
    numbers = BankDetail.objects.filter(organisation=organisation).values("account_number")
    sharing = BankDetail.objects.filter(Q(account_number__in=numbers) | Q(account_number=account))
    mine = Q(organisation=organisation) | Q(organisation__in=sharing.values("organisation_id"))
    return Grant.objects.filter(mine).order_by("pk")


def _lock_paid(organisation: Organisation, account: str = "") -> None:
    lock_tranches(_paid_there(organisation, account).order_by().values_list("pk", flat=True))


def _reassess(organisation: Organisation, at: dt.datetime) -> None:
    for grant in _paid_there(organisation):
        reassess_grant(grant, at=at)
