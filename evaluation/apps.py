"""Wiring of this app: nothing but registrations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvaluationConfig(AppConfig):
    """Tell Django that this app is here."""

    name = "evaluation"
    verbose_name = _("Evaluation")
