"""Catalogues of texts without system gettext: `manage.py messages extract`, `update` or `compile`."""

import csv
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.reloader import translation_file_changed
from django.utils.translation.template import templatize

LANGUAGES = ("fr", "sw")
FOLDERS = ("fundmgmt", "applications", "disbursements", "evaluation", "templates")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_t": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
NOISE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team|Project-Id-Version|Report-Msgid)'
    r".*\n",
    re.MULTILINE,
)
FORMATTED = re.compile(r"%\(\w+\)s")
DATA: dict[str, tuple[str, ...]] = {
    "fundmgmt/data/rules.json": ("label", "help"),
    "fundmgmt/data/agreements/2024-1.json": ("decision",),
    "fundmgmt/data/agreements/2026-1.json": ("decision",),
    "fundmgmt/data/indicators.csv": ("numerator", "denominator"),
    "fundmgmt/data/rubric.csv": ("question", *(f"anchor_{point}" for point in range(7)), "evidence", "rule"),
}
"""Shipped data whose texts are translated as they are shown: {file: names of the texts in each row}."""


def sources() -> Iterator[tuple[str, bytes]]:
    """Yield (path, Python text) of every file that may speak to people; templates are turned into Python calls."""
    base = settings.BASE_DIR
    for folder in FOLDERS:
        for path in sorted((base / folder).rglob("*")):
            name = path.relative_to(base).as_posix()
            if "/migrations/" in name or "/locale/" in name:
                continue
            if path.suffix == ".py":
                yield name, path.read_bytes()
            elif path.suffix in {".html", ".txt"} and "templates/" in name:
                calls = templatize(path.read_text(), origin=name)
                # Indentation of a page is none of Python's; each call stands on one line.
                yield name, "\n".join(line.strip() for line in calls.splitlines()).encode()


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a shipped file: a table, a list, or one row alone."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    found: list[dict[str, Any]] | dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, list) else [found]


def data_texts() -> Iterator[tuple[str, str]]:
    """Yield (path, text) of the shipped data that people read."""
    for name, fields in DATA.items():
        path = settings.BASE_DIR / name
        rows = rows_of(path) if path.exists() else []
        yield from ((name, row[field]) for row in rows for field in fields if row.get(field))


def extract_catalogue() -> Catalog:
    """Return all texts of the code, the templates and the shipped data, with the files they stand in."""
    catalogue = Catalog(project="fundmgmt", charset="utf-8")
    for name, code in sources():
        for _line, message, comments, context in extract("python", BytesIO(code), KEYWORDS, ("Translators:",)):
            flags = ("python-format",) if FORMATTED.search(str(message)) else ()
            catalogue.add(message, None, [(name, 0)], flags=flags, auto_comments=comments, context=context)
    for name, text in data_texts():
        catalogue.add(text, None, [(name, 0)])
    return catalogue


def po_path(language: str) -> Path:
    """Return where the catalogue of a language lives."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    """Return the catalogue as it is; an empty one when there is none."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, project="fundmgmt", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update_catalogues() -> dict[str, tuple[int, int]]:
    """Bring new texts into each catalogue, drop those that are gone; return {language: (translated, all)}.

    Nothing is guessed: a text that changed is untranslated until somebody translates it. Sorted by text and
    without line numbers, so that two people's changes rarely meet.
    """
    template, told = extract_catalogue(), {}
    for language in LANGUAGES:
        catalogue: Any = read_catalogue(language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        catalogue.header_comment = f"# Texts of the system in {catalogue.locale.english_name}; see docs/look.md."
        catalogue.revision_date = catalogue.creation_date = None
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        out = BytesIO()
        write_po(out, catalogue, width=0, sort_output=True, include_lineno=False, omit_header=False)
        text = NOISE.sub("", out.getvalue().decode())
        path.write_text(text)
        texts = [message for message in catalogue if message.id]
        told[language] = (sum(bool(_whole(message)) for message in texts), len(texts))
    return told


def _whole(message: Any) -> bool:
    parts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(parts)


def missing(language: str) -> list[str]:
    """Return the texts of the code that a language's catalogue does not translate."""
    catalogue = read_catalogue(language)
    found = []
    for message in extract_catalogue():
        if message.id:
            own = catalogue.get(message.id, message.context)
            if own is None or not _whole(own):
                found.append(message.id if isinstance(message.id, str) else message.id[0])
    return found


def compile_catalogues(*, force: bool = False) -> list[Path]:
    """Write each .mo whose .po is newer; return those written. What this process says next is in the new words."""
    written = []
    for language in LANGUAGES:
        source = po_path(language)
        target = source.with_suffix(".mo")
        if not source.exists():
            continue
        if not force and target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as file:
            write_mo(file, read_catalogue(language))
        fresh.replace(target)
        translation_file_changed(None, target)
        written.append(target)
    return written


class Command(BaseCommand):
    """Extract, update or compile the catalogues."""

    help = "Catalogues of texts: extract lists them, update writes .po, compile writes .mo, missing tells gaps."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One word says what to do."""
        parser.add_argument("what", choices=["extract", "update", "compile", "missing"])
        parser.add_argument("--language", default="", help="missing: one language, and fail when texts are missing")

    def handle(self, *_args: Any, what: str, language: str, **_options: Any) -> None:
        """Do it and tell."""
        if what == "extract":
            for message in extract_catalogue():
                if message.id:
                    self.stdout.write(message.id if isinstance(message.id, str) else message.id[0])
        elif what == "update":
            for code, (done, total) in update_catalogues().items():
                self.stdout.write(f"{code}: {done} of {total} texts translated")
        elif what == "missing":
            gaps = {code: missing(code) for code in ([language] if language else LANGUAGES)}
            for code, texts in gaps.items():
                self.stdout.writelines(f"{code}: {text!r}" for text in texts)
            if language and gaps[language]:
                raise CommandError(f"{len(gaps[language])} texts are not translated into {language}")
        else:
            for path in compile_catalogues():
                self.stdout.write(f"written: {path.relative_to(settings.BASE_DIR)}")
