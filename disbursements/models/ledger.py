"""The ledger: double entry, written once, balanced by the database.

Lines are inserted before their entry (foreign keys are checked at commit). The entry's own insert is refused unless
its lines sum to zero in each currency, and a line is refused once its entry stands. So an unbalanced entry cannot
exist on any database, and PostgreSQL asks once more at commit.
"""
# ruff: noqa: S608 -- table names of our own; no value from outside enters the guards

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from disbursements.states import AccountKind, EntryKind
from fundmgmt.models import AppendOnlyModel, Guard
from fundmgmt.money import CURRENCIES, MinorField

WHOLE = "*"  # the purse of all money of a currency
UNRESTRICTED = "-"  # the purse of money without an earmark
CLOSED = (
    'FROM "disbursements_ledgerline" l JOIN "disbursements_account" a ON a."id" = l."account_id" '
    'JOIN "disbursements_closedday" c ON c."currency" = l."currency" '
    'WHERE l."entry_id" = NEW."id" AND a."code" = \'bank\' AND c."day" >= NEW."day"'
)


class Earmark(models.Model):
    """A donor's wish what money is for: places, pillars or tags. Empty lists ask nothing."""

    code = models.SlugField(max_length=24, unique=True)
    label = models.CharField(max_length=120)
    provinces = models.JSONField(default=list, blank=True)
    pillars = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)

    private_fields = ()

    class Meta:
        """By code."""

        ordering = ("code",)

    def __str__(self) -> str:
        """Label."""
        return self.label


class Account(models.Model):
    """A ledger account."""

    code = models.SlugField(max_length=24, unique=True)
    kind = models.CharField(max_length=8, choices=AccountKind)

    private_fields = ()

    class Meta:
        """By code."""

        ordering = ("code",)

    def __str__(self) -> str:
        """Code."""
        return self.code


class Rate(AppendOnlyModel):
    """One unit of `base` in `quote` on a day, with its source. Corrected by a newer row."""

    base = models.CharField(max_length=3, choices=CURRENCIES)
    quote = models.CharField(max_length=3, choices=CURRENCIES)
    on_date = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    source = models.CharField(max_length=120)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    private_fields = ()

    class Meta:
        """Positive, between two currencies."""

        ordering = ("-on_date", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="rate_two_currencies"),
        )

    def __str__(self) -> str:
        """Pair and day."""
        return f"{self.base}/{self.quote} {self.on_date}"


class StandingManager(models.Manager):
    """Rows of money received that stand; those taken back are told by the ledger and the journal."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Without what was recorded by mistake."""
        return super().get_queryset().filter(taken_back_at__isnull=True)


class LedgerHead(models.Model):
    """The last link of the ledger's chain; its row is the lock under which the next entry is numbered."""

    name = models.CharField(max_length=8, primary_key=True)
    no = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    private_fields = ()

    def __str__(self) -> str:
        """Number."""
        return str(self.no)


