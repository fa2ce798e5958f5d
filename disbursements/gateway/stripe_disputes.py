"""Disputes of gifts: what who paid asked back from their bank, evidence about it, and accepting it.

As with gifts, what counts is what the provider answers when it is asked, never what its message says.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import stripe

from disbursements.gateway.protocol import Accepted, Rejected, Unknown
from disbursements.gateway.stripe_client import StripeAccess, access, client, patience, refusal, second_of

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOKED_AT = ["payment_intent"]
STATES = {
    "warning_needs_response": "asked",
    "warning_under_review": "asked",
    "needs_response": "open",
    "under_review": "answered",
    "won": "won",
    "lost": "lost",
    "warning_closed": "closed",
    "prevented": "closed",
}


@dataclass(frozen=True)
class Movement:
    """Money that a dispute moved, in the currency of the account: below zero it was taken. The fee is beside it."""

    reference: str
    amount_minor: int
    fee_minor: int
    currency: str
    moved_at: int


@dataclass(frozen=True)
class DisputeSeen:
    """A dispute as the provider has it. `state`: asked, open, answered, won, lost, closed.

    `key` is the gift's own name with the provider, '' when the payment is none of ours. `answer` is the key of the
    answer of ours that it has, `sent` how many times evidence went to the bank.
    """

    reference: str
    key: str
    payment: str
    amount_minor: int
    currency: str
    state: str
    reason: str
    opened_at: int
    due_at: int = 0
    sent: int = 0
    answer: str = ""
    movements: tuple[Movement, ...] = ()


class Disputes:
    """Asks the provider. `known` is for tests; otherwise as this system is set up."""

    def __init__(self, known: StripeAccess | None = None, seconds: int | None = None) -> None:
        self._known, self._seconds = known, seconds

    @property
    def _disputes(self) -> Any:
        return client(self._known or access(), self._seconds or patience()).v1.disputes

    def look_up(self, reference: str) -> DisputeSeen | Rejected | Unknown:
        """How a dispute stands now; Rejected when the provider knows none of this name."""
        try:
            found = self._disputes.retrieve(reference, {"expand": LOOKED_AT})
        except stripe.StripeError as error:
            return refusal(error)
        return _seen(found.to_dict())

    def of_days(self, start: dt.date, end: dt.date) -> list[DisputeSeen]:
        """Disputes opened from `start` to `end` (UTC days, both included). Raises what the library raises."""
        created = {"gte": second_of(start), "lt": second_of(end + dt.timedelta(days=1))}
        asked = {"created": created, "limit": 100, "expand": [f"data.{name}" for name in LOOKED_AT]}
        return [_seen(row.to_dict()) for row in self._disputes.list(asked).auto_paging_iter()]

    def send_evidence(self, reference: str, evidence: Mapping[str, str], key: str) -> Accepted | Rejected | Unknown:
        """Send evidence to the bank, once and for all."""
        asked = {"evidence": dict(evidence), "submit": True, "metadata": {"answer": key}}
        return self._told(lambda how: self._disputes.update(reference, asked, how), key)

    def accept(self, reference: str, key: str) -> Accepted | Rejected | Unknown:
        """Say that there is nothing to say against it: it is lost at once, and stays so."""
        return self._told(lambda how: self._disputes.close(reference, {}, how), key)

    @staticmethod
    def _told(work: Any, key: str) -> Accepted | Rejected | Unknown:
        try:
            made = work({"idempotency_key": key})
        except stripe.StripeError as error:
            return refusal(error)
        return Accepted(reference=made.id)


def _seen(row: dict[str, Any]) -> DisputeSeen:
    intent = row.get("payment_intent") or {}
    details = row["evidence_details"]
    return DisputeSeen(
        reference=row["id"],
        key=str((intent.get("metadata") or {}).get("key", "")),
        payment=intent.get("id", ""),
        amount_minor=row["amount"],
        currency=row["currency"].upper(),
        state=STATES.get(row["status"], ""),
        reason=row["reason"],
        opened_at=row["created"],
        due_at=details["due_by"] or 0,
        sent=details["submission_count"],
        answer=(row.get("metadata") or {}).get("answer", ""),
        movements=tuple(_movement(line) for line in row["balance_transactions"]),
    )


def _movement(line: dict[str, Any]) -> Movement:
    return Movement(line["id"], line["amount"], line["fee"], line["currency"].upper(), line["created"])
