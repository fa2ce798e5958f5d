"""Visits to the payment page, and the small catalogue that the provider's own tool needs."""

from __future__ import annotations

from typing import Any

from disbursements.gateway.doubles.stripe import shapes, taking
from disbursements.gateway.doubles.stripe.asking import ApiError, Asked
from disbursements.gateway.doubles.stripe.cards import Outcome, outcome_of
from disbursements.gateway.doubles.stripe.store import PLATFORM
from disbursements.gateway.doubles.stripe.world import MOST_IN_A_LIST, World

Thing = dict[str, Any]
HALF_AN_HOUR = 30 * 60


def _price_of(world: World, line: Thing, now: int) -> Thing:
    if "price" in line:
        return world.get("price", line["price"])
    data = Asked(line.get("price_data") or {}, now)
    about = Asked(data.part("product_data"), now)
    product = world.store.keep(shapes.product(now, about.need("name")))
    amount, currency = data.number("unit_amount"), data.need("currency").lower()
    return world.store.keep(shapes.price(now, product["id"], amount, currency))


def create_session(world: World, asked: Asked) -> Thing:
    """A visit: what is paid for, and where to go afterwards."""
    now, lines = world.now(), asked.several("line_items")
    if not lines:
        raise ApiError(400, "parameter_missing", "Missing required param: line_items.", param="line_items")
    items = [shapes.line_item(_price_of(world, line, now), int(line.get("quantity", 1))) for line in lines]
    total, currency = sum(item["amount_total"] for item in items), items[0]["currency"]
    found = shapes.session(now, total, currency, metadata=asked.part("metadata"), mode=asked.need("mode"))
    for name in ("success_url", "cancel_url", "client_reference_id", "customer_email", "locale", "submit_type"):
        found[name] = asked.text(name) or None
    found["payment_method_types"] = asked.several("payment_method_types") or ["card"]
    found["expires_at"] = asked.number("expires_at", found["expires_at"])
    if not now + HALF_AN_HOUR - 60 <= found["expires_at"] <= now + shapes.DAY:
        said = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise ApiError(400, "parameter_invalid_integer", said, param="expires_at")
    found["url"] = f"{world.public_url}/c/pay/{found['id']}"
    world.store.keep(found)
    for item in items:
        world.store.keep(item, PLATFORM, found["id"])
    intent = asked.part("payment_intent_data")
    world.store.keep({"id": f"about_{found['id']}", "object": "about", **intent}, PLATFORM, found["id"])
    return found


def get_session(world: World, asked: Asked, ident: str) -> Thing:
    """One visit; one that is over by the clock expires now."""
    found = world.get("checkout.session", ident)
    if found["status"] == "open" and world.now() >= found["expires_at"]:
        return expire_session(world, asked, ident)
    return found


def list_sessions(world: World, asked: Asked) -> Thing:
    """Visits, that of one payment when asked so."""
    rows = world.store.every("checkout.session")
    if asked.text("payment_intent"):
        rows = [row for row in rows if row["payment_intent"] == asked.text("payment_intent")]
    return world.listed("/v1/checkout/sessions", rows, asked)


def list_line_items(world: World, asked: Asked, ident: str) -> Thing:
    """What a visit pays for."""
    rows = list(reversed(world.store.every("item", tag=ident)))
    limit = min(asked.number("limit", 10), MOST_IN_A_LIST)
    return shapes.page(f"/v1/checkout/sessions/{ident}/line_items", rows[:limit], len(rows) > limit)


def expire_session(world: World, asked: Asked, ident: str) -> Thing:
    """The visit is over and nothing was paid."""
    found = world.get("checkout.session", ident)
    if found["status"] != "open":
        raise ApiError(400, "resource_missing", f"Only open sessions expire; this one is {found['status']}.")
    found |= {"status": "expired", "url": None}
    world.store.keep(found)
    world.tell("checkout.session.expired", found, asked)
    return found


def pay_session(world: World, asked: Asked, ident: str, outcome: Outcome, *, name: str = "", email: str = "") -> Thing:
    """The visitor pays. A card that is declined leaves the visit open, as the provider's own page does."""
    found = get_session(world, asked, ident)
    if found["status"] != "open":
        raise ApiError(400, "resource_missing", f"This visit is {found['status']}.")
    about = Asked(world.store.find(f"about_{ident}") or {}, asked.now)
    if found["payment_intent"]:
        intent = world.get("payment_intent", found["payment_intent"])
    else:
        metadata = about.part("metadata")
        intent = shapes.payment_intent(world.now(), found["amount_total"], found["currency"], metadata=metadata)
        intent["description"] = about.text("description") or None
        world.store.keep(intent)
        world.tell("payment_intent.created", intent, asked)
        found["payment_intent"] = intent["id"]
        world.store.keep(found)
    taking.attempt(world, asked, intent, outcome)
    if intent["status"] == "requires_action":
        return found
    return complete_session(world, asked, found, intent, name=name, email=email)


