"""Starting a proposal from a published practice. Upstream knows nothing of it: the link is kept here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from applications.actions.intake import start_application
from evaluation.models import CaseRecord, Replication
from evaluation.queries.library import public_practice
from fundmgmt.access import require
from fundmgmt.workflow import StepRefused, perform

if TYPE_CHECKING:
    import datetime as dt

    from applications.models import Application, Call
    from fundmgmt.models import Organisation, User


def start_from_practice(
    record: CaseRecord, *, by: User, at: dt.datetime, call: Call, organisation: Organisation
) -> Application:
    """Begin an application titled after the practice and remember where it came from; it counts once funded."""
    require(by, "evaluation.replicate", record)
    practice = public_practice(record)
    if practice is None:
        raise StepRefused(_("This practice is not in the library any more."))
    with transaction.atomic():
        application = start_application(call, organisation, by=by, at=at, title=practice.title)
        Replication.objects.create(case_record=record, thread=application.thread, by=by, at=at)
        perform(record, "replicate", by=by, at=at, facts={"copy": application.ref})
    return application
