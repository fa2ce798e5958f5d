"""Which edges of the machines a whole run of the tests has taken.

`pytest --every-edge` fails on one that was never taken; `--every-edge=tell` only names it. What a test marked
`by_chance` takes counts for nothing: it takes other edges tomorrow, and a run must not fail or pass by luck.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django_fsm.signals import post_transition

from fundmgmt.models.workflow import WorkflowModel
from fundmgmt.workflow import edges

Taken = set[tuple[str, str, str]]


class EveryEdge:
    """Listens to every step in this process; the process that started the others adds up and judges."""

    def __init__(self, folder: Path, *, judges: bool) -> None:
        self.folder, self.judges = folder, judges
        self.taken: Taken = set()
        self.missing: list[str] = []
        self.counts = True
        post_transition.connect(self.note, weak=False, dispatch_uid="tests.edges")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Only the test itself: the sample fund that its fixtures load is the same each day."""
        self.counts = item.get_closest_marker("by_chance") is None
        try:
            return (yield)
        finally:
            self.counts = True

    def note(self, sender: Any, name: str, source: str, target: Any, **_kwargs: Any) -> None:
        if not self.counts:
            return
        end = str(source if target is None else target)
        self.taken.add((sender._meta.label_lower, name, "stays" if end == str(source) else end))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        lines = (" ".join(edge) for edge in self.taken)
        (self.folder / f"edges-{os.getpid()}").write_text("\n".join(lines))
        if not self.judges:
            return
        for path in self.folder.glob("edges-*"):
            self.taken |= {tuple(line.split()) for line in path.read_text().splitlines()}  # type: ignore[misc]
        self.missing = sorted(" ".join(edge) for edge in all_edges() - self.taken)
        strict = session.config.getoption("--every-edge") == "fail"
        if strict and self.missing and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self.judges:
            return
        total = len(all_edges())
        terminalreporter.write_line(f"edges of the machines: {total - len(self.missing)} of {total} were taken")
        for edge in self.missing:
            terminalreporter.write_line(f"NO TEST takes the edge {edge}")


def all_edges() -> Taken:
    """Every step of every machine with where it leads; an act stays."""
    return {
        (model._meta.label_lower, edge.step, "stays" if edge.target == edge.source else edge.target)
        for model in apps.get_models()
        if issubclass(model, WorkflowModel)
        for edge in edges(model)
    }
