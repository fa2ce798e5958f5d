"""What happens on an agenda item: declarations, votes, comments, conditions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.committee import AgendaItem
from applications.states import ConflictKind, VoteChannel, VoteValue
from fundmgmt.models import Seat


class Declaration(models.Model):
    """What a seat said about its links with an item, by name of the person. Empty `conflict` means none."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="declarations")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    conflict = models.CharField(_("link"), max_length=24, choices=ConflictKind, blank=True)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    private_fields = ("note",)

    class Meta:
        """Once per item and person."""

        constraints = (models.UniqueConstraint(fields=("item", "user"), name="declaration_once"),)

    def __str__(self) -> str:
        """Seat and link."""
        return f"{self.seat_id}: {self.conflict or 'none'}"


class Vote(models.Model):
    """One seat's vote on one item. Changed by the same person until the item is decided; each change is journalled."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="votes")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    value = models.CharField(_("vote"), max_length=8, choices=VoteValue)
    channel = models.CharField(_("where"), max_length=8, choices=VoteChannel, default=VoteChannel.SYSTEM)
    at = models.DateTimeField()

    private_fields = ()

    class Meta:
        """Once per item and seat."""

        ordering = ("seat",)
        constraints = (
            models.UniqueConstraint(fields=("item", "seat"), name="vote_once"),
            models.CheckConstraint(condition=Q(value__in=VoteValue.values), name="vote_value"),
        )

    def __str__(self) -> str:
        """Seat and value."""
        return f"{self.seat_id}: {self.value}"


class ItemComment(models.Model):
    """What a member or observer said on an item, for the record."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="comments")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    private_fields = ("text",)

    class Meta:
        """In order."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Seat."""
        return f"{self.seat_id} on {self.item_id}"


class AwardCondition(models.Model):
    """A condition of a decision, with an owner and a day. The grant takes it over as a condition of its own."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="conditions")
    application = models.ForeignKey(
        "applications.Application", models.PROTECT, null=True, blank=True, related_name="award_conditions"
    )
    no = models.PositiveSmallIntegerField()
    text = models.CharField(_("condition"), max_length=300)
    kind = models.CharField(_("kind"), max_length=32, default="named", help_text="code the grant knows it by")
    owner = models.CharField(_("who sees to it"), max_length=80)
    due_date = models.DateField(_("by when"), null=True, blank=True)
    before_tranche = models.PositiveSmallIntegerField(_("before tranche number"), null=True, blank=True)

    private_fields = ("text", "owner")

    class Meta:
        """In order, of a committee's item or of an officer's approval."""

        ordering = ("no",)
        constraints = (
            models.UniqueConstraint(fields=("item", "no"), name="condition_no_once"),
            models.CheckConstraint(condition=Q(item__isnull=False) | Q(application__isnull=False), name="condition_of"),
        )

    def __str__(self) -> str:
        """The words."""
        return self.text
