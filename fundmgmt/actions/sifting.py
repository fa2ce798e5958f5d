"""What a file really is, and whether it may come in: by its content, never by its name alone.

Allowed: PDF, JPEG, PNG, XLSX, DOCX, CSV. Refused: everything else (SVG and HTML carry programs), files that unpack to
far more than they weigh, macros, locked files, pictures of children.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from fundmgmt.models.workflow import StepError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2400
JPEG_QUALITY = 85
MAX_PARTS = 2_000
MAX_UNPACKED = 120 * 1024 * 1024
MAX_RATIO = 150  # text in sheets shrinks a lot; a bomb shrinks far more
SMALL = 1024 * 1024  # below this no ratio is dangerous
ENTRANCE = {
    "xl/workbook.xml": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "word/document.xml": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}
PROGRAMS_IN_PDF = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?)\b")
PROGRAMS_IN_OFFICE = re.compile(r"(vbaProject|activeX|/embeddings/|externalLinks/)", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class UploadRefused(StepError):
    """A file that cannot come in; the message says what to do instead."""

    def __init__(self, message: object, *, field: str = "file") -> None:
        super().__init__(message, field=field)


@dataclass(frozen=True)
class Sifted:
    """A file as it will be kept."""

    content: bytes
    suffix: str
    mime: str


def sift(name: str, content: bytes, *, shows_minor: bool | None = None) -> Sifted:
    """The file as it may be kept, or UploadRefused."""
    if not content:
        raise UploadRefused(_("This file is empty. Choose it again."))
    for start, read in STARTS:
        if content.startswith(start):
            found = read(content, shows_minor)
            break
    else:
        found = _table(name, content)
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if {"jpeg": "jpg"}.get(suffix, suffix) != found.suffix:
        raise UploadRefused(
            _("The name ends in “%(name)s”, but inside is a %(kind)s. Save it again under the right kind.")
            % {"name": suffix[:8], "kind": found.suffix.upper()}
        )
    return found


def _pdf(content: bytes, _shows_minor: bool | None) -> Sifted:
    if b"%%EOF" not in content[-2048:]:
        raise UploadRefused(_("This PDF is cut off. Save or send it again."))
    if PROGRAMS_IN_PDF.search(content):
        raise UploadRefused(_("This PDF carries a program or another file inside. Print it to PDF, then hand that in."))
    return Sifted(content, "pdf", "application/pdf")


def _picture(content: bytes, shows_minor: bool | None) -> Sifted:
    if shows_minor is None:
        raise UploadRefused(_("Say whether anyone under 18 is visible in this picture."), field="shows_minor")
    if shows_minor:
        raise UploadRefused(
            _(
                "Thank you for saying so. Pictures of children are not kept here, even from behind or with consent: "
                "somebody could recognise them. Take one of the place, the work or the materials instead."
            ),
            field="shows_minor",
        )
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UploadRefused(_("This picture has too many points. Send it in a smaller size."))
            return _anew(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UploadRefused(_("This picture cannot be opened. Send it again, or take another.")) from error


def _anew(picture: Image.Image) -> Sifted:
    """Only the points of the picture, upright; nothing else that stood in the file."""
    kind = picture.format
    upright = ImageOps.exif_transpose(picture)
    upright = upright.convert("RGBA" if kind == "PNG" and "A" in upright.getbands() else "RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new(upright.mode, upright.size)
    bare.paste(upright)
    out = io.BytesIO()
    if kind == "PNG":
        bare.save(out, "PNG", optimize=True)
        return Sifted(out.getvalue(), "png", "image/png")
    bare.save(out, "JPEG", quality=JPEG_QUALITY, progressive=True)
    return Sifted(out.getvalue(), "jpg", "image/jpeg")


def _office(content: bytes, _shows_minor: bool | None) -> Sifted:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return _parts(parts, content)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise UploadRefused(_("This file cannot be opened. Save it again without a password.")) from error


def _parts(parts: zipfile.ZipFile, content: bytes) -> Sifted:
    infos = parts.infolist()
    names = {info.filename for info in infos}
    entrance = [what for name, what in ENTRANCE.items() if name in names]
    if len(entrance) != 1 or "[Content_Types].xml" not in names:
        raise UploadRefused(WHAT_WE_TAKE)
    if any(PROGRAMS_IN_OFFICE.search(name) for name in names):
        raise UploadRefused(_("This file carries macros or other files inside. Save it as plain XLSX or DOCX."))
    bomb = UploadRefused(_("This file unpacks to far more than it weighs. Save the content as a new file."))
    if len(infos) > MAX_PARTS or len(names) != len(infos):
        raise bomb
    unpacked = 0
    for info in infos:
        with parts.open(info) as part:
            tail = b""
            while block := part.read(65536):
                unpacked += len(block)
                if unpacked > MAX_UNPACKED or (unpacked > SMALL and unpacked > MAX_RATIO * len(content)):
                    raise bomb
                if info.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in (tail + block).upper():
                    raise UploadRefused(WHAT_WE_TAKE)
                tail = block[-16:]
    return Sifted(content, *entrance[0])


def _table(name: str, content: bytes) -> Sifted:
    """A CSV: text in rows and columns, nothing that a browser would take for a page."""
    if not name.lower().endswith(".csv"):
        raise UploadRefused(WHAT_WE_TAKE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if CONTROL.search(text) or text.lstrip().startswith("<") or "\ufffd" in text:
        raise UploadRefused(WHAT_WE_TAKE)
    try:
        for _row in csv.reader(io.StringIO(text)):
            pass
    except csv.Error as error:
        raise UploadRefused(_("This table cannot be read. Save it again as CSV.")) from error
    return Sifted(content, "csv", "text/csv")


WHAT_WE_TAKE = _("Hand in a PDF, a picture (JPG, PNG), a spreadsheet (XLSX, CSV) or a text document (DOCX).")
STARTS: tuple[tuple[bytes, Callable[[bytes, bool | None], Sifted]], ...] = (
    (b"%PDF-", _pdf),
    (b"\xff\xd8\xff", _picture),
    (b"\x89PNG\r\n\x1a\n", _picture),
    (b"PK\x03\x04", _office),
)
