"""A rail for tests of what follows from its answers: it remembers payments by key and says what it is told to say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from disbursements.actions import errands
from disbursements.gateway import registry
from disbursements.gateway.protocol import (
    Accepted,
    Answer,
    Capabilities,
    Instruction,
    RailEvent,
    RailLine,
    Status,
    Unknown,
)
from disbursements.models import PaymentInstruction
from disbursements.states import RailCode


@dataclass
class SpokenRail:
    """Pays once for each key. `answers` and `statuses` are said first, then the truth."""

    code: str = RailCode.MOBILE_MONEY
    payments: dict[str, Instruction] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: list[Answer | Exception] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    ended: dict[str, Status] = field(default_factory=dict)

    def capabilities(self) -> Capabilities:
        return Capabilities(currencies=frozenset({"USD"}))

    def validate(self, instruction: Instruction) -> list[object]:
        return []

    def submit(self, instruction: Instruction, key: str) -> Answer:
        self.told.append(key)
        answer = self.answers.pop(0) if self.answers else Accepted(reference=f"R-{key}")
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Accepted):
            self.payments.setdefault(key, instruction)
        return answer

    def status(self, key: str) -> Status:
        self.asked.append(key)
        if self.statuses:
            return self.statuses.pop(0)
        return self.ended.get(key) or Status("pending" if key in self.payments else "absent")

    def cancel(self, key: str) -> Answer:
        return Unknown()

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> RailEvent | None:
        if headers.get("x-signed") != "yes":
            return None
        event_id, key = raw.decode().split()
        return RailEvent(event_id, key)

    def reconcile(self, start: dt.date, end: dt.date) -> Iterable[RailLine]:
        return ()


@contextmanager
def spoken(code: str = RailCode.MOBILE_MONEY, **values: Any) -> Iterator[SpokenRail]:
    """This rail in place of the one of that code."""
    rail = SpokenRail(code=code, **values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.RAILS, code, f"spoken.{code}")
        patch.setattr(registry, "_load", lambda dotted: rail if dotted == f"spoken.{code}" else _real(dotted))
        yield rail


_real = registry._load


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **by: int) -> None:
        self.now += dt.timedelta(**by)


def run(clock: Clock, times: int = 1) -> None:
    """Work on whatever is due, each time a day later than the time before."""
    for _time in range(times):
        errands.run_due(clock=clock)
        clock.forward(hours=25)


def instruction() -> PaymentInstruction:
    return PaymentInstruction.objects.order_by("pk").last()
