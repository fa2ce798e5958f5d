"""Which handler answers which address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from disbursements.gateway.doubles.stripe import disputing, moving, taking, visits
from disbursements.gateway.doubles.stripe.asking import ApiError, Asked

if TYPE_CHECKING:
    from disbursements.gateway.doubles.stripe.world import World

TABLE: tuple[tuple[str, str, Any], ...] = (
    ("POST", "accounts", moving.create_account),
    ("GET", "accounts", moving.list_accounts),
    ("GET", "accounts/*", moving.get_account),
    ("POST", "accounts/*", moving.change_account),
    ("GET", "balance", moving.get_balance),
    ("GET", "balance_transactions", moving.list_book),
    ("GET", "balance_transactions/*", moving.get_book_line),
    ("POST", "transfers", moving.create_transfer),
    ("GET", "transfers", moving.list_transfers),
    ("GET", "transfers/*", moving.get_transfer),
    ("POST", "transfers/*", moving.change_transfer),
    ("POST", "transfers/*/reversals", moving.reverse_transfer),
    ("GET", "transfers/*/reversals", moving.list_reversals),
    ("GET", "transfers/*/reversals/*", moving.get_reversal),
    ("POST", "payouts", moving.create_payout),
    ("GET", "payouts", moving.list_payouts),
    ("GET", "payouts/*", moving.get_payout),
    ("POST", "payouts/*", moving.change_payout),
    ("POST", "payouts/*/cancel", moving.cancel_payout),
    ("POST", "payment_intents", taking.create_intent),
    ("GET", "payment_intents", taking.list_intents),
    ("GET", "payment_intents/*", taking.get_intent),
    ("POST", "payment_intents/*/confirm", taking.confirm_intent),
    ("POST", "payment_intents/*/capture", taking.capture_intent),
    ("POST", "payment_intents/*/cancel", taking.cancel_intent),
    ("GET", "charges", taking.list_charges),
    ("GET", "charges/*", taking.get_charge),
    ("POST", "refunds", taking.create_refund),
    ("GET", "refunds", taking.list_refunds),
    ("GET", "refunds/*", taking.get_refund),
    ("POST", "refunds/*", taking.change_refund),
    ("GET", "disputes", disputing.list_disputes),
    ("GET", "disputes/*", disputing.get_dispute),
    ("POST", "disputes/*", disputing.change_dispute),
    ("POST", "disputes/*/close", disputing.close_dispute),
    ("POST", "checkout/sessions", visits.create_session),
    ("GET", "checkout/sessions", visits.list_sessions),
    ("GET", "checkout/sessions/*", visits.get_session),
    ("GET", "checkout/sessions/*/line_items", visits.list_line_items),
    ("POST", "checkout/sessions/*/expire", visits.expire_session),
    ("GET", "payment_pages/*", visits.get_visit),
    ("POST", "payment_pages/*/confirm", visits.confirm_visit),
    ("POST", "payment_methods", visits.create_method),
    ("POST", "products", visits.create_product),
    ("POST", "prices", visits.create_price),
    ("POST", "customers", visits.create_customer),
    ("GET", "events", visits.list_events),
    ("GET", "events/*", visits.get_event),
)
PATTERNS = [(method, re.compile(f"/v1/{path}".replace("*", "([^/]+)")), handler) for method, path, handler in TABLE]


def handle(world: World, method: str, path: str, asked: Asked) -> dict[str, Any]:
    """What the handler of an address answers; ApiError when there is none."""
    for known, pattern, handler in PATTERNS:
        found = pattern.fullmatch(path) if known == method else None
        if found:
            answer: dict[str, Any] = handler(world, asked, *found.groups())
            return answer
    raise ApiError(404, "resource_missing", f"Unrecognized request URL ({method}: {path}).")
