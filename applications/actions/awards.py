"""What happens to an application after the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundmgmt.workflow import perform

if TYPE_CHECKING:
    import datetime as dt

    from applications.models import Application
    from fundmgmt.models import User


def mark_agreed(application: Application, *, at: dt.datetime, grant: str = "") -> Application:
    """The agreement is signed: the system notes it; withdrawing and correcting end here. `grant` is its reference."""
    if application.agreed_at is not None:
        return application
    facts = {"grant": grant, "amount_minor": application.awarded_minor, "currency": application.currency}
    return perform(application, "mark_agreed", by=None, at=at, facts=facts, agreed_at=at)


def meet_award_conditions(
    application: Application,
    *,
    by: User,
    at: dt.datetime,
    reason: str = "",
    conditions: int | None = None,
    expected_version: int | None = None,
) -> Application:
    """All conditions of the award are met; `conditions` is how many there were."""
    return perform(
        application,
        "meet_award_conditions",
        by=by,
        at=at,
        reason=reason,
        facts={"conditions": conditions},
        expected_version=expected_version,
    )
