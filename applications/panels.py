"""What this stage adds to pages of the ground floor: duties, the dossier's subject and panel, the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.access import OFFICER
from applications.models import (
    AgendaItem,
    Application,
    Call,
    Declaration,
    DueDiligence,
    Meeting,
    Moderation,
    Review,
    Vote,
)
from applications.queries import applications, committee
from applications.queries.reviews import findings_of
from applications.states import ApplicationState, ItemState, MeetingState, ReviewState
from fundmgmt.dossier import Panel, register_panel, register_subject
from fundmgmt.formats import words
from fundmgmt.inbox import Board, Item, register_board, register_inbox, register_standing
from fundmgmt.pages import Section, register_section
from fundmgmt.rules import rule, working_days_after

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterator

S = ApplicationState
TO_SCREEN = (S.SUBMITTED, S.ELIGIBILITY_CHECK)
MOST = 100  # duties of one kind shown to one person
MOST_CALLS = 5


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


def standing(user: Any, today: dt.date) -> Iterator[Item]:
    """Applications on their way: nothing is asked of the organisation. Agreed ones stand with their grant."""
    over = (S.DRAFT, S.RETURNED, S.WITHDRAWN)
    rows = Application.objects.filter(organisation_id__in=user.organisation_ids, agreed_at__isnull=True)
    for row in rows.exclude(state__in=over).select_related("call").order_by("-edited_at", "-id")[:MOST_CALLS]:
        yield Item(row.get_state_display(), str(row), row.get_absolute_url(), row.ref, row.call.title, tone="plain")


def open_calls(today: dt.date) -> Iterator[Item]:
    """Calls that take applications, the one that closes first on top."""
    for call in Call.objects.taking_applications(timezone.now()).order_by("closes_at", "id")[:MOST_CALLS]:
        until = timezone.localdate(call.closes_at)
        yield Item(_("Read the call"), call.title, call.get_absolute_url(), call.ref, call.summary, until)


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
register_standing("applications", standing)
register_board(
    Board(
        "calls",
        10,
        _("Calls for proposals"),
        _("When the fund opens a call, it stands here with its last day. Come back in a few weeks."),
        open_calls,
    )
)
register_subject(subject_of)
register_panel(Panel("application", 10, _("Application"), "applications/panel.html", application_panel))
register_section(Section(10, "calls", _("Calls"), "applications:calls", "applications.browse_calls"))
register_section(Section(20, "projects", _("My projects"), "applications:mine", "applications.has_projects"))
register_section(Section(30, "applications", _("Applications"), "applications:list", "applications.list_applications"))


# Review, due diligence, Committee -----------------------------------------------------------------


def review_duties(user: Any, today: dt.date) -> Iterator[Item]:
    """Reviews that wait for a reviewer."""
    if "reviewer" not in user.role_codes:
        return
    states = (ReviewState.INVITED, ReviewState.ACCEPTED, ReviewState.REOPENED)
    rows = Review.objects.filter(reviewer=user, state__in=states).select_related("application__organisation")
    for row in rows.order_by("id")[:MOST]:
        what = _("Say whether you can review") if row.state == ReviewState.INVITED else _("Score this proposal")
        late = row.due_date is not None and row.due_date < today
        yield Item(
            what,
            str(row.application),
            row.get_absolute_url(),
            row.application.ref,
            row.application.organisation.name,
            row.due_date,
            "no" if late else "wait",
        )


def panel_duties(user: Any, today: dt.date) -> Iterator[Item]:
    """Proposals in review or due diligence that wait for an officer."""
    if not OFFICER(user, None):
        return
    needed = rule("reviewers_needed", today).value
    rows = (
        Application.objects.visible_to(user)
        .filter(state__in=(S.IN_REVIEW, S.MODERATION, S.DUE_DILIGENCE))
        .exclude(organisation_id__in=user.organisation_ids)
        .exclude(reviews__reviewer=user)
        .annotate(
            counting=Count("reviews", filter=~Q(reviews__state=ReviewState.RECUSED), distinct=True),
            handed=Count("reviews", filter=Q(reviews__state=ReviewState.SUBMITTED), distinct=True),
        )
        .select_related("organisation", "due_diligence", "moderation")
        .order_by("id")
    )
    for row in rows[:MOST]:
        found = _panel_duty(row, needed, user)
        if found is not None:
            what, name = found
            url = reverse(f"applications:{name}", args=[row.ref])
            yield Item(what, str(row), url, row.ref, row.organisation.name)


def _panel_duty(row: Any, needed: int, user: Any) -> tuple[object, str] | None:
    if row.state == S.DUE_DILIGENCE:
        finished = getattr(row, "due_diligence", None)
        scored = getattr(row, "moderation", None)
        if finished is None or scored is None or finished.finished_at < scored.moderated_at:
            return _("Do the due diligence"), "diligence"
        return None if finished.finished_by_id == user.pk else (_("Approve this micro grant, or not"), "detail")
    if row.counting < needed:
        return _("Invite reviewers"), "panel"
    if row.handed == row.counting:
        return (_("Moderate the scores") if row.state == S.MODERATION else _("Fix the result of the reviews")), "panel"
    return None


def committee_duties(user: Any, today: dt.date) -> Iterator[Item]:
    """Items on which a member's seat has not spoken; meetings that wait for an officer; minutes to approve."""
    if user.seat is not None:
        yield from _to_vote(user)
    if OFFICER(user, None):
        yield from _to_run(user)
        yield from _to_table(user)


