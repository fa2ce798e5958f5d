"""Describe every environment variable and every command, from the code itself."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from fundmgmt import env

PATH = settings.BASE_DIR / "docs" / "settings.md"
OURS = {"fundmgmt", "applications", "disbursements", "evaluation"}
TYPES = {
    "as_sms": "`console:`, `file:folder` or `africastalking://user/sender`",
    "as_text": "text",
    "as_yes_no": "yes or no",
    "as_number": "whole number",
    "as_list": "list, with commas",
    "as_path": "folder",
    "as_header": "`Name: value`",
    "as_secret": "secret text",
    "as_seed": "64 hexadecimal digits",
    "as_database": "`sqlite:///path` or `postgresql://user:password@host/name`",
    "as_cache": "`locmem:` or `redis://host:6379/0`",
    "as_files": "`file:folder` or `s3://bucket?endpoint_url=…`",
    "as_mail": "`file:folder`, `smtp://user:password@host:587` or `smtps://…`",
}


def document() -> str:
    """Return docs/settings.md as it must be."""
    rows = [
        f"| `{variable.name}` | {TYPES[variable.read.__name__]} | "
        f"{f'`{variable.default}`' if variable.default else 'empty'} | {variable.says} |"
        for variable in env.VARIABLES.values()
    ]
    return "\n".join(
        [
            "<!-- Written by `make docs` from the code; do not edit. -->",
            "# Settings and commands",
            "",
            "Everything that differs from place to place comes from environment variables. The defaults are",
            "those of production on one machine; `make demo` sets what a demonstration needs by itself.",
            "",
            "| name | type | default | what for |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            "## Commands",
            "",
            "Each is run as `.venv/bin/python manage.py NAME`; `--help` says more.",
            "",
            *_commands(),
            "",
        ]
    )


def _commands() -> list[str]:
    ours = sorted((name, app) for name, app in get_commands().items() if app in OURS)
    return [f"- `{name}`: {load_command_class(app, name).help}" for name, app in ours]


class Command(BaseCommand):
    """Write the settings document, or print it."""

    help = "Describe every environment variable and command; --write puts the table in docs/settings.md."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --write."""
        parser.add_argument("--write", action="store_true", help="write docs/settings.md instead of printing")

    def handle(self, *_args: Any, write: bool, **_options: Any) -> None:
        """Print or write."""
        if write:
            PATH.write_text(document(), encoding="utf-8")
        else:
            self.stdout.write(document())
