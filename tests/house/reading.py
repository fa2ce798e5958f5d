"""How the house tests read the project: its files, their syntax trees, its models, machines and addresses."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.apps import apps
from django.db.models import Model

from fundmgmt.env import BASE_DIR
from fundmgmt.management.commands.doors import Door, doors
from fundmgmt.models.workflow import WorkflowModel

APPS = ("fundmgmt", "applications", "disbursements", "evaluation")  # in the order of the flow


def files(*folders: str, suffix: str = ".py") -> list[Path]:
    """Files of ours below these folders, without what Django or Babel writes."""
    return sorted(
        path
        for folder in folders
        for path in (BASE_DIR / folder).rglob(f"*{suffix}")
        if not {"migrations", "__pycache__"} & set(path.parts)
    )


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None else ""
    return f"{path.relative_to(BASE_DIR)}{line}"


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with the last part of the called name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node


def literal(call: ast.Call, position: int) -> str | None:
    """The argument at this position when it is written as a plain string."""
    if position < len(call.args):
        argument = call.args[position]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
    return None


def strings(path: Path) -> Iterator[tuple[str, ast.Constant]]:
    """Every string of a file that is no docstring."""
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value, node


def our_models() -> list[type[Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def machines() -> list[type[WorkflowModel]]:
    return [model for model in our_models() if issubclass(model, WorkflowModel)]


def our_doors() -> list[Door]:
    return [door for door in doors() if door.ours]
