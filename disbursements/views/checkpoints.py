"""Checkpoints of the books, open to everybody: roots and numbers, nothing else."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from disbursements.queries.checkpoints import checkpoints_for_page
from fundmgmt.pages import Page

SHOWN = 40


class Checkpoints(Page):
    """The newest checkpoints, so that whoever wishes may keep a copy."""

    policy = "disbursements.view_checkpoint"
    public_reason = "A seal helps only if many people outside can keep it; it tells counts and hashes, no content."
    title = _("Checkpoints of the books")
    template_name = "disbursements/checkpoints.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The newest, and the keys that signed them."""
        rows = list(checkpoints_for_page()[:SHOWN])
        keys = list(dict.fromkeys(row.key for row in rows if row.key))
        return super().get_context(rows=rows, keys=keys, shown=SHOWN, **extra)
