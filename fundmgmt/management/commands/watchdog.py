"""Looks from outside whether the workers live. Run it each minute by the supervisor's timer.

Exit code 0: both clusters live. 1: one is late. 2: the database cannot be asked. With --restart, a late cluster that
runs on this machine is ended, whatever it hangs in; the supervisor (Restart=always) starts it again.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from fundmgmt import tasks

ALIVE, LATE, BLIND = 0, 1, 2


def pid_file(cluster: str) -> Path:
    """Where the worker of a cluster writes its process id."""
    return Path(settings.VAR_DIR) / f"worker-{cluster}.pid"


def running_since(cluster: str) -> tuple[int, float] | None:
    """Process id and start of the worker of a cluster on this machine; None when there is none."""
    path = pid_file(cluster)
    try:
        pid, since = int(path.read_text()), path.stat().st_mtime
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return (pid, since) if b"qcluster" in command else None  # the number may be somebody else's by now


def end_cluster(pid: int) -> None:
    """End a worker with all its children: one that hangs does not hear a request."""
    group = os.getpgid(pid)
    if group == os.getpgrp():
        os.kill(pid, signal.SIGKILL)
    else:
        os.killpg(group, signal.SIGKILL)


class Command(BaseCommand):
    """Ask for signs of life."""

    help = "Say whether both clusters of workers live (exit code 0, 1 late, 2 no database); --restart ends a late one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to act."""
        parser.add_argument("--restart", action="store_true", help="end a late worker, so that it is started again")

    def handle(self, *_args: Any, restart: bool, **_options: Any) -> None:
        """Say how each cluster does; the exit code is the verdict."""
        try:
            found = tasks.signs_of_life(timezone.now())
        except DatabaseError as error:
            self.stderr.write(f"The database cannot be asked: {error}")
            sys.exit(BLIND)
        for signs in found:
            word = "late" if signs.is_late else "ok"
            seen = f"{signs.beat:%Y-%m-%d %H:%M:%S}" if signs.beat else "never"
            self.stdout.write(f"{signs.cluster}: {word}, last sign of life {seen}, {signs.waiting} due")
            if signs.is_late and restart:
                self.end(signs.cluster)
        sys.exit(LATE if any(signs.is_late for signs in found) else ALIVE)

    def end(self, cluster: str) -> None:
        """End the worker of a cluster, unless it was started so lately that it had no time to show life."""
        worker = running_since(cluster)
        if worker is None:
            self.stdout.write(f"{cluster}: no worker runs on this machine")
        elif time.time() - worker[1] > tasks.patience(cluster):
            self.stdout.write(f"{cluster}: ended, to be started again")
            end_cluster(worker[0])
