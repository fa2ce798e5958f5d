"""How the grantee signed: codes that were asked for, and signatures given by hand."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from disbursements.states import CodeChannel, SignedHow, SpokenLanguage, WitnessRole
from fundmgmt.states import Unreached


class SigningCode(models.Model):
    """A code asked for, kept only as a hash, good for one person and one text; the newest one counts."""

    grant = models.ForeignKey("disbursements.Grant", models.PROTECT, related_name="signing_codes")
    paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=CodeChannel)
    salt = models.CharField(max_length=32, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="empty until the code is made and sent")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    unsent_at = models.DateTimeField(null=True)
    unsent_why = models.CharField(max_length=12, choices=Unreached, blank=True)

    private_fields = ()

    class Meta:
        """One code signs a text, and it does so before it expires."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("paper",), condition=Q(used_at__isnull=False), name="signing_code_once"),
            models.CheckConstraint(condition=Q(channel__in=CodeChannel.values), name="signing_code_channel_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="signing_code_lasts"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(used_at__lte=F("expires_at")) & ~Q(digest=""),
                name="signing_code_used_in_time",
            ),
            models.CheckConstraint(
                condition=Q(unsent_at__isnull=True, unsent_why="")
                | Q(unsent_at__isnull=False, unsent_why__in=Unreached.values, used_at__isnull=True),
                name="signing_code_unsent_has_reason",
            ),
        )

    def __str__(self) -> str:
        """Whom it belongs to."""
        return f"{self.grant_id}/{self.pk}"


class PaperSignature(models.Model):
    """A signature on paper or a mark before a witness, as an officer recorded it with the copy."""

    grant = models.ForeignKey("disbursements.Grant", models.PROTECT, related_name="paper_signatures")
    paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, related_name="+", help_text="the text that was signed")
    copy = models.ForeignKey("fundmgmt.Paper", models.PROTECT, related_name="+", help_text="the paper with the hand")
    how = models.CharField(max_length=8, choices=SignedHow)
    signatory = models.CharField(_("who signed"), max_length=120)
    signed_date = models.DateField(_("day of the signature"))
    place = models.CharField(_("place"), max_length=120)
    language = models.CharField(_("language it was read in"), max_length=8, choices=SpokenLanguage, blank=True)
    witness_name = models.CharField(_("witness"), max_length=120, blank=True)
    witness_role = models.CharField(_("who the witness is"), max_length=24, choices=WitnessRole, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    private_fields = ("signatory", "place", "witness_name")

    class Meta:
        """Once for each text; a mark has its witness, its language and its place."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("paper",), name="paper_signature_once"),
            models.CheckConstraint(
                condition=Q(how=SignedHow.PAPER)
                | Q(how=SignedHow.MARK) & ~Q(witness_name="") & ~Q(witness_role="") & ~Q(language=""),
                name="paper_signature_mark_has_witness",
            ),
            models.CheckConstraint(condition=~Q(signatory="") & ~Q(place=""), name="paper_signature_names_who_where"),
        )

    def __str__(self) -> str:
        """Whose hand."""
        return self.signatory
