"""What must hold before the system may start."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from fundmgmt import triggers


def one_fsm(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Exactly one distribution provides `django_fsm`: two overwrite each other silently."""
    owners = sorted(set(metadata.packages_distributions().get("django_fsm", [])))
    if owners == ["django-fsm-2"]:
        return []
    return [
        Error(
            f"django_fsm is provided by {owners or 'nothing'}.",
            hint="Install django-fsm-2 alone, in a fresh environment.",
            id="fundmgmt.E001",
        )
    ]


def triggers_stand(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The database refuses what the gate refuses. Asked of migrated databases only."""
    errors: list[CheckMessage] = []
    for using in databases or []:
        connection = connections[using]
        if "fundmgmt_journalentry" not in connection.introspection.table_names():
            continue
        gone = triggers.missing(using)
        if gone:
            errors.append(
                Error(
                    f"{len(gone)} triggers are missing in the database {using}: {', '.join(gone[:3])}…",
                    hint="Run manage.py lay_triggers.",
                    id="fundmgmt.E002",
                )
            )
    return errors


class NotFitToServe(ImproperlyConfigured):
    """What must hold at start-up does not; nobody is served until it does."""


def refuse_to_start() -> None:
    """Raise NotFitToServe, naming every fault and its remedy, when a check of this room finds an error.

    Asked by the web server's entry and by the worker, each for itself: Django runs no database check by itself
    outside `migrate`. Connections are closed again, for a server may fork after this.
    """
    found = [*one_fsm(None), *triggers_stand(None, databases=list(connections))]
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
    if found:
        told = "\n".join(f"  {error.id}: {error.msg} {error.hint}" for error in found)
        raise NotFitToServe(f"The fund does not start, because what protects its data is not in place:\n{told}")
