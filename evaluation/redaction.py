"""The only way to public output: what is small, near or personal goes before anything leaves.

Counts: a cell below the limit of its indicator goes, and with it partner cells, so that nobody can subtract it from
the total. Words: phone numbers, addresses, positions and birth dates are taken out and told to the safeguarding lead.
Places: never nearer than the commune.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import Promise


@dataclass(frozen=True)
class Count:
    """A count, or a share kept as its two counts. `key` names it; None in both means kept back."""

    key: str
    numerator: int | None
    denominator: int | None = None

    @property
    def hidden(self) -> bool:
        """Whether it is kept back."""
        return self.numerator is None

    def parts(self) -> list[int]:
        """Every count that can be read off: those who are, those who are not, all."""
        if self.numerator is None:
            return []
        if self.denominator is None:
            return [self.numerator]
        return [self.numerator, self.denominator - self.numerator, self.denominator]


def is_small(count: Count, limit: int) -> bool:
    """Whether some count in it stands between one and the limit. Nobody at all tells of nobody."""
    return any(0 < part < limit for part in count.parts())


def hide(count: Count) -> Count:
    """The same cell without its counts."""
    return replace(count, numerator=None, denominator=None)


def suppress(cells: Sequence[Count], limit: int) -> list[Count]:
    """Cells of one facet whose sum is public, with small ones and the partners they need hidden.

    At least two cells go together, and what they hold together is no small count either; when no such partners are
    left, the whole facet goes. Cells come back in their order.
    """
    gone = {index for index, cell in enumerate(cells) if is_small(cell, limit)}
    if not gone:
        return list(cells)
    rest = sorted(set(range(len(cells))) - gone, key=lambda index: (cells[index].parts()[-1], cells[index].key))
    while rest and not _covered([cells[index] for index in gone], limit):
        gone.add(rest.pop(0))
    if not _covered([cells[index] for index in gone], limit):
        gone = set(range(len(cells)))
    return [hide(cell) if index in gone else cell for index, cell in enumerate(cells)]


def _covered(cells: list[Count], limit: int) -> bool:
    """Two or more cells somebody could be in, and every sum an outsider can compute is zero or large."""
    if sum(1 for cell in cells if cell.parts()[-1] > 0) < 2:  # noqa: PLR2004 -- one cell alone is a subtraction away
        return False
    sums = [sum(column) for column in zip(*(cell.parts() for cell in cells), strict=True)]
    return all(total == 0 or total >= limit for total in sums)


def publishable(total: Count, limit: int, *, public: bool) -> bool:
    """Whether a whole value may be shown at all."""
    return public and total.numerator is not None and not is_small(total, limit)


@dataclass(frozen=True)
class Trace:
    """Something in a text that could lead to a person."""

    kind: str
    label: str | Promise
    text: str


PATTERNS: tuple[tuple[str, str | Promise, re.Pattern[str]], ...] = (
    ("email", _("an e-mail address"), re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "position",
        _("a position on the map"),
        re.compile(r"[-+]?\d{1,3}[.,]\d{3,}\s*°?\s*[NSEWO]?\s*[;,/ ]\s*[-+]?\d{1,3}[.,]\d{3,}"),
    ),
    ("birth", _("a full date, perhaps of birth"), re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d{2}\b")),
    ("phone", _("a phone number"), re.compile(r"(?<![\d.,])\+?\d(?:[ ./()-]?\d){7,14}(?![\d])")),
    (
        "web",
        _("a personal page"),
        re.compile(r"(?:facebook|wa\.me|instagram|tiktok|x)\.(?:com|me)/\S+|wa\.me/\S+", re.IGNORECASE),
    ),
)


def traces(text: str) -> list[Trace]:
    """What the safeguarding lead must look at before a text may be public."""
    return [
        Trace(kind, label, match.group()) for kind, label, pattern in PATTERNS for match in pattern.finditer(text or "")
    ]


def clean(text: str) -> str:
    """A text without anything that `traces` finds: the net under the check by a person."""
    shown = text or ""
    for _round in range(4):
        if not traces(shown):
            return shown
        for _kind, _label, pattern in PATTERNS:
            shown = pattern.sub(_t("[left out]"), shown)
    return shown if not traces(shown) else _t("[left out]")


def place(level: str, *, province: str, territory: str, commune: str) -> str:
    """The place as near as `level` allows; villages, quarters and sites never reach this function."""
    named = {"province": [province], "territory": [territory, province], "commune": [commune or territory, province]}
    parts = [part for part in named.get(level, [province]) if part]
    return ", ".join(dict.fromkeys(parts))
