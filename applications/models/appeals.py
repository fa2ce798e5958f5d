"""Appeals against a refusal: lodged by the organisation, decided by two people who took no part."""
# ruff: noqa: S608 -- table names of our own; no value from outside enters the guards

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from applications.models.committee import AgendaItem
from applications.models.review import barred
from applications.models.votes import Vote
from applications.states import AGREEING, APPEALABLE, AppealState, ApplicationState, OpinionValue
from fundmgmt.access import STAFF, holds_voting_seat, policies
from fundmgmt.models import AppendOnlyModel, Guard, JournalEntry, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.models.guards import same_person
from fundmgmt.models.links import people_linked_to

OPINION_KIND = "applications.appeal.give_opinion"
A = AppealState


class AppealQuerySet(WorkflowQuerySet):
    """Appeals."""

    def visible_to(self, user: Any) -> Self:
        """One's own organisation's; for staff and voting members those of projects they have no link with."""
        if user is None or not user.is_authenticated:
            return self.none()
        seen = Q(application__organisation_id__in=user.organisation_ids)
        if STAFF(user) or holds_voting_seat(user):
            seen |= ~barred(user, "application")
        return self.filter(seen)


class Appeal(WorkflowModel):
    """One appeal against one decision, in the project's thread. It keeps what it is about, for the decision may go."""

    ref = models.CharField(max_length=16, unique=True)
    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="appeals")
    against = models.CharField(_("the decision"), max_length=32, choices=ApplicationState)
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, related_name="+")
    refused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    refused_at = models.DateTimeField()
    reason = models.TextField(_("why"))
    lodged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=AppealState, default=A.LODGED)

    objects = AppealQuerySet.as_manager()
    private_fields = ("reason",)
    state_tones = {"lodged": "wait", "upheld": "ok", "dismissed": "no", "withdrawn": "plain"}

    class Meta:
        """Once for each decision, with a reason."""

        ordering = ("-id",)
        indexes = (models.Index(fields=("state", "lodged_at", "id"), name="appeal_queue"),)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=AppealState.values), name="appeal_state_known"),
            models.CheckConstraint(
                condition=Q(against__in=[str(state) for state in APPEALABLE]), name="appeal_against_a_refusal"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="appeal_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state__in=(A.LODGED, A.WITHDRAWN)) | Q(decided_at__isnull=False),
                name="appeal_decided_has_time",
            ),
            models.UniqueConstraint(fields=("application", "refused_at"), name="appeal_once_for_a_decision"),
        )

    def __str__(self) -> str:
        """The project's title."""
        return str(self.application)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("applications:appeal", args=[self.ref])

    @property
    def organisation_id(self) -> int:
        """The applicant's, for membership policies."""
        return self.application.organisation_id

    @cached_property
    def people_with_a_part(self) -> frozenset[int]:
        """Who did anything in the project's story but give an opinion on an appeal (one query)."""
        entries = JournalEntry.objects.filter(thread=self.thread, actor__isnull=False).exclude(kind=OPINION_KIND)
        return frozenset(entries.order_by().values_list("actor_id", flat=True).distinct())

    def took_part(self, user: Any) -> bool:
        """Whether this person has a part in the project, under whichever account."""
        return bool(user.is_one_of(self.people_with_a_part))

    @cached_property
    def people_with_a_link(self) -> frozenset[int]:
        """Who declared a link with the organisation, in whichever stage."""
        return people_linked_to(self.organisation_id)

    def is_linked(self, user: Any) -> bool:
        """Whether this person declared a link with the organisation, under whichever account."""
        return bool(user.is_one_of(self.people_with_a_link))

    def heard(self, user: Any) -> bool:
        """Whether this person gave an opinion on this appeal, under whichever account."""
        return bool(user.is_one_of(frozenset(self.opinions.values_list("person_id", flat=True))))

    @classmethod
    def guards(cls) -> list[Guard]:
        """It is lodged first, stays what was lodged, and is decided by two opinions of one kind."""
        fixed = ("application_id", "against", "refused_at", "lodged_by_id", "reason")
        changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in fixed)
        agreeing = (
            f'(SELECT COUNT(*) FROM "{AppealOpinion._meta.db_table}" o WHERE o."appeal_id" = NEW."id" AND o."value" = '
            f"CASE NEW.\"state\" WHEN '{A.UPHELD}' THEN '{OpinionValue.ALLOW}' ELSE '{OpinionValue.DISMISS}' END)"
        )
        return [
            Guard("born", "INSERT", f"NEW.\"state\" <> '{A.LODGED}'", "an appeal is lodged first"),
            Guard("fixed", "UPDATE", f"({changed})", "an appeal says what was lodged"),
            Guard(
                "two",
                "UPDATE",
                f"NEW.\"state\" IN ('{A.UPHELD}', '{A.DISMISSED}') AND {agreeing} < {AGREEING}",
                "two people of one opinion decide an appeal",
            ),
        ]

    @transition(
        field=state,
        source=A.LODGED,
        target=None,
        permission=policies()["applications.give_opinion"],
        custom={
            "label": _("Give your opinion"),
            "style": "primary",
            "next": _("Two people of one opinion decide the appeal. When two differ, a third person speaks."),
        },
    )
    def give_opinion(self) -> None:
        """One person who took no part says what should happen; an act."""

    @transition(
        field=state,
        source=A.LODGED,
        target=A.UPHELD,
        permission=policies()["applications.settle_appeal"],
        custom={"label": _("Uphold the appeal"), "system": True},
    )
    def uphold(self, *, decided_at: Any) -> None:
        """Two people allow it: the application goes back to where it was refused."""
        self.decided_at = decided_at

    @transition(
        field=state,
        source=A.LODGED,
        target=A.DISMISSED,
        permission=policies()["applications.settle_appeal"],
        custom={"label": _("Dismiss the appeal"), "system": True},
    )
    def dismiss(self, *, decided_at: Any) -> None:
        """Two people dismiss it: the decision is final."""
        self.decided_at = decided_at

    @transition(
        field=state,
        source=A.LODGED,
        target=A.WITHDRAWN,
        permission=policies()["applications.withdraw_appeal"],
        custom={
            "label": _("Withdraw the appeal"),
            "style": "danger",
            "side": True,
            "next": _("The decision stands. You cannot appeal against it a second time."),
        },
    )
    def withdraw(self) -> None:
        """The organisation takes it back."""


