"""The only door to the queue: a dotted name and one id, enqueued after commit.

The queue is a wake-up, not the truth: handlers read the row, return when the work is done already, and may run twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.signals import pre_execute
from django_q.tasks import async_task

from fundmgmt.models import Heartbeat

logger = logging.getLogger("fundmgmt.tasks")

MONEY, BULK = "money", "bulk"  # the two clusters: a long run of letters or PDFs never delays a payment
BEAT_SECONDS = 10  # between two signs of life that are written down
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


def beat(cluster: str, now: dt.datetime) -> None:
    """A sign of life of a cluster; written at most every few seconds, however often it is called."""
    recent = now - dt.timedelta(seconds=BEAT_SECONDS)
    if not Heartbeat.objects.filter(cluster=cluster, at__gt=recent).exists():
        Heartbeat.objects.update_or_create(cluster=cluster, defaults={"at": now})


def beat_at_each_task(**_kwargs: object) -> None:
    """In a worker, before each task: a cluster with a long queue is busy, not dead."""
    beat(Conf.CLUSTER_NAME, timezone.now())


pre_execute.connect(beat_at_each_task, dispatch_uid="fundmgmt.beat")


@dataclass(frozen=True)
class Signs:
    """How a cluster does: its last sign of life, what is due and nobody takes."""

    cluster: str
    beat: dt.datetime | None
    oldest_due: dt.datetime | None
    waiting: int
    now: dt.datetime

    @property
    def is_late(self) -> bool:
        """Silent for too long; or work lies too long, and no task has begun lately (a busy cluster shows life)."""
        wait = dt.timedelta(seconds=patience(self.cluster))
        if self.beat is None or self.beat < self.now - wait:
            return True
        lies = self.oldest_due is not None and self.oldest_due < self.now - wait
        return lies and self.beat < self.now - wait / 2


def patience(cluster: str) -> int:
    """Seconds. Payments show life as they go; a long run of the other cluster may last as long as a task may."""
    return settings.WATCH_SECONDS if cluster == MONEY else settings.WATCH_SECONDS + settings.TASK_SECONDS


def signs_of_life(now: dt.datetime) -> list[Signs]:
    """Both clusters (three queries)."""
    beats = dict(Heartbeat.objects.values_list("cluster", "at"))
    due = OrmQ.objects.filter(lock__lte=now).order_by().values("key").annotate(n=Count("pk"), first=Min("lock"))
    queues = {row["key"]: row for row in due}
    return [
        Signs(name, beats.get(name), queues.get(name, {}).get("first"), queues.get(name, {}).get("n", 0), now)
        for name in (MONEY, BULK)
    ]
