"""Two clusters, their settings, and the dog that watches them."""

import datetime as dt
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as fund
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from fundmgmt import settings as written
from fundmgmt import tasks
from fundmgmt.management.commands import watchdog
from fundmgmt.models import Heartbeat

AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


def cluster(name: str) -> dict[str, Any]:
    """The settings of one cluster, as the queue puts them together."""
    return fund.Q_CLUSTER | fund.Q_CLUSTER["ALT_CLUSTERS"].get(name, {})


@pytest.mark.parametrize("name", ["money", "bulk"])
def test_a_task_never_comes_again_while_the_first_may_still_run(name: str) -> None:
    values = cluster(name)
    assert values["queue_limit"] == values["workers"]
    assert values["retry"] >= values["timeout"] * (values["queue_limit"] / values["workers"] + 2)
    assert values["timeout"] > fund.RAIL_SECONDS * 2  # asked first, then told
    assert values["max_attempts"] > 0
    assert values["save_limit"] > 0
    assert (values["catch_up"], values["ack_failures"], values["orm"]) == (False, False, "default")


def test_payments_have_one_worker_of_their_own() -> None:
    assert cluster("money")["workers"] == 1
    assert fund.Q_CLUSTER["name"] == tasks.BULK
    assert set(fund.Q_CLUSTER["ALT_CLUSTERS"]) == {tasks.MONEY}


def test_postgresql_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://fund@localhost/fund")
    read = importlib.reload(written)
    try:
        assert read.DATABASES["default"]["CONN_MAX_AGE"] == 60
    finally:
        monkeypatch.undo()
        importlib.reload(written)


@pytest.mark.django_db
def test_each_entry_of_the_timetable_has_its_cluster() -> None:
    told = dict(Schedule.objects.values_list("func", "cluster"))
    assert told == tasks.CLUSTERS
    assert told["disbursements.tasks.sweep_outbox"] == "money"
    assert told["fundmgmt.listeners.sweep_journal"] == "bulk"


@pytest.mark.django_db(transaction=True)
def test_work_is_put_where_it_belongs() -> None:
    tasks.enqueue("fundmgmt.listeners.verify_journal", 1)
    tasks.enqueue("fundmgmt.listeners.verify_journal", 2, tasks.MONEY)
    assert sorted(OrmQ.objects.values_list("key", flat=True)) == ["bulk", "money"]


@pytest.fixture
def alive(db: None) -> None:
    for name in (tasks.MONEY, tasks.BULK):
        tasks.beat(name, timezone.now())


def late() -> list[str]:
    return [signs.cluster for signs in tasks.signs_of_life(timezone.now()) if signs.is_late]


def ago(seconds: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(seconds=seconds)


def test_a_silent_cluster_is_late(alive: None) -> None:
    assert late() == []
    Heartbeat.objects.filter(cluster="money").update(at=ago(119))
    assert late() == []
    Heartbeat.objects.filter(cluster="money").update(at=ago(121))
    assert late() == ["money"]
    Heartbeat.objects.all().delete()
    assert late() == ["money", "bulk"]


def test_due_work_that_nobody_takes_is_late(alive: None) -> None:
    row = OrmQ.objects.create(key="money", payload="x", lock=ago(60))
    assert late() == []
    OrmQ.objects.filter(pk=row.pk).update(lock=ago(130))
    assert late() == []  # a long queue, and the cluster works on it
    Heartbeat.objects.filter(cluster="money").update(at=ago(70))
    assert late() == ["money"]
    OrmQ.objects.filter(pk=row.pk).update(lock=ago(-130))  # somebody works on it
    assert late() == []


@pytest.mark.django_db
def test_a_sign_of_life_is_not_written_at_every_call(django_assert_num_queries: Any) -> None:
    tasks.beat("money", AT)
    with django_assert_num_queries(1):
        tasks.beat("money", AT + dt.timedelta(seconds=5))
    assert Heartbeat.objects.get().at == AT
    tasks.beat("money", AT + dt.timedelta(seconds=11))
    assert Heartbeat.objects.get().at == AT + dt.timedelta(seconds=11)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("watchdog", *arguments)
    return int(ended.value.code or 0)


def test_the_exit_code_is_the_verdict(alive: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    Heartbeat.objects.filter(cluster="bulk").update(at=ago(1000))
    assert run() == 1
    assert "bulk: late" in capsys.readouterr().out


@pytest.fixture
def hanging(tmp_path: Path, settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    settings.VAR_DIR = tmp_path
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)", "qcluster"], start_new_session=True
    )
    watchdog.pid_file("money").write_text(str(process.pid))
    deadline = time.monotonic() + 20
    while watchdog.running_since("money") is None and time.monotonic() < deadline:
        time.sleep(0.02)  # on a busy machine a new process shows its command some moments later
    yield process
    process.kill()
    process.wait()


def test_a_late_worker_is_ended_and_a_young_one_is_not(alive: None, hanging: subprocess.Popen[bytes]) -> None:
    Heartbeat.objects.filter(cluster="money").update(at=ago(300))
    assert run("--restart") == 1
    assert hanging.poll() is None  # it has just been started: it had no time to show life
    old = time.time() - 200
    os.utime(watchdog.pid_file("money"), (old, old))
    assert run() == 1
    assert hanging.poll() is None  # only asked
    assert run("--restart") == 1
    assert hanging.wait(timeout=5) == -9


def test_another_process_under_the_old_number_is_left_alone(alive: None, tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    Heartbeat.objects.filter(cluster="money").update(at=ago(300))
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        watchdog.pid_file("money").write_text(str(other.pid))
        os.utime(watchdog.pid_file("money"), (0, 0))
        assert run("--restart") == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_health_says_how_the_workers_do(alive: None) -> None:
    answer = Client().get("/health/")
    assert (answer.status_code, answer.json()) == (
        200,
        {"database": "ok", "triggers": "ok", "worker_money": "ok", "worker_bulk": "ok"},
    )
    Heartbeat.objects.filter(cluster="money").update(at=ago(500))
    assert Client().get("/health/").json()["worker_money"] == "late"
