"""Which line of a bank statement is which thing we know: a pure function over facts.

It never gives one line two things nor one thing two lines, and never bends an amount: what it is not sure of stays for
a person.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from disbursements.states import LineKind, MatchedBy

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

SHORTEST_WORD = 4  # shorter words (de, ya, et) say nothing of who is meant
MENTION = re.compile(r"\b(?:PL|GR)-(?:\d{4}-)?\d{2,6}\b")
FEES = frozenset({"NCHG", "NCOM", "CHRG", "COMM", "FEES"})
INTERESTS = frozenset({"NINT", "INTR"})


@dataclass(frozen=True)
class LineFact:
    """A line as the matching sees it: plus came in, minus went out."""

    id: int
    amount_minor: int
    currency: str
    day: dt.date
    end_to_end_id: str = ""
    reference: str = ""
    party: str = ""
    text: str = ""
    code: str = ""


@dataclass(frozen=True)
class Candidate:
    """Something that should stand on a statement, with the same sign as there."""

    kind: str
    id: Any
    amount_minor: int
    currency: str
    day: dt.date
    end_to_end_id: str = ""
    reference: str = ""
    name: str = ""
    label: str = ""
    about: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)

    @property
    def code(self) -> str:
        """Its name in a form."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Match:
    """A line, what it is, and what that rests on."""

    line: LineFact
    candidate: Candidate
    how: str


def plain(text: str) -> str:
    """Letters and digits only, without accents, in capitals: banks write names in their own way."""
    bare = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in bare.upper() if letter.isalnum() or letter == " ")


def names_agree(name: str, line: LineFact) -> bool:
    """Whether the line names this party: every longer word of the name stands in it, in any order."""
    words = {word for word in plain(name).split() if len(word) >= SHORTEST_WORD}
    return bool(words) and words <= set(plain(f"{line.party} {line.text}").split())


def match_lines(lines: Iterable[LineFact], candidates: Iterable[Candidate], *, days: int) -> list[Match]:
    """Lines with what they certainly are: by end-to-end id, then bank reference, then amount, day and payee.

    The first two take the earliest when the bank wrote one thing twice, so that the second stays for a person. The
    last takes only what is the one possibility on both sides, within so many days.
    """
    open_lines = sorted(lines, key=lambda one: (one.day, one.id))
    left = sorted(candidates, key=lambda one: (one.day, one.code))
    found: list[Match] = []
    for how, of_line, of_candidate in (
        (MatchedBy.END_TO_END, lambda one: one.end_to_end_id, lambda one: one.end_to_end_id),
        (MatchedBy.REFERENCE, lambda one: one.reference, lambda one: one.reference),
    ):
        new = _by_name(open_lines, left, how, of_line, of_candidate)
        found += new
        open_lines, left = _without(open_lines, left, new)
    return found + _by_likeness(open_lines, left, days)


def _without(
    lines: Sequence[LineFact], candidates: Sequence[Candidate], found: Sequence[Match]
) -> tuple[list[LineFact], list[Candidate]]:
    taken, used = {one.line.id for one in found}, {one.candidate.code for one in found}
    return [one for one in lines if one.id not in taken], [one for one in candidates if one.code not in used]


def _by_name(
    lines: Sequence[LineFact],
    candidates: Sequence[Candidate],
    how: str,
    of_line: Callable[[Any], str],
    of_candidate: Callable[[Any], str],
) -> list[Match]:
    waiting: dict[Hashable, list[Candidate]] = defaultdict(list)
    for one in candidates:
        if name := of_candidate(one).upper():
            waiting[name, one.amount_minor, one.currency].append(one)
    found = []
    for line in lines:
        same = waiting.get((of_line(line).upper(), line.amount_minor, line.currency))
        if same:
            found.append(Match(line, same.pop(0), how))
    return found


def _by_likeness(lines: Sequence[LineFact], candidates: Sequence[Candidate], days: int) -> list[Match]:
    by_amount: dict[Hashable, list[Candidate]] = defaultdict(list)
    for one in candidates:
        by_amount[one.amount_minor, one.currency].append(one)
    possible = {
        line: [
            one
            for one in by_amount.get((line.amount_minor, line.currency), [])
            if abs((one.day - line.day).days) <= days and names_agree(one.name, line)
        ]
        for line in lines
    }
    wanted: dict[str, int] = defaultdict(int)
    for options in possible.values():
        for one in options:
            wanted[one.code] += 1
    return [
        Match(line, options[0], MatchedBy.LIKENESS)
        for line, options in possible.items()
        if len(options) == 1 and wanted[options[0].code] == 1
    ]


def mentions(line: LineFact) -> list[str]:
    """References of pledges and grants that the line names, each once."""
    return list(dict.fromkeys(MENTION.findall(f"{line.end_to_end_id} {line.text} {line.party}".upper())))


def told_by_code(line: LineFact) -> str:
    """What the bank's own code says a line is, when it says that it is its fee or its interest."""
    if line.amount_minor < 0 and line.code in FEES:
        return LineKind.FEE
    return LineKind.INTEREST if line.amount_minor > 0 and line.code in INTERESTS else ""
