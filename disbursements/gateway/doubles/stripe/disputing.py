"""Disputes: who paid asks their bank for the money; evidence, accepting, and how the bank decides."""

from __future__ import annotations

from typing import Any

from disbursements.gateway.doubles.stripe import shapes
from disbursements.gateway.doubles.stripe.asking import ApiError, Asked
from disbursements.gateway.doubles.stripe.store import PLATFORM
from disbursements.gateway.doubles.stripe.world import DISPUTE_FEE, World

Thing = dict[str, Any]
ANSWERABLE = ("needs_response", "warning_needs_response")
ASKING = ("warning_needs_response", "warning_under_review")
OVER = ("won", "lost", "warning_closed", "prevented")
DECIDING_WORDS = {"winning_evidence": True, "losing_evidence": False}  # the provider's published words for trials


def open_dispute(
    world: World,
    asked: Asked,
    ident: str,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    asks_first: bool = False,
) -> Thing:
    """A dispute of a charge takes the money at once; one in which the bank only asks takes nothing yet."""
    taken = world.get("charge", ident)
    found = shapes.dispute(world.now(), amount or taken["amount_captured"], taken, reason)
    taken["disputed"] = True
    world.store.keep(taken)
    if asks_first:
        found |= {"status": "warning_needs_response", "is_charge_refundable": True}
    world.store.keep(found, PLATFORM, found["payment_intent"] or "")
    world.tell("charge.dispute.created", found, asked)
    return found if asks_first else _withdraw(world, asked, found)


def _settled(world: World, found: Thing) -> tuple[int, str]:
    into, rate_bp = world.settles.get(found["currency"], (found["currency"], 10_000))
    return found["amount"] * rate_bp // 10_000, into


def _withdraw(world: World, asked: Asked, found: Thing) -> Thing:
    amount, currency = _settled(world, found)
    found["balance_transactions"].append(world.adjust(-amount, DISPUTE_FEE, currency, source=found["id"]))
    world.store.keep(found)
    world.tell("charge.dispute.funds_withdrawn", found, asked)
    return found


def escalate(world: World, asked: Asked, ident: str) -> Thing:
    """The bank that only asked takes the money after all."""
    found = world.get("dispute", ident)
    if found["status"] not in ASKING:
        raise ApiError(400, "resource_missing", f"This dispute is {found['status']}.")
    found |= {"status": "needs_response", "is_charge_refundable": False}
    details = {"due_by": world.now() + 9 * shapes.DAY, "has_evidence": False, "submission_count": 0}
    found["evidence_details"] |= details
    world.store.keep(found)
    world.tell("charge.dispute.updated", found, asked)
    return _withdraw(world, asked, found)


def decide(world: World, asked: Asked, ident: str, *, won: bool) -> Thing:
    """The bank decides. A dispute that is won brings the money back, and the fee where it comes back."""
    found = world.get("dispute", ident)
    if found["status"] in OVER and not (won and found["status"] == "lost"):
        raise ApiError(400, "resource_missing", f"This dispute is {found['status']}.")
    taken = found["balance_transactions"]
    found |= {"status": "won" if won else "lost", "is_charge_refundable": won}
    if not taken:
        found["status"] = "warning_closed"
    if won and taken:
        amount, currency = _settled(world, found)
        fee = -DISPUTE_FEE if world.fee_comes_back else 0
        taken.append(world.adjust(amount, fee, currency, source=found["id"]))
    world.store.keep(found)
    world.tell("charge.dispute.closed", found, asked)
    if won and taken:
        world.tell("charge.dispute.funds_reinstated", found, asked)
    return found


def refundable(world: World, charge: str) -> bool:
    """Whether no dispute keeps a charge from being given back."""
    return all(row["is_charge_refundable"] for row in world.store.every("dispute") if row["charge"] == charge)


# What is asked of the API --------------------------------------------------------------------------------


def get_dispute(world: World, asked: Asked, ident: str) -> Thing:
    """One dispute; the time to answer passes by the clock."""
    found = world.get("dispute", ident)
    due = found["evidence_details"]["due_by"]
    found["evidence_details"]["past_due"] = due is not None and world.now() > due
    return found


def list_disputes(world: World, asked: Asked) -> Thing:
    """Disputes, of one payment when asked so."""
    rows = world.store.every("dispute", tag=asked.text("payment_intent") or None)
    return world.listed("/v1/disputes", rows, asked)


def change_dispute(world: World, asked: Asked, ident: str) -> Thing:
    """Evidence; submitted once, it goes to the bank and stays."""
    found = get_dispute(world, asked, ident)
    if found["status"] not in ANSWERABLE or found["evidence_details"]["past_due"]:
        raise ApiError(400, "resource_missing", "This dispute takes no evidence any more.", param="evidence")
    world.changed(found, asked)
    found["evidence"] |= asked.part("evidence")
    found["evidence_details"]["has_evidence"] = True
    if asked.text("submit", "true") == "true":
        found["evidence_details"]["submission_count"] += 1
        found["status"] = found["status"].replace("needs_response", "under_review")
    world.store.keep(found)
    world.tell("charge.dispute.updated", found, asked)
    said = found["evidence"]["uncategorized_text"] or ""
    for word, won in DECIDING_WORDS.items():
        if word in said and found["status"] == "under_review":
            return decide(world, asked, ident, won=won)
    return found


def close_dispute(world: World, asked: Asked, ident: str) -> Thing:
    """Accept: the money stays with who paid."""
    found = world.get("dispute", ident)
    if found["status"] != "needs_response":
        raise ApiError(400, "resource_missing", f"This dispute is {found['status']}; it cannot be closed.")
    return decide(world, asked, ident, won=False)
