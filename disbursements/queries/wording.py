"""The wording of agreements, in versions, each with its day, its decision and all three languages.

The first versions are shipped as files; later ones the fund makes itself (models.AgreementWording). A version never
changes. Every agreement freezes the words it was made with, so that no later version can change it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fundmgmt
from disbursements.models import AgreementWording

if TYPE_CHECKING:
    from django.db.models import QuerySet

SHIPPED = Path(fundmgmt.__file__).parent.joinpath("data", "agreements")
FIRST = "2024-1"  # what agreements say that were frozen before wordings had versions
MARK = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Wording:
    """One language of one version."""

    version: str
    date: dt.date
    decision: str
    language: str
    words: dict[str, str]
    duties: tuple[str, ...]
    sha256: str

    @property
    def place(self) -> tuple[dt.date, int]:
        """Versions follow each other by day, and on one day by number."""
        return self.date, int(self.version.rpartition("-")[2])


class NoWording(LookupError):
    """Programming error: no version of the wording, or none so early."""


@cache
def _read() -> dict[str, dict[str, Wording]]:
    found = {}
    for path in sorted(SHIPPED.glob("*.json")):
        raw = path.read_bytes()
        row, seal = json.loads(raw), hashlib.sha256(raw).hexdigest()
        day = dt.date.fromisoformat(row["date"])
        found[row["version"]] = _by_language(row["version"], day, row["decision"], row["texts"], seal)
    return found


def _by_language(version: str, day: dt.date, decision: str, texts: dict[str, Any], seal: str) -> dict[str, Wording]:
    return {
        language: Wording(version, day, decision, language, said["words"], tuple(said["duties"]), seal)
        for language, said in texts.items()
    }


def of_row(row: AgreementWording) -> dict[str, Wording]:
    """A version that the fund made, by language."""
    return _by_language(row.code, row.from_date, row.decision, row.texts, row.sha256)


def wording(version: str, language: str) -> Wording:
    """One shipped version in one language."""
    try:
        return _read()[version][language]
    except KeyError as error:
        raise NoWording(f"{version} {language}") from error


def shipped(language: str) -> list[Wording]:
    """The versions that came with the system, the oldest first."""
    return sorted((one[language] for one in _read().values()), key=lambda one: one.place)


def versions() -> list[dict[str, Wording]]:
    """All versions that are or will be in force, by language, the oldest first (one query)."""
    made = [of_row(row) for row in AgreementWording.objects.in_force()]
    return sorted([*_read().values(), *made], key=lambda one: next(iter(one.values())).place)


def wordings(language: str) -> list[Wording]:
    """All versions that are or will be in force in one language, the oldest first (one query)."""
    return [one[language] for one in versions()]


def wording_on(day: dt.date, language: str) -> Wording:
    """The version in force on a day (one query)."""
    known = [one for one in wordings(language) if one.date <= day]
    if not known:
        raise NoWording(f"none on {day}")
    return known[-1]


def next_code(year: int) -> str:
    """The number of a year's next version, shipped and proposed ones counted (one query)."""
    stem = f"{year}-"
    codes = [*_read(), *AgreementWording.objects.filter(code__startswith=stem).values_list("code", flat=True)]
    taken = [int(code.removeprefix(stem)) for code in codes if code.startswith(stem)]
    return f"{stem}{max(taken, default=0) + 1}"


def wordings_for_list(user: Any) -> QuerySet[AgreementWording]:
    """What the fund made or proposed, with who did."""
    return AgreementWording.objects.visible_to(user).select_related("proposed_by", "decided_by")


# Places that are filled in ---------------------------------------------------------------------------


def marks(text: str) -> list[str]:
    """The places of a text that are filled in, as they are written."""
    return sorted(f"%({name})s" for name in MARK.findall(text))


def kept(text: str) -> str:
    """A text as it is kept: a percent sign that marks no place is doubled, so that filling in leaves it one."""
    parts = MARK.split(" ".join(text.split()))
    for at in range(len(parts)):
        parts[at] = f"%({parts[at]})s" if at % 2 else parts[at].replace("%", "%%")
    return "".join(parts)


def typed(text: str) -> str:
    """A kept text as people write it."""
    return text.replace("%%", "%")