def complete_session(world: World, asked: Asked, found: Thing, intent: Thing, *, name: str, email: str) -> Thing:
    """The visitor is done; with a bank debit the money comes later, or not."""
    details = {"address": None, "email": email or None, "name": name or None, "phone": None}
    found |= {"status": "complete", "url": None, "customer_details": {**details, "tax_exempt": "none", "tax_ids": []}}
    found["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
    found["payment_method_types"] = intent["payment_method_types"]
    world.store.keep(found)
    world.tell("checkout.session.completed", found, asked)
    return found


def confirm_at_bank(world: World, asked: Asked, ident: str, *, agreed: bool) -> Thing:
    """The bank of the card asked; the visitor agreed, or not."""
    found = get_session(world, asked, ident)
    intent = world.get("payment_intent", found["payment_intent"] or "")
    if intent["status"] != "requires_action":
        raise ApiError(400, "payment_intent_unexpected_state", f"The payment is {intent['status']}.")
    if not agreed:
        intent |= {"status": "requires_payment_method", "next_action": None}
        world.store.keep(intent)
        world.tell("payment_intent.payment_failed", intent, asked)
        return found
    taken = shapes.charge(world.now(), intent)
    intent["latest_charge"] = taken["id"]
    taking.succeed(world, asked, intent, taken)
    return complete_session(world, asked, found, intent, name="", email="")


def decide_later(world: World, asked: Asked, ident: str) -> Thing:
    """Some days later a bank debit arrives, or fails, as its test number says."""
    found = world.get("checkout.session", ident)
    intent = world.get("payment_intent", found["payment_intent"] or "")
    waiting = world.store.every(taking.LATER, tag=intent["id"])
    if intent["status"] != "processing" or not waiting:
        raise ApiError(400, "payment_intent_unexpected_state", f"The payment is {intent['status']}.")
    taken = world.get("charge", intent["latest_charge"])
    if waiting[0]["ends"] == "paid":
        taking.succeed(world, asked, intent, taken, debit=True)
        found["payment_status"] = "paid"
        world.store.keep(found)
        world.tell("checkout.session.async_payment_succeeded", found, asked)
        return found
    taken |= {"status": "failed", "failure_code": "insufficient_funds"}
    intent |= {"status": "requires_payment_method"}
    world.store.keep(taken)
    world.store.keep(intent)
    world.tell("payment_intent.payment_failed", intent, asked)
    world.tell("checkout.session.async_payment_failed", found, asked)
    return found


# What the provider's own tool asks for besides ---------------------------------------------------------


def get_visit(world: World, asked: Asked, ident: str) -> Thing:
    """The payment page's own address, which no description names: the visit under the name `payment_page`."""
    return {**get_session(world, asked, ident), "object": "payment_page"}


def confirm_visit(world: World, asked: Asked, ident: str) -> Thing:
    """Pay as the payment page does."""
    kept = world.get("payment_method", asked.need("payment_method"))
    outcome = outcome_of(kept["metadata"].get("number", ""))
    found = get_session(world, asked, ident)
    if asked.number("expected_amount", found["amount_total"]) != found["amount_total"] or outcome is None:
        raise ApiError(400, "amount_mismatch", "The amount is another one.", param="expected_amount")
    email = kept["billing_details"]["email"] or ""
    return pay_session(world, asked, ident, outcome, name=kept["billing_details"]["name"] or "", email=email)


def create_method(world: World, asked: Asked) -> Thing:
    """A way to pay; only the published test numbers are taken, so it may be kept in the open."""
    kind = asked.need("type")
    number = str(asked.part(kind).get("token") or asked.part(kind).get("number") or asked.part(kind).get("iban") or "")
    if outcome_of(number) is None:
        raise ApiError(
            402, "card_declined", "Your card was declined.", kind="card_error", decline_code="test_mode_live_card"
        )
    found = shapes.payment_method(world.now(), kind, asked.part("billing_details"))
    found["metadata"] = {"number": number}
    return world.store.keep(found)


def create_product(world: World, asked: Asked) -> Thing:
    """Something with a price."""
    found = shapes.product(world.now(), asked.need("name"), description=asked.text("description") or None)
    world.store.keep(found)
    world.tell("product.created", found, asked)
    return found


def create_price(world: World, asked: Asked) -> Thing:
    """What it costs."""
    product = world.get("product", asked.need("product"))
    found = shapes.price(world.now(), product["id"], asked.number("unit_amount"), asked.need("currency").lower())
    world.store.keep(found)
    world.tell("price.created", found, asked)
    return found


def create_customer(world: World, asked: Asked) -> Thing:
    """Somebody known."""
    found = shapes.customer(world.now(), description=asked.text("description") or None)
    world.store.keep(found)
    world.tell("customer.created", found, asked)
    return found


def get_event(world: World, asked: Asked, ident: str) -> Thing:
    """What was told."""
    return world.get("event", ident)


def list_events(world: World, asked: Asked) -> Thing:
    """What was told, of one kind when asked so."""
    rows = world.store.every("event", asked.account, asked.text("type") or None)
    return world.listed("/v1/events", rows, asked)
