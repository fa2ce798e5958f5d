"""The rail to a fiscal host abroad: a transfer to the host's connected account.

The provider pays into no bank of the DR Congo. A host in a country that it serves takes the money for the grantee
under an agreement with the fund, and passes it on. A transfer is done at once or not at all; what stands under a key
is found by its transfer group, which outlives the provider's memory of keys (24 hours).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import stripe
from django.utils.translation import gettext_lazy as _

from disbursements.gateway.protocol import Accepted, Capabilities, Instruction, RailLine, Rejected, Status, Unknown
from disbursements.gateway.stripe_client import StripeAccess, access, client, day_of, patience, refusal, second_of
from disbursements.gateway.stripe_messages import genuine_message
from disbursements.states import RailCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from disbursements.gateway.protocol import Answer, RailEvent

CURRENCIES = frozenset({"USD", "EUR", "GBP"})
ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{6,32}")
MOST = 99_999_999  # minor units the provider takes in one transfer
PAGE = 100
ASK_AFTER_SECONDS = 20  # a transfer is done when it is taken; the question only proves it


class StripeTransfer:
    """Transfers of the platform's own balance. `known` is for tests; otherwise as this system is set up."""

    code: str = RailCode.STRIPE_TRANSFER

    def __init__(self, known: StripeAccess | None = None, seconds: int | None = None) -> None:
        self._known, self._seconds = known, seconds

    @property
    def _client(self) -> stripe.StripeClient:
        return client(self._known or access(), self._seconds or patience())

    def capabilities(self) -> Capabilities:
        """Three currencies; not into the DR Congo."""
        missing = "" if (self._known or access()).ready else _("The fund has no account with the card provider yet.")
        return Capabilities(
            currencies=CURRENCIES,
            max_minor=MOST,
            missing=missing,
            ask_after_seconds=ASK_AFTER_SECONDS,
            note=_(
                "Stripe pays into no bank of the DR Congo. The money goes to the fiscal host abroad that has agreed "
                "to pass it on to the grantee; the grantee confirms what arrived."
            ),
        )

    def validate(self, instruction: Instruction) -> list[object]:
        """A connected account, a currency and an amount that can be sent there."""
        wrong: list[object] = []
        if instruction.currency not in CURRENCIES:
            wrong.append(_("A fiscal host can be paid in dollars, euros or pounds only."))
        if not 0 < instruction.amount_minor <= MOST:
            wrong.append(_("The amount is outside of what this way can carry."))
        if not ACCOUNT.fullmatch(instruction.account):
            wrong.append(_("The account of a fiscal host begins with acct_ and has letters and figures only."))
        return wrong

    def submit(self, instruction: Instruction, key: str) -> Answer:
        """One transfer under the key and its group. The same key again is the same transfer."""
        wrong = self.validate(instruction)
        if wrong or key != instruction.key:
            return Rejected("invalid", "; ".join(map(str, wrong)) or "key")
        told: dict[str, Any] = {
            "amount": instruction.amount_minor,
            "currency": instruction.currency.lower(),
            "destination": instruction.account,
            "transfer_group": key,
            "description": instruction.purpose[:200],
            "metadata": {"key": key, "payload": instruction.facts.get("payload", "")},
        }
        try:
            made = self._client.v1.transfers.create(told, {"idempotency_key": key})  # type: ignore[arg-type]
        except stripe.StripeError as error:
            return refusal(error)
        if (made.transfer_group, made.destination) != (key, instruction.account):
            return Unknown("the answer is about another transfer")
        return Accepted(reference=made.id, amount_minor=made.amount, currency=made.currency.upper())

    def status(self, key: str) -> Status:
        """What stands under the key's group. None is `absent`; a part that came back is for people to look at."""
        try:
            found = self._client.v1.transfers.list({"transfer_group": key, "limit": 3}).data
        except stripe.StripeError as error:
            return Status("unknown", reason=refusal(error).reason)
        if not found:
            return Status("absent")
        if len(found) > 1:
            return Status("unknown", reason=f"{len(found)} transfers stand under one key")
        one = found[0]
        if 0 < one.amount_reversed < one.amount:
            return Status("unknown", one.id, reason=f"{one.amount_reversed} of {one.amount} came back (minor units)")
        state = "returned" if one.reversed else "paid"
        return Status(state, one.id, amount_minor=one.amount, currency=one.currency.upper())

    def cancel(self, key: str) -> Answer:
        """Take the whole transfer back from the host's account, once; Accepted when the money is back."""
        found = self.status(key)
        if found.state in {"absent", "returned"}:
            return Rejected(found.state, str(_("Nothing stands under this key that could be taken back.")))
        if found.state != "paid":
            return Unknown(found.reason)
        try:
            row = self._client.v1.transfers.reversals.create(
                found.reference, {"metadata": {"key": key}}, {"idempotency_key": f"{key}:back"}
            )
        except stripe.StripeError as error:
            return refusal(error)
        return Accepted(reference=row.id, amount_minor=row.amount, currency=row.currency.upper())

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> RailEvent | None:
        """A signed message, or None."""
        return genuine_message(raw, headers, self._known)

    def reconcile(self, start: dt.date, end: dt.date) -> Iterable[RailLine]:
        """Transfers made from `start` to `end` (UTC days, both included); what came back of them below zero."""
        since, until = second_of(start), second_of(end + dt.timedelta(days=1))
        created: Any = {"gte": since, "lt": until}
        for made in self._client.v1.transfers.list({"created": created, "limit": PAGE}).auto_paging_iter():
            yield from _lines(made)


def _lines(made: stripe.Transfer) -> Iterator[RailLine]:
    key, currency = made.transfer_group or "", made.currency.upper()
    yield RailLine(key, made.id, made.amount, currency, day_of(made.created))
    for back in made.reversals.data:
        yield RailLine(key, back.id, -back.amount, currency, day_of(back.created))
