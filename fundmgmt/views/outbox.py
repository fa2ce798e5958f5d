"""The demonstration's outbox: what would have been sent by mail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from fundmgmt.mail import read_outbox
from fundmgmt.pages import Page


class Outbox(Page):
    """Messages of the demonstration, newest first; 404 anywhere else."""

    policy = "fundmgmt.view_outbox"
    template_name = "fundmgmt/outbox.html"
    title = _("Outbox of the demonstration")
    section = "outbox"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Messages, all or to one address."""
        to = self.request.GET.get("to", "")[:200]
        return super().get_context(messages_sent=read_outbox(to, 50), to=to, **extra)