class AppealOpinion(AppendOnlyModel):
    """What one person thinks of one appeal, and why. Written once."""

    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    value = models.CharField(_("opinion"), max_length=8, choices=OpinionValue)
    reason = models.TextField(_("why"))
    given_at = models.DateTimeField()

    private_fields = ("reason",)

    class Meta:
        """One for each person, with a reason."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("appeal", "person"), name="opinion_once_for_a_person"),
            models.CheckConstraint(condition=Q(value__in=OpinionValue.values), name="opinion_value"),
            models.CheckConstraint(condition=~Q(reason=""), name="opinion_has_a_reason"),
        )

    def __str__(self) -> str:
        """Which appeal, what."""
        return f"{self.appeal_id}: {self.value}"

    @classmethod
    def guards(cls) -> list[Guard]:
        """Given while the appeal is open, by nobody who took, voted on, appealed against or judged the decision."""
        appeal = f'FROM "{Appeal._meta.db_table}" a WHERE a."id" = NEW."appeal_id"'
        others = (
            f'SELECT a."refused_by_id" {appeal} UNION SELECT a."lodged_by_id" {appeal} '
            f'UNION SELECT v."user_id" FROM "{Vote._meta.db_table}" v '
            f'WHERE v."item_id" IN (SELECT a."item_id" {appeal}) '
            f'UNION SELECT o."person_id" FROM "{cls._meta.db_table}" o WHERE o."appeal_id" = NEW."appeal_id"'
        )
        return [
            Guard(
                "open",
                "INSERT",
                f"NOT EXISTS (SELECT 1 {appeal} AND a.\"state\" = '{A.LODGED}')",
                "opinions are given while the appeal is open",
            ),
            Guard(
                "people", "INSERT", same_person("person_id", others), "an appeal is decided by other people, each once"
            ),
        ]
