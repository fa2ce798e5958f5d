import os
import subprocess
import sys
from pathlib import Path

import pytest

from fundmgmt import env


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    production = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "ALLOWED_HOSTS": "fund.example",
        "BASE_URL": "https://fund.example",
        "DATABASE_URL": f"sqlite:///{tmp_path}/fund.sqlite3",
    }
    run = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=production,
        cwd=env.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("variable", env.VARIABLES.values(), ids=lambda variable: variable.name)
def test_each_default_can_be_read(variable: env.Variable) -> None:
    variable.read(variable.default)
    assert variable.says.endswith(".")


def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS", "perhaps")
    with pytest.raises(env.BadEnvironmentError, match="HTTPS: 'perhaps' is neither yes nor no"):
        env.get("HTTPS")


def test_postgresql_by_address() -> None:
    read = env.as_database("postgresql://fund:p%40ss@db.example:5433/grants?sslmode=require")
    assert (read["USER"], read["PASSWORD"], read["HOST"], read["PORT"]) == (
        "fund",
        "p@ss",
        "db.example",
        "5433",
    )
    assert read["NAME"] == "grants"
    assert read["OPTIONS"] == {"options": "-c jit=off", "sslmode": "require"}


def test_the_secret_is_made_once_and_only_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    first = env.get("SECRET_KEY")
    assert len(first) > 50
    assert env.get("SECRET_KEY") == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.django_db(transaction=True)
def test_what_one_test_commits_the_next_does_not_see_1() -> None:
    _commit_one()


@pytest.mark.django_db(transaction=True)
def test_what_one_test_commits_the_next_does_not_see_2() -> None:
    _commit_one()


def _commit_one() -> None:
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    assert not Session.objects.exists()
    Session.objects.create(session_key="a", session_data="b", expire_date=timezone.now())
