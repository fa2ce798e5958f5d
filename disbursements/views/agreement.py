"""The agreement as everybody reads it: frozen text, signatures, the sealed record, and whether all is as it was."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from disbursements.models import Grant, PaperSignature
from disbursements.pdf import agreement_from, agreement_page
from disbursements.queries.grants import grant_for_detail
from disbursements.queries.sealing import verify_record
from disbursements.queries.signing import hand_of
from fundmgmt.access import can
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


def hand_facts(hand: PaperSignature) -> list[tuple[object, object]]:
    """What an officer recorded of a signature by hand."""
    facts = [
        (_("Signed"), hand.get_how_display()),
        (_("Who signed"), hand.signatory),
        (_("Day of the signature"), hand.signed_date),
        (_("Place"), hand.place),
    ]
    if hand.witness_name:
        facts += [
            (_("Read aloud in"), hand.get_language_display()),
            (_("Witness"), f"{hand.witness_name} ({hand.get_witness_role_display()})"),
        ]
    return [*facts, (_("Recorded by"), hand.recorded_by.name)]


class AgreementPage(ObjectPage):
    """The agreement as a page: the same text as the paper, readable aloud."""

    model = Grant
    policy = "disbursements.view_grant"
    section = "grants"
    title = _("Grant agreement")
    template_name = "disbursements/agreement.html"

    def get_queryset(self) -> QuerySet[Grant]:
        """With its papers."""
        return grant_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Text, papers, and how it was signed."""
        grant = self.object
        hand = hand_of(grant)
        files = [*paper_link(grant.agreement_paper), *paper_link(grant.certificate_paper)]
        if hand is not None and can(self.request.user, "disbursements.view_signed_copy", grant):
            files += paper_link(hand.copy)
        return super().get_context(
            text=agreement_text(grant), files=files, hand=hand_facts(hand) if hand else [], **extra
        )


class VerifyAgreement(ObjectPage):
    """Whether the papers, the signatures and the journal are still as they were."""

    model = Grant
    policy = "disbursements.view_grant"
    section = "grants"
    title = _("Is the agreement still the same?")
    template_name = "disbursements/agreement_check.html"

    def get_queryset(self) -> QuerySet[Grant]:
        """With its papers."""
        return grant_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Everything looked at anew."""
        found = verify_record(self.object)
        return super().get_context(found=found, whole=all(one.met for one in found), **extra)
