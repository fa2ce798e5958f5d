"""List every address of the site with the policy that opens it, from the URLconf itself."""

import re
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver, get_resolver

from fundmgmt.access import policies

PATH = settings.BASE_DIR / "docs" / "doors.md"
OURS = ("fundmgmt", "applications", "disbursements", "evaluation")


@dataclass(frozen=True)
class Door:
    """One address pattern: its full name, its pattern as text, its view and the names in its pattern."""

    name: str
    route: str
    view: Callable[..., Any]
    kwargs: tuple[str, ...]

    @property
    def app(self) -> str:
        """The name space, which for our own doors is the app."""
        return self.name.partition(":")[0]

    @property
    def page(self) -> Any:
        """The page class behind the address, or None for a plain function."""
        return getattr(self.view, "view_class", None)

    @property
    def policy(self) -> str:
        """The name of the policy that opens it."""
        return getattr(self.page or self.view, "policy", "")

    @property
    def ours(self) -> bool:
        """Whether one of our apps keeps it."""
        return self.app in OURS and ":" in self.name

    def __str__(self) -> str:
        """Name."""
        return self.name


def doors() -> tuple[Door, ...]:
    """Every address of the site, found by walking the URLconf."""
    return tuple(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, namespace: str, route: str) -> Iterator[Door]:
    for item in resolver.url_patterns:
        here = route + str(item.pattern)
        if isinstance(item, URLPattern):
            names = re.findall(r"<(?:\w+:)?(\w+)>", here) or item.pattern.regex.groupindex
            yield Door(namespace + (item.name or "(no name)"), here, item.callback, tuple(names))
        else:
            inner = f"{namespace}{item.namespace}:" if item.namespace else namespace
            yield from _walk(item, inner, here)


def document() -> str:
    """Return docs/doors.md as it must be."""
    rules = policies()
    lines = [
        "<!-- Written by `make docs` from the code; do not edit. -->",
        "# Doors",
        "",
        "Every address of ours and the policy that opens it. Whom the policy does not let in gets “not found”, or the",
        "sign-in page. Addresses of django-allauth and of Django's administration are kept by those packages.",
        "",
        "| address | name | policy | who |",
        "| --- | --- | --- | --- |",
    ]
    for door in sorted((door for door in doors() if door.ours), key=lambda door: door.route):
        rule = repr(rules[door.policy].rule) if door.policy in rules else "nobody"
        lines.append(f"| `/{door.route}` | {door.name} | {door.policy} | {rule} |")
    return "\n".join([*lines, ""])


class Command(BaseCommand):
    """Write the list, or print it."""

    help = "List every address and the policy that opens it; --write puts the table in docs/doors.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --write."""
        parser.add_argument("--write", action="store_true", help="write docs/doors.md instead of printing")

    def handle(self, *_args: Any, write: bool, **_options: Any) -> None:
        """Print or write."""
        if write:
            PATH.write_text(document(), encoding="utf-8")
        else:
            self.stdout.write(document())
