"""The wording of agreements: shipped in versions, each with its day, its decision and all three languages.

A version is never changed once a grantee may have signed it: a new wording is a new file with a later day. Every
agreement freezes the words it was made with, so that even a changed file cannot change it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import fundmgmt

SHIPPED = Path(fundmgmt.__file__).parent.joinpath("data", "agreements")
FIRST = "2024-1"  # what agreements say that were frozen before wordings had versions


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


class NoWording(LookupError):
    """Programming error: no version of the wording, or none so early."""


@cache
def _read() -> dict[str, dict[str, Wording]]:
    found = {}
    for path in sorted(SHIPPED.glob("*.json")):
        raw = path.read_bytes()
        row, seal = json.loads(raw), hashlib.sha256(raw).hexdigest()
        day = dt.date.fromisoformat(row["date"])
        found[row["version"]] = {
            language: Wording(
                row["version"], day, row["decision"], language, said["words"], tuple(said["duties"]), seal
            )
            for language, said in row["texts"].items()
        }
    return found


def wording(version: str, language: str) -> Wording:
    """One version in one language."""
    try:
        return _read()[version][language]
    except KeyError as error:
        raise NoWording(f"{version} {language}") from error


def wordings(language: str) -> list[Wording]:
    """All versions, the oldest first."""
    return sorted((one[language] for one in _read().values()), key=lambda one: (one.date, one.version))


def wording_on(day: dt.date, language: str) -> Wording:
    """The version in force on a day."""
    known = [one for one in wordings(language) if one.date <= day]
    if not known:
        raise NoWording(f"none on {day}")
    return known[-1]
