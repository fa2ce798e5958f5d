"""Places in an organisation that were offered by mail and not taken yet."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fundmgmt.models.people import Organisation
from fundmgmt.roles import MemberRole

SALT = "fundmgmt.invitation"


class Invitation(models.Model):
    """One offer to one address. It ends when it is taken, taken back or replaced; the address goes with it."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=8, choices=MemberRole)
    email = models.EmailField(_("e-mail address"), blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    private_fields = ("email",)
    until: dt.datetime  # the last moment of its link, when a query worked it out

    class Meta:
        """One open offer for each address; no address is kept behind an offer that ended."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "email"), condition=Q(ended_at__isnull=True), name="invitation_open_once"
            ),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | Q(email=""), name="invitation_forgets"),
        )

    def __str__(self) -> str:
        """Where, as what."""
        return f"{self.role} in {self.organisation_id}"

    @property
    def token(self) -> str:
        """What the signed link carries: the number of this row and nothing about a person."""
        return signing.dumps(self.pk, salt=SALT, compress=True)
