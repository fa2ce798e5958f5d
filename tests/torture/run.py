"""One run: people release payments through the pages, a hostile rail answers, and everything is killed on the way.

    python -m tests.torture.run --payments 300 --database sqlite:///… [--without-keys]

Ends with exit code 0 when the books agree, 1 when they do not, 2 when it did not come to an end.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django

from tests.torture.keeping import Keeper, free_port

SECRET = "t" * 32  # of the form's token: cookie and field agree
CLIENTS = 4
AT_ONCE = 120  # releases asked for before people look again
BACKLOG = 400  # errands that are open
SWEEP_SECONDS = 4


@dataclass
class Asked:
    """What a run is told."""

    payments: int
    database: str
    keys: bool
    seed: int
    pause: float
    minutes: float


def environment(asked: Asked, folder: Path, web: int, rail: int) -> dict[str, str]:
    from disbursements.gateway.signatures import key_from_seed, public_line

    seed = f"torture {asked.seed}"
    return {
        "DATABASE_URL": asked.database,
        "SECRET_KEY": "torture-only-" + "k" * 50,
        "VAR_DIR": str(folder),
        "MAIL_URL": f"file:{folder}/outbox",
        "FILES_URL": f"file:{folder}/private",
        "HTTPS": "0",
        "HSTS_SECONDS": "0",
        "BASE_URL": f"http://127.0.0.1:{web}",
        "LOG_LEVEL": "ERROR",
        "TASK_SECONDS": "15",
        "RETRY_SECONDS": "1",
        "RAIL_SECONDS": "2",
        "MOBILE_MONEY_URL": f"http://127.0.0.1:{rail}",
        "MOBILE_MONEY_TOKEN": seed,
        "MOBILE_MONEY_KEYS": public_line(key_from_seed(seed)),
    }


class People:
    """Treasurers at their browsers: they press a button, and look again when nothing comes back."""

    def __init__(self, port: int, cookies: list[dict[str, str]]) -> None:
        self.port, self.cookies = port, cookies
        self.wanted: set[int] = set()

    def press(self, path: str, data: dict[str, Any], payer: int) -> int:
        """Send one form; 0 when the connection broke."""
        cookie = f"sessionid={self.cookies[payer % len(self.cookies)]['session']}; csrftoken={SECRET}"
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, urlencode(data | {"csrfmiddlewaretoken": SECRET}), headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def due(self) -> Iterator[tuple[str, dict[str, Any], int]]:
        """What somebody would press now: decide again after a failure, release, try parked work again."""
        from disbursements.models import Outbox, PaymentInstruction, Tranche

        failed = PaymentInstruction.objects.filter(state="failed", again_at=None)
        undecided = set(failed.values_list("tranche_id", flat=True))
        rows = Tranche.objects.filter(state="approved", pk__in=self.wanted).order_by("pk")
        if Outbox.objects.exclude(state="done").count() > BACKLOG:
            rows = rows.none()  # nobody releases more before the rail has answered some
        for pk, version in rows.values_list("pk", "version")[:AT_ONCE]:
            step = "decide_again" if pk in undecided else "release"
            more = {"reason": "It failed for certain."} if pk in undecided else {"rail": "mobile_money"}
            yield f"/disbursements/tranches/{pk}/steps/{step}/", {"version": version, **more}, pk
        for pk in Outbox.objects.filter(state="parked").values_list("pk", flat=True)[:20]:
            yield f"/disbursements/errands/{pk}/", {"reason": "Looked at."}, pk

    def work(self, todo: list[tuple[str, dict[str, Any], int]]) -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda one: self.press(*one), todo))


def cut_a_connection(chance: random.Random) -> bool:
    """End one of the other sessions of the database, whoever it belongs to."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found = [pid for (pid,) in cursor.fetchall()]
        if found:
            cursor.execute("SELECT pg_terminate_backend(%s)", [chance.choice(found)])
    return bool(found)


def open_work() -> int:
    from disbursements.models import Outbox, PaymentInstruction
    from disbursements.states import ON_ITS_WAY

    waiting = Outbox.objects.exclude(state="done").count()
    return waiting + PaymentInstruction.objects.filter(state__in=ON_ITS_WAY).count()


def silence() -> float:
    """Seconds since the worker showed life."""
    from django.utils import timezone

    from fundmgmt.tasks import MONEY, signs_of_life

    seen = next(signs.beat for signs in signs_of_life(timezone.now()) if signs.cluster == MONEY)
    return (timezone.now() - seen).total_seconds() if seen else 0.0


