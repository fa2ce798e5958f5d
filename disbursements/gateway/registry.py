"""Which rails there are, by code. A rail is loaded when it is first asked for; one that is not here is not offered."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from disbursements.states import RailCode

if TYPE_CHECKING:
    from disbursements.gateway.protocol import PaymentRail

RAILS: dict[str, str] = {
    RailCode.PAPER_ORDER: "disbursements.gateway.paper_order.PaperOrder",
    RailCode.MOBILE_MONEY: "disbursements.gateway.mobile_money.MobileMoney",
    RailCode.BANK_FILE: "disbursements.gateway.bank_file.BankFile",
    RailCode.STRIPE_TRANSFER: "disbursements.gateway.stripe_transfer.StripeTransfer",
}


class NoSuchRail(LookupError):
    """Nothing here carries payments under this code."""


def rail(code: str) -> PaymentRail:
    """The rail of this code. Raises NoSuchRail."""
    if code not in RAILS:
        raise NoSuchRail(code)
    return _load(RAILS[code])


@cache
def _load(dotted: str) -> PaymentRail:
    module, _dot, name = dotted.rpartition(".")
    return cast("PaymentRail", getattr(import_module(module), name)())
