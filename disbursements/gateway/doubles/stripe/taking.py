"""Money of people: payments, charges, refunds, and the visits to the payment page."""

from __future__ import annotations

from typing import Any

from disbursements.gateway.doubles.stripe import disputing, shapes
from disbursements.gateway.doubles.stripe.asking import ApiError, Asked
from disbursements.gateway.doubles.stripe.cards import Outcome, outcome_of
from disbursements.gateway.doubles.stripe.store import PLATFORM, new_id
from disbursements.gateway.doubles.stripe.world import FEE_BP, FEE_FIXED, World

Thing = dict[str, Any]
DEBIT_FEE = 35
LATER = "pays_later"  # objects of this kind are the double's own: payments that are decided some days later


# Payments --------------------------------------------------------------------------------------------


def create_intent(world: World, asked: Asked) -> Thing:
    """A payment; confirmed at once when asked so."""
    found = shapes.payment_intent(
        world.now(), asked.number("amount"), asked.need("currency").lower(), metadata=asked.part("metadata")
    )
    found["description"] = asked.text("description") or None
    found["capture_method"] = asked.text("capture_method", "automatic")
    found["payment_method_types"] = asked.several("payment_method_types") or ["card"]
    if asked.text("payment_method"):
        found |= {"payment_method": asked.text("payment_method"), "status": "requires_confirmation"}
    world.store.keep(found, PLATFORM)
    world.tell("payment_intent.created", found, asked)
    return confirm_intent(world, asked, found["id"]) if asked.yes("confirm") else found


def get_intent(world: World, asked: Asked, ident: str) -> Thing:
    """One payment."""
    return world.get("payment_intent", ident)


def list_intents(world: World, asked: Asked) -> Thing:
    """All payments."""
    return world.listed("/v1/payment_intents", world.store.every("payment_intent"), asked)


def confirm_intent(world: World, asked: Asked, ident: str) -> Thing:
    """Try to take the money."""
    found = world.get("payment_intent", ident)
    method = asked.text("payment_method") or found["payment_method"] or ""
    kept = world.store.find(method)
    outcome = outcome_of(kept["metadata"].get("number", "") if kept else method)
    if outcome is None:
        raise ApiError(400, "resource_missing", f"No such PaymentMethod: '{method}'", param="payment_method")
    found["payment_method"] = method
    return attempt(world, asked, found, outcome)


def attempt(world: World, asked: Asked, intent: Thing, outcome: Outcome) -> Thing:
    """The card or the bank answers."""
    if outcome.how == "declined":
        return _declined(world, asked, intent, outcome)
    if outcome.how == "asked":
        action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": world.public_url}}
        intent |= {"status": "requires_action", "next_action": action}
        world.store.keep(intent)
        world.tell("payment_intent.requires_action", intent, asked)
        return intent
    taken = shapes.charge(world.now(), intent, metadata={**intent["metadata"]})
    intent["latest_charge"] = taken["id"]
    if outcome.how == "later":
        taken |= {"status": "pending"}
        intent |= {"status": "processing", "payment_method_types": [outcome.kind]}
        world.store.keep({"id": new_id("later"), "object": LATER, "ends": outcome.ends}, PLATFORM, intent["id"])
        world.store.keep(taken, PLATFORM, intent["id"])
        world.tell("payment_intent.processing", intent, asked)
        return world.store.keep(intent)
    if outcome.ends == "refund_fails":
        world.store.keep({"id": new_id("later"), "object": "refund_fails"}, PLATFORM, taken["id"])
    if intent["capture_method"] == "manual":
        taken |= {"paid": True}
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        world.store.keep(taken, PLATFORM, intent["id"])
        return world.store.keep(intent)
    found = succeed(world, asked, intent, taken)
    if outcome.disputed:
        disputing.open_dispute(world, asked, taken["id"], reason=outcome.disputed, asks_first=outcome.asks_first)
    return found


def succeed(world: World, asked: Asked, intent: Thing, taken: Thing, *, debit: bool = False) -> Thing:
    """The money is there."""
    fee = (0, DEBIT_FEE) if debit else (FEE_BP, FEE_FIXED)
    kind = "payment" if debit else "charge"
    line = world.take_in(taken["amount"], taken["currency"], kind, source=taken["id"], fee_of=fee)
    taken |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": taken["amount"]}
    taken["balance_transaction"] = line["id"]
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "amount_capturable": 0, "next_action": None}
    world.store.keep(taken, PLATFORM, intent["id"])
    world.store.keep(intent)
    world.tell("charge.succeeded", taken, asked)
    world.tell("payment_intent.succeeded", intent, asked)
    return intent


