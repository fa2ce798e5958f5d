"""Minutes: freeze what was recorded, render it, keep it as a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.models import Meeting
from applications.pdf import minutes_document
from applications.queries.minutes import freeze_minutes
from fundmgmt.access import require
from fundmgmt.actions.papers import store_pdf
from fundmgmt.pdf import render
from fundmgmt.states import PaperKind
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User


def draft_minutes(
    meeting: Meeting, *, by: User | None, at: dt.datetime, expected_version: int | None = None, language: str = ""
) -> Meeting:
    """Draw up the minutes of a closed meeting. They may be drawn up again until somebody else approves them."""
    with transaction.atomic():
        require(by, "applications.run_meeting", meeting)
        snapshot = freeze_minutes(meeting) | {"language": language or (get_language() or "en")[:2]}
        paper = store_pdf(
            meeting,
            render(minutes_document(snapshot)),
            snapshot=snapshot,
            kind=PaperKind.MINUTES,
            title=_("Minutes of %(ref)s") % {"ref": meeting.ref},
            policy="applications.view_meeting",
            by=by,
            at=at,
        )
        return perform(
            meeting,
            "draft_minutes",
            by=by,
            at=at,
            expected_version=expected_version,
            facts={"ref": meeting.ref, "paper": paper.pk, "sha256": paper.sha256},
            paper=paper,
            minutes_by=by,
            minutes_at=at,
        )
