"""What the sample says: the proposals file, its invented supplement, and who stands for whom."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from fundmgmt.env import BASE_DIR
from fundmgmt.models import Organisation, User

DATA = BASE_DIR / "fundmgmt" / "data"
CLOCK = "The clock of the sample starts when it is loaded."


def read(path: Path) -> dict[str, Any]:
    """One data file."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def cents(amount: float) -> int:
    """Minor units of an amount of the file (which gives whole units, sometimes with decimals)."""
    return round(amount * 100)


def day(text: str) -> dt.date:
    """A day of the files."""
    return dt.date.fromisoformat(text)


@dataclass
class Proposal:
    """One proposal: what the file gives, what the supplement invents, and the rows made so far."""

    ref: str
    file: dict[str, Any]
    invented: dict[str, Any]
    rows: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The last three digits."""
        return int(self.ref[-3:])

    @property
    def application(self) -> Any:
        """The application, once it is begun."""
        return self.rows["application"]

    @property
    def grant(self) -> Any:
        """The grant, once it is opened."""
        return self.rows["grant"]


@dataclass
class Book:
    """Both files, and the people and organisations by their keys."""

    loaded_at: dt.datetime
    file: dict[str, Any]
    invented: dict[str, Any]
    people: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, loaded_at: dt.datetime) -> Book:
        """Read both files."""
        return cls(loaded_at, read(DATA / "sample_proposals.json"), read(DATA / "sample_supplement.json"))

    def __post_init__(self) -> None:
        """Bring each proposal together with its supplement."""
        self.proposals = [
            Proposal(row["id"], row, self.invented["proposals"][row["id"]]) for row in self.file["proposals"]
        ]
        self.by_code = {row["code"]: row["key"] for row in self.invented["people"] if "code" in row}
        self.by_seat = {row["seat"]: row["key"] for row in self.invented["people"] if "seat" in row}

    @property
    def today(self) -> dt.date:
        """The day of loading; clocks of the sample start here."""
        return timezone.localdate(self.loaded_at)

    def in_days(self, days: int) -> dt.date:
        """A day counted from the day of loading."""
        return self.today + dt.timedelta(days=days)

    def person(self, key: str) -> User:
        """Somebody by key."""
        return self.people[key]

    def reviewer(self, code: str) -> User:
        """The person behind R-A."""
        return self.people[self.by_code[code]]

    def member(self, seat: str) -> User:
        """The person on a seat."""
        return self.people[self.by_seat[seat]]

    def officer(self, proposal: Proposal) -> User:
        """The officer in charge of a proposal."""
        return self.people[proposal.invented["officer"]]

    def other_officer(self, proposal: Proposal) -> User:
        """The second pair of eyes."""
        return self.people["officer-2" if proposal.invented["officer"] == "officer-1" else "officer-1"]

    def owner(self, proposal: Proposal) -> User:
        """Who signs for the organisation."""
        return self.people[proposal.invented["owner"]]

    def editor(self, proposal: Proposal) -> User:
        """Who writes for the organisation."""
        return self.people[proposal.invented["editor"]]
