"""The demonstration's outbox: what would have been sent by mail or to a phone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from fundmgmt import mail, sms
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
        return super().get_context(
            messages_sent=mail.read_outbox(to, 50), texts_sent=sms.read_outbox(to, 20), to=to, **extra
        )
