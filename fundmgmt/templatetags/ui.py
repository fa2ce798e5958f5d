"""The components of templates/ui/ as tags, and words for money, dates and numbers. docs/look.md lists them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, DateInput, NumberInput, RadioSelect
from django.template.context import Context
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fundmgmt.formats import words as say
from fundmgmt.templatetags.path import draw_path

register = template.Library()

for name in ("money", "number", "percent", "day", "moment", "show", "says"):
    register.filter(name, getattr(say, name))

# The tone of a state's badge; a model may name its own in `state_tones = {"code": "ok"}`.
TONES = {
    "ok": "open approved signed active confirmed accepted published final verified met decided minutes_approved",
    "no": "ineligible rejected blocked on_hold suspended terminated cancelled reversed ended",
    "wait": "returned deferred due overdue sent_back approved_with_conditions invited moderation reopened",
}
TONE_OF = {code: tone for tone, codes in TONES.items() for code in codes.split()}
STYLES = ("primary", "plain", "danger")
FEW, SHORT = 5, 16  # so few choices with words so short stand side by side
FAR, NEAR = 30, 7  # days ahead: further needs no badge, nearer is a warning


# Filters -----------------------------------------------------------------------------------------


@register.filter
def iso(value: date | datetime | None) -> str:
    """Return a day or a moment for machines (the datetime attribute)."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")  # HTML allows three digits of a second at most
    return value.isoformat() if value else ""


@register.filter
def plain(value: Any) -> str:
    """Return a number without separators, for attributes and hidden fields."""
    return "" if value is None else str(value)


@register.filter
def size(value: int | None) -> str:
    """Return the size of a file in KB or MB."""
    return say.NOTHING if value is None else filesizeformat(value)


@register.filter
def state_badge(obj: Any) -> SafeString:
    """Return the badge of a workflow object's state: its word, and a tone that supports the word."""
    if not hasattr(obj, "get_state_display"):
        return SafeString("")
    return ui_badge(obj.get_state_display(), tone_of(obj.state, getattr(obj, "state_tones", {})))


def tone_of(state: str, own: Mapping[str, str] | None = None) -> str:
    """Return ok, no, wait or plain for a state's code."""
    return (own or {}).get(state) or TONE_OF.get(state, "plain")


# Tags: one component each ------------------------------------------------------------------------


def _render(name: str, **values: Any) -> SafeString:
    return mark_safe(render_to_string(f"ui/{name}.html", values).strip("\n"))  # noqa: S308 - a template wrote it


@register.simple_block_tag
def ui_card(content: str, title: str = "", *, tone: str = "", ident: str = "") -> SafeString:
    """Return a card around the block's content."""
    return _render("card", content=content, title=title, tone=tone, id=ident)


@register.simple_block_tag
def ui_next(content: str, title: str = "", *, ident: str = "") -> SafeString:
    """Return the card with the copper edge: the one thing to do now."""
    return _render("next", content=content, title=title, id=ident)


@register.simple_block_tag
def ui_note(content: str, title: str = "", *, tone: str = "") -> SafeString:
    """Return a notice around the block's content."""
    return _render("notice", content=content, title=title, tone=tone)


@register.simple_tag
def ui_notice(text: str, title: str = "", *, tone: str = "", url: str = "", action: str = "") -> SafeString:
    """Return a notice: tone ok, wait or no; with one link if there is something to do."""
    return _render("notice", text=text, title=title, tone=tone, url=url, action=action)


@register.simple_tag
def ui_refusal(reason: Any, what_next: str = "", *, url: str = "", title: str = "") -> SafeString:
    """Return why something cannot be done now, and what can be done about it. Takes a No or a text."""
    reason = getattr(reason, "reason", reason)
    return _render("refusal", reason=reason, what_next=what_next, url=url, title=title)


@register.simple_tag
def ui_badge(word: Any, tone: str = "plain") -> SafeString:
    """Return a badge: one word and a tone (ok, no, wait, plain)."""
    return _render("badge", word=word, tone=tone)


@register.simple_tag
def ui_due(value: date | datetime | None, *, done: bool = False) -> SafeString:
    """Return a date and how far off it is, as a badge when it is near or past."""
    if not value:
        return SafeString(say.NOTHING)
    left = (say.day_of(value) - timezone.localdate()).days
    when = format_html('<time datetime="{}">{}</time>', iso(value), say.day(value))
    if done or left > FAR:
        return when
    if left < 0:
        late = ngettext("%(n)s day late", "%(n)s days late", -left) % {"n": -left}
        return format_html("{} {}", when, ui_badge(late, "no"))
    soon = ngettext("in %(n)s day", "in %(n)s days", left) % {"n": left} if left else _("today")
    return format_html("{} {}", when, ui_badge(soon, "wait" if left <= NEAR else "plain"))


