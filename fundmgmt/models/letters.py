"""Letters that went out, remembered so that a task that runs twice sends once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from fundmgmt.models.journal import JournalEntry


class MailSent(models.Model):
    """One letter about one journal entry to one reader; written in the transaction that sends it."""

    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    template = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    private_fields = ()

    class Meta:
        """Once per entry, reader and letter."""

        constraints = (models.UniqueConstraint(fields=("entry", "user", "template"), name="mail_sent_once"),)

    def __str__(self) -> str:
        """Letter and reader."""
        return f"{self.template} to {self.user_id}"
