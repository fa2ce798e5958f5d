"""The Steering Committee: meetings, agenda items, declarations, votes, comments, conditions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from applications import access
from applications.models.review import ConflictOfInterest
from applications.states import (
    DecisionType,
    ItemResult,
    ItemState,
    MeetingMode,
    MeetingState,
    VoteChannel,
)
from fundmgmt.access import policies
from fundmgmt.formats import words
from fundmgmt.models import Paper, Seat, StepRefused, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField

RUN = policies()["applications.run_meeting"]


class MeetingQuerySet(WorkflowQuerySet):
    """Meetings."""

    def visible_to(self, user: Any) -> MeetingQuerySet:
        """Officers and auditors see all; members and observers from the day a meeting is called."""
        if not user.is_authenticated:
            return self.none()
        if user.role_codes & access.READS_CONFLICTS:
            return self
        return self.exclude(state=MeetingState.DRAFT) if user.seat is not None else self.none()


class Meeting(WorkflowModel):
    """One meeting of the Committee, or one written procedure. It has a thread of its own."""

    ref = models.CharField(max_length=16, unique=True)
    mode = models.CharField(_("how the Committee meets"), max_length=12, choices=MeetingMode)
    held_date = models.DateField(_("day of the meeting"))
    place = models.CharField(_("place or link"), max_length=200, blank=True)
    note = models.TextField(_("note for the members"), blank=True)
    answers_until_date = models.DateField(_("answers until"), null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    minutes_paper = models.ForeignKey(Paper, models.PROTECT, null=True, blank=True, related_name="+")
    minutes_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    minutes_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    state = WorkflowState(choices=MeetingState, default=MeetingState.DRAFT)

    private_fields = ("place", "note")
    main_path = tuple(MeetingState)
    state_tones = {"called": "wait", "closed": "plain"}
    objects = MeetingQuerySet.as_manager()

    class Meta:
        """Newest first."""

        ordering = ("-held_date", "-id")
        indexes = (
            models.Index(fields=("held_date", "id"), name="meeting_by_day"),
            models.Index(fields=("state", "held_date", "id"), name="meeting_queue"),
            models.Index(fields=("opened_at", "id"), name="meeting_opened"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=MeetingState.values), name="meeting_state"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("minutes_by")), name="minutes_four_eyes"
            ),
        )

    def __str__(self) -> str:
        """Reference."""
        return self.ref

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("applications:meeting", args=[self.ref])

    @property
    def written(self) -> bool:
        """Whether it is a written procedure."""
        return self.mode == MeetingMode.WRITTEN

    @transition(
        field=state,
        source=MeetingState.DRAFT,
        target=MeetingState.CALLED,
        permission=RUN,
        custom={
            "label": _("Call the meeting"),
            "style": "primary",
            "next": _("Members and observers see the agenda, declare links and read the papers."),
        },
    )
    def call(self, *, called_at: Any, answers_until_date: Any = None) -> None:
        """The agenda goes out."""
        self.called_at = called_at
        self.answers_until_date = answers_until_date

    @transition(
        field=state,
        source=(MeetingState.DRAFT, MeetingState.CALLED),
        target=None,
        permission=RUN,
        custom={"label": _("Move the meeting to another day"), "next": _("Members and observers see the new day.")},
    )
    def move_day(self, *, held_date: Any) -> None:
        """It is held on another day; an act."""
        if self.written:
            raise StepRefused(_("A written procedure has no day: its last day follows from the rule."))
        self.held_date = held_date

    @transition(
        field=state,
        source=MeetingState.CALLED,
        target=MeetingState.OPEN,
        permission=RUN,
        custom={"label": _("Open the meeting"), "style": "primary", "next": _("Members can vote from now on.")},
    )
    def open(self, *, opened_at: Any) -> None:
        """Votes are possible, on the day that members were called for or after it. A written procedure has no day."""
        if not self.written and timezone.localdate(opened_at) < self.held_date:
            raise StepRefused(
                _("The meeting is planned for %(day)s: open it then. If it is held earlier, move it first.")
                % {"day": words.day(self.held_date)}
            )
        self.opened_at = opened_at

    @transition(
        field=state,
        source=(MeetingState.CALLED, MeetingState.OPEN),
        target=None,
        permission=policies()["applications.attend_meeting"],
        custom={"label": _("Say that I am here")},
    )
    def attend(self) -> None:
        """A seat is present; an act."""

    @transition(
        field=state,
        source=MeetingState.OPEN,
        target=MeetingState.CLOSED,
        permission=RUN,
        custom={
            "label": _("Close the meeting"),
            "style": "plain",
            "next": _("The minutes are drawn up from what was recorded."),
        },
    )
    def close(self, *, closed_at: Any) -> None:
        """Every item is decided or deferred."""
        if self.items.filter(state=ItemState.PROPOSED).exists():
            raise StepRefused(_("Some items still wait: decide or defer each of them first."))
        self.closed_at = closed_at

    @transition(
        field=state,
        source=MeetingState.CLOSED,
        target=None,
        permission=RUN,
        custom={"label": _("Draw up the minutes"), "style": "primary"},
    )
    def draft_minutes(self, *, paper: Paper, minutes_by: Any, minutes_at: Any) -> None:
        """Minutes as a frozen paper; an act, repeatable until they are approved."""
        self.minutes_paper = paper
        self.minutes_by = minutes_by
        self.minutes_at = minutes_at

    @transition(
        field=state,
        source=MeetingState.CLOSED,
        target=MeetingState.MINUTES_APPROVED,
        permission=policies()["applications.approve_minutes"],
        custom={"label": _("Approve the minutes"), "style": "primary", "next": _("The minutes are final.")},
    )
    def approve_minutes(self, *, approved_by: Any, approved_at: Any) -> None:
        """A second person agrees."""
        if self.minutes_paper_id is None:
            raise StepRefused(_("There are no minutes yet: draw them up first."))
        self.approved_by = approved_by
        self.approved_at = approved_at


class Attendance(models.Model):
    """A seat was there, in person of its holder or alternate."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=VoteChannel, default=VoteChannel.SYSTEM)
    at = models.DateTimeField()

    private_fields = ()

    class Meta:
        """Once per seat."""

        constraints = (models.UniqueConstraint(fields=("meeting", "seat"), name="attendance_once"),)

    def __str__(self) -> str:
        """Seat and meeting."""
        return f"{self.seat_id} at {self.meeting_id}"


