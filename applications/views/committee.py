"""Meetings: the list, one meeting (its run page for officers), one screen for each agenda item."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.actions import committee, minutes
from applications.forms.committee import (
    AttendForm,
    CommentForm,
    ConditionForm,
    DecideForm,
    DeclareForm,
    DeferForm,
    ItemForm,
    MeetingForm,
    MoveForm,
    VoteForm,
    WithdrawConditionForm,
)
from applications.models import AgendaItem, Meeting
from applications.queries import committee as read
from applications.queries import packet
from applications.states import ItemState, MeetingState
from fundmgmt.access import can
from fundmgmt.forms import StepForm
from fundmgmt.pages import Column, DetailPage, EditPage, ListPage, NewPage, StepPage, StepSpec


class Meetings(ListPage):
    """All meetings a reader may know of."""

    policy = "applications.list_meetings"
    template_name = "applications/meetings.html"
    title = _("Steering Committee")
    section = "committee"
    intro = _("Meetings and written procedures, the latest first.")
    empty_title = _("No meeting yet")
    empty_text = _("When a meeting is called, its agenda and papers stand here.")
    order = ("-held_date", "-id")
    csv_name = "meetings"
    columns = (
        Column("ref", _("Meeting"), lambda row: row.ref, link=True),
        Column("date", _("Day"), lambda row: row.held_date),
        Column("mode", _("How"), lambda row: row.get_mode_display()),
        Column("state", _("State"), lambda row: row.get_state_display()),
    )

    def get_queryset(self) -> Any:
        """Visible ones."""
        return Meeting.objects.visible_to(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Officers may prepare one."""
        return super().get_context(may_prepare=bool(can(self.request.user, "applications.begin_meeting")), **extra)


class NewMeeting(NewPage):
    """Prepare a meeting."""

    policy = "applications.begin_meeting"
    section = "committee"
    form_class = MeetingForm
    title = _("Prepare a meeting")
    submit_label = _("Prepare the meeting")
    done = _("Prepared. Put items on the agenda, then call it.")

    def get_title(self) -> object:
        """As it says."""
        return self.title

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the list."""
        return super().get_context(**extra | {"back": reverse("applications:meetings")})

    def save(self, form: Any) -> Meeting:
        """Prepare."""
        return committee.prepare_meeting(by=self.request.user, at=self.now, **form.values())


class MeetingDetail(DetailPage):
    """The agenda, who is there, what is listed for information, and what to do now."""

    policy = "applications.view_meeting"
    model = Meeting
    template_name = "applications/meeting_detail.html"
    section = "committee"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Items the reader may open carry a link; one with a declared link is named as closed."""
        meeting, user = self.object, self.request.user
        seen = set(AgendaItem.objects.visible_to(user).filter(meeting=meeting).values_list("pk", flat=True))
        items = list(meeting.items.select_related("application__organisation", "meeting"))
        there = {row.seat_id: row for row in meeting.attendances.select_related("seat")}
        seats = read.seats_on(meeting.held_date)
        voting = [seat for seat in seats if seat.votes]
        book, _values = read.committee_rules(self.today)
        present = sum(seat.pk in there for seat in voting)
        needed = read.law.votes_needed(len(voting), book)
        return super().get_context(
            items=[{"item": item, "open": item.pk in seen} for item in items],
            seats=[(seat, there.get(seat.pk)) for seat in seats],
            quorum=[
                {
                    "label": _(
                        "Quorum of the meeting: %(present)s of %(all)s voting seats are here; %(needed)s are needed."
                    )
                    % {"present": present, "all": len(voting), "needed": needed},
                    "met": present >= needed,
                }
            ]
            if meeting.state == MeetingState.OPEN and not meeting.written
            else [],
            following=next((one for one in items if one.pk in seen and one.state == ItemState.PROPOSED), None),
            information=read.for_information(meeting),
            may_add=meeting.state in {MeetingState.DRAFT, MeetingState.CALLED, MeetingState.OPEN}
            and bool(can(user, "applications.run_meeting", meeting)),
            may_read_minutes=meeting.minutes_paper_id is not None,
            **extra,
        )


class MeetingStep(StepPage):
    """Call, open, attend, close, minutes."""

    policy = "applications.view_meeting"
    model = Meeting
    section = "committee"
    steps = {
        "call": StepSpec(StepForm, committee.call_meeting),
        "move_day": StepSpec(MoveForm, committee.move_meeting),
        "open": StepSpec(StepForm, committee.open_meeting),
        "attend": StepSpec(AttendForm, committee.attend_meeting, done=_("You count as present.")),
        "close": StepSpec(StepForm, committee.close_meeting),
        "draft_minutes": StepSpec(StepForm, minutes.draft_minutes),
        "approve_minutes": StepSpec(StepForm, committee.approve_minutes),
    }

    def save(self, form: Any) -> Any:
        """Members come at once and never clash; the other steps are held to the version that was seen."""
        if self.kwargs["step"] == "attend":
            return committee.attend_meeting(self.object, by=self.request.user, at=self.now, **form.values())
        return super().save(form)


