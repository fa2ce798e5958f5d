"""Real processes at one starting line, each with its own connection to the test's database."""

from __future__ import annotations

import importlib
import multiprocessing
import queue
from typing import TYPE_CHECKING, Any

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable

READY = "tests.races.ready"
Outcome = tuple[str, Any]


def _runner(database: dict[str, Any], work: str, args: tuple[Any, ...], line: Any, answers: Any) -> None:
    importlib.import_module(READY)
    from django.conf import settings

    module, _sep, name = work.partition(":")
    todo = getattr(importlib.import_module(module), name)

    settings.DATABASES["default"].update(database)
    connections["default"].settings_dict.update(database)
    connections["default"].ensure_connection()
    line.wait()
    try:
        answers.put(("ok", todo(*args)))
    except Exception as error:  # noqa: BLE001 -- the outcome is what the test looks at
        answers.put((type(error).__name__, str(error)))
    finally:
        connections.close_all()


def race(work: Callable[..., Any], runners: list[tuple[Any, ...]]) -> list[Outcome]:
    """Run work(*args) for each runner at the same moment; outcomes are ("ok", result) or (exception name, text).

    `work` is a module-level function; the test needs committed data (transaction=True).
    """
    context = multiprocessing.get_context("forkserver")  # a new process for each, but Django is loaded once
    context.set_forkserver_preload([READY])
    line, answers = context.Barrier(len(runners)), context.Queue()
    database = {key: value for key, value in connections["default"].settings_dict.items() if key != "TEST"}
    connections.close_all()
    processes = [
        context.Process(target=_runner, args=(database, f"{work.__module__}:{work.__name__}", args, line, answers))
        for args in runners
    ]
    for process in processes:
        process.start()
    outcomes: list[Outcome] = []
    while len(outcomes) < len(processes):
        try:
            outcomes.append(answers.get(timeout=1))
        except queue.Empty:
            if any(process.exitcode for process in processes):
                for process in processes:
                    process.kill()
                raise RuntimeError("a runner died before the end of the race") from None
    for process in processes:
        process.join(timeout=30)
    return outcomes
