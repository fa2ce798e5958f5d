"""Links that people declared with organisations. A stage that keeps some says so; who asks need not know which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

_kept: dict[str, Callable[[], QuerySet[Any]]] = {}


def register_links(name: str, standing: Callable[[], QuerySet[Any]]) -> None:
    """Add a kind of link once. `standing()` gives rows with `user` and `organisation` that hold now."""
    if name in _kept:
        raise ValueError(f"links {name} are registered twice")
    _kept[name] = standing


def people_linked_to(organisation_id: int) -> frozenset[int]:
    """Who declared a link with this organisation that still stands (a query for each kind)."""
    found: set[int] = set()
    for standing in _kept.values():
        found.update(standing().filter(organisation=organisation_id).values_list("user_id", flat=True))
    return frozenset(found)


def organisations_linked_to(user: Any) -> frozenset[int]:
    """With which organisations this person declared a link, under whichever account (a query for each kind)."""
    same = Q(user=user.pk) | Q(user__phone_key=user.phone_key, user__phone_key__gt="")
    found: set[int] = set()
    for standing in _kept.values():
        found.update(standing().filter(same).values_list("organisation_id", flat=True))
    return frozenset(found)
