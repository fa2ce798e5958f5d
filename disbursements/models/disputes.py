"""Gifts that a giver's bank asks for: the dispute, the money it moves, and what the fund answers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django_fsm import transition

import disbursements.access  # noqa: F401 -- policies stand before the edges name them
from disbursements.models.donations import Donation
from disbursements.states import DisputeAnswerKind, DisputeAnswerState, DisputeReason, DisputeState
from fundmgmt.access import can, policies
from fundmgmt.models import AppendOnlyModel, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField, Money

MOVE = policies()["disbursements.move_dispute"]
MOVE_ANSWER = policies()["disbursements.move_dispute_answer"]
OPEN_ANSWERS = (DisputeAnswerState.PROPOSED, DisputeAnswerState.CONFIRMED)


class DisputeQuerySet(WorkflowQuerySet):
    """Disputes."""

    def visible_to(self, user: Any) -> Self:
        """As their gifts."""
        return self if can(user, "disbursements.view_dispute") else self.none()


class Dispute(WorkflowModel):
    """One dispute of one gift, as the provider has it. It goes forwards only, and from lost only to won."""

    donation = models.ForeignKey(Donation, models.PROTECT, related_name="disputes")
    reference = models.CharField(max_length=64, unique=True, help_text="the provider's name of the dispute")
    amount_minor = MinorField(_("amount"))
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    reason = models.CharField(max_length=40, help_text="the provider's code")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="until when the bank takes evidence")
    state = WorkflowState(choices=DisputeState, default=DisputeState.ASKED)

    objects = DisputeQuerySet.as_manager()
    private_fields = ("reference",)
    main_path = ("asked", "open", "answered", "won")
    state_tones = {"asked": "wait", "open": "no", "answered": "wait", "won": "ok", "lost": "no", "closed": "ok"}

    class Meta:
        """Each once."""

        ordering = ("donation_id", "id")
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="dispute_above_zero"),
            models.CheckConstraint(condition=Q(state__in=DisputeState.values), name="dispute_state_known"),
        )

    def __str__(self) -> str:
        """Gift."""
        return self.donation.ref

    def get_absolute_url(self) -> str:
        """The gift's page."""
        return self.donation.get_absolute_url()

    @property
    def amount(self) -> Money:
        """What is asked back."""
        return Money(self.amount_minor, self.currency)

    @property
    def why(self) -> str:
        """The reason in words; a code that nobody knows is said as it is."""
        known = dict(DisputeReason.choices)
        other = pgettext("dispute", "Another reason (%(code)s).") % {"code": self.reason}
        return str(known.get(self.reason, other))

    @property
    def takes_proposal(self) -> bool:
        """Whether an answer may be proposed; the answers were read with it."""
        answers = self.answers.all()
        undecided = self.state in {DisputeState.ASKED, DisputeState.OPEN}
        return undecided and not any(row.state in OPEN_ANSWERS for row in answers)

    @transition(
        field=state,
        source=DisputeState.ASKED,
        target=DisputeState.OPEN,
        permission=MOVE,
        custom={"label": _("The bank disputes the gift"), "system": True},
    )
    def open(self, *, code: str, due_at: dt.datetime | None) -> None:
        """Money is taken, and there is a day until which to answer."""
        self.reason, self.due_at = code, due_at

    @transition(
        field=state,
        source=DisputeState.OPEN,
        target=DisputeState.ANSWERED,
        permission=MOVE,
        custom={"label": _("The bank has the answer"), "system": True},
    )
    def answer(self) -> None:
        """It decides."""

    @transition(
        field=state,
        source=[DisputeState.OPEN, DisputeState.ANSWERED, DisputeState.LOST],
        target=DisputeState.WON,
        permission=MOVE,
        custom={"label": _("The gift stays with the fund"), "system": True},
    )
    def win(self) -> None:
        """The bank gave the fund right, some time after the giver."""

    @transition(
        field=state,
        source=[DisputeState.OPEN, DisputeState.ANSWERED],
        target=DisputeState.LOST,
        permission=MOVE,
        custom={"label": _("The money stays with the giver"), "system": True, "side": True},
    )
    def lose(self) -> None:
        """The bank gave the giver right, or the fund accepted."""

    @transition(
        field=state,
        source=[DisputeState.ASKED, DisputeState.OPEN, DisputeState.ANSWERED],
        target=DisputeState.CLOSED,
        permission=MOVE,
        custom={"label": _("It ends without effect"), "system": True, "side": True},
    )
    def close(self) -> None:
        """The bank asks no more."""