def _declined(world: World, asked: Asked, intent: Thing, outcome: Outcome) -> Thing:
    said = (
        "Your card has insufficient funds."
        if outcome.decline_code == "insufficient_funds"
        else "Your card was declined."
    )
    taken = shapes.charge(world.now(), intent, status="failed", failure_code="card_declined", failure_message=said)
    error = {"type": "card_error", "code": "card_declined", "decline_code": outcome.decline_code, "message": said}
    intent |= {"latest_charge": taken["id"], "last_payment_error": {**error, "charge": taken["id"]}}
    intent |= {"status": "requires_payment_method", "payment_method": None}
    world.store.keep(taken, PLATFORM, intent["id"])
    world.store.keep(intent)
    world.tell("charge.failed", taken, asked)
    world.tell("payment_intent.payment_failed", intent, asked)
    raise ApiError(402, "card_declined", said, kind="card_error", decline_code=outcome.decline_code, charge=taken["id"])


def capture_intent(world: World, asked: Asked, ident: str) -> Thing:
    """Take what was reserved."""
    found = world.get("payment_intent", ident)
    if found["status"] != "requires_capture":
        raise ApiError(400, "payment_intent_unexpected_state", f"The payment is {found['status']}.")
    taken = world.get("charge", found["latest_charge"])
    succeed(world, asked, found, taken)
    world.tell("charge.captured", taken, asked)
    return found


def cancel_intent(world: World, asked: Asked, ident: str) -> Thing:
    """Before it succeeded."""
    found = world.get("payment_intent", ident)
    if found["status"] in {"succeeded", "canceled", "processing"}:
        raise ApiError(400, "payment_intent_unexpected_state", f"The payment is {found['status']}.")
    found |= {"status": "canceled", "canceled_at": world.now()}
    found["cancellation_reason"] = asked.text("cancellation_reason") or None
    world.store.keep(found)
    world.tell("payment_intent.canceled", found, asked)
    return found


def get_charge(world: World, asked: Asked, ident: str) -> Thing:
    """One try to take money."""
    return world.get("charge", ident)


def list_charges(world: World, asked: Asked) -> Thing:
    """Tries to take money, of one payment when asked so."""
    rows = world.store.every("charge", tag=asked.text("payment_intent") or None)
    return world.listed("/v1/charges", rows, asked)


# Refunds ---------------------------------------------------------------------------------------------


def create_refund(world: World, asked: Asked) -> Thing:
    """Give back what was paid, or a part of it."""
    if asked.text("charge"):
        taken = world.get("charge", asked.text("charge"))
    else:
        intent = world.get("payment_intent", asked.need("payment_intent"))
        taken = world.get("charge", intent["latest_charge"] or "")
    if not disputing.refundable(world, taken["id"]):
        said = f"Charge {taken['id']} has been charged back; cannot issue a refund."
        raise ApiError(400, "charge_disputed", said)
    left = taken["amount_captured"] - taken["amount_refunded"]
    if not left:
        raise ApiError(400, "charge_already_refunded", f"Charge {taken['id']} has already been refunded.")
    amount = asked.number("amount", left)
    if amount < 1 or amount > left:
        said = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise ApiError(400, "amount_too_large", said, param="amount")
    row = shapes.refund(world.now(), amount, taken, metadata=asked.part("metadata"))
    row["reason"] = asked.text("reason") or None
    into, rate_bp = world.settles.get(taken["currency"], (taken["currency"], 10_000))
    settled = amount * rate_bp // 10_000
    world.held(PLATFORM, into, settled)
    row["balance_transaction"] = world.book(PLATFORM, -settled, into, "refund", source=row["id"])["id"]
    taken["amount_refunded"] += amount
    taken["refunded"] = taken["amount_refunded"] == taken["amount"]
    world.store.keep(taken)
    world.store.keep(row, PLATFORM, taken["payment_intent"])
    world.tell("refund.created", row, asked)
    world.tell("charge.refunded", taken, asked)
    return row


def get_refund(world: World, asked: Asked, ident: str) -> Thing:
    """One refund."""
    return world.get("refund", ident)


def list_refunds(world: World, asked: Asked) -> Thing:
    """Refunds, of one payment when asked so."""
    rows = world.store.every("refund", tag=asked.text("payment_intent") or None)
    return world.listed("/v1/refunds", rows, asked)


def change_refund(world: World, asked: Asked, ident: str) -> Thing:
    """New metadata."""
    found = world.changed(world.get("refund", ident), asked)
    world.tell("refund.updated", found, asked)
    return found


def fail_refund(world: World, asked: Asked, ident: str) -> Thing:
    """Days later the bank of who paid does not take it: the money stands with the platform again."""
    row = world.get("refund", ident)
    taken = world.get("charge", row["charge"])
    line = world.get("balance_transaction", row["balance_transaction"])
    back = world.book(PLATFORM, -line["amount"], line["currency"], "refund_failure", source=row["id"])
    row |= {"status": "failed", "failure_reason": "lost_or_stolen_card", "failure_balance_transaction": back["id"]}
    taken["amount_refunded"] -= row["amount"]
    taken["refunded"] = False
    world.store.keep(taken)
    world.store.keep(row)
    world.tell("refund.failed", row, asked)
    return row
