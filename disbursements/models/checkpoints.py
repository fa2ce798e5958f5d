"""Checkpoints of the books: what journal and ledger were at a moment, chained and signed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from disbursements.models.batches import PaymentBatch
from disbursements.states import Occasion
from fundmgmt.models import AppendOnlyModel, Guard


class BooksCheckpoint(AppendOnlyModel):
    """One seal over everything: whoever keeps a copy of it elsewhere sees any later change of the past.

    `hash` is the SHA-256 of `content()`, which names the checkpoint before; the signature (Ed25519) is over the same
    bytes. Nothing in it is private: roots, counts and sums.
    """

    no = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField()
    occasion = models.CharField(max_length=8, choices=Occasion)
    batch = models.OneToOneField(PaymentBatch, models.PROTECT, null=True, related_name="checkpoint")
    journal_entries = models.PositiveBigIntegerField()
    journal_root = models.CharField(max_length=64, blank=True)
    ledger_no = models.PositiveBigIntegerField()
    ledger_lines = models.PositiveBigIntegerField()
    ledger_hash = models.CharField(max_length=64, blank=True)
    sums = models.JSONField(help_text="minor units by account and currency")
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128, blank=True, help_text="hexadecimal; empty: not signed")
    key = models.CharField(max_length=64, blank=True, help_text="the public key, hexadecimal")

    class Meta:
        """In order; a batch has its own."""

        ordering = ("-no",)
        constraints = (
            models.CheckConstraint(
                condition=Q(signature="", key="") | ~Q(signature="") & ~Q(key=""), name="books_signature_has_key"
            ),
            models.CheckConstraint(
                condition=Q(occasion=Occasion.BATCH, batch__isnull=False)
                | ~Q(occasion=Occasion.BATCH) & Q(batch__isnull=True),
                name="books_batch_named",
            ),
        )

    def __str__(self) -> str:
        """Number and day."""
        return f"{self.no} {self.at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """The public page, at this one."""
        return f"{reverse('disbursements:checkpoints')}#{self.anchor}"

    @property
    def anchor(self) -> str:
        """Its place on that page."""
        return f"c{self.no}"

    @classmethod
    def guards(cls) -> list[Guard]:
        """Each follows the one before it."""
        last = f'SELECT c."hash" FROM "{cls._meta.db_table}" c WHERE c."no" = NEW."no" - 1'  # noqa: S608 -- our own table
        return [
            Guard(
                "goes_on",
                "INSERT",
                f'NOT (NEW."no" = 1 AND NEW."prev_hash" = \'\' OR COALESCE(({last}), \'?\') = NEW."prev_hash")',
                "a checkpoint names the one before it",
            )
        ]

    def content(self) -> dict[str, Any]:
        """All that is sealed."""
        return {
            "no": self.no,
            "at": self.at.isoformat(timespec="microseconds"),
            "occasion": str(self.occasion),
            "batch": self.batch.ref if self.batch else "",
            "journal": {"entries": self.journal_entries, "root": self.journal_root},
            "ledger": {
                "no": self.ledger_no,
                "lines": self.ledger_lines,
                "hash": self.ledger_hash,
                "sums": self.sums,
            },
            "prev": self.prev_hash,
        }