@register.simple_tag
def ui_crumbs(*crumbs: Any) -> SafeString:
    """Return "where you are": one list of (label, url), or label, url, label, url, …, last label."""
    if len(crumbs) == 1 and isinstance(crumbs[0], list | tuple):
        return _render("crumbs", crumbs=crumbs[0])
    flat = [*crumbs, ""] if len(crumbs) % 2 else list(crumbs)
    return _render("crumbs", crumbs=list(zip(flat[::2], flat[1::2], strict=True)))


@register.simple_tag
def ui_head(title: Any, *, badge: Any = "", ref: Any = "") -> SafeString:
    """Return the page's heading with its state and its public reference."""
    return _render("head", title=title, badge=badge, ref=ref)


@register.simple_tag
def ui_path(steps: Iterable[Any], side: Iterable[Any] = ()) -> SafeString:
    """Return "you are here": steps with label, status (done, here, ahead) and note; side exits as words."""
    return _render("path", steps=list(steps), side=list(side))


@register.simple_tag
def ui_path_of(obj: Any, visited: Iterable[str] = (), side: Iterable[Any] | None = None) -> SafeString:
    """Return "you are here" drawn from the object's own machine; ``visited``: codes of states it has been in."""
    drawn, exits = draw_path(obj, visited)
    return _render("path", steps=drawn, side=exits if side is None else list(side))


@register.simple_tag
def ui_checks(checks: Iterable[Any]) -> SafeString:
    """Return conditions: label, met (True, False, None for not yet known), reason, url, value/max/low."""
    return _render("checks", checks=list(checks))


@register.simple_tag
def ui_story(entries: Iterable[Any], *, limit: int = 0) -> SafeString:
    """Return what happened, in the order given: at, text, who, note, url, tone (leaf, ember, copper).

    The same line several times in a row on one day stands there once, with how many times. ``limit``: so many lines.
    """
    folded: list[dict[str, Any]] = []
    for entry in entries:
        line = {name: _of(entry, name) for name in ("text", "who", "note", "url", "tone")}
        line["day"] = say.day_of(_of(entry, "at")) if _of(entry, "at") else None
        if folded and folded[-1]["line"] == line:
            folded[-1]["times"] += 1
        else:
            folded.append({"entry": entry, "line": line, "times": 1})
    return _render("story", entries=folded[: limit or None])


def _of(thing: Any, name: str) -> Any:
    return (thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)) or ""


@register.simple_tag
def ui_facts(pairs: Any, *, wide: bool = False) -> SafeString:
    """Return label and value lines; pairs is a mapping or a list of (label, value), shown as `show` does."""
    return _render("facts", pairs=list(pairs.items() if isinstance(pairs, Mapping) else pairs), wide=wide)


@register.simple_tag
def ui_meter(value: Any, whole: Any, low: Any = None, label: str = "") -> SafeString:
    """Return a meter; below ``low`` it is copper, from there on leaf."""
    return _render("meter", value=value, max=whole, low=low or None, label=label)


@register.simple_tag
def ui_progress(done: int, total: int, label: str = "") -> SafeString:
    """Return how much of a longer work is done."""
    return _render("progress", done=done, total=total, label=label)


@register.simple_tag
def ui_empty(title: str, text: str, url: str = "", action: str = "") -> SafeString:
    """Return what an empty list teaches: what will stand here and how to begin."""
    return _render("empty", title=title, text=text, url=url, action=action)


@register.simple_tag
def ui_steps(steps: Iterable[Any], base: str, *, quiet: Any = False) -> SafeString:
    """Return buttons for what steps_for() allows and, folded, the reasons for what it does not.

    ``quiet``: something else on the page comes first, so none of them is filled.
    """
    steps = list(steps)
    ahead = [step for step in steps if step.allowed]
    ahead.sort(key=lambda step: STYLES.index(step.style) if step.style in STYLES else 1)
    return _render("steps", ahead=ahead, shut=[step for step in steps if not step.allowed], base=base, quiet=quiet)


@register.simple_tag
def ui_table(rows: Iterable[Any], columns: Iterable[Any], caption: str = "", total: Any = None) -> SafeString:
    """Return a table that becomes labelled lines on a phone.

    A column is a label, a (label, "num") pair or an object with label and num. A row is a list of cells;
    a cell is a value, a (value, url) pair or an object with value and url.
    """
    heads = [_column(one) for one in columns]
    lines = [_cells(row, heads) for row in rows]
    last = _cells(total, heads) if total else None
    return _render("table", columns=heads, rows=lines, caption=caption, total=last)


def _column(one: Any) -> dict[str, Any]:
    if isinstance(one, list | tuple):
        return {"label": one[0], "num": len(one) > 1 and one[1] == "num"}
    return {"label": getattr(one, "label", one), "num": getattr(one, "num", False)}


