"""The close-out list of a grant."""

from django.conf import settings
from django.db import models

from disbursements.states import ClosureCode


class ClosureItem(models.Model):
    """One line of the close-out list."""

    grant = models.ForeignKey("disbursements.Grant", models.PROTECT, related_name="closure_items")
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
