"""The journal: one append-only table that is audit trail, outbox, timeline and research source."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from fundmgmt.models.append_only import AppendOnlyModel


def new_salt() -> str:
    """Salt of a remark's hash, so that a short text cannot be guessed from it."""
    return secrets.token_hex(16)


class Remark(models.Model):
    """A person's words: the reason or comment of a step. It can be erased; the entry keeps only its salted hash."""

    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    text = models.TextField(blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    private_fields = ("text",)

    def __str__(self) -> str:
        """The words."""
        return self.text

    def digest(self) -> str:
        """Salted SHA-256 of the words as written."""
        return hashlib.sha256(f"{self.salt}\n{self.text}".encode()).hexdigest()


class ThreadHead(models.Model):
    """The last link of a thread's chain. Its row is the lock under which the next entry is written."""

    thread = models.UUIDField(primary_key=True)
    seq = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        """Thread and length."""
        return f"{self.thread}: {self.seq}"


class JournalEntry(AppendOnlyModel):
    """One step of one story: codes, amounts and dates only, chained to the entry before it in its thread."""

    thread = models.UUIDField()
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=96)
    subject = models.CharField(max_length=96, help_text="app.model:id of the row that took the step")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    capacity = models.CharField(max_length=160, blank=True, help_text="roles, seat and membership the actor held")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    from_state = models.CharField(max_length=32, blank=True)
    to_state = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)
    remark = models.ForeignKey(Remark, models.PROTECT, null=True, related_name="+")
    remark_hash = models.CharField(max_length=64, blank=True)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        """One entry per place in a thread."""

        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("thread", "seq"), name="journal_thread_seq"),)
        indexes = (
            models.Index(fields=("kind", "id"), name="journal_kind"),
            models.Index(fields=("subject",), name="journal_subject"),
        )

    def __str__(self) -> str:
        """Kind and place."""
        return f"{self.kind} ({self.thread} {self.seq})"

    def get_absolute_url(self) -> str:
        """Its page in the journal."""
        return reverse("fundmgmt:journal_line", args=[self.thread, self.seq])


class Receipt(models.Model):
    """A consumer has done its work for an entry; written in the same transaction as that work."""

    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="receipts")
    consumer = models.CharField(max_length=96)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Once per entry and consumer."""

        constraints = (models.UniqueConstraint(fields=("entry", "consumer"), name="receipt_once"),)

    def __str__(self) -> str:
        """Entry and consumer."""
        return f"{self.consumer} {self.entry_id}"


class Checkpoint(AppendOnlyModel):
    """A seal over all chain heads: root = sha256(previous root, then every head that moved since)."""

    at = models.DateTimeField()
    last_entry = models.BigIntegerField()
    heads = models.PositiveIntegerField()
    prev_root = models.CharField(max_length=64, blank=True)
    root = models.CharField(max_length=64)

    class Meta:
        """In order."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Root and day."""
        return f"{self.root[:12]} {self.at:%Y-%m-%d}"


class SealedHead(AppendOnlyModel):
    """A head as a checkpoint sealed it; only heads that moved since the checkpoint before."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="sealed")
    thread = models.UUIDField()
    seq = models.PositiveIntegerField()

    class Meta:
        """Once per checkpoint and thread."""

        constraints = (models.UniqueConstraint(fields=("checkpoint", "thread"), name="sealed_once"),)

    def __str__(self) -> str:
        """Thread and length."""
        return f"{self.thread}: {self.seq}"
