"""The base of every model that lives through states.

What django-fsm leaves open is closed here: the constructor and bulk methods cannot set a state, every save checks
the row's version, `refresh_from_db` never switches protection off, and a state changed outside the gate
(`fundmgmt.workflow.perform`) cannot be saved. A database trigger made from the edges refuses the rest.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

if TYPE_CHECKING:
    from collections.abc import Iterator

_open_gate: ContextVar[bool] = ContextVar("fund_gate", default=False)


class StepError(Exception):
    """A step that did not happen. `message` is for the person, `field` names the form field it belongs to, if any."""

    def __init__(self, message: object, *, field: str | None = None) -> None:
        """Keep the lazy text and the field."""
        super().__init__(str(message))
        self.message = message
        self.field = field


class StepRefused(StepError):
    """A condition of the step does not hold."""


class NoSuchStep(StepError):
    """The workflow has no such step from the present state."""


class StaleObject(StepError):
    """Somebody else changed the row since it was read."""

    def __init__(self) -> None:
        """One sentence for all."""
        super().__init__(
            _("Somebody changed this in the meantime. Nothing was saved: look at the new state, then try again.")
        )


class OutsideTheGate(Exception):
    """Programming error: a state was set without `perform()`."""


class WorkflowState(FSMField):
    """A protected state column: only a transition inside the gate changes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Defaults that every machine shares."""
        kwargs["protected"] = True
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("db_index", True)
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)


@contextmanager
def open_gate() -> Iterator[None]:
    """Let a transition through. Used by fundmgmt.workflow alone (a house test looks)."""
    token = _open_gate.set(True)
    try:
        yield
    finally:
        _open_gate.reset(token)


def gate_is_open() -> bool:
    """Whether code runs inside perform()."""
    return _open_gate.get()


@cache
def _labels(field: Any) -> dict[Any, Any]:
    """Words of a field's choices, not yet translated."""
    return dict(field.flatchoices)


class WorkflowQuerySet(models.QuerySet[Any]):
    """Refuses what would set a state or lose a row behind the gate's back."""

    def _guarded(self) -> set[str]:
        return {*self.model.state_columns(), "version", "thread"}

    def update(self, **kwargs: Any) -> int:
        """Update of plain columns only."""
        if self._guarded() & kwargs.keys():
            raise OutsideTheGate(f"{self.model.__name__}.update({', '.join(kwargs)})")
        return super().update(**kwargs)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """Update of plain columns only."""
        if self._guarded() & set(fields):
            raise OutsideTheGate(f"{self.model.__name__}.bulk_update")
        return super().bulk_update(objs, fields, batch_size)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Rows in their first state only."""
        rows = list(objs)
        for row in rows:
            row.refuse_born_late()
        return super().bulk_create(rows, *args, **kwargs)

    def seed(self, objs: Any, batch_size: int = 1000) -> list[Any]:
        """Insert rows in any state: benchmarks and tests of scale only, never the application (a house test looks)."""
        return super().bulk_create(objs, batch_size=batch_size)

    def delete(self) -> NoReturn:
        """Never: a project ends by a step (withdrawn, cancelled, archived), so that its story stays."""
        raise OutsideTheGate(f"{self.model.__name__}.delete")


class WorkflowModel(models.Model):
    """One noun with one machine. `thread` names the project's story; `version` rises with each save."""

    thread = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        """Abstract."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert in the first state, or update against the version that was read (StaleObject when it moved)."""
        if self._state.adding:
            self.refuse_born_late()
            super().save(*args, **kwargs)
            self.remember_states()
            return
        read = getattr(self, "_read_states", {})
        if not gate_is_open() and any(self.__dict__.get(name, was) != was for name, was in read.items()):
            raise OutsideTheGate(f"{type(self).__name__} {self.pk} changed state outside perform()")
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "version"}
        kwargs.pop("force_insert", None)
        before = self.version
        self._expected_version = before
        self.version = before + 1
        try:
            super().save(*args, force_update=True, **{k: v for k, v in kwargs.items() if k != "force_update"})
        except BaseException:
            self.version = before
            raise
        self.remember_states()

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: see WorkflowQuerySet.delete."""
        raise OutsideTheGate(f"{type(self).__name__}.delete")

    @classmethod
    @cache
    def state_columns(cls) -> tuple[str, ...]:
        """Names of the state columns of this model; asked for every row that is read."""
        return tuple(field.name for field in cls._meta.concrete_fields if isinstance(field, WorkflowState))

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any, **how: Any) -> Self:
        """Remember the state as it was read."""
        instance = super().from_db(db, field_names, values, **how)
        instance.remember_states()
        return instance

    def remember_states(self) -> None:
        """What the state columns say in the database, as far as this instance knows."""
        self._read_states = {name: self.__dict__[name] for name in self.state_columns() if name in self.__dict__}

    def refuse_born_late(self) -> None:
        """A new row stands in its first state."""
        for name in self.state_columns():
            field: Any = self._meta.get_field(name)
            if getattr(self, name) != field.get_default():
                raise OutsideTheGate(f"{type(self).__name__} cannot be born {getattr(self, name)}")

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        """Reload, protected columns too, without touching the class-wide protection."""
        wanted = None if fields is None else set(fields)
        held = {
            name: self.__dict__.pop(name)
            for name in self.state_columns()
            if name in self.__dict__ and (wanted is None or name in wanted)
        }
        if fields is None:
            deferred = self.get_deferred_fields() - held.keys()
            fields = [f.attname for f in self._meta.concrete_fields if f.attname not in deferred]
            self._prefetched_objects_cache: dict[str, Any] = {}
        try:
            super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        except BaseException:
            self.__dict__.update(held)
            raise
        self.remember_states()

    def _get_FIELD_display(self, field: Any) -> str:  # noqa: N802 -- the name is Django's
        # Django translates all choices of the field for each word it shows; a list shows many.
        value = getattr(self, field.attname)
        return str(_labels(field).get(value, "" if value is None else value))

    def _do_update(self, base_qs: Any, *args: Any, **kwargs: Any) -> Any:
        updated = super()._do_update(base_qs.filter(version=self._expected_version), *args, **kwargs)
        if not updated:
            raise StaleObject
        return updated
