"""Messages of rails, each kept once as it came."""

from __future__ import annotations

from django.db import models

from disbursements.states import EventOutcome, RailCode
from fundmgmt.models import Guard


class RailEventRecord(models.Model):
    """A genuine message of a rail. It is applied by asking the rail, never by what it says."""

    rail = models.CharField(max_length=16, choices=RailCode)
    event_id = models.CharField(max_length=120)
    key = models.CharField(max_length=64, blank=True, help_text="the instruction it is about, as the rail names it")
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    payload = models.TextField()
    applied_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=EventOutcome, blank=True)

    private_fields = ("payload",)

    class Meta:
        """Each message once."""

        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("rail", "event_id"), name="rail_event_once"),)

    def __str__(self) -> str:
        """Rail and number."""
        return f"{self.rail} {self.event_id}"

    @classmethod
    def guards(cls) -> list[Guard]:
        """A message stays as it came."""
        columns = ("rail", "event_id", "key", "received_at", "digest", "payload")
        changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in columns)
        return [Guard("kept", "UPDATE", f"({changed})", "a message of a rail is kept as it came")]
