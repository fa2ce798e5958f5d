import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from evaluation.management.commands import demo
from evaluation.management.commands.demo import Child, Supervisor, demo_environment, free_port
from fundmgmt import env

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "a").write("up\\n")
time.sleep(60)
"""


def alive(group: int) -> bool:
    """Say whether anybody of the group still runs; the dead whom nobody has buried do not count."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state not in "ZX":
            return True
    return False


def wait_for(path: Path, lines: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and len(path.read_text().splitlines()) >= lines:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} never had {lines} lines")


@pytest.fixture
def quiet_signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("quiet_signals")
def test_even_those_who_ignore_the_request_to_end_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "GRACE_SECONDS", 0.3)
    up = tmp_path / "up"
    child = Child("stubborn", [sys.executable, "-c", STUBBORN, str(up)], tmp_path / "log")
    supervisor = Supervisor([child])
    supervisor.start()
    wait_for(up, 2)
    supervisor.stop()
    assert not alive(child.process.pid)


@pytest.mark.usefixtures("quiet_signals")
def test_a_child_that_ends_is_started_again_but_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "RESTARTS", 2)
    child = Child("weak", [sys.executable, "-c", "pass"], tmp_path / "log")
    supervisor = Supervisor([child])
    supervisor.start()
    for _ in range(2):
        child.process.wait()
        supervisor.look_after()
    child.process.wait()
    with pytest.raises(CommandError, match="weak does not stay up"):
        supervisor.look_after()
    assert child.starts == 3
    supervisor.stop()


@pytest.mark.usefixtures("quiet_signals")
def test_after_ctrl_c_nobody_is_started_again(tmp_path: Path) -> None:
    child = Child("short", [sys.executable, "-c", "pass"], tmp_path / "log")
    supervisor = Supervisor([child])
    supervisor.start()
    os.kill(os.getpid(), signal.SIGINT)
    child.process.wait()
    supervisor.look_after()
    assert supervisor.told_to_stop
    assert child.starts == 1
    supervisor.stop()


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_the_demonstration_sets_only_declared_variables_and_stays_in_its_own_folder() -> None:
    assert set(demo_environment(8000)) <= set(env.VARIABLES)
    for name in ("VAR_DIR", "DATABASE_URL", "FILES_URL", "MAIL_URL"):
        assert "var/demo" in demo_environment(8000)[name]
    here = demo_environment(8000)
    assert here["STRIPE_API_BASE"].startswith("http://127.0.0.1:")
    assert here["STRIPE_SECRET_KEY"].startswith("sk_test_")
