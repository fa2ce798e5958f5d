"""What every test may rely on: safe settings, a database that comes back fresh, PostgreSQL, a browser."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.transaction import atomic
from django.test import TransactionTestCase, override_settings

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "")
WORK_DIR = Path(tempfile.mkdtemp(prefix="fund-tests-"))

NEEDS = {
    "postgres": (
        POSTGRES_URL,
        "no PostgreSQL: apt-get install postgresql, then set TEST_POSTGRES_URL=postgresql://user@host/postgres",
    ),
    "browser": (CHROMIUM, "no Chromium: apt-get install chromium"),
}

_test_settings = override_settings(
    SECRET_KEY="tests-only-" + "k" * 50,
    SECURE_SSL_REDIRECT=False,
    SESSION_COOKIE_SECURE=False,
    CSRF_COOKIE_SECURE=False,
    ALLOWED_HOSTS=["testserver", "localhost", "127.0.0.1"],
    BASE_URL="http://testserver",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    STORAGES={
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": WORK_DIR / "private", "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    EMAIL_FILE_PATH=str(WORK_DIR / "outbox"),
)


def pytest_configure(config: pytest.Config) -> None:
    _test_settings.enable()
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        # A file, so that a live server's threads each have a connection of their own.
        default.setdefault("TEST", {})["NAME"] = str(WORK_DIR / "test.sqlite3")
        connections["default"].settings_dict["TEST"]["NAME"] = str(WORK_DIR / "test.sqlite3")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(WORK_DIR, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for marker, (present, reason) in NEEDS.items():
            if item.get_closest_marker(marker) and not present:
                if IN_CI:
                    raise pytest.UsageError(f"CI skips nothing: {reason}")
                item.add_marker(pytest.mark.skip(reason=reason))


# A fresh database after each test that commits ---------------------------------------------------
# The journal refuses every delete, so Django's flush cannot empty it: put the first state back instead.


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    connection = connections["default"]
    keep = {"sqlite": _keep_sqlite, "postgresql": _keep_postgresql}[connection.vendor]
    with django_db_blocker.unblock():
        connection.ensure_connection()
        put_back = keep(connection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: put_back())
        yield


def _keep_sqlite(connection: Any) -> Callable[[], None]:
    pristine = sqlite3.connect(":memory:", check_same_thread=False)
    connection.connection.backup(pristine)

    def put_back() -> None:
        connection.close()
        connection.ensure_connection()
        pristine.backup(connection.connection)

    return put_back


def _keep_postgresql(connection: Any) -> Callable[[], None]:
    tables = [name for name in connection.introspection.table_names() if name != "django_migrations"]
    refill = ["TRUNCATE " + ", ".join(f'"{table}"' for table in tables)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS pristine")
        for table in tables:
            cursor.execute(f'CREATE TABLE pristine."{table}" AS TABLE "{table}"')
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
                " AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            columns = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
            refill.append(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM pristine."{table}"')

    def put_back() -> None:
        connection.close()
        with atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # triggers rest meanwhile
            cursor.execute("; ".join(refill))

    return put_back
