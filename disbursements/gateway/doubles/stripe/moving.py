"""Money of accounts: connected accounts, transfers to them and back, payouts, the balance."""

from __future__ import annotations

from typing import Any

from disbursements.gateway.doubles.stripe import shapes
from disbursements.gateway.doubles.stripe.asking import ApiError, Asked
from disbursements.gateway.doubles.stripe.store import PLATFORM
from disbursements.gateway.doubles.stripe.world import World

Thing = dict[str, Any]
# Countries with accounts, for this double: those in which the sample's hosts live, and their neighbours.
COUNTRIES = ("AT", "BE", "CA", "CH", "DE", "ES", "FR", "GB", "IE", "IT", "LU", "NL", "PT", "US")
PAYOUT_BACK = {"failed": "payout_failure", "canceled": "payout_cancel"}  # kinds of line for what did not arrive


def create_account(world: World, asked: Asked) -> Thing:
    """A connected account; the DR Congo is not among the countries."""
    country = asked.text("country", "US")
    if country not in COUNTRIES:
        raise ApiError(400, "country_unsupported", f"{country} is not currently supported by Stripe.", param="country")
    rest = {"country": country, "metadata": asked.part("metadata"), "type": asked.text("type", "express")}
    found = shapes.account(world.now(), **rest)
    if asked.text("email"):
        found["email"] = asked.text("email")
    world.store.keep(found)
    world.tell("account.updated", found, asked)
    return found


def get_account(world: World, asked: Asked, ident: str) -> Thing:
    """One account."""
    return world.get("account", ident)


def change_account(world: World, asked: Asked, ident: str) -> Thing:
    """New metadata."""
    found = world.changed(world.get("account", ident), asked)
    world.tell("account.updated", found, asked)
    return found


def list_accounts(world: World, asked: Asked) -> Thing:
    """All accounts."""
    return world.listed("/v1/accounts", world.store.every("account"), asked)


def get_balance(world: World, asked: Asked) -> Thing:
    """What the account holds."""
    held = world.store.money(asked.account) or {"usd": 0}
    rows = [{"amount": amount, "currency": currency} for currency, amount in held.items()]
    none = [{"amount": 0, "currency": currency} for currency in held]
    return {"object": "balance", "available": rows, "livemode": False, "pending": none}


def list_book(world: World, asked: Asked) -> Thing:
    """Lines of the account's own book."""
    rows = world.store.every("balance_transaction", asked.account)
    wanted = {name: asked.text(name) for name in ("type", "source", "currency") if asked.text(name)}
    rows = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return world.listed("/v1/balance_transactions", rows, asked)


def get_book_line(world: World, asked: Asked, ident: str) -> Thing:
    """One line."""
    return world.get("balance_transaction", ident)


def create_transfer(world: World, asked: Asked) -> Thing:
    """From the platform to a connected account, at once, of what the platform holds."""
    amount, currency = asked.number("amount"), asked.need("currency").lower()
    destination = world.store.find(asked.need("destination"))
    if destination is None or destination["object"] != "account":
        said = f"No such destination: '{asked.text('destination')}'"
        raise ApiError(400, "resource_missing", said, param="destination")
    if amount < 1:
        raise ApiError(
            400, "parameter_invalid_integer", "This value must be greater than or equal to 1.", param="amount"
        )
    if destination["capabilities"].get("transfers") != "active":
        said = "Your destination account needs to have at least one of the following capabilities enabled: transfers"
        raise ApiError(400, "insufficient_capabilities_for_transfer", said)
    world.held(PLATFORM, currency, amount)
    group = asked.text("transfer_group")
    found = shapes.transfer(world.now(), amount, currency, destination["id"], metadata=asked.part("metadata"))
    found |= {"transfer_group": group or None, "description": asked.text("description") or None}
    found["balance_transaction"] = world.book(PLATFORM, -amount, currency, "transfer", source=found["id"])["id"]
    world.book(destination["id"], amount, currency, "payment", source=found["destination_payment"])
    world.store.keep(found, PLATFORM, group)
    world.tell("transfer.created", found, asked)
    return found


