"""What every test may rely on: safe settings, a database that comes back fresh, PostgreSQL, a browser."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.signals import request_finished
from django.db import connections
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed

from fundmgmt.env import BASE_DIR
from fundmgmt.management.commands.messages import compile_catalogues
from tests import migrated
from tests.worlds import Worlds

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
STRIPE_CLI = str(BASE_DIR / "node_modules" / ".bin" / "stripe")
STRIPE_CLI = STRIPE_CLI if Path(STRIPE_CLI).exists() else shutil.which("stripe") or ""
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "")
# One folder for a whole run: the processes that share the work inherit its name.
WORK_DIR = Path(os.environ.get("FUND_TESTS_DIR") or tempfile.mkdtemp(prefix="fund-tests-"))
os.environ["FUND_TESTS_DIR"] = str(WORK_DIR)

NEEDS = {
    "postgres": (
        POSTGRES_URL,
        "no PostgreSQL: apt-get install postgresql, then set TEST_POSTGRES_URL=postgresql://user@host/postgres",
    ),
    "browser": (CHROMIUM, "no Chromium: apt-get install chromium"),
    "stripe_cli": (
        STRIPE_CLI,
        "no command-line tool of the card provider: apt-get install npm && npm install --no-save @stripe/cli",
    ),
    "html": (
        shutil.which("java") and (BASE_DIR / "node_modules" / "vnu-jar").exists(),
        "no HTML checker: apt-get install default-jre-headless npm && npm install --no-save vnu-jar",
    ),
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
    STATIC_ROOT=WORK_DIR / "static",  # a folder that is there: WhiteNoise warns about one that is not
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-edge",
        nargs="?",
        const="fail",
        choices=("fail", "tell"),
        help="fail (or only tell) when no test took some edge of a machine",
    )


def pytest_configure(config: pytest.Config) -> None:
    (WORK_DIR / "static").mkdir(exist_ok=True)
    _test_settings.enable()
    for written in compile_catalogues():
        translation_file_changed(None, written)  # Django has read the one before it, or none, while it started
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        # A file, so that a live server's threads each have a connection of their own.
        connections["default"].settings_dict["TEST"]["NAME"] = str(WORK_DIR / f"test-{os.getpid()}.sqlite3")

    if config.getoption("--every-edge"):
        from tests.edges import EveryEdge

        config.pluginmanager.register(EveryEdge(WORK_DIR, judges=not hasattr(config, "workerinput")))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(WORK_DIR, ignore_errors=True)


@pytest.hookimpl(wrapper=True)  # groups are named before they are read, and no other order comes after ours
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    for item in items:
        for marker, (present, reason) in NEEDS.items():
            if item.get_closest_marker(marker) and not present:
                if IN_CI:
                    raise pytest.UsageError(f"CI skips nothing: {reason}")
                item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("by_chance"):
            item.add_marker("no_cover")  # nor may the lines that were reached differ from run to run
        if "fund" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("fund"))  # on PostgreSQL each process loads a sample of its own
    yield
    # Long ones begin first, above all those that mostly wait: at the end no core is idle beside a last long test.
    items.sort(key=lambda item: (not item.get_closest_marker("waits"), not item.get_closest_marker("slow")))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window, that looks nothing up by itself."""
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as play:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the driver's loop runs in the tests' own thread
        started = play.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield started
        started.close()


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    """Counters against too many attempts begin at nought: what one test tried does not refuse another."""
    cache.clear()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Tests quote what is said in English, whatever the catalogues say; a reader's own language still decides.

    A page leaves its reader's language behind in the thread that asked for it: English comes back after each.
    """

    def back(**_signal: Any) -> None:
        translation.activate("en")

    with translation.override("en"):
        request_finished.connect(back)
        yield
        request_finished.disconnect(back)


# A fresh database after each test that commits, and the sample fund for those who want it -----------


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    return connections["default"].vendor == "sqlite"  # it starts from a copy of a migrated one; see below


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    if connections["default"].vendor == "sqlite":
        migrated.copy_to(Path(connections["default"].settings_dict["TEST"]["NAME"]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        worlds = Worlds(WORK_DIR)
        migrated.keep(connections["default"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: worlds.put_back())
        patch.setattr(Worlds, "present", worlds, raising=False)
        yield


def _world(name: str) -> Any:
    """A fixture that puts a world in place for all tests of a module."""

    @pytest.fixture(scope="module", name=name)
    def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
        worlds = Worlds.present
        with django_db_blocker.unblock():
            worlds.enter(getattr(worlds, name)())
        yield
        with django_db_blocker.unblock():
            worlds.enter(worlds.empty)

    return world


fund = _world("fund")  # the sample fund: pytestmark = pytest.mark.usefixtures("fund", "db")
workday = _world("workday")  # and on top of it a form before everybody
crowd = _world("crowd")  # the sample fund thirty times over
