"""A migrated, empty SQLite database kept between runs, so that only a change of migrations costs a migration."""

import hashlib
import os
import shutil
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

import django

from fundmgmt.env import BASE_DIR

FOLDER = BASE_DIR / "var" / "tests"
APPS = ("fundmgmt", "applications", "disbursements", "evaluation")


@cache
def kept_file() -> Path:
    """Where the database of just these migrations lies."""
    digest = hashlib.sha256(django.__version__.encode())
    for app in APPS:
        for path in sorted((BASE_DIR / app / "migrations").glob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return FOLDER / f"{digest.hexdigest()[:16]}.sqlite3"


def copy_to(path: Path) -> None:
    """Put the kept database where Django will make the test database; what it lacks, migrate adds."""
    if kept_file().exists():
        shutil.copyfile(kept_file(), path)


def keep(connection: Any) -> None:
    """Keep what has just been migrated, and drop what belongs to other migrations."""
    if connection.vendor != "sqlite" or kept_file().exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    fresh = kept_file().with_suffix(f".{os.getpid()}")
    with sqlite3.connect(fresh) as copy:
        connection.connection.backup(copy)
    copy.close()
    fresh.rename(kept_file())
