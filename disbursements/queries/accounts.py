"""The fund's own accounts as of a day."""

from __future__ import annotations

import datetime as dt

from disbursements.gateway.file_batch import OwnAccount
from disbursements.models import BankStatement, FundAccount


def accounts_on(day: dt.date) -> dict[str, OwnAccount]:
    """The account of each currency that holds on a day (one query)."""
    rows = FundAccount.objects.filter(valid_from__lte=day).order_by("valid_from", "id")
    return {
        row.currency: OwnAccount(
            currency=row.currency,
            holder=row.holder,
            account=row.account_number,
            bank=row.bank_name,
            bic=row.bic,
            town=row.town,
            country=row.country,
        )
        for row in rows
    }


def own_numbers() -> set[tuple[str, str]]:
    """Every (account, currency) that is or was the fund's own (one query): older statements are of older accounts."""
    rows = FundAccount.objects.values_list("account_number", "currency")
    return {("".join(number.split()), currency) for number, currency in rows}


def currencies_of_statements() -> list[tuple[str, str]]:
    """(account, currency) of every account that has a statement (one query)."""
    rows = BankStatement.objects.filter(no=1).order_by("currency", "account")
    return list(rows.values_list("account", "currency"))
