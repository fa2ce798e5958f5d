"""Letters go out once, only about news; nothing starts while a protection is missing."""

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.management import get_commands
from django.db import connection, transaction
from django.template import engines
from django.template.loaders.locmem import Loader

from fundmgmt import checks, mail
from fundmgmt.env import BASE_DIR
from fundmgmt.models import JournalEntry, Organisation, Rule, Seat, Term, User
from fundmgmt.models.refs import next_ref
from fundmgmt.queries.readers import seat_holders, writers_of
from fundmgmt.workflow import begin

AT = dt.datetime(2026, 3, 10, 9, tzinfo=dt.UTC)
DAY = AT.date()


def person(name: str, **fields: Any) -> User:
    return User.objects.create_user(f"{name}@example.org", name=name, **fields)


def register(officer: User) -> Organisation:
    with transaction.atomic():
        row = Organisation(
            ref=next_ref("ORG", 2026), name="Umoja", kind="community_organisation", legal_status="none", created_at=AT
        )
        return begin(row, by=officer, at=AT)


@pytest.fixture
def entry(db: None) -> JournalEntry:
    register(person("officer"))
    return JournalEntry.objects.get()


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> str:
    engine = engines["django"].engine
    extra = Loader(engine, {"email/tests/paused.txt": "Paused\n{{ words }}"})
    monkeypatch.setattr(engine, "template_loaders", [extra, *engine.template_loaders])
    return "tests/paused"


def test_a_task_that_runs_twice_sends_once(entry: JournalEntry, paused: str) -> None:
    readers = [person("amina"), person("baraka")]
    letter = mail.Letter(paused, readers, {"words": "For now."})
    assert [mail.send_letters(entry, [letter]), mail.send_letters(entry, [letter])] == [2, 0]
    assert [message.to for message in django_mail.outbox] == [["amina@example.org"], ["baraka@example.org"]]


