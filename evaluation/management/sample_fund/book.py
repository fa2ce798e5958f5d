"""What the sample says: the proposals file, its invented supplement, and who stands for whom."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from fundmgmt.env import BASE_DIR
from fundmgmt.models import Organisation, User

DATA = BASE_DIR / "fundmgmt" / "data"
CLOCK = "The clock of the sample starts when it is loaded."
FROM_LOADING = re.compile(r"today([+-]\d+)")


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


def dated(value: Any, today: dt.date) -> Any:
    """The same data with "today-6" as the day six days before the loading."""
    if isinstance(value, dict):
        return {key: dated(one, today) for key, one in value.items()}
    if isinstance(value, list):
        return [dated(one, today) for one in value]
    found = FROM_LOADING.fullmatch(value) if isinstance(value, str) else None
    return (today + dt.timedelta(days=int(found[1]))).isoformat() if found else value


@dataclass
class Proposal:
    """One proposal: what the file gives (or an extra one has instead), what is invented, and the rows made so far."""

    ref: str
    file: dict[str, Any]
    invented: dict[str, Any]
    rows: dict[str, Any] = field(default_factory=dict)

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
        """Bring each proposal together with its supplement, and the extra ones behind them."""
        self.extras = dated(self.invented["extras"], self.today)
        self.proposals = [
            Proposal(row["id"], row, self.invented["proposals"][row["id"]]) for row in self.file["proposals"]
        ]
        every = self.extras["every"]
        for row in self.extras["proposals"]:
            diligence = every["due_diligence"] | row.get("due_diligence", {})
            self.proposals.append(Proposal(row["ref"], row["file"], every | row | {"due_diligence": diligence}))
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

    def organisation(self, proposal: Proposal) -> Organisation:
        """Who applies: registered with its first proposal, or an organisation of the file that applies again."""
        return self.organisations[proposal.invented.get("organisation", proposal.ref)]

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
