"""What a member reads before voting: the project in short, the result of the reviews, due diligence, papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from applications.models import DueDiligence, Moderation
from applications.queries.reviews import findings_of
from applications.states import PERSONAL_FILES
from fundmgmt.formats.words import says
from fundmgmt.money import Money

if TYPE_CHECKING:
    from applications.models import AgendaItem, Application


def papers_of(application: Application) -> list[dict[str, Any]]:
    """Files of a project without the sensitive annexes, each by the door that asks its own policy."""
    rows = application.files.filter(removed_at__isnull=True).exclude(role__in=PERSONAL_FILES).select_related("paper")
    return [
        {
            "url": reverse("fundmgmt:paper", args=[row.paper.uid]),
            "title": says(row.get_role_display(), row.paper.title),
            "size": row.paper.size,
            "at": row.paper.added_at,
        }
        for row in rows
    ]


def packet_of(item: AgendaItem, user: Any) -> dict[str, Any] | None:
    """The packet of an item, or None for a change of rules. Ask applications.read_item_papers first."""
    application = item.application
    if application is None:
        return None
    scored = Moderation.objects.filter(application=application).first()
    return {
        "application": application,
        "requested": Money(application.requested_minor, application.currency),
        "scored": scored,
        "findings": [{"label": f.sentence, "met": f.met} for f in findings_of(scored.findings)] if scored else [],
        "diligence": DueDiligence.objects.filter(application=application).first(),
        "papers": papers_of(application),
    }
