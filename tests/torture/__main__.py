"""Thousands of payments on SQLite and on PostgreSQL: `make torture`, or `python -m tests.torture --payments 300`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from fundmgmt.env import BASE_DIR


@contextmanager
def scratch_database(server: str) -> Iterator[str]:
    """A database of its own on a PostgreSQL server; its address."""
    import psycopg

    name = f"torture_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def postgres() -> Iterator[str]:
    """The server that the environment names, or one of our own; empty when there is none."""
    if url := os.environ.get("TEST_POSTGRES_URL", ""):
        yield url
    elif not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        yield ""
    else:
        folder = tempfile.mkdtemp(prefix="fund-torture-pg-")
        Path(folder).chmod(0o755)
        server = [BASE_DIR / ".ci" / "postgres"]
        run = subprocess.run([*server, "start", f"{folder}/pg"], capture_output=True, text=True, check=True)
        try:
            yield run.stdout.strip()
        finally:
            subprocess.run([*server, "stop", f"{folder}/pg"], check=False)
            shutil.rmtree(folder, ignore_errors=True)


def torture(name: str, arguments: list[str]) -> int:
    print(f"· {name}", flush=True)
    return subprocess.run([sys.executable, "-m", "tests.torture.run", *arguments], check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", default="10000")
    parser.add_argument("--pause", default="15")
    given, more = parser.parse_known_args()
    arguments = ["--payments", given.payments, "--pause", given.pause, *more]
    failed = torture("SQLite", arguments)
    with postgres() as server:
        if not server:
            print("· PostgreSQL is not here: apt-get install postgresql, or set TEST_POSTGRES_URL")
            return 1
        with scratch_database(server) as url:
            failed |= torture("PostgreSQL", [*arguments, "--database", url])
    return failed


if __name__ == "__main__":
    sys.exit(main())