def _cells(row: Iterable[Any], heads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    cells = []
    for head, cell in zip(heads, row, strict=True):
        value, url = cell if isinstance(cell, tuple) else (getattr(cell, "value", cell), getattr(cell, "url", ""))
        cells.append({**head, "value": value, "url": url})
    return cells


@register.simple_tag
def ui_pager(
    earlier: str = "", later: str = "", note: str = "", *, earlier_label: str = "", later_label: str = ""
) -> SafeString:
    """Return links to the pages before and after (keyset paging), and a note between them."""
    labels = {"earlier_label": earlier_label, "later_label": later_label}
    return _render("pager", earlier=earlier, later=later, note=note, **labels)


@register.simple_tag
def ui_sections(items: Iterable[Any]) -> SafeString:
    """Return the parts of a long form: label, url, current, done, note."""
    return _render("sections", items=list(items))


@register.simple_tag
def ui_tabs(items: Iterable[Any], label: str = "") -> SafeString:
    """Return tabs that are links: label, url, current, count."""
    return _render("tabs", items=list(items), label=label or _("Views"))


@register.simple_tag
def ui_chart(chart: Any) -> SafeString:
    """Return a picture made by fundmgmt.charts, with its table folded under it."""
    return _render("chart", chart=chart)


@register.simple_tag
def ui_files(files: Iterable[Any]) -> SafeString:
    """Return papers to open: url, title, kind, size, at."""
    return _render("files", files=list(files))


# Forms -------------------------------------------------------------------------------------------


@register.simple_tag
def ui_errors(form: Any) -> SafeString:
    """Return the summary of a form's errors, each with a link to its field."""
    return _render("error_summary", form=form)


@register.simple_tag
def ui_field(
    field: BoundField,
    *,
    last: Any = "",
    words: int = 0,
    unit: str = "",
    short: bool = False,
    quiet: bool = False,
) -> SafeString:
    """Return label, help, error and field; ``last``: the answer of last time, ``quiet``: no "(if you like)"."""
    widget = field.field.widget
    words = words or getattr(field.field, "max_words", 0)
    helped = bool(field.help_text or last or words)
    ids = [f"{field.auto_id}_helptext"] * helped + [f"{field.auto_id}_error"] * bool(field.errors)
    attrs: dict[str, Any] = {"aria-describedby": " ".join(ids)} if ids else {}
    if short or isinstance(widget, NumberInput | DateInput):
        attrs["class"] = f"short num {widget.attrs.get('class', '')}".strip()
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        kind = "group"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    else:
        kind = "hidden" if field.is_hidden else "one"
    return _render(
        "field",
        field=field,
        kind=kind,
        widget="" if kind == "group" else field.as_widget(attrs=attrs),
        described=" ".join(ids),
        last=last,
        words=words,
        kept=getattr(widget, "kept", None),
        unit=unit or widget.attrs.get("data-currency", ""),
        quiet=quiet or getattr(field.field, "quiet", False),
        folds=_folds(field) if kind == "group" else [],
        few=kind == "group" and _are_few(field),
    )


def _are_few(field: BoundField) -> bool:
    """Whether the choices are few and short enough to stand side by side."""
    labels = [str(label) for _value, label in getattr(field.field, "choices", ())]
    return len(labels) <= FEW and all(len(label) <= SHORT for label in labels)


def _folds(field: BoundField) -> list[dict[str, Any]]:
    """Return grouped choices by their group, each with the number picked; nothing when there are no groups."""
    choices = list(getattr(field.field, "choices", ()))
    if not choices or not all(isinstance(inner, list | tuple) for _label, inner in choices):
        return []
    folds = [{"label": label, "boxes": [], "picked": 0} for label, _inner in choices]
    for box in field:
        fold: Any = folds[int(str(box.data["index"]).partition("_")[0])]
        fold["boxes"].append(box)
        fold["picked"] += bool(box.data["selected"])
    return folds


FORM_VALUES = {"submit": "", "version": None, "cancel": "", "cancel_label": "", "action": "", "autosave": ""}


def _form(context: Context, form: Any, values: dict[str, Any]) -> SafeString:
    token = context.get("csrf_token")
    return _render("form", form=form, csrf_token=token, **{**FORM_VALUES, "danger": False, **values})


@register.simple_tag(takes_context=True)
def ui_form(context: Context, form: Any, **values: Any) -> SafeString:
    """Return a whole form: errors first, every field, version, csrf, one filled button.

    Values: submit, version, cancel (url), cancel_label, action, danger, autosave (url).
    """
    return _form(context, form, values)


@register.simple_block_tag(takes_context=True)
def ui_form_around(context: Context, content: str, form: Any, **values: Any) -> SafeString:
    """Return the same form around fields that the page lays out itself."""
    return _form(context, form, {"content": content, **values})


@register.simple_tag
def ui_filters(form: Any, *, clear: str = "", export: str = "") -> SafeString:
    """Return a GET form of filters, with a link that clears them and one that downloads the list."""
    return _render("filters", form=form, clear=clear, export=export)