def get_transfer(world: World, asked: Asked, ident: str) -> Thing:
    """One transfer."""
    return world.get("transfer", ident)


def change_transfer(world: World, asked: Asked, ident: str) -> Thing:
    """New metadata."""
    found = world.changed(world.get("transfer", ident), asked)
    world.tell("transfer.updated", found, asked)
    return found


def list_transfers(world: World, asked: Asked) -> Thing:
    """Transfers, of one group or to one account when asked so."""
    group = asked.text("transfer_group")
    rows = world.store.every("transfer", tag=group or None)
    if asked.text("destination"):
        rows = [row for row in rows if row["destination"] == asked.text("destination")]
    return world.listed("/v1/transfers", rows, asked)


def reverse_transfer(world: World, asked: Asked, ident: str) -> Thing:
    """Take a transfer back, or a part of it."""
    found = world.get("transfer", ident)
    left = found["amount"] - found["amount_reversed"]
    amount = asked.number("amount", left)
    if amount < 1 or amount > left:
        raise ApiError(400, "transfer_reversal_too_large", f"{left} is left to reverse.", param="amount")
    row = shapes.transfer_reversal(world.now(), amount, found["currency"], ident)
    row["metadata"] = asked.part("metadata")
    row["balance_transaction"] = world.book(PLATFORM, amount, found["currency"], "transfer_refund", source=row["id"])[
        "id"
    ]
    world.book(found["destination"], -amount, found["currency"], "payment_refund", source=row["id"])
    found["amount_reversed"] += amount
    found["reversed"] = found["amount_reversed"] == found["amount"]
    found["reversals"]["data"].insert(0, row)
    world.store.keep(found)
    world.store.keep(row, PLATFORM, ident)
    world.tell("transfer.reversed", found, asked)
    return row


def list_reversals(world: World, asked: Asked, ident: str) -> Thing:
    """What was taken back of a transfer."""
    return world.listed(f"/v1/transfers/{ident}/reversals", world.store.every("transfer_reversal", tag=ident), asked)


def get_reversal(world: World, asked: Asked, ident: str, row: str) -> Thing:
    """One of them."""
    world.get("transfer", ident)
    return world.get("transfer_reversal", row)


def create_payout(world: World, asked: Asked) -> Thing:
    """From an account to its own bank."""
    amount, currency = asked.number("amount"), asked.need("currency").lower()
    world.held(asked.account, currency, amount)
    found = shapes.payout(world.now(), amount, currency, metadata=asked.part("metadata"))
    found["description"] = asked.text("description") or None
    line = world.book(asked.account, -amount, currency, "payout", source=found["id"])
    found["balance_transaction"] = line["id"]
    world.store.keep(found, asked.account)
    world.tell("payout.created", found, asked)
    return found


def get_payout(world: World, asked: Asked, ident: str) -> Thing:
    """One payout."""
    return world.get("payout", ident)


def list_payouts(world: World, asked: Asked) -> Thing:
    """Payouts of the account."""
    return world.listed("/v1/payouts", world.store.every("payout", asked.account), asked)


def change_payout(world: World, asked: Asked, ident: str) -> Thing:
    """New metadata."""
    found = world.changed(world.get("payout", ident), asked)
    world.tell("payout.updated", found, asked)
    return found


def cancel_payout(world: World, asked: Asked, ident: str) -> Thing:
    """Before the bank has it."""
    return end_payout(world, asked, ident, "canceled")


def end_payout(world: World, asked: Asked, ident: str, state: str) -> Thing:
    """paid, failed or canceled; what does not arrive comes back to the account."""
    found = world.get("payout", ident)
    if found["status"] != "pending":
        raise ApiError(400, "payout_not_allowed", f"The payout is {found['status']} already.")
    found["status"] = state
    if state != "paid":
        found["failure_code"] = "account_closed" if state == "failed" else None
        world.book(asked.account, found["amount"], found["currency"], PAYOUT_BACK[state], source=ident)
    world.store.keep(found)
    world.tell(f"payout.{state}", found, asked)
    return found
