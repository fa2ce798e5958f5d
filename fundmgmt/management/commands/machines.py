"""Draw every state machine as a document, from the code itself."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.text import capfirst
from django.utils.translation import override

from fundmgmt.kinds import all_kinds
from fundmgmt.models.workflow import WorkflowModel
from fundmgmt.workflow import Edge, edges

FOLDER = settings.BASE_DIR / "docs" / "machines"
HEAD = "<!-- Written by `make docs` from the code; do not edit. -->"


def documents() -> dict[str, str]:
    """Return what docs/machines must hold: file name to text."""
    with override("en"):
        pages = {f"{model._meta.label_lower}.md": draw(model) for model in machines()}
        lines = [f"- [{capfirst(model._meta.verbose_name)}]({model._meta.label_lower}.md)" for model in machines()]
    index = f"{HEAD}\n# State machines\n\nOne machine for each noun that lives through states.\n\n"
    return {"README.md": index + "\n".join(lines) + "\n", **pages}


def machines() -> list[type[WorkflowModel]]:
    """Return every model with a machine, in the order of the flow."""
    return [model for model in apps.get_models() if issubclass(model, WorkflowModel) and model.state_columns()]


def draw(model: type[WorkflowModel]) -> str:
    """Return one machine as a picture (Mermaid) and as a table of steps."""
    why = (model.__doc__ or "").strip().splitlines()[0]
    found = edges(model)
    return "\n".join(
        [
            HEAD,
            f"# {capfirst(model._meta.verbose_name)}",
            "",
            why,
            "",
            "```mermaid",
            *_picture(model, found),
            "```",
            "",
            "| step | what it is called | from | to | who may | case record |",
            "| --- | --- | --- | --- | --- | --- |",
            *_table(model, found),
            "",
        ]
    )


def _picture(model: type[WorkflowModel], found: list[Edge]) -> Iterator[str]:
    field: Any = model._meta.get_field(model.state_columns()[0])
    yield "stateDiagram-v2"
    yield f"    [*] --> {field.get_default()}"
    arrows: dict[tuple[str, str], list[str]] = {}
    for edge in found:
        if edge.source != edge.target:
            arrows.setdefault((edge.source, edge.target), []).append(edge.step)
    for (source, target), steps in sorted(arrows.items()):
        yield f"    {source} --> {target}: {', '.join(sorted(steps))}"


def _table(model: type[WorkflowModel], found: list[Edge]) -> Iterator[str]:
    kinds = all_kinds()
    rows: dict[tuple[str, str, str], list[str]] = {}
    for edge in found:
        target = "stays" if edge.target == edge.source else edge.target
        kind = kinds.get(f"{model._meta.label_lower}.{edge.step}")
        case = "a moment" if kind and kind.case else ""
        row = f"{edge.custom.get('label', '')} | {{sources}} | {target} | {edge.permission!r} | {case}"
        rows.setdefault((edge.step, target, row), []).append(edge.source)
    for (step, _target, row), sources in sorted(rows.items()):
        yield f"| `{step}` | {row.replace('{sources}', ', '.join(sources))} |"


class Command(BaseCommand):
    """Write the machines, or print them."""

    help = "Draw every state machine; --write puts them in docs/machines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --write."""
        parser.add_argument("--write", action="store_true", help="write docs/machines instead of printing")

    def handle(self, *_args: Any, write: bool, **_options: Any) -> None:
        """Print or write; files of machines that are gone are removed."""
        pages = documents()
        if not write:
            self.stdout.write("\n".join(pages.values()))
            return
        replace_folder(FOLDER, pages)


def replace_folder(folder: Path, pages: dict[str, str]) -> None:
    """Make the Markdown files of a folder exactly these."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
