"""Taking a person's words out of the journal: the one thing in it that can go, and its line still proves right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import JournalEntry, Remark, StepRefused

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User


def erase_words(entry: JournalEntry, *, by: User | None, at: dt.datetime, why: str) -> Remark:
    """Take out the words behind a line; their salted hash stays in it, so the chain stays whole.

    `why` is a code of EraseReason: new words about the old ones would be the next thing to erase.
    """
    require(by, "fundmgmt.erase_remark", entry)
    if entry.remark_id is None:
        raise StepRefused(_("Nobody wrote any words here."))
    with transaction.atomic():
        remark = Remark.objects.select_for_update().get(pk=entry.remark_id)
        if remark.erased_at is not None:
            raise StepRefused(_("These words were taken out already."))
        remark.text, remark.erased_at = "", at
        remark.save(update_fields=["text", "erased_at"])
        facts = {"remark": remark.pk, "line": entry.seq, "why": why}
        journal.record("fundmgmt.remark.erase", remark, by=by, at=at, facts=facts, thread=entry.thread)
    return remark
