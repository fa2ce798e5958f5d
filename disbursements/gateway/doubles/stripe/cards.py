"""How a payment ends: by the provider's published test numbers and tokens. No other number is taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What happens to who pays with it. `how`: paid, declined, asked (the bank wants a confirmation first), later."""

    label: str
    how: str
    kind: str = "card"
    decline_code: str = ""
    ends: str = "paid"  # how it ends in the end, when it is decided later
    disputed: str = ""  # for which reason the payer disputes it at once
    asks_first: bool = False  # the bank asks before it takes anything


OUTCOMES = {
    "4242424242424242": Outcome("Card that pays", "paid"),
    "4000002500003155": Outcome("Card whose bank asks for a confirmation first", "asked"),
    "4000000000000002": Outcome("Card that is declined", "declined", decline_code="generic_decline"),
    "4000000000009995": Outcome("Card without enough money", "declined", decline_code="insufficient_funds"),
    "4000000000005126": Outcome("Card that pays, whose refund fails later", "paid", ends="refund_fails"),
    "AT321904300235473204": Outcome("Bank debit that arrives some days later", "later", "sepa_debit"),
    "AT861904300235473202": Outcome("Bank debit that fails some days later", "later", "sepa_debit", ends="failed"),
    "4000000000000259": Outcome("Card that pays, then disputes it as fraud", "paid", disputed="fraudulent"),
    "4000000000002685": Outcome(
        "Card that pays, then disputes it as not received", "paid", disputed="product_not_received"
    ),
    "4000000000001976": Outcome(
        "Card that pays, then its bank asks about it", "paid", disputed="unrecognized", asks_first=True
    ),
}
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_bypassPending": "4242424242424242",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_authenticationRequired": "4000002500003155",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
    "pm_card_createDisputeInquiry": "4000000000001976",
    "tok_visa": "4242424242424242",
    "AT611904300234573201": "AT321904300235473204",
}


def outcome_of(number: str) -> Outcome | None:
    """What a number or token does; None when it is none of the published ones."""
    plain = number.replace(" ", "")
    return OUTCOMES.get(TOKENS.get(plain, plain))
