"""Rooms: every file stands where the floor plan says, and none is too big to read."""

import ast
import re

import pytest

from fundmgmt.env import BASE_DIR
from tests.house.reading import APPS, files, place, tree

MOST_LINES = 400
MOST_LINES_IN_A_FUNCTION = 50

STAGE_ROOMS = {
    "apps",
    "urls",
    "views",
    "api",
    "admin",
    "webhooks",
    "panels",
    "forms",
    "tasks",
    "listeners",
    "resources",
    "actions",
    "queries",
    "pdf",
    "gateway",
    "redaction",
    "models",
    "access",
    "states",
    "kinds",
    "management",
    "migrations",
}
ROOMS = {
    "fundmgmt": {
        "apps",
        "urls",
        "wsgi",
        "management",
        "views",
        "admin",
        "api",
        "checks",
        "adapters",
        "middleware",
        "templatetags",
        "pages",
        "inbox",
        "dossier",
        "forms",
        "resources",
        "listeners",
        "actions",
        "workflow",
        "journal",
        "mail",
        "sms",
        "tasks",
        "pdf",
        "charts",
        "triggers",
        "queries",
        "rules",
        "models",
        "access",
        "states",
        "kinds",
        "money",
        "refs",
        "roles",
        "env",
        "settings",
        "migrations",
        "first_tables",
        "formats",
        "locale",
        "static",
        "data",
        "fonts",
    },
    "applications": STAGE_ROOMS - {"webhooks", "gateway", "redaction"},
    "disbursements": STAGE_ROOMS - {"redaction"},
    "evaluation": STAGE_ROOMS - {"webhooks", "gateway"},
}
TOP_LEVEL = {
    *APPS,
    "templates",
    "tests",
    "docs",
    "manage.py",
    "pyproject.toml",
    "Makefile",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "requirements.txt",
    "requirements-production.txt",
    "requirements-dev.txt",
    "requirements-spec.txt",
}
MADE_HERE = {"var", "staticfiles", "build", "node_modules", "htmlcov"}  # never committed
JUNK = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|base)(_|$|\.)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|HACK|lorem ipsum)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|home/\w+|opt)/\w")


@pytest.mark.parametrize("app", APPS)
def test_every_room_is_in_the_plan(app: str) -> None:
    rooms = {path.stem if path.is_file() else path.name for path in (BASE_DIR / app).iterdir()}
    assert rooms - {"__init__", "__pycache__"} <= ROOMS[app]


def test_nothing_unexpected_stands_at_the_top() -> None:
    found = {path.name for path in BASE_DIR.iterdir() if not path.name.startswith(".")}
    assert found - MADE_HERE - {name for name in found if name.endswith(".egg-info")} <= TOP_LEVEL


def test_files_and_functions_can_be_read_in_one_go() -> None:
    wrong = []
    for path in files(*APPS, "tests"):
        lines = len(path.read_text().splitlines())
        if lines > MOST_LINES:
            wrong.append(f"{place(path)}: {lines} lines")
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > MOST_LINES_IN_A_FUNCTION:
                    wrong.append(f"{place(path, node)}: {node.name} has {length} lines")
    assert not wrong, "\n".join(["", *wrong])


def test_no_file_is_a_junk_drawer() -> None:
    assert [place(path) for path in files(*APPS, "tests") if JUNK.search(path.stem)] == []


def test_nothing_is_left_unfinished_or_tied_to_one_machine() -> None:
    texts = files(*APPS, "tests") + files("templates", suffix=".html") + files("docs", suffix=".md")
    texts = [path for path in texts if path.name != "test_rooms.py"]
    texts += [BASE_DIR / "Makefile", BASE_DIR / ".ci" / "run"]
    wrong = [
        f"{place(path)}: {found.group()}"
        for path in texts
        for pattern in (UNFINISHED, MACHINE_PATH)
        if (found := pattern.search(path.read_text(encoding="utf-8")))
    ]
    assert not wrong, "\n".join(["", *wrong])


def test_every_silenced_check_says_which_and_why() -> None:
    """`# noqa: CODE -- why` and `# type: ignore[code]`; never a bare one."""
    silenced = re.compile(r"#\s*(noqa(?!: [A-Z]+\d+.* -+ \w)|type: ignore(?!\[)|pragma: no cover(?! -+ \w))")
    wrong = [
        f"{place(path)}:{number}: {line.strip()}"
        for path in files(*APPS, "tests")
        if path.name != "test_rooms.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if silenced.search(line)
    ]
    assert not wrong, "\n".join(["", *wrong])
