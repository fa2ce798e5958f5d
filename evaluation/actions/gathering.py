"""Opening a case record and gathering its moments from the journal. Upstream never knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from applications.models import Application
from evaluation.models import CaseRecord, Figure, Moment
from evaluation.models.casebook import BEFORE_PUBLICATION
from evaluation.queries.casebook import case_entries, figures_of, is_case_worthy, opening_entry
from evaluation.states import ENDED_EARLY, CaseState
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import JournalEntry

ABOUT_THE_APPLICATION = "applications.application:"
EVALUATED = "evaluation.evaluation.make_final"


def gather_moment(entry: JournalEntry) -> Moment | None:
    """Keep one entry of the journal as a moment; the first submission opens the record. Twice changes nothing."""
    record = CaseRecord.objects.filter(thread=entry.thread).first()
    if record is None:
        return open_record(entry)
    opening = opening_entry(entry.thread)
    if opening is None or entry.seq < opening.seq or not is_case_worthy(entry):
        return None
    moment = keep_moment(record, entry)
    follow_thread(record, entry)
    return moment


def open_record(entry: JournalEntry) -> Moment | None:
    """Open the record of a thread that was handed in, with every moment since. None before the submission."""
    opening = opening_entry(entry.thread)
    if opening is None:
        return None
    application = Application.objects.only("organisation_id", "thread").get(thread=entry.thread)
    record = CaseRecord(thread=entry.thread, organisation_id=application.organisation_id, opened_at=opening.at)
    begin(record, by=None, at=opening.at)
    kept = None
    for one in list(case_entries(entry.thread)):
        moment = keep_moment(record, one)
        follow_thread(record, one)
        kept = moment if one.pk == entry.pk else kept
    return kept


def keep_moment(record: CaseRecord, entry: JournalEntry) -> Moment:
    """One row and its figures."""
    moment, new = Moment.objects.get_or_create(
        entry=entry,
        defaults={"case_record": record, "kind": entry.kind, "at": entry.at, "to_state": entry.to_state},
    )
    if new:
        Figure.objects.bulk_create(
            Figure(moment=moment, key=key, place=place, number=number, code=code)
            for key, place, number, code in figures_of(entry)
        )
    return moment


def follow_thread(record: CaseRecord, entry: JournalEntry) -> CaseRecord:
    """What the project's own steps mean for its record: closed with it, open again with it, ready to be written."""
    if entry.kind == EVALUATED and record.state == CaseState.GATHERING:
        return perform(record, "start_drafting", by=None, at=entry.at)
    if not entry.subject.startswith(ABOUT_THE_APPLICATION) or not entry.to_state:
        return record
    facts = {"because": entry.to_state}
    if entry.to_state in ENDED_EARLY and record.state in BEFORE_PUBLICATION:
        return perform(record, "close_with_thread", by=None, at=entry.at, facts=facts)
    came_back = record.state == CaseState.RETIRED and record.published_version is None
    if came_back and entry.to_state not in ENDED_EARLY:
        return perform(record, "take_up_again", by=None, at=entry.at, facts=facts)
    return record