def _to_vote(user: Any) -> Iterator[Item]:
    spoken = Declaration.objects.filter(item=OuterRef("pk"), user=user.pk)
    voted = Vote.objects.filter(item=OuterRef("pk"), seat=user.seat.seat_id)
    rows = committee.waiting_items(user).annotate(declared=Exists(spoken), voted=Exists(voted))
    for row in rows[:MOST]:
        days = {"due": row.meeting.answers_until_date, "day": row.meeting.held_date}
        if not row.declared:
            yield Item(_("Declare a link, or none"), row.title, row.get_absolute_url(), row.ref, **days)
        elif user.seat.votes and not row.voted and row.meeting.state == MeetingState.OPEN:
            yield Item(_("Vote"), row.title, row.get_absolute_url(), row.ref, **days)


def _to_run(user: Any) -> Iterator[Item]:
    what = {
        MeetingState.DRAFT: _("Call the meeting"),
        MeetingState.CALLED: _("Open the meeting on its day"),
        MeetingState.OPEN: _("Record the decisions and close the meeting"),
        MeetingState.CLOSED: _("Draw up the minutes"),
    }
    rows = Meeting.objects.visible_to(user).filter(state__in=list(what))
    for row in rows.order_by("held_date", "id")[:MOST]:
        verb: object = what[MeetingState(row.state)]
        if row.minutes_paper_id is not None:
            if row.minutes_by_id == user.pk:
                continue
            verb = _("Approve the minutes")
        yield Item(verb, str(row.get_mode_display()), row.get_absolute_url(), row.ref, day=row.held_date)


def _to_table(user: Any) -> Iterator[Item]:
    rows = Application.objects.visible_to(user).filter(state=S.IN_COMMITTEE).select_related("organisation")
    tabled = AgendaItem.objects.filter(application=OuterRef("pk"), state=ItemState.PROPOSED)
    for row in rows.filter(~Exists(tabled)).exclude(organisation_id__in=user.organisation_ids).order_by("id")[:MOST]:
        url = reverse("applications:meetings")
        yield Item(_("Put it on an agenda"), str(row), url, row.ref, row.organisation.name)


def scores_panel(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """The result of the reviews, once it is fixed; for those the policy lets read it."""
    row = Moderation.objects.visible_to(user).filter(application__thread=thread).first()
    if row is None:
        return None
    findings = [{"label": finding.sentence, "met": finding.met} for finding in findings_of(row.findings)]
    return {"moderation": row, "findings": findings}


def diligence_panel(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """Overall risk and last valid days, for those who work for the fund."""
    row = DueDiligence.objects.visible_to(user).filter(application__thread=thread).first()
    return None if row is None else {"diligence": row}


def decision_panel(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """Decisions of the Committee on this project, for those who may read its items."""
    rows = AgendaItem.objects.visible_to(user).filter(thread=thread).exclude(state=ItemState.PROPOSED)
    items = list(
        rows.select_related("meeting", "application").prefetch_related("conditions").order_by("decided_at", "pk")
    )
    return {"items": items, "why": committee.WHY} if items else None


register_inbox("applications.reviews", review_duties)
register_inbox("applications.panel", panel_duties)
register_inbox("applications.committee", committee_duties)
register_panel(Panel("scores", 20, _("The reviews"), "applications/panels/scores.html", scores_panel))
register_panel(Panel("diligence", 25, _("Due diligence"), "applications/panels/diligence.html", diligence_panel))
register_panel(Panel("decisions", 30, _("Decisions"), "applications/panels/decisions.html", decision_panel))
register_section(Section(35, "reviews", _("My reviews"), "applications:reviews", "applications.list_reviews"))
register_section(Section(40, "committee", _("Committee"), "applications:meetings", "applications.list_meetings"))
