"""`make bench`: fill three databases with 1,000, 10,000 and 100,000 applications and say what each page costs."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from tests.bench.telling import Found, report

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "bench"
SAMPLE = 12  # applications in the sample fund


def environment(database: str) -> dict[str, str]:
    """Settings of a bench: like production, without https."""
    own = {
        "DJANGO_SETTINGS_MODULE": "fundmgmt.settings",
        "DATABASE_URL": database,
        "VAR_DIR": str(FOLDER),
        "FILES_URL": f"file:{FOLDER / 'private'}",
        "MAIL_URL": f"file:{FOLDER / 'outbox'}",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "testserver",
        "LOG_LEVEL": "ERROR",
    }
    return os.environ | own


def python(database: str, *arguments: str) -> str:
    """Run one Python command on a database and return what it printed."""
    run = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment(database), stdout=subprocess.PIPE, text=True, check=True
    )
    return run.stdout


def fill(database: str) -> None:
    """The sample fund, by its real steps."""
    python(database, "manage.py", "migrate", "--verbosity", "0")
    python(database, "manage.py", "load_catalogues", "--verbosity", "0")
    python(database, "manage.py", "load_sample_fund", "--verbosity", "0")


def sqlite_databases(sizes: list[int]) -> Iterator[tuple[int, str]]:
    """One SQLite file for each size, all from one loaded sample."""
    base = FOLDER / "base.sqlite3"
    fill(f"sqlite:///{base}")
    for size in sizes:
        path = FOLDER / f"{size}.sqlite3"
        shutil.copyfile(base, path)
        yield size, f"sqlite:///{path}"
        path.unlink()


def postgres_databases(sizes: list[int], server: str) -> Iterator[tuple[int, str]]:
    """One PostgreSQL database for each size."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        for name in ("fund_bench_base", *(f"fund_bench_{size}" for size in sizes)):
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute('CREATE DATABASE "fund_bench_base"')
        at = server.rsplit("/", 1)[0]
        fill(f"{at}/fund_bench_base")
        for size in sizes:
            connection.execute(f'CREATE DATABASE "fund_bench_{size}" TEMPLATE "fund_bench_base"')
            yield size, f"{at}/fund_bench_{size}"
            connection.execute(f'DROP DATABASE "fund_bench_{size}"')
        connection.execute('DROP DATABASE "fund_bench_base"')


def measure(databases: Iterator[tuple[int, str]]) -> Found:
    """All figures by size."""
    found = {}
    for size, database in databases:
        begun = perf_counter()
        python(database, "-m", "tests.bench.fill", str(max(size // SAMPLE - 1, 0)))
        told = python(database, "-m", "tests.bench.measure")
        found[size] = json.loads(told)
        print(f"· {size:,} applications filled and measured in {perf_counter() - begun:.0f} s", flush=True)
    return found


def main() -> None:
    """Read the sizes, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000", help="numbers of applications, with commas")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one kind of database instead of both")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    if asked.only != "postgresql":
        report("SQLite", measure(sqlite_databases(sizes)))
    if asked.only == "sqlite":
        pass
    elif server := os.environ.get("TEST_POSTGRES_URL"):
        report("PostgreSQL", measure(postgres_databases(sizes, server)))
    else:
        print("\nPostgreSQL not measured: set TEST_POSTGRES_URL=postgresql://user@host/postgres")
    empty = f"sqlite:///{FOLDER / 'empty.sqlite3'}"
    python(empty, "manage.py", "migrate", "--verbosity", "0")  # wordings of the fund's own are looked for there
    print(python(empty, "-m", "tests.bench.papers"), end="")
    subprocess.run([sys.executable, "-m", "tests.bench.releases"], cwd=ROOT, check=True)
    shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
