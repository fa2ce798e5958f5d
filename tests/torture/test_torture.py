"""A slice of the torture in each run of the suite, and the proof that its judge can say no."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from fundmgmt.env import BASE_DIR
from tests.torture.__main__ import scratch_database

pytestmark = [pytest.mark.slow, pytest.mark.waits]
SLICE = "200"


def torture(*arguments: str) -> tuple[int, str]:
    """Exit code and words of one run."""
    command = [sys.executable, "-m", "tests.torture.run", *arguments]
    keep = {"PATH", "HOME", "LANG", "PYTHONPATH"}
    plain = {name: value for name, value in os.environ.items() if name in keep}
    run = subprocess.run(command, cwd=BASE_DIR, env=plain, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    if request.param == "sqlite":
        yield []
        return
    with scratch_database(os.environ["TEST_POSTGRES_URL"]) as url:
        yield ["--database", url]


def test_whatever_is_killed_nobody_is_paid_twice_and_nobody_is_lost(database: list[str]) -> None:
    code, said = torture("--payments", SLICE, "--pause", "6", "--minutes", "10", *database)
    assert code == 0, said
    assert f"{SLICE} payments: 0 paid twice, 0 lost" in said
    assert ": equal" in said


def test_without_idempotency_keys_somebody_is_paid_twice_and_the_judge_sees_it() -> None:
    code, said = torture("--payments", SLICE, "--pause", "0", "--minutes", "3", "--without-keys")
    found = re.search(r"payments: (\d+) paid twice", said)
    assert found, said
    assert int(found[1]) > 0, said
    assert code != 0
    assert "NOT equal" in said
