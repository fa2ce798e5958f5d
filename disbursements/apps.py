"""Wiring of this app: nothing but registrations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisbursementsConfig(AppConfig):
    """Tell Django that this app is here."""

    name = "disbursements"
    verbose_name = _("Disbursements")
