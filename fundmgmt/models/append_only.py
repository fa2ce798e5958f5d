"""Rows that are written once: the journal, its seals, the ledger."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class WrittenOnce(Exception):
    """Somebody tried to change or delete a row that is written once. Correct by a new row."""


class AppendOnlyQuerySet(models.QuerySet):
    """Refuses update and delete; the database triggers refuse what bypasses this."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Never."""
        raise WrittenOnce(self.model.__name__)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> NoReturn:
        """Never."""
        raise WrittenOnce(self.model.__name__)

    def delete(self) -> NoReturn:
        """Never."""
        raise WrittenOnce(self.model.__name__)


class AppendOnlyModel(models.Model):
    """A model whose rows never change. fundmgmt.triggers holds the database to it."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        """Abstract."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise WrittenOnce(type(self).__name__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        raise WrittenOnce(type(self).__name__)
