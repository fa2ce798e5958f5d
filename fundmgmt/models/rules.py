"""Versions of the fund's rules."""

from django.conf import settings
from django.db import models


class Rule(models.Model):
    """One value of one rule from a day on. A later version ends it; nothing is overwritten."""

    key = models.CharField(max_length=64)
    value = models.JSONField()
    valid_from = models.DateField()
    decided_in = models.CharField(max_length=64, help_text="reference of the decision, SC-2026-01/3")
    reason = models.TextField(blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    private_fields = ()

    class Meta:
        """One value per rule and day."""

        ordering = ("key", "-valid_from")
        constraints = (models.UniqueConstraint(fields=("key", "valid_from"), name="rule_one_value_a_day"),)

    def __str__(self) -> str:
        """Key and day."""
        return f"{self.key} from {self.valid_from}"
