"""Small pictures drawn on the server: SVG with colours by class, a title that states the finding, a table under it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fundmgmt.formats import words

WIDTH = 360
LONGEST_LABEL = 44  # letters that fit beside each other; the table under the picture has them all
Number = int | Decimal


@dataclass(frozen=True)
class Chart:
    """A picture and the same figures as a table."""

    title: str
    svg: SafeString
    columns: tuple[Any, ...]
    rows: tuple[tuple[Any, ...], ...]


def _svg(title: str, height: int, body: SafeString) -> SafeString:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH, height, title, body,
    )  # fmt: skip


def _said(value: Number, unit: str) -> str:
    return f"{words.number(value)}\u00a0{unit}" if unit else words.number(value)


def _join(pattern: str, parts: Iterable[tuple[Any, ...]]) -> SafeString:
    return format_html_join("", pattern, parts)


def _px(value: Number, whole: Number, width: int) -> int:
    return round(Decimal(width) * Decimal(value) / Decimal(whole)) if whole else 0


def _short(label: str) -> str:
    if len(label) <= LONGEST_LABEL:
        return label
    return label[:LONGEST_LABEL].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def bars(title: str, data: Sequence[tuple[str, Number]], unit: str = "", colour: int = 1) -> Chart:
    """Return horizontal bars, one for each (label, value); values are not negative."""
    top = max((value for _label, value in data), default=0)
    parts = [
        (y, _short(str(label)), y + 7, colour, max(_px(value, top, WIDTH - 100), 2),
         _px(value, top, WIDTH - 100) + 8, y + 22, _said(value, unit))
        for y, (label, value) in zip(range(14, 14 + 46 * len(data), 46), data, strict=True)
    ]  # fmt: skip
    body = _join(
        '<text x="0" y="{}">{}</text><rect x="0" y="{}" class="c{}" width="{}" height="20" rx="3"/>'
        '<text x="{}" y="{}">{}</text>',
        parts,
    )
    rows = tuple((label, _said(value, unit)) for label, value in data)
    return Chart(title, _svg(title, 46 * len(data), body), ("", (_("Value"), "num")), rows)


def share(title: str, data: Sequence[tuple[str, Number]], unit: str = "") -> Chart:
    """Return one bar cut into the parts of a whole, with a key under it."""
    total = sum(value for _label, value in data)
    x, blocks, keys = 0, [], []
    for index, (label, value) in enumerate(data):
        width = _px(value, total, WIDTH)
        colour, said = index % 6 + 1, words.percent(value, total)
        blocks.append((x, colour, max(width - 2, 1)))
        keys.append((58 + 24 * index, colour, 69 + 24 * index, label, said))
        x += width
    body = format_html(
        "{}{}",
        _join('<rect x="{}" y="4" class="c{}" width="{}" height="36" rx="2"/>', blocks),
        _join('<rect x="0" y="{}" class="c{}" width="14" height="14" rx="2"/><text x="22" y="{}">{} · {}</text>', keys),
    )
    rows = tuple((label, _said(value, unit), words.percent(value, total)) for label, value in data)
    columns = ("", (_("Value"), "num"), (_("Share"), "num"))
    return Chart(title, _svg(title, 56 + 24 * len(data), body), columns, rows)


def line(title: str, data: Sequence[tuple[str, Number]], unit: str = "", *, labels: int = 6) -> Chart:
    """Return a line through (label, value) points in their order, on a scale that starts at zero.

    At most so many points carry their `labels`, evenly spread: long ones would run into each other.
    """
    top = max((value for _label, value in data), default=0)
    steps = max(len(data) - 1, 1)
    spots = [
        (40 + (WIDTH - 80) * index // steps, 150 - _px(value, top, 120)) for index, (_label, value) in enumerate(data)
    ]
    every = -(-len(data) // labels)  # the table has them all
    sides = {0: (0, "start"), len(data) - 1: (WIDTH, "end")} if len(data) > 1 else {}  # none is cut off at the edge
    dots = [
        (x, y, x, y - 11, "", x, "middle", "")
        if index % every
        else (x, y, x, y - 11, _said(value, unit), *sides.get(index, (x, "middle")), label)
        for index, ((x, y), (label, value)) in enumerate(zip(spots, data, strict=True))
    ]
    body = format_html(
        '<line class="g" x1="0" x2="{}" y1="150" y2="150"/><polyline points="{}"/>{}',
        WIDTH,
        " ".join(f"{x},{y}" for x, y in spots),
        _join(
            '<circle class="c1" cx="{}" cy="{}" r="4"/><text x="{}" y="{}" text-anchor="middle">{}</text>'
            '<text class="t2" x="{}" y="172" text-anchor="{}">{}</text>',
            dots,
        ),
    )
    rows = tuple((label, _said(value, unit)) for label, value in data)
    return Chart(title, _svg(title, 182, body), ("", (_("Value"), "num")), rows)


TONES = {"done": 3, "here": 2, "late": 5}


def timeline(title: str, data: Sequence[tuple[str, date, str]]) -> Chart:
    """Return (label, day, status) on one axis of time; status done, here, late or ahead."""
    data = sorted(data, key=lambda one: one[1])
    first = data[0][1] if data else date.min
    span = (data[-1][1] - first).days if data else 0
    marks = []
    for index, (label, on, status) in enumerate(data):
        x = 60 + _px((on - first).days, span, WIDTH - 120)
        up = index % 2 == 0
        label_y, day_y = (22, 40) if up else (92, 110)
        marks.append((x, TONES.get(status, 6), x, label_y, label, x, day_y, words.day(on, "medium")))
    body = format_html(
        '<line class="g" x1="0" x2="{}" y1="62" y2="62" stroke-width="2"/>{}',
        WIDTH,
        _join(
            '<circle cx="{}" cy="62" r="8" class="c{}"/><text x="{}" y="{}" text-anchor="middle">{}</text>'
            '<text class="t2" x="{}" y="{}" text-anchor="middle">{}</text>',
            marks,
        ),
    )
    rows = tuple((label, on) for label, on, _status in data)
    return Chart(title, _svg(title, 118, body), ("", _("Day")), rows)
