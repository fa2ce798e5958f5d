"""Papers with the fund's letterhead: a frozen document in, the same bytes out each time. No query, no clock.

Freeze the snapshot first, build a Document from it, render, keep the sha256 of the bytes. Values in Facts and
Table cells are written as the document's reader writes them (fundmgmt.formats.words.show).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import PageBreak as NextPage
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from fundmgmt.formats import words

FONTS = Path(__file__).parent / "fonts"
SANS, BOLD = "DejaVuSans", "DejaVuSans-Bold"
INK, SOFT, LINE, COPPER = (HexColor(one) for one in ("#1d2433", "#5b6475", "#d8d2c6", "#9a4d17"))
TINTS = {
    tone: HexColor(colour)
    for tone, colour in (("plain", "#e9eefb"), ("ok", "#e5f4ea"), ("wait", "#fdf3d8"), ("no", "#fcebe9"))
}
EDGE, TOP, BOTTOM = 20 * mm, 28 * mm, 22 * mm
WIDTH = A4[0] - 2 * EDGE


# The document ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 or 2 (the title is the document's own)."""

    text: Any
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; line breaks of the writer are kept. ``style``: normal, soft or quote."""

    text: Any
    style: str = "normal"


@dataclass(frozen=True)
class Bullets:
    """Short points; ``marks`` may give each its own sign, such as ✓ and ✕."""

    items: tuple[Any, ...]
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Label and value lines."""

    pairs: tuple[tuple[Any, Any], ...]


@dataclass(frozen=True)
class Table:
    """Columns are labels, or (label, "num") for figures; rows hold values; ``total`` is one more row in bold."""

    columns: tuple[Any, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] = ()
    caption: Any = ""


@dataclass(frozen=True)
class Note:
    """A tinted box: plain, ok, wait or no."""

    text: Any
    tone: str = "plain"


@dataclass(frozen=True)
class Signature:
    """Lines to sign on: (name, role, what is already known, such as the day of signing)."""

    people: tuple[tuple[Any, Any, Any], ...]


@dataclass(frozen=True)
class PageBreak:
    """The next block starts a page."""


Block = Heading | Paragraph | Bullets | Facts | Table | Note | Signature | PageBreak


@dataclass(frozen=True)
class Document:
    """One paper: what it is, its public reference, its day, the reader's language, and its blocks."""

    title: Any
    ref: str
    language: str
    blocks: tuple[Block, ...]
    on: Any = None
    subtitle: Any = ""
    foot: Any = ""


def render(document: Document) -> bytes:
    """Return the PDF. The same document gives the same bytes, on every machine with these pinned versions."""
    _fonts()
    with translation.override(document.language):
        out = BytesIO()
        paper = BaseDocTemplate(
            out,
            pagesize=A4,
            leftMargin=EDGE,
            rightMargin=EDGE,
            topMargin=TOP,
            bottomMargin=BOTTOM,
            title=str(document.title),
            author=_("The Fund"),
            subject=document.ref,
            creator="fundmgmt",
            lang=document.language,
            invariant=1,
        )
        frame = Frame(EDGE, BOTTOM, WIDTH, A4[1] - TOP - BOTTOM, 0, 0, 0, 0)
        paper.addPageTemplates(PageTemplate(frames=[frame], onPage=partial(_letterhead, document)))
        paper.build(_story(document), canvasmaker=partial(_CountingCanvas, foot=_foot(document)))
        return out.getvalue()


# How it is drawn ---------------------------------------------------------------------------------


@cache
def _fonts() -> None:
    pdfmetrics.registerFont(TTFont(SANS, FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "DejaVuSans-Bold.ttf"))
    pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=BOLD, italic=SANS, boldItalic=BOLD)


