"""What this stage adds to pages of the ground floor: duties, the dossier's subject and panel, the menu."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.access import OFFICER
from applications.models import (
    TITLES,
    AgendaItem,
    Appeal,
    Application,
    Call,
    Declaration,
    DueDiligence,
    Meeting,
    Moderation,
    Review,
    Submission,
    Vote,
)
from applications.queries import appeals, applications, committee
from applications.queries.reviews import findings_of
from applications.states import ApplicationState, CallState, ItemState, MeetingState, ReviewState
from fundmgmt.dossier import Panel, register_panel, register_subject
from fundmgmt.formats import words
from fundmgmt.inbox import READ, Board, Item, first, register_board, register_inbox, register_standing
from fundmgmt.pages import Section, register_section
from fundmgmt.rules import rule, working_days_after

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterator

    from applications.models import ApplicationQuerySet

S = ApplicationState
TO_SCREEN = (S.SUBMITTED, S.ELIGIBILITY_CHECK)
MOST_CALLS = 5


def duties(user: Any, today: dt.date) -> Iterator[Item]:
    """What waits for an officer or for somebody who writes for an organisation."""
    if OFFICER(user, None):
        yield from _to_screen(user, today)
    writes = [pk for pk, role in user.memberships_today.items() if role in {"owner", "editor"}]
    if writes:
        yield from _to_write(writes)


def _to_screen(user: Any, today: dt.date) -> Iterator[Item]:
    handed_in = Submission.objects.filter(application=OuterRef("pk")).order_by("-submitted_at")
    rows = (
        _open_to(user, "submitted_at")
        .annotate(handed_in=Subquery(handed_in.values("submitted_at")[:1]))
        .order_by("submitted_at", "id")
    )
    days = rule("screening_working_days", today).value
    for row in chain.from_iterable(rows.filter(state=state)[:READ] for state in TO_SCREEN):
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
            queue="screening",
        )


def _open_to(user: Any, *more: str) -> ApplicationQuerySet:
    """Applications about which this officer may act, none of their own organisations'; of each what an item says."""
    rows = Application.objects.visible_to(user).exclude(organisation_id__in=user.organisation_ids)
    return rows.select_related("organisation").only("ref", "state", *TITLES, "organisation__name", *more)


def _to_write(organisations: list[int]) -> Iterator[Item]:
    mine = Application.objects.filter(organisation_id__in=organisations)
    rows = mine.filter(Q(state=S.RETURNED) | Q(state=S.DRAFT, call__state=CallState.OPEN))
    for row in rows.select_related("call").order_by("-state", "-edited_at", "-id")[:READ]:
        if row.state == S.RETURNED:
            yield Item(
                _("Answer what the fund asks about"),
                str(row),
                row.get_absolute_url(),
                row.ref,
                _("Some parts were sent back."),
                row.answer_by_date,
                "no",
                queue="writing",
            )
        else:
            yield Item(
                _("Finish and submit your application"),
                str(row),
                row.get_absolute_url(),
                row.ref,
                row.call.title,
                words.day_of(row.call.closes_at),
                queue="writing",
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
    for row in rows.order_by(F("due_date").asc(nulls_last=True), "id")[:READ]:
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
            queue="reviewing",
        )


def panel_duties(user: Any, today: dt.date) -> Iterator[Item]:
    """Proposals in review or due diligence that wait for an officer."""
    if not OFFICER(user, None):
        return
    needed = rule("reviewers_needed", today).value
    reviews = Review.objects.filter(application=OuterRef("pk")).exclude(state=ReviewState.RECUSED)
    rows = (
        _open_to(user, "due_diligence__finished_at", "moderation__moderated_at")
        .filter(~Exists(Review.objects.filter(application=OuterRef("pk"), reviewer=user.pk)))
        .select_related("due_diligence", "moderation")
        .order_by("id")
    )
    scored = rows.annotate(short=~Exists(reviews[needed - 1 : needed])).filter(
        Q(short=True) | ~Exists(reviews.exclude(state=ReviewState.SUBMITTED))
    )
    since = Q(application=OuterRef("pk"), finished_at__gte=F("application__moderation__moderated_at"))
    done = DueDiligence.objects.filter(since, finished_by=user.pk)
    for state in (S.IN_REVIEW, S.MODERATION):
        for row in scored.filter(state=state)[:READ]:
            yield _duty(row, _scoring(row), "panel")
    for row in rows.filter(~Exists(done), state=S.DUE_DILIGENCE)[:READ]:
        yield _duty(row, *_checking(row))


