"""The page shapes: every view is one of ListPage, DetailPage, EditPage, StepPage, or a plain Page.

Each page names a policy. Who may not see gets 404 (or the sign-in page when not signed in); who may see but not act
gets a page with the reason. Views read one query and call one action; they never write.
"""

from __future__ import annotations

import base64
import binascii
import csv
import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views import View

from fundmgmt.access import Refused, can
from fundmgmt.forms import StepForm, VersionedForm
from fundmgmt.models.workflow import StaleObject, StepError
from fundmgmt.workflow import steps_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import Model, QuerySet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Page(View):
    """A page under a policy. `policy` is asked with the object where there is one."""

    policy: ClassVar[str] = ""
    template_name: ClassVar[str] = ""
    title: ClassVar[object] = ""
    section: ClassVar[str] = ""  # which entry of the navigation this page belongs to
    public_reason: ClassVar[str] = ""  # a page whose policy is "anyone" says why

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """One time for the whole request."""
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()
        self.today = timezone.localdate(self.now)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask the policy before anything else."""
        self.object = self.get_object()
        if not can(request.user, self.policy, self.object):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_object(self) -> Any:
        """The row the page is about, or None. Raises Http404."""
        return None

    def get_title(self) -> object:
        """Title of the page."""
        return self.title

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Context of the template."""
        return {
            "page": self,
            "object": self.object,
            "title": self.get_title(),
            "section": self.section,
            "today": self.today,
            **extra,
        }

    def render(self, *, status: int = 200, template: str | None = None, **context: Any) -> HttpResponse:
        """The page."""
        return render(self.request, template or self.template_name, self.get_context(**context), status=status)

    def refuse(self, reason: object, back: str = "") -> HttpResponse:
        """May see, may not act: say why."""
        return render(
            self.request,
            "ui/refused.html",
            self.get_context(reason=reason, back=back or self.request.META.get("HTTP_REFERER", "/")),
            status=403,
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        return self.render()


class ObjectPage(Page):
    """A page about one row, found by its public reference (or uuid) among the rows the person may see."""

    model: ClassVar[type[Model]]
    lookup: ClassVar[str] = "ref"

    def get_queryset(self) -> QuerySet[Any]:
        """Rows this person may see: the model's `visible_to`, with what the page reads joined in."""
        return self.model._default_manager.visible_to(self.request.user)  # type: ignore[attr-defined]

    def get_object(self) -> Any:
        """Found and visible, or 404 (a stranger and a wrong number look the same)."""
        try:
            return get_object_or_404(self.get_queryset(), **{self.lookup: self.kwargs[self.lookup]})
        except (ValidationError, ValueError) as error:
            raise Http404 from error

    def get_title(self) -> object:
        """The row's name."""
        return self.title or str(self.object)


class DetailPage(ObjectPage):
    """One row, with the steps the person may take or not and why."""

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Steps of the machine, when the row has one."""
        steps = steps_for(self.object, self.request.user) if hasattr(self.object, "state_columns") else []
        steps = [step for step in steps if step.name in self.shown_steps()] if self.shown_steps() else steps
        return super().get_context(steps=steps, base=self.object.get_absolute_url(), **extra)

    def shown_steps(self) -> tuple[str, ...]:
        """Names of steps to show here; empty means all."""
        return ()


class EditPage(ObjectPage):
    """A form about one row. `act_policy` decides who may save; `save()` calls one action."""

    form_class: ClassVar[type[VersionedForm]]
    act_policy: ClassVar[str] = ""
    done: ClassVar[object] = _("Saved.")
    template_name: ClassVar[str] = "ui/form_page.html"
    submit_label: ClassVar[object] = _("Save")

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """The form, filled from the row or from what was typed."""
        return self.form_class(data, files, obj=self.object, user=self.request.user, initial=self.get_initial())

    def get_initial(self) -> dict[str, Any]:
        """What stands there now."""
        if self.object is None:
            return {}
        return {
            name: getattr(self.object, name) for name in self.form_class.base_fields if hasattr(self.object, name)
        }

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What the form's template needs beside the form."""
        back = self.object.get_absolute_url() if hasattr(self.object, "get_absolute_url") else ""
        return super().get_context(
            **{"submit_label": self.submit_label, "back": back, "version": getattr(self.object, "version", None)} | extra
        )

    def save(self, form: VersionedForm) -> Any:
        """Call one action with form.values(); return the row to go to, or a URL."""
        raise NotImplementedError(type(self).__name__)

    def success_url(self, result: Any) -> str:
        """Where to go after saving."""
        return result if isinstance(result, str) else (result or self.object).get_absolute_url()

    def may_act(self) -> Any:
        """The answer of `act_policy`."""
        return can(self.request.user, self.act_policy or self.policy, self.object)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, or the reason why not."""
        answer = self.may_act()
        if not answer:
            return self.refuse(answer.reason)
        return self.render(form=self.get_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or show the form again with every message in its place and nothing typed lost."""
        answer = self.may_act()
        if not answer:
            return self.refuse(answer.reason)
        form = self.get_form(request.POST, request.FILES)
        status = 422
        if form.is_valid():
            try:
                result = self.save(form)
            except (StepError, Refused, ValidationError) as error:
                form.take(error)
                status = 409 if isinstance(error, StaleObject) else 422
            else:
                if self.done:
                    messages.success(request, str(self.done))
                return HttpResponseRedirect(self.success_url(result))
        return self.render(status=status, form=form)


@dataclass(frozen=True)
class StepSpec:
    """How a step is asked and done: the form, and the action(obj, *, by, at, expected_version, **values)."""

    form: type[StepForm]
    action: Callable[..., Any]
    template: str = "ui/step.html"
    done: object = ""


class StepPage(EditPage):
    """One address pattern for all steps of a model: <ref>/steps/<step>/."""

    template_name: ClassVar[str] = "ui/step.html"
    steps: ClassVar[dict[str, StepSpec]] = {}

    def get_object(self) -> Any:
        """The row; an unknown step is 404."""
        if self.kwargs["step"] not in self.steps:
            raise Http404
        self.spec = self.steps[self.kwargs["step"]]
        return super().get_object()

    def get_title(self) -> object:
        """The step's label."""
        step = self.find_step()
        return step.label if step else str(self.object)

    def find_step(self) -> Any:
        """The step from the present state, or None."""
        if not hasattr(self, "_step"):
            found = [s for s in steps_for(self.object, self.request.user) if s.name == self.kwargs["step"]]
            self._step = found[0] if found else None
        return self._step

    def may_act(self) -> Any:
        """The edge must exist from here and its policy must allow the person."""
        from_here = self.find_step()
        if from_here is None:
            return Gone(
                _("From “%(state)s” this step is not possible. Look at where things stand now.")
                % {"state": self.object.get_state_display()}
            )
        return from_here.allowed

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """The step's form."""
        return self.spec.form(data, files, obj=self.object, user=self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The step beside the form."""
        return super().get_context(
            step=self.find_step(),
            back=self.object.get_absolute_url(),
            version=getattr(self.object, "version", None),
            submit_label=self.get_title(),
            **extra,
        )

    def render(self, *, status: int = 200, template: str | None = None, **context: Any) -> HttpResponse:
        """The step's own template, when it has one."""
        return super().render(status=status, template=template or self.spec.template, **context)

    def refuse(self, reason: object, back: str = "") -> HttpResponse:
        """Back to the row."""
        return super().refuse(reason, self.object.get_absolute_url())

    def save(self, form: VersionedForm) -> Any:
        """The action, with the version the person saw."""
        return self.spec.action(
            self.object,
            by=self.request.user,
            at=self.now,
            expected_version=form.cleaned_data.get("version"),
            **form.values(),
        )

    def success_url(self, result: Any) -> str:
        """Back to the row, or where the action's result says."""
        if isinstance(result, str):
            return result
        return self.object.get_absolute_url()


@dataclass(frozen=True)
class Gone:
    """A refusal that is no policy: the step does not exist from here."""

    reason: object

    def __bool__(self) -> bool:
        """Falsy."""
        return False


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

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list, or its CSV."""
        if request.GET.get("format") == "csv":
            return self.csv()
        rows, newer, older = self.page(self.filtered())
        return self.render(rows=self.cells(rows), objects=rows, filters=self.filters, newer=newer, older=older)

    def cells(self, rows: Iterable[Any]) -> list[dict[str, Any]]:
        """Rows as the generic table draws them."""
        shown = [column for column in self.columns if not column.csv_only]
        return [
            {
                "object": row,
                "url": row.get_absolute_url() if hasattr(row, "get_absolute_url") else "",
                "cells": [(c, (c.html or c.value)(row)) for c in shown],
            }
            for row in rows
        ]

    @property
    def shown_columns(self) -> list[Column]:
        """Columns of the table (the CSV has more)."""
        return [column for column in self.columns if not column.csv_only]

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


@dataclass(frozen=True)
class Section:
    """An entry of the menu, shown to whom the policy lets in; `account`: under the person's name."""

    order: int
    name: str
    label: object
    url_name: str
    policy: str
    account: bool = False


_sections: dict[str, Section] = {}


def register_section(section: Section) -> None:
    """Add an entry of the navigation once."""
    if section.name in _sections:
        raise ValueError(f"section {section.name} is registered twice")
    _sections[section.name] = section


def sections_for(user: Any) -> list[Section]:
    """Entries this person sees, in order."""
    return [s for s in sorted(_sections.values(), key=lambda s: s.order) if can(user, s.policy)]
