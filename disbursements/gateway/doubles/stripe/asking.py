"""What was asked, in a form a handler reads; and the provider's way to say no."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from disbursements.gateway.doubles.stripe.store import PLATFORM

PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")
WHOLE = re.compile(r"-?\d+")
UNSAVED = ("parameter_missing", "parameter_invalid_integer", "resource_missing")  # refused before anything began


class ApiError(Exception):
    """An answer that is no success. `begun`: the request had begun, so its answer is kept under the key."""

    def __init__(
        self, status: int, code: str, message: str, *, param: str = "", kind: str = "invalid_request_error", **more: str
    ) -> None:
        super().__init__(message)
        self.status, self.begun = status, code not in UNSAVED
        error = {"type": kind, "code": code, "message": message, "param": param, **more}
        self.body = {"error": {name: value for name, value in error.items() if value}}


def nested(text: str) -> dict[str, Any]:
    """a[b][0]=c as {"a": {"b": ["c"]}}."""
    found: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        names = PART.findall(key)
        place = found
        for name in names[:-1]:
            place = place.setdefault(name or str(len(place)), {})
        place[names[-1] or str(len(place))] = value
    return {name: _listed(part) for name, part in found.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inside = {name: _listed(part) for name, part in value.items()}
    if inside and all(name.isdigit() for name in inside):
        return [inside[name] for name in sorted(inside, key=int)]
    return inside


@dataclass
class Asked:
    """One request: its parameters, for which account, since when."""

    params: dict[str, Any]
    now: int
    account: str = PLATFORM
    key: str = ""
    ids: tuple[str, ...] = field(default=())

    def text(self, name: str, default: str = "") -> str:
        """A text, or the default."""
        return str(self.params.get(name, default))

    def need(self, name: str) -> str:
        """A text that must be there."""
        if not self.params.get(name):
            raise ApiError(400, "parameter_missing", f"Missing required param: {name}.", param=name)
        return str(self.params[name])

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        said = str(self.params.get(name, "" if default is None else default))
        if not said:
            raise ApiError(400, "parameter_missing", f"Missing required param: {name}.", param=name)
        if not WHOLE.fullmatch(said):
            raise ApiError(400, "parameter_invalid_integer", f"Invalid integer: {said}", param=name)
        return int(said)

    def yes(self, name: str) -> bool:
        """A yes."""
        return self.params.get(name) == "true"

    def part(self, name: str) -> dict[str, Any]:
        """A nested part; empty when it was not given."""
        found = self.params.get(name)
        return found if isinstance(found, dict) else {}

    def several(self, name: str) -> list[Any]:
        """A list."""
        found = self.params.get(name)
        return found if isinstance(found, list) else []
