"""What this stage adds to pages of the ground floor: duties, the dossier's subject and panel, the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.access import OFFICER
from applications.models import Application
from applications.queries import applications
from applications.states import ApplicationState
from fundmgmt.dossier import Panel, register_panel, register_subject
from fundmgmt.formats import words
from fundmgmt.inbox import Item, register_inbox
from fundmgmt.pages import Section, register_section
from fundmgmt.rules import rule, working_days_after

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterator

S = ApplicationState
TO_SCREEN = (S.SUBMITTED, S.ELIGIBILITY_CHECK)
MOST = 100  # duties of one kind shown to one person


def duties(user: Any, today: dt.date) -> Iterator[Item]:
    """What waits for an officer or for somebody who writes for an organisation."""
    if OFFICER(user, None):
        yield from _to_screen(user, today)
    writes = [pk for pk, role in user.memberships_today.items() if role in {"owner", "editor"}]
    if writes:
        yield from _to_write(writes)


def _to_screen(user: Any, today: dt.date) -> Iterator[Item]:
    rows = (
        Application.objects.visible_to(user)
        .filter(state__in=TO_SCREEN)
        .exclude(organisation_id__in=user.organisation_ids)
        .annotate(handed_in=Max("submission_rows__submitted_at"))
        .select_related("organisation")
        .order_by("submitted_at", "id")
    )
    days = rule("screening_working_days", today).value
    for row in rows[:MOST]:
        due = working_days_after(words.day_of(row.handed_in or row.submitted_at), days)
        begun = row.state == S.ELIGIBILITY_CHECK
        yield Item(
            _("Finish the eligibility check") if begun else _("Begin the eligibility check"),
            str(row),
            reverse("applications:screening", args=[row.ref]) if begun else row.get_absolute_url(),
            row.ref,
            row.organisation.name,
            due,
            "no" if due < today else "wait",
        )


def _to_write(organisations: list[int]) -> Iterator[Item]:
    rows = Application.objects.filter(organisation_id__in=organisations, state__in=(S.DRAFT, S.RETURNED))
    for row in rows.select_related("call").order_by("-edited_at", "-id")[:MOST]:
        if row.state == S.RETURNED:
            yield Item(
                _("Answer what the fund asks about"),
                str(row),
                row.get_absolute_url(),
                row.ref,
                _("Some parts were sent back."),
                row.answer_by_date,
                "no",
            )
        elif row.call.state == "open":
            yield Item(
                _("Finish and submit your application"),
                str(row),
                row.get_absolute_url(),
                row.ref,
                row.call.title,
                words.day_of(row.call.closes_at),
            )


def subject_of(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """The application behind a thread, when this person may see it."""
    row = applications.for_page(user).filter(thread=thread).first()
    if row is None:
        return None
    return {"title": str(row), "ref": row.ref, "url": row.get_absolute_url(), "object": row}


def application_panel(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """Facts of the application for the dossier."""
    row = applications.for_page(user).filter(thread=thread).first()
    if row is None:
        return None
    place = ", ".join(part for part in (row.commune, row.territory, row.province) if part)
    return {
        "application": row,
        "facts": [
            (_("Organisation"), row.organisation.name),
            (_("Call"), row.call.title),
            (_("Place"), place),
            (_("Children in all"), row.children_total),
            (_("Amount asked for"), row.requested),
            (_("Amount awarded"), row.awarded),
            (_("Submitted"), row.submitted_at),
        ],
    }


register_inbox("applications.intake", duties)
register_subject(subject_of)
register_panel(Panel("application", 10, _("Application"), "applications/panel.html", application_panel))
register_section(Section(10, "calls", _("Calls"), "applications:calls", "applications.browse_calls"))
register_section(Section(20, "projects", _("My projects"), "applications:mine", "applications.has_projects"))
register_section(Section(30, "applications", _("Applications"), "applications:list", "applications.list_applications"))