def test_one_failing_message_keeps_nobody_waiting_and_is_tried_again(
    entry: JournalEntry, paused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = [person("amina"), person("baraka")]
    letter = mail.Letter(paused, readers, {"words": "For now."})
    real = mail.send

    def refuse(template: str, user: User, context: Any) -> Any:
        if user.name == "amina":
            raise OSError("the mail service is away")
        return real(template, user, context)

    monkeypatch.setattr(mail, "send", refuse)
    with pytest.raises(OSError, match="away"):
        mail.send_letters(entry, [letter])
    monkeypatch.setattr(mail, "send", real)
    assert mail.send_letters(entry, [letter]) == 1
    assert [message.to for message in django_mail.outbox] == [["baraka@example.org"], ["amina@example.org"]]


def test_who_has_left_gets_no_letter_and_may_get_it_later(entry: JournalEntry, paused: str) -> None:
    amina = person("amina", is_active=False)
    letter = mail.Letter(paused, [amina], {"words": "For now."})
    assert mail.send_letters(entry, [letter]) == 0
    amina.is_active = True
    assert mail.send_letters(entry, [letter]) == 1


def test_a_function_among_the_values_speaks_the_readers_language(entry: JournalEntry, paused: str) -> None:
    from django.utils.translation import get_language

    letter = mail.Letter(paused, [person("amina", language="sw")], {"words": get_language})
    mail.send_letters(entry, [letter])
    assert "\nsw\n" in django_mail.outbox[0].body


@pytest.mark.parametrize(("days", "news"), [(0, True), (7, True), (8, False), (400, False)])
def test_only_what_happened_lately_is_news(db: None, days: int, news: bool) -> None:
    now = AT + dt.timedelta(days=days)
    assert mail.is_news(AT, now) is news


def test_the_age_of_news_is_a_rule(db: None) -> None:
    since = dt.date(2026, 1, 1)
    Rule.objects.create(key="mail_max_age_days", value=30, valid_from=since, decided_in="SC-2026-01/1", added_at=AT)
    assert mail.is_news(AT, AT + dt.timedelta(days=30))


def test_writers_of_an_organisation_are_its_owners_and_editors_of_the_day(db: None) -> None:
    organisation = register(person("officer"))
    for name, role, until in (
        ("owner", "owner", None),
        ("editor", "editor", DAY),
        ("reader", "viewer", None),
        ("former", "owner", DAY - dt.timedelta(days=1)),
    ):
        organisation.memberships.create(user=person(name), role=role, valid_from=dt.date(2026, 1, 1), valid_until=until)
    other = register(User.objects.get(name="officer"))
    other.memberships.create(user=User.objects.get(name="reader"), role="owner", valid_from=dt.date(2026, 1, 1))
    organisation.memberships.create(user=person("gone", is_active=False), role="owner", valid_from=dt.date(2026, 1, 1))
    assert [user.name for user in writers_of(organisation.pk, DAY)] == ["owner", "editor"]


def test_seat_holders_are_those_of_the_day_without_alternates(db: None) -> None:
    for code, votes in (("P1", True), ("O1", False)):
        seat = Seat.objects.create(code=code, constituency="ngo", votes=votes, valid_from=dt.date(2026, 1, 1))
        for name, alternate, start in ((f"holder-{code}", False, 1), (f"alternate-{code}", True, 1)):
            Term.objects.create(seat=seat, user=person(name), alternate=alternate, valid_from=dt.date(2026, start, 1))
    assert [user.name for user in seat_holders(DAY)] == ["holder-P1", "holder-O1"]
    assert list(seat_holders(dt.date(2025, 12, 31))) == []


# Start-up --------------------------------------------------------------------------------------------


@pytest.fixture
def scratch(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs Python code beside a database of its own in which one trigger is gone."""
    path = tmp_path / "scratch.sqlite3"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "fundmgmt.settings",
        "DATABASE_URL": f"sqlite:///{path}",
        "SECRET_KEY": "scratch-" + "k" * 50,
        "DEBUG": "0",
    }
    if connection.vendor == "sqlite":
        with sqlite3.connect(path) as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
        copy.close()
    else:
        arguments = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(arguments, env=environment, cwd=BASE_DIR, check=True)

    def run(*arguments: str, whole: bool = False) -> subprocess.CompletedProcess[str]:
        if not whole:
            with sqlite3.connect(path) as database:
                database.execute("DROP TRIGGER IF EXISTS fund_fundmgmt_journalentry_delete")
            database.close()
        return subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


SERVE = ("-c", "import fundmgmt.wsgi; print('serving')")
WORK = ("manage.py", "qcluster", "--run-once")


@pytest.mark.django_db(transaction=True)
def test_the_web_server_starts_only_when_every_trigger_stands(scratch: Any) -> None:
    whole = scratch(*SERVE, whole=True)
    assert (whole.returncode, whole.stdout) == (0, "serving\n")
    refused = scratch(*SERVE)
    assert refused.returncode == 1
    assert "serving" not in refused.stdout
    assert "fundmgmt.E002: 1 triggers are missing in the database default" in refused.stderr
    assert "Run manage.py lay_triggers." in refused.stderr


@pytest.mark.django_db(transaction=True)
def test_the_worker_starts_only_when_every_trigger_stands(scratch: Any) -> None:
    refused = scratch(*WORK)
    assert refused.returncode == 1
    assert "fund_fundmgmt_journalentry_delete" in refused.stderr
    assert "Q Cluster" not in refused.stdout + refused.stderr


def test_the_worker_is_ours() -> None:
    assert get_commands()["qcluster"] == "fundmgmt"


@pytest.mark.django_db
def test_two_workflow_libraries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    checks.refuse_to_start()
    two = {"django_fsm": ["django-fsm", "django-fsm-2"]}
    monkeypatch.setattr("fundmgmt.checks.metadata.packages_distributions", lambda: two)
    with pytest.raises(checks.NotFitToServe, match=r"fundmgmt\.E001: django_fsm is provided by"):
        checks.refuse_to_start()
