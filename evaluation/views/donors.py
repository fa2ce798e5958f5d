"""Statements for donors: from receipt to evidence, on screen and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from disbursements.models import Donor
from disbursements.queries.donors import donors_with_statement
from evaluation.pdf import render_statement
from evaluation.queries.statements import statement_of
from fundmgmt.pages import Column, DetailPage, ListPage

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class StatementList(ListPage):
    """Donors whose statement this reader may see."""

    policy = "disbursements.list_statements"
    section = "donor_statements"
    title = _("Statements for donors")
    intro = _("What each donor gave, which grants it paid, and what came of them.")
    order = ("ref",)
    csv_name = "statements"
    empty_title = _("No statement for you yet")
    empty_text = _("When the fund names you as a reader for a donor, its statement stands here.")
    columns = (
        Column("ref", _("Reference"), lambda d: d.ref),
        Column("name", _("Name"), lambda d: d.name),
        Column("kind", _("Kind"), lambda d: str(d.get_kind_display())),
    )

    def get_queryset(self) -> QuerySet[Donor]:
        """All for the fund's money people, a donor's own for its readers."""
        return donors_with_statement(self.request.user)

    def cells(self, rows: Any) -> list[dict[str, Any]]:
        """Each row leads to its statement."""
        found = super().cells(rows)
        for row in found:
            row["url"] = reverse("evaluation:statement", args=[row["object"].ref])
        return found


class StatementPage(DetailPage):
    """One donor's statement."""

    model = Donor
    policy = "disbursements.read_statement"
    section = "donor_statements"
    template_name = "evaluation/officer/statement.html"

    def get_queryset(self) -> QuerySet[Donor]:
        """Those whose statement this person may read."""
        return donors_with_statement(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The whole statement."""
        return super().get_context(statement=statement_of(self.object), **extra)


class StatementPaper(StatementPage):
    """The same as PDF."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Drawn anew each time, in the reader's language: what is paid and reported moves on."""
        content = render_statement(statement_of(self.object), on=self.today, language=(get_language() or "fr")[:2])
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{self.object.ref}-{self.today}.pdf"'
        response["X-Content-Type-Options"] = "nosniff"
        return response
