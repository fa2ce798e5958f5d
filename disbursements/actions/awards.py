"""What the stage upstream is told: the agreement is signed, the award's conditions are met."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from applications.models import Application
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from disbursements.models import Grant


def tell_agreed(grant: Grant, *, at: dt.datetime) -> Application:
    """Withdrawing ends here. The system's own step, in the transaction of the signature."""
    facts = {"grant": grant.ref, "amount_minor": grant.amount_minor, "currency": grant.currency}
    return perform(grant.application, "mark_agreed", by=None, at=at, facts=facts, agreed_at=at)
