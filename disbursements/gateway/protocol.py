"""What every payment rail can be asked. `Unknown` is an answer: it never leads to a second key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Capabilities:
    """What a rail can carry. Amounts in minor units; None is no limit.

    `decimals` are those the rail itself takes: it may carry whole units of a currency that has cents.
    """

    currencies: frozenset[str]
    decimals: int = 2
    min_minor: int = 1
    max_minor: int | None = None
    daily_max_minor: int | None = None
    by_hand: bool = False  # a person carries the instruction and types the answer
    missing: object = ""  # a sentence: why it cannot be used here for now
    keeps_list: bool = True  # it can list its own payments of a period; else each is asked for by its key
    note: object = ""  # a sentence that the payer reads before using it
    ask_after_seconds: int = 60  # first question after it was accepted; 0: nobody can be asked


@dataclass(frozen=True)
class Instruction:
    """One payment as a rail is told it. `key` names it for ever."""

    key: str
    amount_minor: int
    currency: str
    payee: str
    account: str
    bank: str
    purpose: str
    on_date: dt.date
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """The rail has it; `reference` is the rail's own, `document` a paper to sign where there is one.

    `amount_minor` and `currency` are what the rail says it will pay, when it says so.
    """

    reference: str = ""
    document: bytes = b""
    amount_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True)
class Rejected:
    """The rail did not take it, and says so for certain."""

    code: str
    reason: str


@dataclass(frozen=True)
class Unknown:
    """No certain answer: ask `status` with the same key, never submit under another."""

    reason: str = ""


@dataclass(frozen=True)
class Status:
    """Where a payment stands; amount and currency as the rail has them, when it says so.

    `state` is pending, paid, failed, returned, absent (the rail never had this key) or unknown.
    """

    state: str
    reference: str = ""
    amount_minor: int | None = None
    currency: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RailEvent:
    """Something a rail tells by itself, identified so that it is kept once.

    It only wakes us up: what counts is what the rail answers when it is asked for `key`.
    """

    event_id: str
    key: str
    state: str = ""


@dataclass(frozen=True)
class RailLine:
    """One line of the rail's own account of a period."""

    key: str
    reference: str
    amount_minor: int
    currency: str
    on_date: dt.date


Answer = Accepted | Rejected | Unknown


class PaymentRail(Protocol):
    """A way money leaves the fund."""

    code: str

    def capabilities(self) -> Capabilities:
        """Currencies, limits and decimals."""
        ...

    def validate(self, instruction: Instruction) -> list[object]:
        """Sentences about what is wrong; empty when it may be submitted."""
        ...

    def submit(self, instruction: Instruction, key: str) -> Answer:
        """Hand it over. The same key twice is the same payment."""
        ...

    def status(self, key: str) -> Status:
        """Where a payment stands."""
        ...

    def cancel(self, key: str) -> Answer:
        """Take it back, if the rail can."""
        ...

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> RailEvent | None:
        """A signed message of the rail, or None when it is not genuine.

        Header names are in small letters; `:method`, `:authority` and `:path` stand among them.
        """
        ...

    def reconcile(self, start: dt.date, end: dt.date) -> Iterable[RailLine]:
        """The rail's own lines of a period."""
        ...