class LedgerEntry(AppendOnlyModel):
    """One movement with its cause: `source` is app.model:id of the row that caused it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    no = models.PositiveBigIntegerField(unique=True)
    kind = models.CharField(max_length=24, choices=EntryKind)
    source = models.CharField(max_length=96)
    at = models.DateTimeField()
    day = models.DateField(help_text="value date: the day on the bank's paper")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    private_fields = ()

    class Meta:
        """One entry for each cause."""

        ordering = ("no",)
        constraints = (
            models.UniqueConstraint(fields=("kind", "source"), name="ledger_one_entry_per_cause"),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.REVERSAL, reverses__isnull=False)
                | (~Q(kind=EntryKind.REVERSAL) & Q(reverses__isnull=True)),
                name="ledger_reversal_names_entry",
            ),
        )
        indexes = (models.Index(fields=("kind", "no"), name="ledger_kind"),)

    def __str__(self) -> str:
        """Number and kind."""
        return f"{self.no} {self.kind}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:entry", args=[self.no])

    @classmethod
    def guards(cls) -> list[Guard]:
        """An entry stands only over lines that balance."""
        lines = f'FROM "{LedgerLine._meta.db_table}" WHERE "entry_id" = NEW."id"'
        return [
            Guard(
                "balance",
                "INSERT",
                f"((SELECT COUNT(*) {lines}) < 2 OR EXISTS (SELECT 1 {lines} "
                'GROUP BY "currency" HAVING SUM("amount_minor") <> 0))',
                "the lines of a ledger entry sum to zero in each currency",
            ),
            Guard(
                "closed",
                "INSERT",
                f"EXISTS (SELECT 1 {CLOSED})",
                "the bank's day is closed: no fact of the bank joins it",
            ),
        ]


class LedgerLine(AppendOnlyModel):
    """A signed amount on an account (debit positive), with what it belongs to."""

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    amount_minor = MinorField()
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    earmark = models.ForeignKey(Earmark, models.PROTECT, null=True, blank=True, related_name="+")
    donor = models.ForeignKey("disbursements.Donor", models.PROTECT, null=True, blank=True, related_name="+")
    grant = models.ForeignKey("disbursements.Grant", models.PROTECT, null=True, blank=True, related_name="+")
    tranche = models.ForeignKey("disbursements.Tranche", models.PROTECT, null=True, blank=True, related_name="+")
    rate = models.ForeignKey(Rate, models.PROTECT, null=True, blank=True, related_name="+")

    private_fields = ()

    class Meta:
        """No empty line."""

        ordering = ("id",)
        constraints = (models.CheckConstraint(condition=~Q(amount_minor=0), name="ledger_line_not_zero"),)
        indexes = (
            # whole, so that balances and whose money is left are read from the index alone
            models.Index(
                fields=("account", "currency", "earmark", "donor", "amount_minor"), name="ledger_line_account"
            ),
        )

    def __str__(self) -> str:
        """Amount."""
        return f"{self.amount_minor} {self.currency}"

    def get_absolute_url(self) -> str:
        """The page of its entry."""
        return self.entry.get_absolute_url()

    @classmethod
    def guards(cls) -> list[Guard]:
        """No line joins an entry that stands."""
        table = cls._meta.db_table
        return [
            Guard(
                "late",
                "INSERT",
                f'EXISTS (SELECT 1 FROM "{LedgerEntry._meta.db_table}" WHERE "id" = NEW."entry_id")',
                "a ledger entry takes no more lines",
            ),
            Guard(
                "sum",
                "INSERT",
                f'EXISTS (SELECT 1 FROM "{table}" WHERE "entry_id" = NEW."entry_id" '
                'GROUP BY "currency" HAVING SUM("amount_minor") <> 0)',
                "the lines of a ledger entry sum to zero in each currency",
                deferred=True,
            ),
        ]


class Purse(models.Model):
    """A lock with figures: what one earmark (`*`: all money, `-`: unrestricted) received and gave, in one currency.

    The ledger is the truth. The purse lets two people at once not spend the same money: it is changed by conditional
    update in the transaction of the ledger entry, and `verify_ledger` compares it with the lines. `short_minor` is what
    is missing because somebody outside took money that was spent or committed; only that makes it grow.
    """

    code = models.CharField(max_length=24)
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    received_minor = MinorField(default=0)
    committed_minor = MinorField(default=0)
    paid_minor = MinorField(default=0)
    costs_minor = MinorField(default=0)
    short_minor = MinorField(default=0)

    private_fields = ()

    class Meta:
        """Nothing is paid, and of all no more committed, than was received; but for what was taken from outside."""

        ordering = ("currency", "code")
        constraints = (
            models.UniqueConstraint(fields=("code", "currency"), name="purse_once"),
            models.CheckConstraint(
                condition=Q(received_minor__gte=F("paid_minor") + F("costs_minor") - F("short_minor")),
                name="purse_pays_what_it_has",
            ),
            models.CheckConstraint(condition=Q(short_minor__gte=0), name="purse_short_is_no_surplus"),
            models.CheckConstraint(
                condition=~Q(code=WHOLE)
                | Q(received_minor__gte=F("committed_minor") + F("costs_minor") - F("short_minor")),
                name="purse_commits_what_it_has",
            ),
        )

    def __str__(self) -> str:
        """Code and currency."""
        return f"{self.code} {self.currency}"

    @property
    def missing_minor(self) -> int:
        """How much more was paid, or of all money committed, than was received and kept."""
        bound = max(self.paid_minor, self.committed_minor) if self.code == WHOLE else self.paid_minor
        return max(bound + self.costs_minor - self.received_minor, 0)
