"""Catalogues as forms and pages ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundmgmt.models import Place, PracticeTag, RubricItem

if TYPE_CHECKING:
    from django.db.models import QuerySet

Choices = list[tuple[str, str]]


def provinces() -> Choices:
    """Provinces by name (one query)."""
    return list(Place.objects.filter(level="province").values_list("name", "name"))


def territories() -> list[tuple[str, Choices]]:
    """Cities and territories by name, grouped by province (one query)."""
    return _grouped(Place.objects.filter(level__in=("city", "territory")))


def communes() -> list[tuple[str, Choices]]:
    """Communes by name, grouped by city or territory (one query)."""
    return _grouped(Place.objects.filter(level="commune"))


def _grouped(places: QuerySet[Place]) -> list[tuple[str, Choices]]:
    groups: dict[str, Choices] = {}
    for parent, name in places.values_list("parent__name", "name"):
        groups.setdefault(parent, []).append((name, name))
    return list(groups.items())


def tags(*facets: str) -> list[tuple[str, Choices]]:
    """Practice tags (code, name in the reader's language) grouped by facet (one query)."""
    groups: dict[str, Choices] = {}
    for tag in PracticeTag.objects.filter(facet__in=facets) if facets else PracticeTag.objects.all():
        groups.setdefault(tag.get_facet_display(), []).append((tag.code, tag.label))
    return list(groups.items())


def rubric(name: str) -> list[RubricItem]:
    """Questions of one rubric in their order (one query)."""
    return list(RubricItem.objects.filter(rubric=name))
