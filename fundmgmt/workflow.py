"""The only gate to a change of state.

`perform()` opens a transaction, locks and re-reads the row, asks whether the caller saw this version, whether the
edge exists and whether the policy allows the person, runs the transition's body, saves against the version and writes
one journal entry. All or nothing. A transition called outside refuses itself (`close_gate`, at start-up).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_fsm.signals import pre_transition

from fundmgmt import journal
from fundmgmt.access import Answer, Refused, can, require
from fundmgmt.models.workflow import (
    NoSuchStep,
    OutsideTheGate,
    StaleObject,
    StepError,
    StepRefused,
    WorkflowModel,
    gate_is_open,
    open_gate,
)

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from fundmgmt.models.people import User

__all__ = [
    "NoSuchStep",
    "OutsideTheGate",
    "Refused",
    "StaleObject",
    "Step",
    "StepError",
    "StepRefused",
    "begin",
    "close_gate",
    "edges",
    "perform",
    "steps_for",
]

W = TypeVar("W", bound=WorkflowModel)


@dataclass(frozen=True)
class Edge:
    """One arrow of a machine: `source` state, step, `target` state (equal to source for an act)."""

    step: str
    source: str
    target: str
    permission: Any
    custom: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A step as one person sees it from the present state."""

    name: str
    label: object
    style: str
    allowed: Answer
    target: str
    custom: dict[str, Any]


def _refuse_outside(sender: Any, instance: Any, name: str, **_kwargs: Any) -> None:
    if isinstance(instance, WorkflowModel) and not gate_is_open():
        raise OutsideTheGate(f"{sender.__name__}.{name} was called outside perform()")


def close_gate() -> None:
    """From now on a transition runs inside perform() only."""
    pre_transition.connect(_refuse_outside, dispatch_uid="fundmgmt.close_gate")


def _field(model: type[WorkflowModel]) -> Any:
    return model._meta.get_field(model.state_columns()[0])


def edges(model: type[WorkflowModel]) -> list[Edge]:
    """Every edge of a machine, `*` sources spelled out."""
    field = _field(model)
    states = [str(value) for value, _label in field.flatchoices]
    found = []
    for item in field.get_all_transitions(model):
        sources = states if item.source in {"*", "+"} else [str(item.source)]
        for source in sources:
            target = source if item.target is None else str(item.target)
            if item.source == "+" and source == target:
                continue
            found.append(Edge(item.name, source, target, item.permission, item.custom))
    return sorted(found, key=lambda edge: (states.index(edge.source), edge.step))


def _transition(obj: WorkflowModel, step: str) -> Any:
    method = getattr(type(obj), step, None)
    meta = getattr(method, "_django_fsm", None)
    if meta is None:
        raise OutsideTheGate(f"{type(obj).__name__} has no step {step}")
    return meta.get_transition(obj.state) if meta.has_transition(obj.state) else None  # type: ignore[attr-defined]


def _kind(obj: WorkflowModel, step: str) -> str:
    return f"{obj._meta.app_label}.{obj._meta.model_name}.{step}"


def _copy_into(obj: WorkflowModel, fresh: WorkflowModel) -> None:
    """The caller's instance becomes what was saved; its cached relations stay unless the key moved."""
    concrete: tuple[Any, ...] = obj._meta.concrete_fields
    for field in concrete:
        if field.is_relation and obj.__dict__.get(field.attname) != fresh.__dict__.get(field.attname):
            field.delete_cached_value(obj) if field.is_cached(obj) else None
        obj.__dict__[field.attname] = fresh.__dict__[field.attname]
    obj._prefetched_objects_cache = {}  # noqa: SLF001 -- what Django's own refresh_from_db does
    obj._state.adding = False
    obj.remember_states()


def begin(
    obj: W,
    *,
    by: User | None,
    at: dt.datetime,
    facts: dict[str, Any] | None = None,
    reason: str = "",
) -> W:
    """First save of a workflow object, in its first state. Policy <app>.begin_<model>, asked with the unsaved row."""
    app, model = obj._meta.app_label, obj._meta.model_name
    with transaction.atomic():
        require(by, f"{app}.begin_{model}", obj)
        obj.save()
        journal.record(_kind(obj, "begin"), obj, by=by, at=at, facts=facts, reason=reason, to_state=obj.state)  # type: ignore[attr-defined]
    return obj


def perform(
    obj: W,
    step: str,
    *,
    by: User | None,
    at: dt.datetime,
    facts: dict[str, Any] | None = None,
    reason: str = "",
    expected_version: int | None = None,
    **body: Any,
) -> W:
    """Take one step. Returns `obj`, refreshed.

    Raises StaleObject, NoSuchStep, Refused (policy) or StepRefused (a condition of the body); nothing is saved then.
    `by=None` is the system itself. `at` is the time of the step in the world.
    """
    with transaction.atomic():
        fresh = type(obj)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=obj.pk)
        if expected_version is not None and fresh.version != expected_version:
            raise StaleObject
        edge = _transition(fresh, step)
        if edge is None:
            raise NoSuchStep(
                _("From “%(state)s” this step is not possible. Look at where things stand now.")
                % {"state": fresh.get_state_display()}  # type: ignore[attr-defined]
            )
        answer = edge.permission(fresh, by) if edge.permission else can(by, "", fresh)
        if not answer:
            raise Refused(answer.reason)
        before = fresh.state  # type: ignore[attr-defined]
        with open_gate():
            getattr(fresh, step)(**body)
            fresh.save()
        after = fresh.state  # type: ignore[attr-defined]
        journal.record(
            _kind(fresh, step), fresh, by=by, at=at, facts=facts, reason=reason, from_state=before, to_state=after
        )
    _copy_into(obj, fresh)
    return obj


def label_of(obj: WorkflowModel, step: str) -> object:
    """What a step is called, whatever state the row is in."""
    edges = _field(type(obj)).get_all_transitions(type(obj))
    return next((edge.custom.get("label", edge.name) for edge in edges if edge.name == step), str(obj))


def steps_for(obj: WorkflowModel, user: User | AnonymousUser | None) -> list[Step]:
    """Steps that leave the present state, each with the policy's answer for this person; the machine's order."""
    field = _field(type(obj))
    found = []
    for edge in field.get_all_transitions(type(obj)):
        meta = edge.method._django_fsm  # noqa: SLF001 -- django-fsm's documented marker of a transition
        if not meta.has_transition(obj.state) or meta.get_transition(obj.state) != edge or edge.custom.get("system"):  # type: ignore[attr-defined]
            continue
        if edge.source not in {"*", "+", obj.state}:  # type: ignore[attr-defined]
            continue
        found.append(
            Step(
                edge.name,
                edge.custom.get("label", edge.name),
                edge.custom.get("style", "plain"),
                edge.permission(obj, user),
                str(edge.target or obj.state),  # type: ignore[attr-defined]
                edge.custom,
            )
        )
    return found
