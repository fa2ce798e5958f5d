"""How many payments leave in a second: `python -m tests.bench.releases`.

One process does what a treasurer's page and the money worker do: it releases approved tranches, lets the outbox tell
the mobile money double over HTTP on this machine, and asks it until each is paid. The world is that of the torture run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep
from typing import Any

import django

from tests.bench.__main__ import ROOT, environment, python

PAYMENTS = 150
SEED = "bench"
DATABASE = "fund_bench_releases"


def serve_rail() -> Any:
    """A well-behaved rail that pays at once, with a door on this machine."""
    from django.conf import settings

    from disbursements.gateway.doubles.mobile_money import Faults, Rail, serve
    from disbursements.gateway.signatures import public_line

    rail = Rail(Faults(settle_seconds=0.0), SEED)
    server = serve(rail)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.MOBILE_MONEY_URL = f"http://127.0.0.1:{server.server_port}"
    settings.MOBILE_MONEY_KEYS = [public_line(rail.key)]
    return rail


def release_all(count: int, payer: Any) -> list[str]:
    """Each tranche by its own act; keys of those that left."""
    from django.utils import timezone

    from disbursements.actions.releasing import release_tranche
    from disbursements.models import PaymentInstruction, Tranche

    rows = Tranche.objects.filter(state="approved", grant__ref__startswith="GR-T-").order_by("pk")[:count]
    for row in list(rows):
        release_tranche(row, by=payer, at=timezone.now(), rail="mobile_money")
    return list(PaymentInstruction.objects.order_by("pk").values_list("key", flat=True))


def carry_all() -> None:
    """The outbox until nothing of it is open. The clock runs ahead of the waits between a try and the next."""
    import datetime as dt

    from django.utils import timezone

    from disbursements.actions.errands import run_due
    from disbursements.models import Outbox

    ahead = [dt.timedelta(0)]
    while Outbox.objects.exclude(state="done").exists():
        if not run_due(clock=lambda: timezone.now() + sum(ahead, dt.timedelta(0)), seconds=3600):
            ahead.append(dt.timedelta(minutes=1))
            sleep(0.01)


def measure(count: int) -> None:
    """Release, carry, prove that each was paid once, print the rates."""
    from disbursements.models import PaymentInstruction
    from disbursements.queries.ledger import verify_ledger
    from fundmgmt.models import User
    from tests.torture.world import build

    build(count)
    rail = serve_rail()
    payer = User.objects.get(email="payer0@example.org")
    figures = []
    for name, work in (("released", lambda: release_all(count, payer)), ("told and paid", carry_all)):
        begun, busy = perf_counter(), process_time()
        work()
        figures.append((name, perf_counter() - begun, process_time() - busy))
    paid = PaymentInstruction.objects.filter(state="paid").values_list("key", flat=True)
    assert len(paid) == count, f"{len(paid)} of {count} paid"
    assert sorted(payout.key for payout in rail.book) == sorted(paid)
    assert verify_ledger().problems == []
    rail.stopped.set()
    figures.append(("together", sum(one[1] for one in figures), sum(one[2] for one in figures)))
    for name, wall, cpu in figures:
        print(f"{name}: {count / wall:.1f} a second, {1000 * cpu / count:.1f} ms of the processor each")
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", flush=True)


def on(name: str, database: str, count: int) -> None:
    """In a process of its own, on a database of its own."""
    print(f"\n{count} payments on {name}", flush=True)
    python(database, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    command = [sys.executable, "-m", "tests.bench.releases", "here", str(count)]
    subprocess.run(command, cwd=ROOT, env=environment(database), check=True)


def on_postgres(server: str, count: int) -> None:
    """A database on this server, dropped afterwards."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE}"')
        connection.execute(f'CREATE DATABASE "{DATABASE}"')
        try:
            on("PostgreSQL", f"{server.rsplit('/', 1)[0]}/{DATABASE}", count)
        finally:
            connection.execute(f'DROP DATABASE "{DATABASE}"')


def main(count: int) -> None:
    """SQLite, then PostgreSQL where a server is named."""
    with TemporaryDirectory() as folder:
        on("SQLite", f"sqlite:///{Path(folder, 'releases.sqlite3')}", count)
    if server := os.environ.get("TEST_POSTGRES_URL"):
        on_postgres(server, count)
    else:
        print("PostgreSQL not measured: set TEST_POSTGRES_URL=postgresql://user@host/postgres")


if __name__ == "__main__":
    if sys.argv[1:2] == ["here"]:
        django.setup()
        measure(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else PAYMENTS)
