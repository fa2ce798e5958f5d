"""The only door to the queue: a dotted name and one id, enqueued after commit.

The queue is a wake-up, not the truth: handlers read the row, return when the work is done already, and may run twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from functools import partial

from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule, Success
from django_q.tasks import async_task

logger = logging.getLogger("fundmgmt.tasks")

MONEY, BULK = "money", "bulk"  # the two clusters: a long run of letters or PDFs never delays a payment
TIMETABLE: dict[str, int] = {}  # dotted name -> minutes between two runs
CLUSTERS: dict[str, str] = {}  # dotted name on the timetable -> which cluster runs it


def enqueue(dotted: str, ident: int | str, cluster: str = BULK) -> None:
    """Run `dotted(ident)` in a worker of the cluster once the present transaction is committed."""
    import_string(dotted)  # a wrong name fails here, in the request that is wrong, not in a worker at night
    options = {"task_name": f"{dotted} {ident}"[:100], "cluster": cluster}
    transaction.on_commit(partial(async_task, dotted, ident, q_options=options))


def schedule(dotted: str, minutes: int, cluster: str = BULK) -> None:
    """Put a handler without arguments on the timetable; `write_timetable` tells the queue."""
    TIMETABLE[dotted], CLUSTERS[dotted] = minutes, cluster


def write_timetable() -> None:
    """Make the queue's schedule equal the timetable (after migrate)."""
    if Schedule._meta.db_table not in connection.introspection.table_names():
        return
    Schedule.objects.exclude(name__in=TIMETABLE).delete()
    for dotted, minutes in TIMETABLE.items():
        values = {"func": dotted, "schedule_type": Schedule.MINUTES, "minutes": minutes, "cluster": CLUSTERS[dotted]}
        Schedule.objects.update_or_create(
            name=dotted, defaults=values, create_defaults=values | {"next_run": timezone.now()}
        )


def last_heartbeat() -> dt.datetime | None:
    """When a worker last finished the sweep that runs every minute; None when none ever did."""
    return (
        Success.objects.filter(func="fundmgmt.listeners.sweep_journal")
        .order_by("-stopped")
        .values_list("stopped", flat=True)
        .first()
    )
