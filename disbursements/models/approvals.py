"""Approvals: one row for each person who put their name to this amount and this payee."""
# ruff: noqa: S608 -- table names of our own; no value from outside enters the guards

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from disbursements.models.banking import BankDetail
from disbursements.models.tranches import Tranche
from fundmgmt.models import AppendOnlyModel, Guard
from fundmgmt.models.guards import same_person
from fundmgmt.money import MinorField


class Approval(AppendOnlyModel):
    """One person's approval in one round, bound to the payload. A round ends when anything changes."""

    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="approvals")
    round = models.PositiveSmallIntegerField()
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    amount_minor = MinorField()
    bank_detail = models.ForeignKey(BankDetail, models.PROTECT, related_name="+")
    payload_hash = models.CharField(max_length=64)
    needed = models.PositiveSmallIntegerField(help_text="people the rules asked for when this one approved")

    private_fields = ()

    class Meta:
        """Each person once in a round."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("tranche", "round", "approver"), name="approval_once_a_round"),
            models.CheckConstraint(condition=Q(needed__gte=1), name="approval_needs_somebody"),
        )

    def __str__(self) -> str:
        """Tranche and person."""
        return f"{self.tranche_id}: {self.approver_id}"

    @property
    def thread(self) -> Any:
        """The project's story."""
        return self.tranche.thread

    @classmethod
    def guards(cls) -> list[Guard]:
        """What is checked is approved as it stands, by nobody who asked, checked or approved already."""
        tranche = f'FROM "{Tranche._meta.db_table}" t WHERE t."id" = NEW."tranche_id"'
        others = (
            f'SELECT t."requested_by_id" {tranche} UNION SELECT t."checked_by_id" {tranche} '
            f'UNION SELECT a."approver_id" FROM "{cls._meta.db_table}" a '
            'WHERE a."tranche_id" = NEW."tranche_id" AND a."round" = NEW."round"'
        )
        return [
            Guard(
                "stands",
                "INSERT",
                f"NOT EXISTS (SELECT 1 {tranche} AND t.\"state\" IN ('checked', 'approved') "
                'AND t."approval_round" = NEW."round" AND t."amount_minor" = NEW."amount_minor")',
                "approved is a checked tranche, as it stands",
            ),
            Guard(
                "people",
                "INSERT",
                same_person("approver_id", others),
                "each step of a payment is taken by another person",
            ),
        ]