class DisputeMovement(AppendOnlyModel):
    """Money that a dispute took from the account with the provider (below zero), or brought back. Cause of entries.

    `fee_minor` is what the provider took beside it; below zero it came back.
    """

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="movements")
    reference = models.CharField(max_length=64, unique=True, help_text="the provider's name of its line")
    amount_minor = MinorField()
    fee_minor = MinorField(default=0)
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    moved_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    private_fields = ("reference",)

    class Meta:
        """As it came."""

        ordering = ("dispute_id", "id")

    def __str__(self) -> str:
        """Amount."""
        return f"{self.amount_minor} {self.currency}"


class DisputeAnswerQuerySet(WorkflowQuerySet):
    """Answers."""

    def visible_to(self, user: Any) -> Self:
        """As their disputes."""
        return self if can(user, "disbursements.view_disputeanswer") else self.none()


class DisputeAnswer(WorkflowModel):
    """What the fund says to the bank, once: two treasurers, for it cannot be taken back."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="answers")
    no = models.PositiveSmallIntegerField()
    answer = models.CharField(max_length=8, choices=DisputeAnswerKind)
    text = models.TextField(help_text="evidence goes to the bank as it stands; else the reason for accepting")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=DisputeAnswerState, default=DisputeAnswerState.PROPOSED)

    objects = DisputeAnswerQuerySet.as_manager()
    private_fields = ("text",)
    state_tones = {"proposed": "wait", "confirmed": "wait", "sent": "ok", "failed": "no"}

    class Meta:
        """One at a time, by two people."""

        ordering = ("dispute_id", "no")
        constraints = (
            models.UniqueConstraint(fields=("dispute", "no"), name="dispute_answer_no_once"),
            models.UniqueConstraint(
                fields=("dispute",), condition=Q(state__in=OPEN_ANSWERS), name="dispute_answer_one_open"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="dispute_answer_says_something"),
            models.CheckConstraint(condition=Q(state__in=DisputeAnswerState.values), name="dispute_answer_state_known"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="dispute_answer_two_people",
            ),
        )

    def __str__(self) -> str:
        """Gift and number."""
        return f"{self.dispute}/{self.no}"

    def get_absolute_url(self) -> str:
        """The gift's page."""
        return self.dispute.get_absolute_url()

    @property
    def key(self) -> str:
        """The name of this answer with the provider, for ever."""
        return f"{self.dispute.donation.key}:d{self.dispute_id}:a{self.no}"

    @transition(
        field=state,
        source=DisputeAnswerState.PROPOSED,
        target=DisputeAnswerState.CONFIRMED,
        permission=policies()["disbursements.confirm_dispute_answer"],
        custom={
            "label": _("Answer the bank so"),
            "style": "primary",
            "next": _("The card provider is told at once. It cannot be taken back."),
        },
    )
    def confirm(self, *, confirmer: Any, when: Any) -> None:
        """A second treasurer read it."""
        self.confirmed_by, self.confirmed_at = confirmer, when

    @transition(
        field=state,
        source=DisputeAnswerState.PROPOSED,
        target=DisputeAnswerState.DECLINED,
        permission=policies()["disbursements.decline_dispute_answer"],
        custom={"label": _("Do not answer so"), "side": True},
    )
    def decline(self) -> None:
        """Another answer may be proposed."""

    @transition(
        field=state,
        source=DisputeAnswerState.CONFIRMED,
        target=DisputeAnswerState.SENT,
        permission=MOVE_ANSWER,
        custom={"label": _("The provider has the answer"), "system": True},
    )
    def finish(self) -> None:
        """For good."""

    @transition(
        field=state,
        source=DisputeAnswerState.CONFIRMED,
        target=DisputeAnswerState.FAILED,
        permission=MOVE_ANSWER,
        custom={"label": _("The provider did not take the answer"), "system": True, "side": True},
    )
    def fail(self) -> None:
        """Too late, or the bank had decided."""
