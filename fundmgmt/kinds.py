"""Kinds of journal entry: code, label, the facts an entry may carry, and whether a case record gathers it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

_CODE = re.compile(r"[\w.:/+-]{0,64}", re.ASCII)
FactValue = str | int | bool | None


@dataclass(frozen=True)
class Kind:
    """`code` is app.model.step; `facts` are the keys an entry may hold; `case`: worth a moment in the case record."""

    code: str
    label: object
    facts: tuple[str, ...] = ()
    case: bool = False
    restricted: bool = False


class FactError(ValueError):
    """Programming error: a fact that its kind does not allow, or free text."""


_kinds: dict[str, Kind] = {}


def register_kinds(kinds: Iterable[Kind]) -> None:
    """Add kinds; the same code twice is a programming error."""
    for kind in kinds:
        if kind.code in _kinds:
            raise ValueError(f"kind {kind.code} is registered twice")
        _kinds[kind.code] = kind


def kind(code: str) -> Kind:
    """The kind of this code; KeyError when nobody registered it."""
    return _kinds[code]


def all_kinds() -> dict[str, Kind]:
    """Every kind by code."""
    return dict(_kinds)


def clean_facts(code: str, facts: dict[str, Any] | None) -> dict[str, FactValue | list[FactValue]]:
    """Facts as they may be stored: allowed keys, and values that are numbers, dates or short codes."""
    allowed = kind(code).facts
    cleaned = {}
    for key, value in (facts or {}).items():
        if key not in allowed:
            raise FactError(f"{code} does not allow the fact {key}")
        many = isinstance(value, list | tuple)
        cleaned[key] = [_plain(code, key, v) for v in value] if many else _plain(code, key, value)
    return cleaned


def _plain(code: str, key: str, value: Any) -> FactValue:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, str) and _CODE.fullmatch(value):
        return str(value)
    raise FactError(f"{code}: the fact {key} is neither a number, a date nor a short code")


register_kinds(
    [
        Kind("fundmgmt.organisation.begin", _("Organisation registered")),
        Kind("fundmgmt.organisation.pause", _("Organisation paused")),
        Kind("fundmgmt.organisation.resume", _("Organisation active again")),
        Kind("fundmgmt.organisation.describe", _("Organisation's details changed"), ("fields",)),
        Kind("fundmgmt.membership.add", _("Colleague added"), ("user", "role")),
        Kind("fundmgmt.membership.invite", _("Colleague invited"), ("role",)),
        Kind("fundmgmt.membership.take_back", _("Invitation taken back"), ("role",)),
        Kind("fundmgmt.membership.change", _("Colleague's place changed"), ("user", "role")),
        Kind("fundmgmt.membership.end", _("Colleague left"), ("user",)),
        Kind("fundmgmt.membership.hand_over", _("Responsibility handed over"), ("user", "to", "supervised")),
        Kind("fundmgmt.role.grant", _("Role given"), ("user", "role", "until", "decided_in")),
        Kind("fundmgmt.role.end", _("Role ended"), ("user", "role")),
        Kind("fundmgmt.seat.add", _("Committee seat set up"), ("seat", "constituency", "votes")),
        Kind("fundmgmt.seat.end", _("Committee seat ended"), ("seat",)),
        Kind("fundmgmt.term.begin", _("Committee term begun"), ("seat", "user", "alternate", "until", "decided_in")),
        Kind("fundmgmt.term.end", _("Committee term ended"), ("seat", "user")),
        Kind("fundmgmt.rule.set", _("Rule changed"), ("key", "valid_from", "decided_in", "value_sha256")),
        Kind("fundmgmt.paper.add", _("File added"), ("paper", "paper_kind", "sha256", "size")),
        Kind("fundmgmt.paper.discard", _("File taken out"), ("paper", "paper_kind", "sha256", "size", "file")),
        Kind("fundmgmt.remark.erase", _("A person's words erased"), ("remark", "line", "why")),
        Kind("fundmgmt.user.describe", _("Account details changed"), ("fields",)),
        Kind("fundmgmt.user.deactivate", _("Account closed"), ("user",)),
        Kind("fundmgmt.user.activate", _("Account opened again"), ("user",)),
    ]
)
