"""What looks like paying twice, and who looked at it; and who has a link with an organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.grants import ALLOW
from disbursements.models.tranches import Tranche
from disbursements.states import DoubtKind, DoubtState, TieKind
from fundmgmt.access import can
from fundmgmt.models import Guard, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.models.guards import same_person
from fundmgmt.models.links import register_links

if TYPE_CHECKING:
    from django.db.models import QuerySet


class DoubtQuerySet(WorkflowQuerySet):
    """Doubts."""

    def visible_to(self, user: Any) -> Self:
        """For the people of the fund: a doubt may name another grantee."""
        return self if can(user, "disbursements.view_doubt") else self.none()


class Doubt(WorkflowModel):
    """One likeness between this payment and another. Until another person has looked, nothing is sent."""

    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="doubts")
    kind = models.CharField(_("what is alike"), max_length=16, choices=DoubtKind)
    other = models.CharField(_("like what"), max_length=64, help_text="reference of the other tranche or organisation")
    found_at = models.DateTimeField()
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    cleared_at = models.DateTimeField(null=True)
    reason = models.TextField(_("why it is not the same"), blank=True)
    state = WorkflowState(choices=DoubtState, default=DoubtState.OPEN)

    objects = DoubtQuerySet.as_manager()
    private_fields = ("reason",)
    state_tones = {"open": "no", "cleared": "ok"}

    class Meta:
        """Each likeness once; cleared by somebody, with a reason."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("tranche", "kind", "other"), name="doubt_once"),
            models.CheckConstraint(condition=Q(state__in=DoubtState.values), name="doubt_state_known"),
            models.CheckConstraint(
                condition=~Q(state=DoubtState.CLEARED)
                | Q(cleared_by__isnull=False, cleared_at__isnull=False) & ~Q(reason=""),
                name="doubt_cleared_with_a_reason",
            ),
        )

    def __str__(self) -> str:
        """In words."""
        return _t("%(kind)s: %(other)s") % {"kind": self.get_kind_display(), "other": self.other}

    @property
    def ref(self) -> str:
        """The tranche's."""
        return self.tranche.ref

    @property
    def grant(self) -> Any:
        """The grant, for policies about who has a part in it."""
        return self.tranche.grant

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:doubt", args=[self.pk])

    @classmethod
    def guards(cls) -> list[Guard]:
        """Who asked for the payment or checked it does not clear it."""
        tranche = f'FROM "{Tranche._meta.db_table}" t WHERE t."id" = NEW."tranche_id"'
        others = f'SELECT t."requested_by_id" {tranche} UNION SELECT t."checked_by_id" {tranche}'
        return [
            Guard(
                "people",
                "UPDATE",
                f"NEW.\"state\" = 'cleared' AND OLD.\"state\" <> 'cleared' AND {same_person('cleared_by_id', others)}",
                "a doubt is cleared by another person than those who asked and checked",
            )
        ]

    @transition(
        field=state,
        source=DoubtState.OPEN,
        target=DoubtState.CLEARED,
        permission=ALLOW["disbursements.clear_doubt"],
        custom={
            "label": _("It is not the same payment"),
            "style": "primary",
            "next": _("When nothing else stands in the way, the payment goes on."),
        },
    )
    def clear(self, *, looker: Any, when: Any, words: str) -> None:
        """Another person looked and says why both are right."""
        self.cleared_by, self.cleared_at, self.reason = looker, when, words


class Tie(models.Model):
    """A link somebody of the fund declared with an organisation. While it stands they move none of its money."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    organisation = models.ForeignKey("fundmgmt.Organisation", models.PROTECT, related_name="ties")
    kind = models.CharField(_("what kind of link"), max_length=16, choices=TieKind)
    declared_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    private_fields = ("kind",)

    class Meta:
        """One standing link for each pair; nobody ends their own."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "organisation"), condition=Q(ended_at__isnull=True), name="tie_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | ~Q(ended_by=models.F("user")), name="tie_ended_by_another"
            ),
        )

    def __str__(self) -> str:
        """Who, with whom."""
        return f"{self.user_id}: {self.organisation_id}"


def standing_ties() -> QuerySet[Tie]:
    """Links that hold now."""
    return Tie.objects.filter(ended_at__isnull=True)


register_links("disbursements.ties", standing_ties)
