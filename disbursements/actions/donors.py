"""Who donors are: the check of each, and who may read a donor's statement."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.funding import FUND_THREAD
from disbursements.models import Donor, DonorCheck
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    from fundmgmt.models import User


def check_donor(
    donor: Donor,
    *,
    by: User,
    at: dt.datetime,
    outcome: str,
    lists_note: str,
    checked_date: dt.date,
    until_date: dt.date,
    reason: str = "",
) -> DonorCheck:
    """A second person looked at the donor; the newest check counts. A refusal says why."""
    if checked_date > timezone.localdate(at):
        raise StepRefused(_("This day lies ahead."), field="checked_date")
    if until_date < checked_date:
        raise StepRefused(_("A check ends after the day on which it was made."), field="until_date")
    if outcome == "refused" and not reason.strip():
        raise StepRefused(_("Write why its money is not accepted."), field="reason")
    with transaction.atomic():
        require(by, "disbursements.check_donor", donor)
        row = DonorCheck.objects.create(
            donor=donor,
            outcome=outcome,
            lists_note=lists_note.strip(),
            checked_date=checked_date,
            until_date=until_date,
            checked_by=by,
            recorded_at=at,
        )
        donor.checked_until_date = until_date
        donor.save(update_fields=["checked_until_date"])
        facts = {"code": donor.ref, "outcome": outcome, "until": until_date}
        journal.record("disbursements.donor.check", donor, by=by, at=at, facts=facts, reason=reason, thread=FUND_THREAD)
    return row


def name_reader(donor: Donor, *, by: User, at: dt.datetime, person: User) -> Donor:
    """Somebody of the donor may read its statement: a donor viewer, and no other."""
    if "donor_viewer" not in person.role_codes:
        raise StepRefused(_("Only somebody with the role “Donor viewer” can be named."), field="person")
    with transaction.atomic():
        require(by, "disbursements.name_donor_reader", donor)
        donor.readers.add(person)
        facts = {"code": donor.ref, "person": person.pk}
        journal.record("disbursements.donor.name_reader", donor, by=by, at=at, facts=facts, thread=FUND_THREAD)
    return donor


def drop_reader(donor: Donor, *, by: User, at: dt.datetime, person: User) -> Donor:
    """This person reads it no longer."""
    with transaction.atomic():
        require(by, "disbursements.name_donor_reader", donor)
        donor.readers.remove(person)
        facts = {"code": donor.ref, "person": person.pk}
        journal.record("disbursements.donor.drop_reader", donor, by=by, at=at, facts=facts, thread=FUND_THREAD)
    return donor
