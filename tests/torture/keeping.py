"""Web and worker under torture: started, killed with -9 wherever it hurts, started again. Own processes only."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fundmgmt.env import BASE_DIR

HANGS_AFTER = 25  # seconds of silence after which the cluster counts as hung: a sweep comes every few


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(pid: int) -> list[int]:
    """All descendants of a process of ours, deepest last."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(after[1]), []).append(int(stat.parent.name))
    found, wave = [], [pid]
    while wave:
        wave = [child for one in wave for child in parents.get(one, [])]
        found += wave
    return found


@dataclass
class Kept:
    """One process with its children, in a group of its own."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    starts: int = 0

    def start(self) -> None:
        self.starts += 1
        self.since = time.monotonic()
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.arguments,
                cwd=BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def look_after(self) -> None:
        if self.process.poll() is not None:
            self.kill_group()  # what the dead leader left behind
            self.start()


@dataclass
class Keeper:
    """Both processes, and the hand that kills."""

    environment: dict[str, str]
    folder: Path
    port: int
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        web = ["-m", "gunicorn", "fundmgmt.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2"]
        web += ["--threads", "4", "--timeout", "60"]
        worker = self.environment | {"Q_CLUSTER_NAME": "money"}
        self.web = Kept("web", [sys.executable, *web], self.environment, self.folder / "web.log")
        self.worker = Kept("worker", [sys.executable, "manage.py", "qcluster"], worker, self.folder / "worker.log")

    def start(self) -> None:
        self.web.start()
        self.worker.start()

    def look_after(self, silent_seconds: float) -> None:
        """What a supervisor and the watchdog do: start what died, end what hangs."""
        if silent_seconds > HANGS_AFTER and time.monotonic() - self.worker.since > HANGS_AFTER:
            self.kills["watchdog"] += 1
            self.worker.kill_group()
        for kept in (self.web, self.worker):
            kept.look_after()

    def strike(self) -> None:
        """Kill something of ours, at random."""
        targets = ["web worker"] * 3 + ["web"] + ["queue process"] * 4 + ["worker"]
        target = self.chance.choice(targets)
        kept = self.web if target.startswith("web") else self.worker
        if target in {"web", "worker"}:
            victim = kept.process.pid
        else:
            family = children_of(kept.process.pid)
            if not family:
                return
            victim = self.chance.choice(family)
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills[target] += 1

    def stop(self) -> None:
        for kept in (self.web, self.worker):
            kept.kill_group()
