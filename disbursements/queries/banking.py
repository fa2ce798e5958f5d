"""What is known about an organisation's bank details and the number to call about them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone

from disbursements.models import BankDetail
from fundmgmt.journal import subject_of
from fundmgmt.models import JournalEntry
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from fundmgmt.models import Organisation


def number_on_file(organisation: Organisation, at: dt.datetime) -> str:
    """The number to call about a change, whoever asks for it.

    The organisation's own, unless that changed lately too: then the number that was called about the details before.
    """
    before = BankDetail.objects.filter(organisation=organisation, verified_at__isnull=False).order_by("-no").first()
    last = before.called_number if before else ""
    since = at - dt.timedelta(days=rule("phone_settled_days", timezone.localdate(at)).value)
    described = JournalEntry.objects.filter(
        subject=subject_of(organisation), kind="fundmgmt.organisation.describe", at__gt=since, at__lte=at
    )
    changed = any("phone" in entry.facts.get("fields", ()) for entry in described)
    return last if changed and last else organisation.phone or last
