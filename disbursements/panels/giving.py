"""What waits for treasurers about donors and gifts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.models import Dispute, DisputeAnswer, GivingBack
from disbursements.queries.donors import donors_to_check, late_parts
from disbursements.states import DisputeAnswerState, DisputeState, GivingBackState
from fundmgmt.formats.words import money
from fundmgmt.inbox import READ, Item


def about_money_in(user: Any, today: dt.date) -> Iterator[Item]:
    """Promises, gifts that go back, gifts in dispute."""
    yield from _donors(today)
    yield from _refunds(user)
    yield from _disputes(user)


def _donors(today: dt.date) -> Iterator[Item]:
    """Parts of pledges that are late, and donors with an open promise whose check has ended."""
    for part in late_parts(today)[:READ]:
        url, ref = part.pledge.get_absolute_url(), part.pledge.ref
        yield Item(_("Ask the donor for a late part"), str(part.left), url, ref=ref, due=part.due_date)
    for donor in donors_to_check(today, 0)[:READ]:
        url = f"{donor.get_absolute_url()}#checks"
        yield Item(_("Check the donor again"), donor.name, url, ref=donor.ref, due=donor.checked_until_date)


def _refunds(user: Any) -> Iterator[Item]:
    rows = GivingBack.objects.filter(state=GivingBackState.PROPOSED).exclude(proposed_by=user)
    for row in rows.exclude(proposed_by=None).select_related("donation")[:READ]:
        url = reverse("disbursements:giving_back", args=[row.pk, "confirm"])
        amount = money(row.amount_minor, row.donation.currency)
        yield Item(_("Confirm or decline giving a gift back"), amount, url, ref=row.donation.ref)


def _disputes(user: Any) -> Iterator[Item]:
    """Disputes that nobody answers yet, with their last day, and answers that wait for a second treasurer."""
    proposed = DisputeAnswer.objects.filter(state=DisputeAnswerState.PROPOSED).exclude(proposed_by=user)
    for row in proposed.select_related("dispute__donation")[:READ]:
        url = reverse("disbursements:dispute_answer", args=[row.pk, "confirm"])
        what = _("Confirm or decline the answer to a dispute")
        due = timezone.localdate(row.dispute.due_at) if row.dispute.due_at else None
        amount = money(row.dispute.amount_minor, row.dispute.currency)
        yield Item(what, amount, url, ref=row.dispute.donation.ref, due=due)
    answered = DisputeAnswer.objects.filter(dispute=OuterRef("pk")).exclude(
        state__in=[DisputeAnswerState.DECLINED, DisputeAnswerState.FAILED]
    )
    rows = Dispute.objects.filter(~Exists(answered), state__in=[DisputeState.ASKED, DisputeState.OPEN])
    for dispute in rows.select_related("donation").order_by("due_at", "id")[:READ]:
        due = timezone.localdate(dispute.due_at) if dispute.due_at else None
        url, ref = f"{dispute.get_absolute_url()}#dispute", dispute.donation.ref
        amount, what = money(dispute.amount_minor, dispute.currency), _("Answer the bank about a gift")
        yield Item(what, amount, url, ref=ref, why=dispute.why, due=due, tone="no")
