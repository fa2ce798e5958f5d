"""Wiring of this app: nothing but registrations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    """Tell Django that this app is here."""

    name = "applications"
    verbose_name = _("Applications")
