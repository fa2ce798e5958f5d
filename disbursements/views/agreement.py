"""The agreement as everybody reads it: frozen text, signatures, the sealed record, and whether all is as it was."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from disbursements.models import Grant
from disbursements.pdf import agreement_from, agreement_page
from disbursements.queries.grants import grant_for_detail
from fundmgmt.pages import ObjectPage


def paper_link(paper: Any) -> list[dict[str, Any]]:
    """A paper for ui_files."""
    if paper is None:
        return []
    return [
        {
            "url": reverse("fundmgmt:paper", args=[paper.uid]),
            "title": paper.title,
            "kind": paper.get_kind_display(),
            "size": paper.size,
            "at": paper.added_at,
        }
    ]


def agreement_text(grant: Grant) -> dict[str, Any] | None:
    """The frozen agreement as a page, in its own language; None when none is prepared."""
    paper = grant.agreement_paper
    if paper is None or not paper.snapshot:
        return None
    frozen = agreement_from(paper.snapshot)
    return {
        "language": frozen.language,
        "heading": frozen.words["title"],
        "blocks": agreement_page(frozen),
        "wording": frozen.wording,
        "sha256": paper.sha256,
    }


class AgreementPage(ObjectPage):
    """The agreement as a page: the same text as the paper, readable aloud."""

    model = Grant
    policy = "disbursements.view_grant"
    section = "grants"
    title = _("Grant agreement")
    template_name = "disbursements/agreement.html"

    def get_queryset(self) -> QuerySet[Grant]:
        """With its paper."""
        return grant_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Text and paper."""
        grant = self.object
        return super().get_context(text=agreement_text(grant), files=paper_link(grant.agreement_paper), **extra)
