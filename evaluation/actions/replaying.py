"""Rebuild case records from the journal: compare, and put back what differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from applications.models import Application
from evaluation.models import CaseRecord, Figure, Moment
from evaluation.queries.casebook import (
    RecordTold,
    threads_with_records,
    told_by_the_journal,
    told_by_the_record,
)
from fundmgmt import journal
from fundmgmt.models import JournalEntry

if TYPE_CHECKING:
    import uuid


@dataclass
class Replayed:
    """What a replay found: records equal to the journal, and threads that were not."""

    equal: int = 0
    different: list[uuid.UUID] = field(default_factory=list)
    impossible: list[uuid.UUID] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Everything was equal."""
        return not self.different and not self.impossible


def replay_records(*, repair: bool) -> Replayed:
    """Rebuild every record from the journal and compare it with the live one; with `repair`, put the journal's back.

    Entries that nobody has delivered yet are delivered first. A record the journal never opened is `impossible` and
    stays as it is for a person to look at.
    """
    journal.sweep()
    found = Replayed()
    for thread in sorted(threads_with_records()):
        told = told_by_the_journal(thread)
        live = CaseRecord.objects.filter(thread=thread).first()
        if told is None:
            found.impossible.append(thread)
        elif live is not None and told_by_the_record(live) == told:
            found.equal += 1
        else:
            found.different.append(thread)
            if repair:
                put_back(told)
    return found


def put_back(told: RecordTold) -> None:
    """Make the live record equal to what the journal tells. Texts that people wrote stay beside it untouched."""
    with transaction.atomic():
        _put_record(told)
        moments = Moment.objects.filter(case_record_id=told.pk)
        Figure.objects.filter(moment__in=moments).delete()
        moments.delete()
        Moment.objects.filter(entry__in=[moment.entry for moment in told.moments]).delete()
        entries = JournalEntry.objects.in_bulk([moment.entry for moment in told.moments])
        for moment in told.moments:
            row = Moment.objects.create(
                case_record_id=told.pk,
                entry=entries[moment.entry],
                kind=moment.kind,
                at=moment.at,
                to_state=moment.to_state,
            )
            Figure.objects.bulk_create(
                Figure(moment=row, key=key, place=place, number=number, code=code)
                for key, place, number, code in moment.figures
            )


def _put_record(told: RecordTold) -> None:
    """The row itself is a projection of the journal too: one that differs is taken out and laid anew.

    Both happen in one transaction, so that rows pointing to it never see it gone; the database's edges guard updates
    only, because a restore must be able to insert.
    """
    rows: QuerySet[CaseRecord] = QuerySet(CaseRecord)
    live = CaseRecord.objects.filter(pk=told.pk).first() or CaseRecord.objects.filter(thread=told.thread).first()
    if live is not None and _same_row(live, told):
        return
    version = live.version + 1 if live is not None else 0
    if live is not None:
        rows.filter(pk=live.pk)._raw_delete(rows.db)  # noqa: SLF001 -- a workflow row refuses every other delete
    organisation = Application.objects.values_list("organisation_id", flat=True).get(thread=told.thread)
    laid = CaseRecord(
        pk=told.pk,
        thread=told.thread,
        version=version,
        organisation_id=organisation,
        ref=told.ref,
        opened_at=told.opened_at,
        published_version=told.published_version,
        published_at=told.published_at,
        **{CaseRecord.state_columns()[0]: told.state},
    )
    rows.bulk_create([laid])


def _same_row(live: CaseRecord, told: RecordTold) -> bool:
    row = (live.pk, live.thread, live.state, live.ref, live.opened_at, live.published_version, live.published_at)
    return row == (
        told.pk,
        told.thread,
        told.state,
        told.ref,
        told.opened_at,
        told.published_version,
        told.published_at,
    )