@cache
def _style(name: str) -> ParagraphStyle:
    base = {"fontName": SANS, "fontSize": 9.5, "leading": 14, "textColor": INK, "spaceAfter": 6}
    own: dict[str, dict[str, Any]] = {
        "normal": {},
        "soft": {"textColor": SOFT},
        "quote": {"leftIndent": 10, "textColor": SOFT},
        "bullet": {"leftIndent": 14, "bulletIndent": 2, "spaceAfter": 3, "bulletFontName": SANS},
        "title": {"fontName": BOLD, "fontSize": 17, "leading": 21, "spaceAfter": 3},
        "h1": {"fontName": BOLD, "fontSize": 12, "leading": 16, "spaceBefore": 10, "spaceAfter": 4},
        "h2": {"fontName": BOLD, "fontSize": 10, "leading": 14, "spaceBefore": 6, "spaceAfter": 3},
        "cell": {"fontSize": 8.5, "leading": 11.5, "spaceAfter": 0},
        "cellnum": {"fontSize": 8.5, "leading": 11.5, "spaceAfter": 0, "alignment": TA_RIGHT},
        "head": {"fontSize": 8, "leading": 11, "spaceAfter": 0, "textColor": SOFT},
        "headnum": {"fontSize": 8, "leading": 11, "spaceAfter": 0, "textColor": SOFT, "alignment": TA_RIGHT},
        "bold": {"fontName": BOLD, "fontSize": 8.5, "leading": 11.5, "spaceAfter": 0},
        "boldnum": {"fontName": BOLD, "fontSize": 8.5, "leading": 11.5, "spaceAfter": 0, "alignment": TA_RIGHT},
    }
    return ParagraphStyle(name, **{**base, **own[name]})


def _text(value: Any, style: str = "normal") -> Text:
    said = words.show(value) if not isinstance(value, str) else value
    return Text(escape(str(said)).replace("\n", "<br/>"), _style(style))


def _story(document: Document) -> list[Flowable]:
    story: list[Flowable] = [_text(document.title, "title")]
    if document.subtitle:
        story.append(_text(document.subtitle, "soft"))
    story.append(Spacer(0, 6))
    for block in document.blocks:
        story += DRAW[type(block)](block)
    return story


def _heading(block: Heading) -> list[Flowable]:
    return [CondPageBreak(28 * mm), _text(block.text, f"h{block.level}")]


def _paragraphs(block: Paragraph) -> list[Flowable]:
    parts = str(block.text).replace("\r\n", "\n").split("\n\n")
    return [_text(part.strip(), block.style) for part in parts if part.strip()]


def _bullets(block: Bullets) -> list[Flowable]:
    marks = block.marks or ("•",) * len(block.items)
    lines = [
        Text(escape(str(item)), _style("bullet"), bulletText=mark)
        for item, mark in zip(block.items, marks, strict=True)
    ]
    return [*lines, Spacer(0, 4)]


def _facts(block: Facts) -> list[Flowable]:
    cells = [[_text(label, "head"), _text(words.show(value), "cell")] for label, value in block.pairs]
    if not cells:
        return []
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), *_PAD]
    return [Grid(cells, colWidths=[WIDTH * 0.34, WIDTH * 0.66], style=style, splitInRow=1), Spacer(0, 8)]


_PAD = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 8),
    ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 3.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
]


def _table(block: Table) -> list[Flowable]:
    labels = [one if isinstance(one, tuple) else (one, "") for one in block.columns]
    kinds = ["num" if kind == "num" else "" for _label, kind in labels]
    said = [[words.show(cell) if cell != "" else "" for cell in row] for row in (*block.rows, block.total) if row]
    grid = [[_text(label, f"head{kind}") for (label, _k), kind in zip(labels, kinds, strict=True)]]
    for index, row in enumerate(said):
        name = "bold" if block.total and index == len(said) - 1 else "cell"
        grid.append([_text(cell, f"{name}{kind}") for cell, kind in zip(row, kinds, strict=True)])
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), ("LINEBELOW", (0, 0), (-1, 0), 0.8, SOFT), *_PAD]
    if block.total:
        style.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, SOFT))
    widths = _widths([[str(label) for label, _kind in labels], *said], kinds)
    caption = [_text(block.caption, "h2")] if block.caption else []
    return [*caption, Grid(grid, colWidths=widths, style=style, repeatRows=1, splitInRow=1), Spacer(0, 8)]


def _widths(rows: list[list[str]], kinds: list[str]) -> list[float]:
    """Figures get what they need; the text columns share the rest by the length of what they hold."""
    longest = [max(pdfmetrics.stringWidth(row[i], BOLD, 8.5) for row in rows) + 12 for i in range(len(kinds))]
    fixed = sum(width for width, kind in zip(longest, kinds, strict=True) if kind)
    text = [min(width, WIDTH * 0.6) for width, kind in zip(longest, kinds, strict=True) if not kind]
    if fixed > WIDTH * 0.75 or not text:
        return [WIDTH / len(kinds)] * len(kinds)
    share = (WIDTH - fixed) / sum(text)
    return [width if kind else min(width, WIDTH * 0.6) * share for width, kind in zip(longest, kinds, strict=True)]