class NewItem(EditPage):
    """Put an item on the agenda."""

    policy = "applications.run_meeting"
    model = Meeting
    section = "committee"
    form_class = ItemForm
    title = _("Put an item on the agenda")
    submit_label = _("Put it on the agenda")
    done = _("It stands on the agenda.")

    def get_initial(self) -> dict[str, Any]:
        """A project chosen on its own page."""
        return {"application": self.request.GET.get("application")}

    def save(self, form: Any) -> AgendaItem:
        """Put it on."""
        return committee.put_on_agenda(self.object, by=self.request.user, at=self.now, **form.values())


class ItemPage:
    """Items by number among those the person may see."""

    model = AgendaItem
    lookup = "pk"
    section = "committee"

    def get_queryset(self) -> Any:
        """With meeting and project."""
        rows = AgendaItem.objects.visible_to(self.request.user)  # type: ignore[attr-defined]
        return rows.select_related("meeting", "application__organisation", "application__call")


class ItemDetail(ItemPage, DetailPage):
    """One screen: what is asked, the papers, declare, vote or comment, and what the rule says."""

    policy = "applications.view_agendaitem"
    template_name = "applications/item_detail.html"

    def get_title(self) -> object:
        """What it is about."""
        return self.object.title

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Papers and votes only for those who declared nothing that bars."""
        item, user = self.object, self.request.user
        may_read = bool(can(user, "applications.read_item_papers", item))
        seat = user.seat
        declaration = item.declarations.filter(user=user).first()
        outcome, values = read.outcome_of(item, self.now)
        counts = item.counts if item.state != ItemState.PROPOSED else read.counts_of(outcome, values, 0)
        context = super().get_context(
            may_read=may_read,
            packet=packet.packet_of(item, user) if may_read else None,
            seat=seat,
            declaration=declaration,
            my_vote=item.votes.filter(seat_id=seat.seat_id).first() if seat else None,
            lines=read.seat_lines(item, self.now) if may_read else [],
            counts=counts,
            why=read.WHY.get(counts.get("why", ""), ""),
            early=seat is None and (item.meeting.state != MeetingState.OPEN or counts.get("why", "") in read.EARLY),
            rules=list(values.values()),
            comments=item.comments.select_related("seat") if may_read else [],
            conditions=item.conditions.all(),
            **extra,
        )
        order = self.shown_steps()
        context["steps"] = sorted(context["steps"], key=lambda step: order.index(step.name))
        return context

    def shown_steps(self) -> tuple[str, ...]:
        """Only what this person's part in the item is."""
        user, item = self.request.user, self.object
        names = []
        if user.seat is not None:
            declared = item.declarations.filter(user=user).exists()
            votes = ["vote"] if user.seat.votes else []
            names += [*votes, "comment"] if declared else ["declare", *votes, "comment"]
            names += ["ask_for_meeting"] if item.meeting.written and user.seat.votes else []
        if can(user, "applications.prepare_item", item):
            names += ["decide", "defer", "add_condition"]
            names += ["withdraw_condition"] if item.conditions.exists() else []
        return tuple(names) or ("none",)


VERSIONED = {"decide", "defer"}  # the others never clash: each seat writes its own row


class ItemStep(ItemPage, StepPage):
    """Declare, vote, comment, ask for a meeting; conditions, the decision, putting off."""

    policy = "applications.view_agendaitem"
    steps = {
        "declare": StepSpec(DeclareForm, committee.declare_interest, done=_("Your word about links is recorded.")),
        "vote": StepSpec(VoteForm, committee.cast_vote, done=_("Your vote is recorded.")),
        "comment": StepSpec(CommentForm, committee.comment_item),
        "ask_for_meeting": StepSpec(StepForm, committee.ask_for_meeting),
        "add_condition": StepSpec(ConditionForm, committee.add_condition),
        "withdraw_condition": StepSpec(WithdrawConditionForm, committee.withdraw_condition),
        "decide": StepSpec(DecideForm, committee.decide_item, template="applications/item_decide.html"),
        "defer": StepSpec(DeferForm, committee.defer_item),
    }

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Before a decision: what the rule says now."""
        if self.kwargs["step"] == "decide":
            outcome, values = read.outcome_of(self.object, self.now)
            extra |= {"counts": read.counts_of(outcome, values, 0), "why": read.WHY[outcome.why]}
            extra["rules"] = list(values.values())
        return super().get_context(**extra)

    def save(self, form: Any) -> Any:
        """The action; only decisions are held to the version that was seen."""
        if self.kwargs["step"] in VERSIONED:
            return super().save(form)
        self.spec.action(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object

    def success_url(self, result: Any) -> str:
        """Somebody who declared a link cannot see the item any more: back to the meeting."""
        if not AgendaItem.objects.visible_to(self.request.user).filter(pk=self.object.pk).exists():
            return str(self.object.meeting.get_absolute_url())
        return str(self.object.get_absolute_url())
