"""The provider's objects as its description draws them. Each function gives a whole, new object."""

from __future__ import annotations

from typing import Any

from disbursements.gateway.doubles.stripe.store import new_id

API_VERSION = "2026-05-27.dahlia"
DAY = 24 * 60 * 60
Thing = dict[str, Any]


def _thing(prefix: str, kind: str, now: int, **rest: Any) -> Thing:
    return {"id": new_id(prefix), "object": kind, "created": now, "livemode": False, **rest}


def page(url: str, rows: list[Thing], more: bool = False) -> Thing:
    """A list as the provider gives it."""
    return {"object": "list", "url": url, "has_more": more, "data": rows}


def account(now: int, **rest: Any) -> Thing:
    """A connected account that can receive transfers."""
    found = {
        "id": new_id("acct"),
        "object": "account",
        "business_type": "non_profit",
        "capabilities": {"transfers": "active"},
        "charges_enabled": False,
        "country": "US",
        "created": now,
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "type": "express",
    }
    return {**found, **rest}


def balance_transaction(now: int, amount: int, currency: str, kind: str, *, source: str, fee: int = 0) -> Thing:
    """One line of an account's own book; `amount` is signed."""
    category = {"transfer_refund": "transfer_reversal", "payment": "charge", "adjustment": "dispute"}.get(kind, kind)
    details = [{"amount": fee, "currency": currency, "type": "stripe_fee", "application": None, "description": None}]
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "status": "available",
        "type": kind,
    }


def transfer(now: int, amount: int, currency: str, destination: str, **rest: Any) -> Thing:
    """Money moved to a connected account."""
    found = _thing(
        "tr",
        "transfer",
        now,
        amount=amount,
        amount_reversed=0,
        balance_transaction=None,
        currency=currency,
        description=None,
        destination=destination,
        destination_payment=new_id("py"),
        metadata={},
        reversed=False,
        source_transaction=None,
        source_type="card",
        transfer_group=None,
    )
    found["reversals"] = page(f"/v1/transfers/{found['id']}/reversals", [])
    return {**found, **rest}


def transfer_reversal(now: int, amount: int, currency: str, transfer_id: str) -> Thing:
    """Money taken back from a connected account."""
    return {
        "id": new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": now,
        "currency": currency,
        "destination_payment_refund": None,
        "metadata": {},
        "source_refund": None,
        "transfer": transfer_id,
    }


def payout(now: int, amount: int, currency: str, **rest: Any) -> Thing:
    """Money on its way to an account's own bank."""
    found = _thing(
        "po",
        "payout",
        now,
        amount=amount,
        arrival_date=now + 2 * DAY,
        automatic=False,
        balance_transaction=None,
        currency=currency,
        description=None,
        destination=None,
        failure_code=None,
        failure_message=None,
        metadata={},
        method="standard",
        original_payout=None,
        reconciliation_status="not_applicable",
        reversed_by=None,
        source_type="card",
        statement_descriptor=None,
        status="pending",
        type="bank_account",
    )
    return {**found, **rest}


def payment_intent(now: int, amount: int, currency: str, **rest: Any) -> Thing:
    """A payment that somebody means to make."""
    found = _thing(
        "pi",
        "payment_intent",
        now,
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        canceled_at=None,
        cancellation_reason=None,
        capture_method="automatic",
        confirmation_method="automatic",
        currency=currency,
        customer=None,
        description=None,
        last_payment_error=None,
        latest_charge=None,
        metadata={},
        next_action=None,
        payment_method=None,
        payment_method_types=["card"],
        receipt_email=None,
        status="requires_payment_method",
        transfer_group=None,
    )
    found["client_secret"] = f"{found['id']}_secret_double"
    return {**found, **rest}


