"""Reads for case records: what the journal tells, and what a live record holds, in one comparable shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from evaluation.models import CaseRecord, Moment
from evaluation.states import CaseState
from fundmgmt.kinds import all_kinds
from fundmgmt.models import JournalEntry

if TYPE_CHECKING:
    import uuid

OPENS = "applications.application.submit"
ANSWERS = "evaluation.caserecord."
FigureTold = tuple[str, int, int | None, str]


@dataclass(frozen=True)
class MomentTold:
    """A moment as plain values."""

    entry: int
    kind: str
    at: dt.datetime
    to_state: str
    figures: tuple[FigureTold, ...]


@dataclass(frozen=True)
class RecordTold:
    """A case record as plain values: equal when everything that counts is equal."""

    pk: int
    thread: uuid.UUID
    state: str
    ref: str | None
    opened_at: dt.datetime
    published_version: int | None
    published_at: dt.datetime | None
    moments: tuple[MomentTold, ...]


def is_case_worthy(entry: JournalEntry) -> bool:
    """Whether a record gathers this entry: its kind says so and it holds nothing restricted."""
    kind = all_kinds().get(entry.kind)
    return kind is not None and kind.case and not kind.restricted


def figures_of(entry: JournalEntry) -> tuple[FigureTold, ...]:
    """Facts of an entry as rows: key, place in a list, number or code. Missing facts make no row."""
    found: list[FigureTold] = []
    for key, value in entry.facts.items():
        items = value if isinstance(value, list) else [value]
        for place, item in enumerate(items):
            if item is None:
                continue
            is_number = isinstance(item, int)
            found.append((key, place, int(item) if is_number else None, "" if is_number else str(item)))
    return tuple(sorted(found))


def moment_of(entry: JournalEntry) -> MomentTold:
    """What a record keeps of an entry."""
    return MomentTold(entry.pk, entry.kind, entry.at, entry.to_state, figures_of(entry))


def case_entries(thread: uuid.UUID) -> Iterator[JournalEntry]:
    """Entries a record of this thread gathers, oldest first: from the first submission on."""
    opened = False
    for entry in JournalEntry.objects.filter(thread=thread).order_by("seq"):
        opened = opened or entry.kind == OPENS
        if opened and is_case_worthy(entry):
            yield entry


def opening_entry(thread: uuid.UUID) -> JournalEntry | None:
    """The submission that opens the record."""
    return JournalEntry.objects.filter(thread=thread, kind=OPENS).order_by("seq").first()


def told_by_the_journal(thread: uuid.UUID) -> RecordTold | None:
    """The record of a thread from nothing but the journal; None when the journal opened none."""
    opening = opening_entry(thread)
    steps = list(JournalEntry.objects.filter(thread=thread, kind__startswith=ANSWERS).order_by("seq"))
    begun = next((entry for entry in steps if entry.kind == f"{ANSWERS}begin"), None)
    if opening is None or begun is None:
        return None
    told: dict[str, Any] = {"state": CaseState.GATHERING.value, "ref": None, "version": None, "published_at": None}
    for entry in steps:
        told["state"] = entry.to_state or told["state"]
        if entry.kind == f"{ANSWERS}name_practice":
            told["ref"] = told["ref"] or entry.facts["ref"]
        elif entry.kind == f"{ANSWERS}publish":
            told |= {"version": entry.facts["text_version"], "published_at": entry.at}
    return RecordTold(
        int(begun.subject.rpartition(":")[2]),
        thread,
        told["state"],
        told["ref"],
        opening.at,
        told["version"],
        told["published_at"],
        tuple(moment_of(entry) for entry in case_entries(thread)),
    )


def told_by_the_record(record: CaseRecord) -> RecordTold:
    """The live record in the same shape."""
    moments = []
    for moment in record.moments.prefetch_related("figures").order_by("entry__seq"):
        figures = sorted((f.key, f.place, f.number, f.code) for f in moment.figures.all())
        moments.append(MomentTold(moment.entry_id, moment.kind, moment.at, moment.to_state, tuple(figures)))
    return RecordTold(
        record.pk,
        record.thread,
        str(record.state),
        record.ref,
        record.opened_at,
        record.published_version,
        record.published_at,
        tuple(moments),
    )


def threads_with_records() -> set[uuid.UUID]:
    """Threads that have a record, or should have one by the journal."""
    begun = JournalEntry.objects.filter(kind=f"{ANSWERS}begin").values_list("thread", flat=True)
    return set(begun) | set(CaseRecord.objects.values_list("thread", flat=True))


def story_of(record: CaseRecord) -> list[Moment]:
    """Moments with their figures, oldest first."""
    return list(record.moments.select_related("entry").prefetch_related("figures"))


TONES = {
    "accepted": "leaf",
    "final": "leaf",
    "published": "leaf",
    "sent_back": "ember",
    "submitted": "copper",
    "rejected": "ember",
    "ineligible": "ember",
}


def story_line(entry: JournalEntry) -> dict[str, Any]:
    """A journal entry as the story draws it: people by their role, words of the person where there are some."""
    kind = all_kinds().get(entry.kind)
    remark = entry.remark.text if entry.remark_id and entry.remark else ""
    return {
        "at": entry.at,
        "text": kind.label if kind else entry.kind,
        "who": entry.actor.name if entry.actor_id and entry.actor else _("the system"),
        "note": remark,
        "url": "",
        "tone": TONES.get(entry.to_state, ""),
    }
