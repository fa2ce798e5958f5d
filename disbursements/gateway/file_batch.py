"""What a payment file is made of: the fund's own accounts, the payments, names and texts as banks take them."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from disbursements.gateway.protocol import Instruction

LONGEST_ID = 35
LONGEST_NAME = 140
OURS = re.compile(r"disb:(\d{1,20}):v(\d{1,5})")
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
NO_IBAN = frozenset({"CD"})  # countries outside the IBAN registry that the fund pays into
LETTERS = str.maketrans(
    {
        "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "ø": "o", "Ø": "O", "ŋ": "n", "Ŋ": "N", "ɛ": "e",
        "Ɛ": "E", "ɔ": "o", "Ɔ": "O", "’": "'", "‘": "'", "“": "'", "”": "'", '"': "'", "–": "-", "—": "-", "&": "+",
        "«": "'", "»": "'", "_": "-", "\u00a0": " ", "\u202f": " ",
    }
)  # fmt: skip
OUTSIDE = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


@dataclass(frozen=True)
class OwnAccount:
    """The fund's own account in one currency, as a version of the rules says it."""

    currency: str
    holder: str
    account: str
    bank: str
    bic: str
    town: str
    country: str


@dataclass(frozen=True)
class FileBatch:
    """Everything a payment file holds, frozen: the same batch gives the same bytes."""

    ref: str
    made_at: dt.datetime
    on_date: dt.date
    charges: str
    accounts: Mapping[str, OwnAccount]  # by currency
    payments: Sequence[Instruction]
    checkpoint: str = ""  # number and SHA-256 of the last checkpoint of the books before this file

    def by_currency(self) -> list[tuple[OwnAccount, list[Instruction]]]:
        """Payments by the account they leave, in the order of the currencies' codes."""
        codes = sorted({payment.currency for payment in self.payments})
        return [(self.accounts[code], [one for one in self.payments if one.currency == code]) for code in codes]


def end_to_end_id(key: str) -> str:
    """The name of a payment on the bank's papers: at most 35 characters, one for each key.

    `disb:14:v1` becomes `DISB-14-V1`, short enough for the 16 characters of older statements.
    """
    ours = OURS.fullmatch(key)
    if ours:
        return f"DISB-{ours[1]}-V{ours[2]}"
    digest = base64.b32encode(hashlib.sha256(key.encode()).digest()).decode()
    return f"K{digest}"[:LONGEST_ID]


def block_id(ref: str, currency: str) -> str:
    """The name of all payments of a batch in one currency; a bank that books them in one line writes it."""
    return f"{ref}-{currency}"


def bank_text(text: str, longest: int = LONGEST_NAME) -> str:
    """A text in the letters that every bank's system takes (SWIFT's set X), nothing lost that can be spelled."""
    spelled = unicodedata.normalize("NFKD", text.translate(LETTERS)).translate(LETTERS)
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(OUTSIDE.sub("?", bare).split())[:longest].strip()


def is_iban(account: str) -> bool:
    """An account number of the IBAN registry with right check digits."""
    if not IBAN.fullmatch(account) or account[:2] in NO_IBAN:
        return False
    turned = account[4:] + account[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