def _duty(row: Application, what: object, page: str) -> Item:
    url = reverse(f"applications:{page}", args=[row.ref])
    return Item(what, str(row), url, row.ref, row.organisation.name, queue=row.state)


def _scoring(row: Any) -> object:
    if row.short:
        return _("Invite reviewers")
    return _("Moderate the scores") if row.state == S.MODERATION else _("Fix the result of the reviews")


def _checking(row: Any) -> tuple[object, str]:
    finished = getattr(row, "due_diligence", None)
    scored = getattr(row, "moderation", None)
    if finished is None or scored is None or finished.finished_at < scored.moderated_at:
        return _("Do the due diligence"), "diligence"
    return _("Approve this micro grant, or not"), "detail"


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
    now, next_ = (committee.waiting_items(user, state) for state in (MeetingState.OPEN, MeetingState.CALLED))
    declare = _("Declare a link, or none")
    silent = [(declare, now.filter(~Exists(spoken))), (declare, next_.filter(~Exists(spoken)))]
    if user.seat.votes:
        silent.append((_("Vote"), now.filter(Exists(spoken), ~Exists(voted))))
    for what, rows in silent:
        for row in first(rows):
            days = {"due": row.meeting.answers_until_date, "day": row.meeting.held_date}
            yield Item(what, row.title, row.get_absolute_url(), row.ref, **days)


def _to_run(user: Any) -> Iterator[Item]:
    what = {
        MeetingState.DRAFT: _("Call the meeting"),
        MeetingState.CALLED: _("Open the meeting on its day"),
        MeetingState.OPEN: _("Record the decisions and close the meeting"),
        MeetingState.CLOSED: _("Draw up the minutes"),
    }
    others = Meeting.objects.visible_to(user).exclude(minutes_paper__isnull=False, minutes_by=user.pk)
    for row in others.filter(state__in=what).order_by("held_date", "id")[:READ]:
        verb: object = _("Approve the minutes") if row.minutes_paper_id else what[MeetingState(row.state)]
        about = str(row.get_mode_display())
        yield Item(verb, about, row.get_absolute_url(), row.ref, day=row.held_date, queue="meetings")


def _to_table(user: Any) -> Iterator[Item]:
    tabled = AgendaItem.objects.filter(application=OuterRef("pk"), state=ItemState.PROPOSED)
    waiting = Application.objects.filter(~Exists(tabled), state=S.IN_COMMITTEE)  # asked first: it leaves few
    rows = waiting.visible_to(user).exclude(organisation_id__in=user.organisation_ids).select_related("organisation")
    for row in first(rows.order_by("submitted_at", "id")):
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


def appeal_duties(user: Any, today: dt.date) -> Iterator[Item]:
    """Appeals on which this person may give an opinion."""
    for row in appeals.waiting_for(user).select_related("application__organisation").order_by("lodged_at", "id")[:READ]:
        organisation = row.application.organisation.name
        yield Item(_("Give your opinion on the appeal"), str(row), row.get_absolute_url(), row.ref, organisation)


def appeals_panel(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """Appeals of this project, for those who may read them."""
    rows = list(Appeal.objects.visible_to(user).filter(thread=thread))
    return {"appeals": rows} if rows else None


register_inbox("applications.appeals", appeal_duties)
register_inbox("applications.reviews", review_duties)
register_inbox("applications.panel", panel_duties)
register_inbox("applications.committee", committee_duties)
register_panel(Panel("scores", 20, _("The reviews"), "applications/panels/scores.html", scores_panel))
register_panel(Panel("diligence", 25, _("Due diligence"), "applications/panels/diligence.html", diligence_panel))
register_panel(Panel("appeals", 28, _("Appeals"), "applications/appeal_list.html", appeals_panel))
register_panel(Panel("decisions", 30, _("Decisions"), "applications/panels/decisions.html", decision_panel))
register_section(Section(35, "reviews", _("My reviews"), "applications:reviews", "applications.list_reviews"))
register_section(Section(40, "committee", _("Committee"), "applications:meetings", "applications.list_meetings"))
