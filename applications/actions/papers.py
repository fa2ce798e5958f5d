"""Papers of this stage, written from frozen data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Submission
from applications.pdf import ApplicationPaper, application_document
from fundmgmt import pdf
from fundmgmt.actions.papers import store_pdf
from fundmgmt.states import PaperKind

if TYPE_CHECKING:
    from fundmgmt.models import Paper


def write_submission_paper(submission: Submission) -> Paper:
    """The PDF of a submission, written once; a second call gives the same paper back."""
    with transaction.atomic():
        fresh = (
            Submission.objects.select_for_update(of=("self",), no_key=True)
            .select_related("application")
            .get(pk=submission.pk)
        )
        if fresh.paper is not None:
            return fresh.paper
        document = application_document(ApplicationPaper(fresh.snapshot, fresh.snapshot["language"]))
        fresh.paper = store_pdf(
            fresh.application,
            pdf.render(document),
            snapshot=fresh.snapshot,
            kind=PaperKind.APPLICATION,
            title=f"{fresh.snapshot['ref']}-{fresh.no}.pdf",
            policy="applications.view_application",
            by=None,
            at=fresh.submitted_at,
        )
        fresh.save(update_fields=["paper"])
        return fresh.paper
