"""A call for proposals: what the fund asks for, for whom, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from applications import access
from applications.states import CallState
from fundmgmt.access import can
from fundmgmt.models import StepRefused, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField, Money

if TYPE_CHECKING:
    import datetime as dt


class CallQuerySet(WorkflowQuerySet):
    """Calls by reader."""

    def visible_to(self, user: Any) -> CallQuerySet:
        """Everybody sees calls that were opened; staff also those in preparation."""
        if can(user, "applications.list_calls"):
            return self.all()
        return self.exclude(state=CallState.DRAFT)

    def taking_applications(self, at: dt.datetime) -> CallQuerySet:
        """Open at this moment."""
        return self.filter(state=CallState.OPEN, closes_at__gt=at)


def in_language(row: Any, stem: str) -> str:
    """The text in the reader's language, or in the first language that has one."""
    wanted = (get_language() or "fr")[:2]
    for code in (wanted, "fr", "en", "sw"):
        text = getattr(row, f"{stem}_{code}", "")
        if text:
            return str(text)
    return ""


class Call(WorkflowModel):
    """A call with its windows, envelope and days."""

    ref = models.CharField(max_length=16, unique=True)
    external_ref = models.CharField(_("the fund's own number"), max_length=32, blank=True)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    title_fr = models.CharField(_("title in French"), max_length=160)
    title_sw = models.CharField(_("title in Swahili"), max_length=160, blank=True)
    summary_en = models.TextField(_("summary in English"), max_length=2000, blank=True)
    summary_fr = models.TextField(_("summary in French"), max_length=2000, blank=True)
    summary_sw = models.TextField(_("summary in Swahili"), max_length=2000, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES, default="USD")
    envelope_minor = MinorField(_("envelope"))
    windows = models.JSONField(_("windows"), default=list)
    provinces = models.JSONField(_("provinces"), default=list, blank=True)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"))
    created_at = models.DateTimeField()
    state = WorkflowState(choices=CallState, default=CallState.DRAFT)

    main_path = tuple(CallState)
    private_fields = ()
    objects = CallQuerySet.as_manager()

    class Meta:
        """Newest first."""

        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=CallState.values), name="call_state_known"),
            models.CheckConstraint(condition=Q(envelope_minor__gt=0), name="call_envelope_positive"),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__gt=F("opens_at")), name="call_closes_after_opening"
            ),
        )

    def __str__(self) -> str:
        """Title in the reader's language."""
        return self.title

    def get_absolute_url(self) -> str:
        """The public page."""
        return reverse("applications:call", args=[self.ref])

    @property
    def title(self) -> str:
        """Title in the reader's language."""
        return in_language(self, "title")

    @property
    def summary(self) -> str:
        """Summary in the reader's language."""
        return in_language(self, "summary")

    @property
    def envelope(self) -> Money:
        """What the call may award."""
        return Money(self.envelope_minor, self.currency)

    def takes_applications(self, at: dt.datetime) -> bool:
        """Open, and not past its closing moment."""
        return self.state == CallState.OPEN and at < self.closes_at

    @transition(
        field=state,
        source=CallState.DRAFT,
        target=None,
        permission=access.EDIT_CALL,
        custom={"label": _("Change the call")},
    )
    def edit(self, **values: Any) -> None:
        """Change any part while nobody has seen it."""
        for name, value in values.items():
            setattr(self, name, value)

    @transition(
        field=state,
        source=CallState.DRAFT,
        target=CallState.OPEN,
        permission=access.OPEN_CALL,
        custom={
            "label": _("Open the call"),
            "style": "primary",
            "next": _("Everybody can read the call and organisations can apply until it closes."),
        },
    )
    def open(self, *, opens_at: dt.datetime) -> None:
        """From now on organisations can apply."""
        if self.closes_at <= opens_at:
            raise StepRefused(_("The closing day is past. Choose a later one first."), field="closes_at")
        if not self.windows:
            raise StepRefused(_("Choose at least one grant window first."), field="windows")
        self.opens_at = opens_at

    @transition(
        field=state,
        source=CallState.OPEN,
        target=None,
        permission=access.EDIT_CALL,
        custom={"label": _("Keep the call open longer")},
    )
    def keep_open(self, *, closes_at: dt.datetime) -> None:
        """A later closing day; never an earlier one, because people rely on it."""
        if closes_at <= self.closes_at:
            raise StepRefused(_("The new closing day must be later than the present one."), field="closes_at")
        self.closes_at = closes_at

    @transition(
        field=state,
        source=CallState.OPEN,
        target=CallState.CLOSED,
        permission=access.CLOSE_CALL,
        custom={
            "label": _("Close the call"),
            "next": _("Drafts that are not submitted stay readable, but cannot be sent."),
        },
    )
    def close(self) -> None:
        """No more applications."""

    @transition(
        field=state,
        source=CallState.CLOSED,
        target=CallState.OPEN,
        permission=access.EDIT_CALL,
        custom={"label": _("Correct: open the call again"), "side": True},
    )
    def correct_to_open(self, *, closes_at: dt.datetime) -> None:
        """Closed by mistake or too early."""
        self.closes_at = closes_at

    @transition(
        field=state,
        source=CallState.CLOSED,
        target=CallState.ARCHIVED,
        permission=access.EDIT_CALL,
        custom={"label": _("Put the call in the archive")},
    )
    def archive(self) -> None:
        """No longer in the lists of open work."""
