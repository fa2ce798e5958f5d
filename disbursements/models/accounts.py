"""The fund's own accounts at its bank, by currency, in versions."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

import disbursements.access  # noqa: F401 -- policies stand before anybody asks them
from fundmgmt.access import can
from fundmgmt.models import AppendOnlyModel, AppendOnlyQuerySet
from fundmgmt.money import CURRENCIES

BIC = RegexValidator(r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$", _("A BIC has 8 or 11 letters and figures."))


class FundAccountQuerySet(AppendOnlyQuerySet):
    """Own accounts."""

    def visible_to(self, user: Any) -> Self:
        """Those who handle the bank; never the public."""
        return self if can(user, "disbursements.view_fundaccount") else self.none()


class FundAccount(AppendOnlyModel):
    """Where the fund's money of one currency lies from a day on. A change is a new row."""

    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    holder = models.CharField(_("account holder"), max_length=140)
    account_number = models.CharField(_("account number"), max_length=34)
    bank_name = models.CharField(_("bank"), max_length=140)
    bic = models.CharField(_("BIC of the bank"), max_length=11, blank=True, validators=[BIC])
    town = models.CharField(_("town"), max_length=35)
    country = models.CharField(_("country (two letters)"), max_length=2, default="CD")
    valid_from = models.DateField(_("valid from"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects = FundAccountQuerySet.as_manager()
    private_fields = ("holder", "account_number")

    class Meta:
        """Newest first."""

        ordering = ("currency", "-valid_from", "-id")
        constraints = (models.CheckConstraint(condition=~Q(account_number=""), name="fund_account_has_number"),)

    def __str__(self) -> str:
        """Currency and bank."""
        return f"{self.currency} {self.bank_name}"