def paid_twice(book: list[Any]) -> bool:
    paid = [payout.key.split(":")[1] for payout in list(book) if payout.status == "COMPLETED"]
    return len(paid) > len(set(paid))


class Run:
    """Rail, processes, people and the hand that kills, in one loop."""

    def __init__(self, asked: Asked, folder: Path) -> None:
        from disbursements.gateway.doubles.mobile_money import HOSTILE, Rail, serve

        self.asked, self.folder, self.web = asked, folder, free_port()
        self.rail = Rail(replace(HOSTILE, no_keys=not asked.keys), f"torture {asked.seed}")
        self.server = serve(self.rail)
        self.rail.calls = f"http://127.0.0.1:{self.web}/disbursements/webhooks/mobile_money/"
        self.environment = os.environ | environment(asked, folder, self.web, self.server.server_port)
        self.chance, self.swept = random.Random(asked.seed), 0.0
        self.keeper = Keeper(self.environment, folder, self.web, self.chance)

    def __call__(self) -> int:
        place = self.folder / "cookies.json"
        builder = [sys.executable, "-m", "tests.torture.world", str(self.asked.payments), str(place)]
        world = self.environment | {"DJANGO_SETTINGS_MODULE": "fundmgmt.settings", "LOG_LEVEL": "ERROR"}
        subprocess.run(builder, env=world, check=True)
        os.environ.update(world)
        django.setup()
        self.people = People(self.web, json.loads(place.read_text()))
        from disbursements.models import Tranche

        self.people.wanted = set(
            Tranche.objects.filter(state="approved", grant__ref__startswith="GR-T-").values_list("pk", flat=True)
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.keeper.start()
        try:
            ended = self.until_quiet()
        finally:
            self.keeper.stop()
            self.rail.stopped.set()
        return self.report(ended)

    def until_quiet(self) -> bool:
        """Work and kill until nothing is open; then ask about everything once more, and let that end too."""
        from django.utils import timezone

        from disbursements.actions.answers import look_again

        self.begun = time.monotonic()
        deadline, striking, asked_again = self.begun + self.asked.minutes * 60, threading.Event(), False
        killer = threading.Thread(target=self.kill, args=(striking,), daemon=True)
        killer.start()
        try:
            while time.monotonic() < deadline:
                if not self.asked.keys and paid_twice(self.rail.book):
                    return True  # that is all this run was to show
                self.keeper.look_after(silence())
                self.sweep()
                todo = list(self.people.due())
                self.people.work(todo)
                if self.asked.pause and self.chance.random() < 0.3 and cut_a_connection(self.chance):
                    self.keeper.kills["database connection"] += 1
                if not todo and not open_work() and self.rail.due.empty():
                    if asked_again:
                        return True
                    look_again(at=timezone.now())
                    asked_again = True
                if not todo:
                    time.sleep(0.5)
        finally:
            striking.set()
            killer.join()
        return False

    def sweep(self) -> None:
        """The timetable's sweep, more often: killed clusters seldom live to the half minute at which they read it."""
        from django_q.models import OrmQ
        from django_q.tasks import async_task

        if time.monotonic() - self.swept > SWEEP_SECONDS and OrmQ.objects.filter(key="money").count() < AT_ONCE:
            async_task("disbursements.tasks.sweep_outbox", q_options={"cluster": "money"})
            self.swept = time.monotonic()

    def kill(self, stop: threading.Event) -> None:
        if not self.asked.pause:
            return
        while not stop.wait(self.chance.uniform(0.5, 1.5) * self.asked.pause):
            self.keeper.strike()

    def report(self, ended: bool) -> int:
        from tests.torture.judging import judge

        verdict = judge(self.rail.book, self.people.wanted)
        seconds = time.monotonic() - self.begun
        print(verdict)
        print(f"  killed: {dict(self.keeper.kills)}; {seconds:.0f} s, {len(self.people.wanted) / seconds:.1f} a second")
        if not ended:
            print(f"  it did not come to an end: {open_work()} open")
            return 2
        return 0 if verdict.holds else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=300)
    parser.add_argument("--database", default="")
    parser.add_argument("--without-keys", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between two kills; 0: none")
    parser.add_argument("--minutes", type=float, default=120)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fund-torture-", ignore_cleanup_errors=True) as place:
        database = given.database or f"sqlite:///{place}/fund.sqlite3"
        asked = Asked(given.payments, database, not given.without_keys, given.seed, given.pause, given.minutes)
        return Run(asked, Path(place))()


if __name__ == "__main__":
    sys.exit(main())
