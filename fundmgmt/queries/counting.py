"""Counts beside each row of a list, without joining: a join would first multiply every row, then group them all."""

from typing import Any

from django.db.models import Aggregate, Count, QuerySet, Subquery
from django.db.models.functions import Coalesce


def counted(rows: QuerySet[Any], by: str, total: Aggregate | None = None) -> Coalesce:
    """How many of `rows` (cut to the outer row by OuterRef on `by`) there are, or another total of them; else 0."""
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=total or Count("pk")).values("n")), 0)
