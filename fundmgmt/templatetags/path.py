"""How far an object has come, read from its own state machine."""

from collections.abc import Iterable
from typing import Any

from fundmgmt.queries.story import states_passed

Edge = tuple[str, str, bool]


def edges_of(model: Any) -> list[Edge]:
    """Return (source, target, side exit) of each edge, in the order declared; acts and wildcards are left out."""
    field = model._meta.get_field("state")
    found = []
    for transition in field.get_all_transitions(model):
        target = transition.target
        if isinstance(target, str) and transition.source not in {"*", "+"}:
            found.append((str(transition.source), str(target), bool(transition.custom.get("side"))))
    return found


def main_path(start: str, edges: list[Edge], order: list[str]) -> list[str]:
    """Return the states from ``start`` on, along edges that are no side exits; always forwards in ``order``."""
    path = [start]
    while True:
        here = path[-1]
        ahead = [target for source, target, side in edges if source == here and not side and target not in path]
        if not ahead:
            return path
        path.append(min(ahead, key=order.index))


def draw_path(obj: Any, visited: Iterable[str] = ()) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the steps of the path (label, status) and the words of the exits that leave it from here.

    A model may name its main path itself: ``main_path = ("draft", "open", …)``. A state off the path stands
    as "here" behind the last state of the path that was visited; without ``visited`` the journal is asked (one query).
    Nothing lies ahead of a state from which no edge leads back to the path.
    """
    field = obj._meta.get_field("state")
    labels = {str(code): label for code, label in field.choices}
    edges = edges_of(type(obj))
    declared = [str(state) for state in getattr(obj, "main_path", ())]
    path = declared or main_path(str(field.get_default()), edges, list(labels))
    here = str(obj.state)
    exits = dict.fromkeys(target for source, target, _side in edges if source == here and target not in path)
    if here not in path:
        been = {path.index(code) for code in map(str, visited or states_passed(obj)) if code in path}
        been |= {
            path.index(source) for source, target, _side in edges if target == here and source in path and not been
        }
        turn = max(been, default=0) + 1
        returns = any(source == here and target in path for source, target, _side in edges)
        path = [*path[:turn], here, *(path[turn:] if returns else [])]
    at = path.index(here)
    steps = []
    for index, code in enumerate(path):
        status = "done" if index < at else "here" if index == at else "ahead"
        steps.append({"label": labels.get(code, code), "status": status, "code": code})
    return steps, [labels.get(code, code) for code in exits if code != here]
