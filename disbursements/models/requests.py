"""What a grantee asked for, as it stood when its officer certified it: written once, seal and paper with it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from disbursements.models.tranches import Tranche
from fundmgmt.models import Guard
from fundmgmt.models.append_only import AppendOnlyModel
from fundmgmt.money import MinorField

# Named one by one: a column that is added later must not change what was approved before.
CERTIFIED = (
    *("tranche_id", "no", "currency", "authorised_minor", "paid_minor", "accepted_minor", "stated_minor"),
    *("spent_minor", "interest_minor", "requested_minor", "by_line", "certified_name", "certified_role"),
    *("certified_by_id", "paper_id", "sha256"),
)


class FundsRequest(AppendOnlyModel):
    """One request for a tranche. The newest counts; those before were returned.

    `accepted` and `stated` are spending: of reports that are accepted, and that are handed in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="requests")
    no = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    authorised_minor = MinorField()
    paid_minor = MinorField()
    accepted_minor = MinorField()
    stated_minor = MinorField()
    spent_minor = MinorField(help_text="what the grantee says was spent so far")
    interest_minor = MinorField(default=0, help_text="interest on money of the grant; no part of the spending")
    requested_minor = MinorField()
    by_line = models.BooleanField(help_text="whether the lines say for what the money is asked")
    certified_name = models.CharField(max_length=120)
    certified_role = models.CharField(max_length=80, blank=True)
    certified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    certified_at = models.DateTimeField()
    paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)

    private_fields = ("certified_name", "certified_role")

    class Meta:
        """Numbered within the tranche."""

        ordering = ("tranche_id", "no")
        constraints = (
            models.UniqueConstraint(fields=("tranche", "no"), name="funds_request_no_once"),
            models.CheckConstraint(
                condition=Q(
                    requested_minor__gt=0,
                    interest_minor__gte=0,
                    spent_minor__gte=0,
                    accepted_minor__gte=0,
                    stated_minor__gte=0,
                ),
                name="funds_request_not_below_zero",
            ),
        )

    def __str__(self) -> str:
        """Tranche and number."""
        return f"{self.tranche_id}/{self.no}"

    def fingerprint(self) -> str:
        """Everything that was certified, to the line: what an approval of the tranche binds to."""
        own: dict[str, Any] = {name: getattr(self, name) for name in CERTIFIED}
        own |= {"id": str(self.pk), "certified_at": self.certified_at.astimezone(dt.UTC).isoformat()}
        told = {**own, "lines": [line.told() for line in sorted(self.lines.all(), key=lambda line: line.line_no)]}
        text = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def told_minor(self) -> int:
        """What reports say was spent: accepted, and handed in."""
        return self.accepted_minor + self.stated_minor

    @property
    def untold_minor(self) -> int:
        """What the grantee says beyond its reports; below zero when it says less."""
        return self.spent_minor - self.told_minor

    @classmethod
    def guards(cls) -> list[Guard]:
        """Lines make its amount, which is that of its tranche, which nobody has checked yet."""
        lines = f'FROM "{FundsRequestLine._meta.db_table}" l WHERE l."request_id" = NEW."id"'
        tranche = f'FROM "{Tranche._meta.db_table}" t WHERE t."id" = NEW."tranche_id"'
        return [
            Guard(
                "parts",
                "INSERT",
                f'(NEW."by_line" AND COALESCE((SELECT SUM(l."requested_minor") {lines}), 0) <> NEW."requested_minor")',
                "the parts of a request make its amount",
            ),
            Guard(
                "amount",
                "INSERT",
                f'NEW."requested_minor" <> (SELECT t."amount_minor" {tranche})',
                "a request asks for the amount of its tranche",
            ),
            Guard(
                "asked",
                "INSERT",
                f"(SELECT t.\"state\" {tranche}) <> 'requested'",
                "a tranche that is checked or approved takes no other request",
            ),
        ]


class FundsRequestLine(AppendOnlyModel):
    """One budget line: authorised, spent by accepted and by handed-in reports, asked for next."""

    request = models.ForeignKey(FundsRequest, models.PROTECT, related_name="lines")
    line_no = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=160)
    authorised_minor = MinorField()
    accepted_minor = MinorField()
    stated_minor = MinorField()
    requested_minor = MinorField()

    private_fields = ("description",)

    class Meta:
        """Each line once; nothing below zero."""

        ordering = ("line_no",)
        constraints = (
            models.UniqueConstraint(fields=("request", "line_no"), name="funds_request_line_once"),
            models.CheckConstraint(
                condition=Q(
                    authorised_minor__gte=0, accepted_minor__gte=0, stated_minor__gte=0, requested_minor__gte=0
                ),
                name="funds_request_line_not_below_zero",
            ),
        )

    def __str__(self) -> str:
        """Line and amount."""
        return f"{self.line_no}: {self.requested_minor}"

    def told(self) -> list[int | str]:
        """Number, words and amounts."""
        amounts = [self.authorised_minor, self.accepted_minor, self.stated_minor, self.requested_minor]
        return [self.line_no, self.description, *amounts]

    @classmethod
    def guards(cls) -> list[Guard]:
        """No line joins a request that stands."""
        stands = f'FROM "{FundsRequest._meta.db_table}" r WHERE r."id" = NEW."request_id"'
        return [Guard("late", "INSERT", f"EXISTS (SELECT 1 {stands})", "a certified request takes no further line")]
