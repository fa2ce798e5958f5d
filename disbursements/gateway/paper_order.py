"""The rail that is always there: a payment order on paper, signed and carried to the bank.

The bank's answer comes back by hand: its reference and day are typed in when the order is recorded as paid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from disbursements.gateway.protocol import Accepted, Capabilities, Instruction, Rejected, Status, Unknown
from disbursements.pdf import PaymentOrder, render_payment_order
from disbursements.states import RailCode
from fundmgmt.money import MINOR_DIGITS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from disbursements.gateway.protocol import Answer, RailEvent, RailLine


class PaperOrder:
    """Paper, ink and a bank counter."""

    code: str = RailCode.PAPER_ORDER

    def capabilities(self) -> Capabilities:
        """Any currency the fund keeps, any amount."""
        return Capabilities(currencies=frozenset(MINOR_DIGITS), by_hand=True, ask_after_seconds=0)

    def validate(self, instruction: Instruction) -> list[object]:
        """A payee, an account, an amount."""
        wrong: list[object] = []
        if instruction.currency not in self.capabilities().currencies:
            wrong.append(_("The fund does not keep this currency."))
        if instruction.amount_minor <= 0:
            wrong.append(_("The amount must be above zero."))
        if not (instruction.payee.strip() and instruction.account.strip() and instruction.bank.strip()):
            wrong.append(_("Account holder, bank and account number are needed."))
        return wrong

    def submit(self, instruction: Instruction, key: str) -> Answer:
        """The order as PDF; the same instruction gives the same bytes."""
        wrong = self.validate(instruction)
        if wrong or key != instruction.key:
            return Rejected("invalid", "; ".join(map(str, wrong)) or "key")
        facts = instruction.facts
        order = PaymentOrder(
            key=key,
            amount_minor=instruction.amount_minor,
            currency=instruction.currency,
            payee=instruction.payee,
            bank=instruction.bank,
            account=instruction.account,
            purpose=instruction.purpose,
            on_date=instruction.on_date,
            approved_by=facts.get("approved_by", ""),
            issued_by=facts.get("issued_by", ""),
            payload=facts.get("payload", ""),
            request=facts.get("request", ""),
            checkpoint=facts.get("checkpoint", ""),
        )
        return Accepted(document=render_payment_order(order))

    def status(self, key: str) -> Status:
        """Nobody can ask paper: a person looks at the bank's statement."""
        return Status("unknown")

    def cancel(self, key: str) -> Answer:
        """A person has to take the paper back from the bank."""
        return Unknown("ask the bank")

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> RailEvent | None:
        """Paper sends no messages."""
        return None

    def reconcile(self, start: dt.date, end: dt.date) -> Iterable[RailLine]:
        """Its lines are those of the bank's statement."""
        return ()
