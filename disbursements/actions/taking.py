"""Taking the money for a payment: out of what the project may use, each part named by its donor."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from disbursements.actions.commitments import move_commitment, unpaid_by_earmark
from disbursements.actions.ledger import Line, NotEnoughMoney, change_purse, post_entry, purse_code, spend
from disbursements.models import StatementLine
from disbursements.queries.funds import plan_release
from disbursements.states import PAYS_FROM, AccountCode, EntryKind, RailCode

if TYPE_CHECKING:
    from disbursements.models import LedgerEntry, PaymentInstruction, Tranche
    from fundmgmt.models import User


def post_release(
    row: Tranche,
    *,
    cause: PaymentInstruction | StatementLine,
    by: User,
    at: dt.datetime,
    day: dt.date,
) -> LedgerEntry:
    """From where the rail takes it to “on its way”, out of the money this project may use; one entry an instruction.

    Each line names the donor whose money it spends (queries/sources.py). A payment that the bank made although it
    counted as failed has the line of the statement as its cause.
    """
    bound = unpaid_by_earmark(row.grant)
    plan = plan_release(row.grant.application, row.amount_minor, row.currency, bound=bound)
    if plan.short:
        raise NotEnoughMoney(_("The money that may be used for this project is not enough."))
    move_commitment(row.grant, plan.parts, cause=cause, by=by, at=at)
    change_purse(row.currency, {purse_code(earmark): part for earmark, part in plan.parts}, paid=1)
    home = AccountCode.BANK if isinstance(cause, StatementLine) else source_account(cause.rail)
    lines: list[Line] = []
    for earmark, part in plan.parts:
        accounts = AccountCode.TRANSIT, home
        lines += spend(*accounts, part, row.currency, earmark=earmark, grant=row.grant, tranche=row)
    return post_entry(EntryKind.IN_TRANSIT, cause, lines, by=by, at=at, day=day)


def source_account(rail: str) -> AccountCode:
    """Where a rail takes the money from, and where it lies again when it comes back."""
    return PAYS_FROM.get(RailCode(rail), AccountCode.BANK)
