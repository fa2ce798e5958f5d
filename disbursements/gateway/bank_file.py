"""The rail of files: one payment file for the bank with every instruction of a batch.

The file is ISO 20022 pain.001.001.09, or a plain table for banks that take no XML. A person carries it to the bank;
what became of each payment stands on the bank's statement.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from disbursements.gateway.file_batch import IBAN, NO_IBAN, bank_text, end_to_end_id
from disbursements.gateway.pain001 import write_pain001
from disbursements.gateway.protocol import Accepted, Capabilities, Instruction, Rejected, Status, Unknown
from disbursements.states import ChargeBearer, FileLayout, RailCode
from fundmgmt.money import MINOR_DIGITS, Money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from disbursements.gateway.file_batch import FileBatch
    from disbursements.gateway.protocol import Answer, RailEvent, RailLine

LONGEST_ACCOUNT = 34
ACCOUNT = re.compile(r"[A-Za-z0-9/?:().,'+ -]+")


def write_file(batch: FileBatch, layout: str) -> bytes:
    """The batch in the layout the bank takes."""
    if layout == FileLayout.PLAIN:
        return write_table(batch)
    return write_pain001(batch)


COLUMNS = (
    "batch", "line", "execution_date", "debtor_account", "amount", "currency", "payee", "payee_account", "payee_bank",
    "end_to_end_id", "purpose", "charges", "checkpoint",
)  # fmt: skip


def write_table(batch: FileBatch) -> bytes:
    """A plain table: one payment a line. Names that begin like a formula lose that sign."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    pairs = [(account, one) for account, payments in batch.by_currency() for one in payments]
    for number, (account, one) in enumerate(pairs, 1):
        writer.writerow(
            [
                batch.ref,
                number,
                batch.on_date.isoformat(),
                account.account,
                str(Money(one.amount_minor, one.currency).decimal),
                one.currency,
                bank_text(one.payee.lstrip("+-=@ "), 70),
                one.account,
                bank_text(one.bank.lstrip("+-=@ "), 70),
                end_to_end_id(one.key),
                bank_text(one.purpose),
                batch.charges,
                batch.checkpoint,
            ]
        )
    return out.getvalue().encode("ascii")


class BankFile:
    """A file that a person carries to the bank."""

    code: str = RailCode.BANK_FILE

    def capabilities(self) -> Capabilities:
        """Dollars and francs, any amount."""
        return Capabilities(currencies=frozenset({"USD", "CDF"}), by_hand=True, ask_after_seconds=0)

    def validate(self, instruction: Instruction) -> list[object]:
        """What the bank's system would refuse, in words."""
        wrong: list[object] = []
        if instruction.currency not in self.capabilities().currencies:
            wrong.append(_("Payment files carry dollars (USD) and francs (CDF) only."))
        if instruction.amount_minor <= 0:
            wrong.append(_("The amount must be above zero."))
        if not (instruction.payee.strip() and instruction.bank.strip()):
            wrong.append(_("Account holder, bank and account number are needed."))
        account = instruction.account
        if not ACCOUNT.fullmatch(account) or len(account) > LONGEST_ACCOUNT or account.startswith("/"):
            wrong.append(
                _("The account number has more than %(most)s characters, or letters that banks do not take.")
                % {"most": LONGEST_ACCOUNT}
            )
        if IBAN.fullmatch(account) and account[:2] in NO_IBAN:
            wrong.append(_("Accounts in the DR Congo have no IBAN. Ask for the number as the bank writes it (RIB)."))
        if bank_text(instruction.payee).count("?") > instruction.payee.count("?"):
            wrong.append(_("Banks cannot write the account holder's name like this. Ask how the bank spells it."))
        return wrong

    def submit(self, instruction: Instruction, key: str) -> Answer:
        """Fit for the file; the batch writes it with all others in one piece."""
        wrong = self.validate(instruction)
        if wrong or key != instruction.key:
            return Rejected("invalid", "; ".join(map(str, wrong)) or "key")
        return Accepted(reference=end_to_end_id(key))

    def status(self, key: str) -> Status:
        """A file remembers nothing: the same key gives the same line in it. The bank's statement tells the rest."""
        return Status("absent")

    def cancel(self, key: str) -> Answer:
        """A person has to call the bank."""
        return Unknown("ask the bank")

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> RailEvent | None:
        """Files send no messages."""
        return None

    def reconcile(self, start: dt.date, end: dt.date) -> Iterable[RailLine]:
        """Its lines are those of the bank's statement."""
        return ()


def wrong_in(batch: FileBatch) -> list[str]:
    """What a file of this batch would say twice, say wrongly, or leave out; empty when it may be written."""
    rail = BankFile()
    wrong: list[object] = []
    for one in batch.payments:
        wrong += [f"{one.key}: {why}" for why in rail.validate(one)]
        own = batch.accounts.get(one.currency)
        if own is None:
            wrong.append(_("The fund's rules name no own account in %(code)s.") % {"code": one.currency})
        elif own.account == one.account:
            wrong.append(_("%(key)s: payer and payee have the same account.") % {"key": one.key})
    names = [end_to_end_id(one.key) for one in batch.payments]
    if len(set(names)) != len(names):
        wrong.append(_("One payment stands in this batch twice."))
    if any(one.currency not in MINOR_DIGITS for one in batch.payments) or batch.charges not in ChargeBearer.values:
        wrong.append(_("The rules of payment files hold a value that banks do not know."))
    return list(dict.fromkeys(map(str, wrong)))
