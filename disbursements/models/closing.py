"""What is settled before a grant is closed: the list, things that outlast the project, the grantee's opinion."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from disbursements.models.conditions import ConditionQuerySet
from disbursements.models.grants import Grant
from disbursements.states import ClosureCode
from fundmgmt.models import Guard
from fundmgmt.money import MinorField


class ClosureItem(models.Model):
    """One line of the close-out list."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="closure_items")
    code = models.CharField(max_length=24, choices=ClosureCode)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    private_fields = ("note",)

    class Meta:
        """Each item once."""

        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("grant", "code"), name="closure_item_once"),)

    def __str__(self) -> str:
        """Item."""
        return self.code


class Asset(models.Model):
    """A thing bought with the grant that outlasts the project, and who has it now: a role or body, never a person."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="assets")
    what = models.CharField(_("what it is"), max_length=160)
    value_minor = MinorField(_("value when bought"))
    handed_to = models.CharField(_("handed over to"), max_length=160, blank=True)
    handed_date = models.DateField(_("handed over on"), null=True)
    listed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    listed_at = models.DateTimeField()
    struck_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    struck_at = models.DateTimeField(null=True)
    struck_because = models.CharField(_("why it does not belong here"), max_length=300, blank=True)

    objects = ConditionQuerySet.as_manager()
    private_fields = ("what", "handed_to", "struck_because")

    class Meta:
        """Handed over to somebody, on a day; struck by another than who listed it, with a reason."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(value_minor__gt=0), name="asset_above_zero"),
            models.CheckConstraint(
                condition=Q(handed_date__isnull=True, handed_to="") | Q(handed_date__isnull=False) & ~Q(handed_to=""),
                name="asset_handed_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True, struck_by__isnull=True, struck_because="")
                | Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_because=""),
                name="asset_struck_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(struck_by__isnull=True) | ~Q(struck_by=F("listed_by")), name="asset_struck_by_another"
            ),
        )

    def __str__(self) -> str:
        """What."""
        return self.what

    def get_absolute_url(self) -> str:
        """The grant's page lists it."""
        return self.grant.get_absolute_url()

    @property
    def ref(self) -> str:
        """The grant's."""
        return self.grant.ref

    @property
    def organisation_id(self) -> int:
        """The grantee's, for membership policies."""
        return self.grant.organisation_id

    @classmethod
    def guards(cls) -> list[Guard]:
        """The list keeps its history: what was listed stays written, also when it was struck."""
        fixed = ("grant_id", "what", "value_minor", "listed_by_id", "listed_at")
        changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in fixed)
        return [
            Guard("fixed", "UPDATE", f"({changed})", "a thing stays as it was listed: strike it and list it anew"),
            Guard("struck", "UPDATE", 'OLD."struck_at" IS NOT NULL', "what was struck stays struck"),
            Guard("kept", "DELETE", "TRUE", "a thing is struck from the list, not deleted"),
        ]


class Feedback(models.Model):
    """What a grantee thinks of the fund, once, while its grant is closed: three marks of one to five, and words."""

    grant = models.OneToOneField(Grant, models.PROTECT, related_name="feedback")
    clear = models.PositiveSmallIntegerField()
    in_time = models.PositiveSmallIntegerField()
    heard = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    private_fields = ("words",)

    class Meta:
        """One to five."""

        verbose_name_plural = "feedback"
        constraints = tuple(
            models.CheckConstraint(condition=Q(**{f"{name}__gte": 1, f"{name}__lte": 5}), name=f"feedback_{name}_marks")
            for name in ("clear", "in_time", "heard")
        )

    def __str__(self) -> str:
        """Grant."""
        return str(self.grant_id)