class ItemQuerySet(WorkflowQuerySet):
    """Agenda items."""

    def visible_to(self, user: Any) -> ItemQuerySet:
        """As the meeting; never to somebody with a link to the project."""
        if not user.is_authenticated:
            return self.none()
        rows = self
        if not user.role_codes & access.READS_CONFLICTS:
            if user.seat is None:
                return self.none()
            rows = self.exclude(meeting__state=MeetingState.DRAFT)
        declared = ConflictOfInterest.objects.filter(application=OuterRef("application"), user=user.pk)
        mine = Q(application__organisation_id__in=user.organisation_ids) & Q(application__isnull=False)
        return rows.filter(~Exists(declared)).exclude(mine)


class AgendaItem(WorkflowModel):
    """One thing to decide. Its thread is the project's; a change of rules has a thread of its own."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    no = models.PositiveSmallIntegerField()
    application = models.ForeignKey(
        "applications.Application", models.PROTECT, null=True, blank=True, related_name="agenda_items"
    )
    title = models.CharField(_("title"), max_length=200)
    decision_type = models.CharField(_("what is asked"), max_length=24, choices=DecisionType)
    proposal = models.TextField(_("what the office proposes, and why"), blank=True)
    amount_minor = MinorField(_("amount"), null=True, blank=True)
    currency = models.CharField(max_length=3, choices=CURRENCIES, default="USD")
    departs_because = models.TextField(_("why the Committee may depart from the scores"), blank=True)
    meeting_asked_by = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    result = models.CharField(max_length=12, choices=ItemResult, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    counts = models.JSONField(default=dict, blank=True, help_text="the votes and the rule values as they were")
    state = WorkflowState(choices=ItemState, default=ItemState.PROPOSED)

    private_fields = ("title", "proposal", "departs_because")
    objects = ItemQuerySet.as_manager()

    class Meta:
        """In the order of the agenda."""

        ordering = ("meeting", "no")
        constraints = (
            models.UniqueConstraint(fields=("meeting", "no"), name="item_no_once"),
            models.UniqueConstraint(
                fields=("application",),
                condition=Q(state=ItemState.PROPOSED, application__isnull=False),
                name="item_one_proposed_for_a_project",
            ),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="item_state"),
            models.CheckConstraint(
                condition=Q(state=ItemState.PROPOSED) | ~Q(result=""), name="item_decided_has_result"
            ),
        )

    def __str__(self) -> str:
        """Reference."""
        return self.ref

    @property
    def ref(self) -> str:
        """SC-2026-01/3."""
        return f"{self.meeting.ref}/{self.no}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("applications:item", args=[self.pk])

    @transition(
        field=state,
        source=ItemState.PROPOSED,
        target=None,
        permission=policies()["applications.declare_interest"],
        custom={"label": _("Declare a link, or none"), "style": "primary"},
    )
    def declare(self) -> None:
        """A seat says whether it has a link with the project; an act."""

    @transition(
        field=state,
        source=ItemState.PROPOSED,
        target=None,
        permission=policies()["applications.cast_vote"],
        custom={"label": _("Vote"), "style": "primary"},
    )
    def vote(self) -> None:
        """A seat votes, or changes its vote; an act."""

    @transition(
        field=state,
        source=ItemState.PROPOSED,
        target=None,
        permission=policies()["applications.comment_item"],
        custom={"label": _("Comment on this item")},
    )
    def comment(self) -> None:
        """A member or observer says something for the record; an act."""

    @transition(
        field=state,
        source=ItemState.PROPOSED,
        target=None,
        permission=policies()["applications.ask_for_meeting"],
        custom={"label": _("Ask for a meeting on this item")},
    )
    def ask_for_meeting(self, *, seat: Seat) -> None:
        """A member takes the item out of the written procedure; an act."""
        if not self.meeting.written:
            raise StepRefused(_("This item is before a meeting already."))
        self.meeting_asked_by = seat

    @transition(
        field=state,
        source=ItemState.PROPOSED,
        target=None,
        permission=policies()["applications.prepare_item"],
        custom={"label": _("Add a condition")},
    )
    def add_condition(self) -> None:
        """A condition is proposed; an act."""

    @transition(
        field=state,
        source=ItemState.PROPOSED,
        target=None,
        permission=policies()["applications.prepare_item"],
        custom={"label": _("Take a condition back")},
    )
    def withdraw_condition(self) -> None:
        """A proposed condition is taken back; an act."""

    def _settle(self, result: str, counts: dict[str, Any], decided_by: Any, decided_at: Any) -> None:
        self.result = result
        self.counts = counts
        self.decided_by = decided_by
        self.decided_at = decided_at

    @transition(
        field=state,
        source=ItemState.PROPOSED,
        target=ItemState.DECIDED,
        permission=policies()["applications.decide_item"],
        custom={
            "label": _("Record the decision"),
            "style": "primary",
            "next": _("The votes are counted by the Committee's rules and the decision takes effect."),
        },
    )
    def decide(self, *, result: str, counts: dict[str, Any], decided_by: Any, decided_at: Any) -> None:
        """The votes are counted and the rule has spoken."""
        self._settle(result, counts, decided_by, decided_at)

    @transition(
        field=state,
        source=ItemState.PROPOSED,
        target=ItemState.DEFERRED,
        permission=policies()["applications.decide_item"],
        custom={
            "label": _("Defer the item to a later meeting"),
            "style": "plain",
            "next": _("Nothing is decided; the item can be put on a later agenda."),
            "side": True,
        },
    )
    def defer(self, *, result: str, counts: dict[str, Any], decided_by: Any, decided_at: Any) -> None:
        """No quorum, a question open, or a meeting was asked for."""
        self._settle(result, counts, decided_by, decided_at)
