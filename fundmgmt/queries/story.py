"""A project's story from the journal, cut to what one reader may see, people named by what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _t

from fundmgmt.access import can
from fundmgmt.kinds import all_kinds
from fundmgmt.models import JournalEntry
from fundmgmt.roles import MemberRole, Role

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from django.db.models import QuerySet

ENDINGS = ("reject", "refuse", "withdraw", "terminate", "suspend", "block", "cancel", "reverse", "hold", "return_")


@dataclass(frozen=True)
class Moment:
    """One line of the story, as the component ui_story draws it."""

    at: dt.datetime
    text: str
    who: str
    note: str
    tone: str


def entries_visible_to(user: Any, thread: uuid.UUID, more: tuple[str, ...] = ()) -> QuerySet[JournalEntry]:
    """Entries of a thread this reader may see.

    Staff see every step but the restricted ones; others see what a case record would gather, the kinds in `more`
    (prefixes that the stage opens to them), and their own steps.
    """
    known = all_kinds()
    shown = {code for code, kind in known.items() if not kind.restricted or can(user, "fundmgmt.view_restricted")}
    entries = JournalEntry.objects.filter(thread=thread).select_related("remark").order_by("at", "seq")
    if can(user, "fundmgmt.view_whole_story"):
        return entries.filter(kind__in=shown)
    theirs = {code for code in shown if known[code].case or (more and code.startswith(more))}
    return entries.filter(kind__in=theirs) | entries.filter(kind__in=shown, actor=user)


def story(user: Any, thread: uuid.UUID, more: tuple[str, ...] = (), *, subject: str = "") -> list[Moment]:
    """The story, newest first. Words behind a step are shown to the fund's staff and to whoever wrote them.

    `subject` (app.model:id) keeps to one row of a thread that many rows share.
    """
    staff = can(user, "fundmgmt.view_whole_story")
    known, lines = all_kinds(), []
    entries = entries_visible_to(user, thread, more)
    for entry in entries.filter(subject=subject) if subject else entries:
        words = entry.remark.text if entry.remark and (staff or entry.actor_id == user.pk) else ""
        step = entry.kind.rsplit(".", 1)[-1]
        tone = "ember" if step.startswith(ENDINGS) else "leaf" if known[entry.kind].case else ""
        lines.append(Moment(entry.at, str(known[entry.kind].label), say_capacity(entry.capacity), words, tone))
    return lines[::-1]


def why_of(obj: Any, step: str) -> str:
    """Words that stood behind the newest step of this name, for whoever decides on it next (one query)."""
    about = {"subject": f"{obj._meta.label_lower}:{obj.pk}", "kind": f"{obj._meta.label_lower}.{step}"}
    entry = JournalEntry.objects.filter(**about).select_related("remark").order_by("seq").last()
    return entry.remark.text if entry and entry.remark else ""


def states_passed(obj: Any) -> list[str]:
    """Codes of the states a row has been in, oldest first, as the journal tells (one query)."""
    entries = JournalEntry.objects.filter(subject=f"{obj._meta.label_lower}:{obj.pk}").exclude(to_state="")
    return list(entries.order_by("seq").values_list("to_state", flat=True))


def say_capacity(capacity: str) -> str:
    """What somebody was when they took a step, in words: never a name."""
    parts = [part for part in capacity.split(",") if part]
    if parts == ["system"]:
        return _t("by itself")
    roles = dict(Role.choices)
    said = [str(roles[part]) for part in parts if part in roles]
    if any(part.startswith("seat:") for part in parts):
        said.append(_t("Steering Committee"))
    members = dict(MemberRole.choices)
    mine = [part.rsplit(":", 1)[-1] for part in parts if part.startswith("org:")]
    if not said and mine:
        said.append(str(members.get(mine[0], _t("the organisation"))))
    return ", ".join(said)
