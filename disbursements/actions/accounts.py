"""The fund's own accounts: a change is a new version, written by an administrator."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from disbursements.actions.funding import FUND_THREAD
from disbursements.gateway.file_batch import IBAN, is_iban
from disbursements.models import FundAccount
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from fundmgmt.models import User


def add_account(
    *,
    by: User,
    at: dt.datetime,
    currency: str,
    holder: str,
    account_number: str,
    bank_name: str,
    town: str,
    valid_from: dt.date,
    bic: str = "",
    country: str = "CD",
) -> FundAccount:
    """Where the fund's money of a currency lies from a day on."""
    number = "".join(account_number.split())
    if IBAN.fullmatch(number) and not is_iban(number):
        raise StepRefused(
            _("This looks like an IBAN, but its check digits are wrong, or its country has none."),
            field="account_number",
        )
    with transaction.atomic():
        require(by, "disbursements.add_fundaccount")
        row = FundAccount(
            currency=currency,
            holder=holder.strip(),
            account_number=number,
            bank_name=bank_name.strip(),
            bic=bic.strip().upper(),
            town=town.strip(),
            country=country,
            valid_from=valid_from,
            added_by=by,
            added_at=at,
        )
        try:
            row.clean_fields()
        except ValidationError as error:
            raise StepRefused(" ".join(error.messages)) from error
        row.save()
        facts = {"currency": currency, "valid_from": valid_from}
        journal.record("disbursements.fundaccount.add", row, by=by, at=at, facts=facts, thread=FUND_THREAD)
    return row
