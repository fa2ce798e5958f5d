"""Minutes as frozen data: everything they say, by seat, never by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from applications.queries import committee as read

if TYPE_CHECKING:
    from applications.models import AgendaItem, Meeting


def freeze_minutes(meeting: Meeting) -> dict[str, Any]:
    """The snapshot that the paper is rendered from: codes, figures, dates and the words of the decisions."""
    there = meeting.attendances.select_related("seat").order_by("seat__code")
    items = meeting.items.select_related("meeting", "application__organisation").prefetch_related(
        "declarations__seat", "votes__seat", "conditions"
    )
    return {
        "ref": meeting.ref,
        "mode": meeting.mode,
        "held": meeting.held_date.isoformat(),
        "opened": meeting.opened_at.isoformat() if meeting.opened_at else "",
        "closed": meeting.closed_at.isoformat() if meeting.closed_at else "",
        "present": [row.seat.code for row in there if row.seat.votes],
        "observers": [row.seat.code for row in there if not row.seat.votes],
        "items": [_item(item) for item in items],
        "information": [
            {
                "ref": row.ref,
                "title": str(row),
                "organisation": row.organisation.name,
                "amount_minor": row.awarded_minor,
                "currency": row.currency,
            }
            for row in read.for_information(meeting)
        ],
    }


def _item(item: AgendaItem) -> dict[str, Any]:
    counted = ("eligible", "needed", "present", "in_favour", "against", "abstain", "recused", "why")
    return {
        "ref": item.ref,
        "title": item.title,
        "project": item.application.ref if item.application else "",
        "organisation": item.application.organisation.name if item.application else "",
        "decision_type": item.decision_type,
        "state": item.state,
        "result": item.result,
        "amount_minor": item.amount_minor,
        "currency": item.currency,
        "departs_because": item.departs_because,
        "recused": sorted(row.seat.code for row in item.declarations.all() if row.conflict),
        "conditions": [
            {"text": row.text, "owner": row.owner, "due": row.due_date.isoformat() if row.due_date else ""}
            for row in item.conditions.all()
        ],
        **{f"count_{key}": item.counts.get(key) for key in counted},
    }
