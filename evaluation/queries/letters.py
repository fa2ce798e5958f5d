"""What the steps of this stage tell the grantee by mail: from a journal entry to letters and their readers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from evaluation.models import CaseRecord, Evaluation, Report
from fundmgmt.mail import Letter, subject_id, words_of
from fundmgmt.models import JournalEntry
from fundmgmt.queries.readers import writers_of

if TYPE_CHECKING:
    from collections.abc import Callable

PLANNED = "evaluation.report.begin"


def letters_for(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """The letters of one entry; `day` decides who belongs to the organisation."""
    return LETTERS[entry.kind](entry, day) if entry.kind in LETTERS else []


def _reports_due(entry: JournalEntry, day: dt.date) -> list[Letter]:
    """One letter for all reports planned together: the first one's entry speaks for the others."""
    together = JournalEntry.objects.filter(thread=entry.thread, kind=PLANNED, at=entry.at).order_by("seq")
    entries = list(together)
    if entries[0].pk != entry.pk:
        return []
    reports = Report.objects.filter(pk__in=[subject_id(one) for one in entries]).select_related("grant")
    rows = list(reports.order_by("no"))
    grant = rows[0].grant
    context = {
        "ref": grant.ref,
        "reports": rows,
        "url": rows[0].get_absolute_url(),
        "action": _("Open the first report"),
    }
    return [Letter("evaluation/reports_due", writers_of(grant.organisation_id, day), context)]


def _about_report(template: str, action: object) -> Callable[[JournalEntry, dt.date], list[Letter]]:
    def write(entry: JournalEntry, day: dt.date) -> list[Letter]:
        report = Report.objects.select_related("grant").get(pk=subject_id(entry))
        context = {
            "ref": report.grant.ref,
            "no": report.no,
            "reason": words_of(entry),
            "url": report.get_absolute_url(),
            "action": action,
        }
        return [Letter(f"evaluation/{template}", writers_of(report.grant.organisation_id, day), context)]

    return write


def _evaluation_to_check(entry: JournalEntry, day: dt.date) -> list[Letter]:
    row = Evaluation.objects.select_related("grant").get(pk=subject_id(entry))
    context = {"ref": row.grant.ref, "url": row.get_absolute_url(), "action": _("Read the evaluation")}
    return [Letter("evaluation/evaluation_to_check", writers_of(row.organisation_id, day), context)]


def _practice_published(entry: JournalEntry, day: dt.date) -> list[Letter]:
    record = CaseRecord.objects.get(pk=subject_id(entry))
    context = {"ref": record.ref, "url": record.get_absolute_url(), "action": _("Look at the case record")}
    return [Letter("evaluation/practice_published", writers_of(record.organisation_id, day), context)]


_SENT_BACK = _about_report("report_sent_back", _("Change the report"))
LETTERS: dict[str, Callable[[JournalEntry, dt.date], list[Letter]]] = {
    PLANNED: _reports_due,
    "evaluation.report.send_back": _SENT_BACK,
    "evaluation.report.reopen": _SENT_BACK,
    "evaluation.report.accept": _about_report("report_accepted", _("Open the report")),
    "evaluation.evaluation.submit": _evaluation_to_check,
    "evaluation.caserecord.publish": _practice_published,
}
