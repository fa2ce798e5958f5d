"""Lists: filters in the address, pages by keyset, a streamed CSV of the same rows."""

from __future__ import annotations

import base64
import binascii
import csv
import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from fundmgmt.formats import words
from fundmgmt.pages.shapes import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

FEW_ROWS = 5
MANY_COLUMNS = 8
CELL_CLASSES = {"ref": "ref", "call": "ref", "facts": "long", "account": "long"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """A column of a list and of its CSV: `value(row)` gives the plain value; `template` may draw it richer."""

    name: str
    label: object
    value: Callable[[Any], Any]
    numeric: bool = False
    link: bool = False
    html: Callable[[Any], Any] | None = None
    csv_only: bool = False

    @property
    def attributes(self) -> SafeString:
        """Attributes of a cell of this column: how it is set, and its label on a phone."""
        kind = "num" if self.numeric else CELL_CLASSES.get(self.name, "")
        return format_html(' class="{}" data-label="{}"' if kind else '{} data-label="{}"', kind, self.label)


class ListPage(Page):
    """A list with filters in the address, keyset paging and a streamed CSV of the same rows.

    `order` names columns that are never null, the last one unique; each may start with "-".
    """

    template_name: ClassVar[str] = "ui/list_page.html"
    columns: ClassVar[tuple[Column, ...]] = ()
    order: ClassVar[tuple[str, ...]] = ("-id",)
    page_size: ClassVar[int] = 40
    filter_form: ClassVar[type[forms.Form] | None] = None
    csv_name: ClassVar[str] = "list"
    intro: ClassVar[object] = ""
    empty_title: ClassVar[object] = _("Nothing here yet")
    empty_text: ClassVar[object] = ""

    def get_queryset(self) -> QuerySet[Any]:
        """Rows this person may see, with what the columns read joined in."""
        raise NotImplementedError(type(self).__name__)

    def filtered(self) -> QuerySet[Any]:
        """Rows after the filters of the address; an impossible filter shows its message and filters nothing."""
        rows = self.get_queryset()
        self.filters = self.filter_form(self.request.GET or None) if self.filter_form else None
        if self.filters is not None and self.filters.is_bound and self.filters.is_valid():
            rows = self.filters.apply(rows)  # type: ignore[attr-defined]
        return rows

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The list, or its CSV."""
        if request.GET.get("format") == "csv":
            return self.csv()
        rows, newer, older = self.page(self.filtered())
        many = len(rows) > FEW_ROWS or bool(newer or older)
        wanted = self.filters is not None and (many or self.filters.is_bound)
        shown = self.filters if wanted else None  # a handful of rows needs no search
        return self.render(rows=self.cells(rows), objects=rows, filters=shown, newer=newer, older=older)

    def cells(self, rows: Iterable[Any]) -> list[dict[str, Any]]:
        """Rows as the generic table draws them."""
        first, *others = ((column.html or column.value, column) for column in self.shown_columns)
        drawn = [(value, column.link, column.attributes) for value, column in others]
        return [
            {
                "object": row,
                "url": row.get_absolute_url() if hasattr(row, "get_absolute_url") else "",
                "name": words.show(first[0](row)),
                "cells": [(words.show(value(row)), link, attributes) for value, link, attributes in drawn],
            }
            for row in rows
        ]

    @property
    def shown_columns(self) -> list[Column]:
        """Columns of the table (the CSV has more)."""
        return [column for column in self.columns if not column.csv_only]

    @property
    def main_class(self) -> str:
        """A list of many columns takes the whole width of a screen."""
        return "wide" if len(self.shown_columns) >= MANY_COLUMNS else ""

    def page(self, rows: QuerySet[Any]) -> tuple[list[Any], str, str]:
        """One page by keyset, and the addresses of the pages before and after it ("" when there is none)."""
        before, after = _cursor(self.request.GET.get("before")), _cursor(self.request.GET.get("after"))
        order = self.order
        if before:
            flipped = tuple(_flip(name) for name in order)
            found = list(_beyond(rows, flipped, before).order_by(*flipped)[: self.page_size + 1])
            more, found = len(found) > self.page_size, found[: self.page_size][::-1]
            has_newer, has_older = more, True
        else:
            scoped = _beyond(rows, order, after) if after else rows
            found = list(scoped.order_by(*order)[: self.page_size + 1])
            has_newer, has_older = bool(after), len(found) > self.page_size
            found = found[: self.page_size]
        if not found:
            return [], "", ""
        newer = self._address(before=_key(found[0], order)) if has_newer else ""
        older = self._address(after=_key(found[-1], order)) if has_older else ""
        return found, newer, older

    def _address(self, **cursor: str) -> str:
        query = self.request.GET.copy()
        for name in ("before", "after", "format"):
            query.pop(name, None)
        for name, value in cursor.items():
            query[name] = value
        return "?" + query.urlencode()

    @property
    def csv_url(self) -> str:
        """Address of the CSV of the same rows."""
        query = self.request.GET.copy()
        for name in ("before", "after"):
            query.pop(name, None)
        query["format"] = "csv"
        return "?" + query.urlencode()

    def csv_rows(self) -> Iterator[list[str]]:
        """Rows of the CSV, read in chunks; a row that fails is told in its place and stops nothing."""
        yield [str(column.label) for column in self.columns]
        for row in self.filtered().order_by(*self.order).iterator(chunk_size=2000):
            try:
                yield [_csv_cell(column.value(row)) for column in self.columns]
            except Exception as error:  # noqa: BLE001 -- one bad row must not lose the export
                yield [_t("This row could not be read: %(error)s") % {"error": type(error).__name__}]

    def csv(self) -> StreamingHttpResponse:
        """A streamed CSV (UTF-8 with mark, so that spreadsheets read accents)."""
        writer = csv.writer(_Echo())
        parts = (writer.writerow(row) for row in self.csv_rows())

        def stream() -> Iterator[str]:
            yield "\ufeff"
            batch: list[str] = []
            for part in parts:
                batch.append(part)
                if len(batch) == 200:  # noqa: PLR2004 -- lines sent together
                    yield "".join(batch)
                    batch.clear()
            yield "".join(batch)

        response = StreamingHttpResponse(stream(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.csv_name}-{self.today.isoformat()}.csv"'
        return response


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="minutes")
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    if isinstance(value, str) and text.startswith(FORMULA_STARTS):
        return "'" + text
    return text


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else "-" + name


def _value(row: Any, name: str) -> Any:
    for part in name.lstrip("-").split("__"):
        row = getattr(row, part)
    return row


def _key(row: Any, order: tuple[str, ...]) -> str:
    values = [v.isoformat() if isinstance(v, dt.date) else v for v in (_value(row, name) for name in order)]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _cursor(text: str | None) -> list[Any]:
    if not text:
        return []
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return []
    return values if isinstance(values, list) else []


def _beyond(rows: QuerySet[Any], order: tuple[str, ...], key: list[Any]) -> QuerySet[Any]:
    """Rows after the key in this order; a key that does not fit the order changes nothing."""
    if len(key) != len(order):
        return rows
    wanted, same = Q(), Q()
    for name, value in zip(order, key, strict=True):
        column = name.lstrip("-")
        step = Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        wanted |= same & step
        same &= Q(**{column: value})
    try:
        return rows.filter(wanted)
    except (ValidationError, ValueError, TypeError):
        return rows
