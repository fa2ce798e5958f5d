"""The seat a person speaks for, and that it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from applications.models import Attendance, Meeting
from fundmgmt.access import Refused
from fundmgmt.models import Seat

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User


def seat_of(user: User) -> Seat:
    """The seat this person holds today; Refused when none."""
    if user.seat is None:
        raise Refused(_("Only members of the Steering Committee do this."))
    return Seat.objects.get(pk=user.seat.seat_id)


def mark_present(meeting: Meeting, user: User, channel: str, at: dt.datetime) -> None:
    """Once per seat; who came first stays."""
    assert user.seat is not None
    Attendance.objects.get_or_create(
        meeting=meeting, seat_id=user.seat.seat_id, defaults={"user": user, "channel": channel, "at": at}
    )
