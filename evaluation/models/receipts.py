"""What a grantee paid, receipt by receipt, in the money it was paid in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evaluation.models.reports import Report
from evaluation.states import Payee, RateSource
from fundmgmt.formats import words
from fundmgmt.money import CURRENCIES, MinorField


class ExpenseReceipt(models.Model):
    """One payment with its paper. `rate` is what one unit of the first currency of the pair costs in the second.

    The pair is (grant's, receipt's), and the other way round in a grant in CDF: people say 2,850 CDF for one USD.
    `counted_minor` is the amount in the grant's currency, to the nearest unit.
    """

    report = models.ForeignKey(Report, models.PROTECT, related_name="receipts")
    organisation = models.ForeignKey("fundmgmt.Organisation", models.PROTECT, related_name="+")
    line_no = models.PositiveSmallIntegerField(_("budget line"))
    spent_date = models.DateField(_("paid on"))
    payee = models.CharField(_("who was paid"), max_length=12, choices=Payee)
    description = models.CharField(_("what for"), max_length=160)
    receipt_no = models.CharField(_("number of the receipt"), max_length=40)
    receipt_key = models.CharField(max_length=40, editable=False)
    amount_minor = MinorField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10, null=True)
    rate_source = models.CharField(_("where the rate comes from"), max_length=8, choices=RateSource, blank=True)
    counted_minor = MinorField()
    paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, null=True, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    private_fields = ("description", "receipt_no", "receipt_key")

    class Meta:
        """One paper is counted once, whichever project of the organisation it is shown for."""

        ordering = ("spent_date", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "receipt_key", "spent_date", "amount_minor", "currency"),
                name="expense_receipt_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, counted_minor__gte=0) & ~Q(receipt_key=""),
                name="expense_receipt_above_zero",
            ),
            models.CheckConstraint(
                condition=Q(rate__isnull=True, rate_source="", counted_minor=F("amount_minor"))
                | Q(rate__gt=0) & ~Q(rate_source=""),
                name="expense_receipt_rate_has_source",
            ),
        )
        indexes = (models.Index(fields=("report", "spent_date", "id"), name="expense_receipt_by_day"),)

    def __str__(self) -> str:
        """Number and day."""
        return f"{self.receipt_no} · {self.spent_date}"

    @property
    def rate_text(self) -> str:
        """The rate with every decimal it has and no other; never three, which could be read as thousands."""
        if self.rate is None:
            return ""
        text = f"{self.rate.normalize():f}"
        return f"{text}0" if len(text.partition(".")[2]) == 3 else text  # noqa: PLR2004 -- groups of three digits

    @property
    def rate_said(self) -> str:
        """The same in the reader's language."""
        return words.number(self.rate, len(self.rate_text.partition(".")[2]))

    @property
    def rate_written(self) -> str:
        """The same for a box to type in."""
        return "" if self.rate is None else words.written(self.rate, len(self.rate_text.partition(".")[2]))

    @property
    def thread(self) -> Any:
        """The project's story."""
        return self.report.thread
