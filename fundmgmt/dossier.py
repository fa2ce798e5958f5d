"""One project's whole story: stages register panels, each cut to what the reader may see."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from fundmgmt.access import is_signed_in, policy, predicate

Context = Callable[[Any, uuid.UUID], dict[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    """A part of the dossier. `context(user, thread)` gives the template's context; None: nothing to show."""

    name: str
    order: int
    title: object
    template: str
    context: Context


_panels: dict[str, Panel] = {}
_views: list[Callable[[Any, uuid.UUID], dict[str, Any] | None]] = []


def register_panel(panel: Panel) -> None:
    """Add a panel once."""
    if panel.name in _panels:
        raise ValueError(f"dossier panel {panel.name} is registered twice")
    _panels[panel.name] = panel


def register_subject(find: Callable[[Any, uuid.UUID], dict[str, Any] | None]) -> None:
    """Add how a stage finds what a thread is about: (user, thread) -> {"title", "ref", "url", ...} or None.

    Somebody who is given no subject by any stage may not see the dossier at all (404).
    """
    _views.append(find)


def subject_for(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """What the thread is about, as this person may see it."""
    for find in _views:
        subject = find(user, thread)
        if subject is not None:
            return subject
    return None


@predicate(_("This project is not open to you."))
def has_subject(user: Any, obj: Any) -> bool:
    """Some stage tells this person what the thread `obj` is about."""
    return bool(is_signed_in(user, obj)) and subject_for(user, obj) is not None


policy("fundmgmt.view_dossier", has_subject)


def panels_for(user: Any, thread: uuid.UUID) -> list[tuple[Panel, dict[str, Any]]]:
    """Panels with something to show this person, in order."""
    shown = []
    for panel in sorted(_panels.values(), key=lambda p: p.order):
        context = panel.context(user, thread)
        if context is not None:
            shown.append((panel, context))
    return shown