def _note(block: Note) -> list[Flowable]:
    style = [
        ("BACKGROUND", (0, 0), (-1, -1), TINTS[block.tone]),
        ("LEFTPADDING", (0, 0), (-1, -1), 9),
        ("TOPPADDING", (0, 0), (-1, -1), 7),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    return [Grid([[_text(block.text)]], colWidths=[WIDTH], style=style, splitInRow=1), Spacer(0, 8)]


def _signature(block: Signature) -> list[Flowable]:
    boxes = []
    for name, role, known in block.people:
        boxes.append(
            [
                Spacer(0, 12 * mm),
                HRFlowable(width="100%", color=SOFT, thickness=0.7),
                _text(name, "bold"),
                _text(role, "head"),
                _text(words.show(known) if known else _("Day and signature"), "head"),
            ]
        )
    rows = [[*boxes[i : i + 2], ""][:2] for i in range(0, len(boxes), 2)]
    style = [*_PAD, ("RIGHTPADDING", (0, 0), (0, -1), 18)]
    return [KeepTogether([Grid(rows, colWidths=[WIDTH / 2] * 2, style=style), Spacer(0, 8)])]


DRAW: dict[type, Callable[[Any], list[Flowable]]] = {
    Heading: _heading,
    Paragraph: _paragraphs,
    Bullets: _bullets,
    Facts: _facts,
    Table: _table,
    Note: _note,
    Signature: _signature,
    PageBreak: lambda _block: [NextPage()],
}


def _letterhead(document: Document, canvas: Canvas, _paper: Any) -> None:
    top = A4[1] - 16 * mm
    canvas.saveState()
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.setFillColor(COPPER)
    mark = canvas.beginPath()
    mark.moveTo(EDGE, top - 4)
    for x, y in ((9, 10), (13.5, 3), (17, 7.5), (25, -4)):
        mark.lineTo(EDGE + x, top + y)
    mark.close()
    canvas.drawPath(mark, stroke=0, fill=1)
    canvas.circle(EDGE + 18.5, top + 12.5, 3.2, stroke=0, fill=1)
    canvas.setFont(BOLD, 12)
    canvas.drawString(EDGE + 31, top, _("The Fund"))
    canvas.setFont(SANS, 8)
    canvas.setFillColor(SOFT)
    canvas.drawRightString(A4[0] - EDGE, top + 8, document.ref)
    if document.on:
        canvas.drawRightString(A4[0] - EDGE, top - 3, words.day(document.on))
    canvas.setStrokeColor(LINE)
    canvas.line(EDGE, top - 12, A4[0] - EDGE, top - 12)
    canvas.restoreState()


def _foot(document: Document) -> str:
    return str(document.foot or document.title)


class _CountingCanvas(Canvas):
    """Holds pages back until their number is known, so that each can say "page x of y"."""

    def __init__(self, *args: Any, foot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._foot = foot
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Hold the page."""
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page with its number."""
        held = self._held
        for number, page in enumerate(held, 1):
            self.__dict__.update(page)
            self._draw_foot(number, len(held))
            super().showPage()
        super().save()

    def _draw_foot(self, number: int, total: int) -> None:
        self.saveState()
        self.setStrokeColor(LINE)
        self.line(EDGE, 15 * mm, A4[0] - EDGE, 15 * mm)
        self.setFont(SANS, 7.5)
        self.setFillColor(SOFT)
        says = _("page %(number)s of %(total)s") % {"number": number, "total": total}
        room = WIDTH - pdfmetrics.stringWidth(says, SANS, 7.5) - 12
        foot = self._foot
        while pdfmetrics.stringWidth(foot, SANS, 7.5) > room:
            foot = foot[:-2].rstrip() + "…"
        self.drawString(EDGE, 11 * mm, foot)
        self.drawRightString(A4[0] - EDGE, 11 * mm, says)
        self.restoreState()