def charge(now: int, intent: Thing, **rest: Any) -> Thing:
    """One try to take the money of a payment."""
    found = _thing(
        "ch",
        "charge",
        now,
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        balance_transaction=None,
        billing_details={"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        captured=False,
        currency=intent["currency"],
        description=intent["description"],
        disputed=False,
        failure_code=None,
        failure_message=None,
        metadata=intent["metadata"],
        paid=False,
        payment_intent=intent["id"],
        payment_method=intent["payment_method"],
        receipt_url=None,
        refunded=False,
        status="succeeded",
    )
    return {**found, **rest}


def refund(now: int, amount: int, taken: Thing, **rest: Any) -> Thing:
    """Money given back to who paid."""
    found = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": taken["id"],
        "created": now,
        "currency": taken["currency"],
        "metadata": {},
        "payment_intent": taken["payment_intent"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    return {**found, **rest}


EVIDENCE = (  # what may be said about a dispute
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def dispute(now: int, amount: int, taken: Thing, reason: str, **rest: Any) -> Thing:
    """Who paid asked the bank for the money."""
    found = _thing(
        "dp",
        "dispute",
        now,
        amount=amount,
        balance_transactions=[],
        charge=taken["id"],
        currency=taken["currency"],
        enhanced_eligibility_types=[],
        evidence={**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        evidence_details={
            "due_by": now + 9 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=False,
        metadata={},
        payment_intent=taken["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    return {**found, **rest}


def session(now: int, amount: int, currency: str, **rest: Any) -> Thing:
    """A visit to the payment page."""
    found = _thing(
        "cs_test",
        "checkout.session",
        now,
        amount_subtotal=amount,
        amount_total=amount,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        cancel_url=None,
        client_reference_id=None,
        client_secret=None,
        currency=currency,
        custom_fields=[],
        custom_text={
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        customer=None,
        customer_details=None,
        customer_email=None,
        expires_at=now + DAY,
        locale=None,
        metadata={},
        mode="payment",
        payment_intent=None,
        payment_method_types=["card"],
        payment_status="unpaid",
        shipping_options=[],
        status="open",
        submit_type=None,
        success_url=None,
        ui_mode="hosted_page",
        url=None,
    )
    return {**found, **rest}


def line_item(price: Thing, quantity: int) -> Thing:
    """One line of what is paid for."""
    total = (price["unit_amount"] or 0) * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": None,
        "metadata": {},
        "price": price,
        "quantity": quantity,
    }


def product(now: int, name: str, **rest: Any) -> Thing:
    """What a price is for."""
    found = _thing(
        "prod",
        "product",
        now,
        active=True,
        default_price=None,
        description=None,
        images=[],
        marketing_features=[],
        metadata={},
        name=name,
        updated=now,
    )
    return {**found, **rest}


def price(now: int, product_id: str, unit_amount: int, currency: str, **rest: Any) -> Thing:
    """What one of a product costs."""
    found = _thing(
        "price",
        "price",
        now,
        active=True,
        billing_scheme="per_unit",
        currency=currency,
        metadata={},
        nickname=None,
        product=product_id,
        recurring=None,
        type="one_time",
        unit_amount=unit_amount,
        unit_amount_decimal=str(unit_amount),
    )
    return {**found, **rest}


def payment_method(now: int, kind: str, billing: Thing) -> Thing:
    """A card or a bank account somebody pays with. The double keeps no number."""
    empty: Thing = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
    known = {name: value for name, value in billing.items() if name in {"email", "name", "phone"}}
    found = _thing("pm", "payment_method", now, billing_details={**empty, **known}, customer=None, metadata={})
    return {**found, "type": kind}


def customer(now: int, **rest: Any) -> Thing:
    """Somebody known."""
    found = _thing("cus", "customer", now, description=None, email=None, metadata={}, name=None)
    return {**found, **rest}


def event(now: int, kind: str, about: Thing, *, request: str, key: str) -> Thing:
    """What the double tells about an object, with the object as it was then."""
    told = {"id": request or None, "idempotency_key": key or None}
    found = _thing("evt", "event", now, api_version=API_VERSION, data={"object": about}, type=kind)
    return {**found, "pending_webhooks": 1, "request": told}
