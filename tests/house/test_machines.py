"""Machines: every edge says who may take it, what it is called and what the journal writes; nobody else moves one."""

import ast
from pathlib import Path

import pytest
from django.utils.functional import Promise
from django_fsm import FSMField

from fundmgmt.access import Policy, policies
from fundmgmt.kinds import all_kinds
from fundmgmt.management.commands.machines import FOLDER, documents
from fundmgmt.models.workflow import WorkflowModel, WorkflowState
from fundmgmt.workflow import edges
from tests.house.reading import APPS, calls, files, literal, machines, our_models, place, tree

MACHINES = pytest.mark.parametrize("model", machines(), ids=lambda model: model._meta.label)
STEPS = {edge.step for model in machines() for edge in edges(model)}
GATE = "fundmgmt/workflow.py"
STYLES = {"primary", "plain", "danger", None}


@MACHINES
def test_every_edge_has_a_policy_a_label_and_a_kind(model: type[WorkflowModel]) -> None:
    kinds = all_kinds()
    wrong = []
    for edge in edges(model):
        here = f"{model._meta.label_lower}.{edge.step}"
        if not isinstance(edge.permission, Policy) or policies().get(edge.permission.name) is not edge.permission:
            wrong.append(f"{here}: permission is no registered policy")
        if not isinstance(edge.custom.get("label"), Promise):
            wrong.append(f"{here}: no translatable label")
        if edge.custom.get("style") not in STYLES:
            wrong.append(f"{here}: style {edge.custom['style']}")
        if here not in kinds:
            wrong.append(f"{here}: no kind for the journal")
    assert not wrong, "\n".join(["", *wrong])


@MACHINES
def test_every_machine_can_begin_and_be_seen(model: type[WorkflowModel]) -> None:
    app, name = model._meta.app_label, model._meta.model_name
    assert f"{app}.begin_{name}" in policies()
    assert f"{app}.view_{name}" in policies() or not hasattr(model, "get_absolute_url")
    assert f"{app}.{name}.begin" in all_kinds()


@MACHINES
def test_every_state_can_be_reached_and_is_a_choice(model: type[WorkflowModel]) -> None:
    field = model._meta.get_field(model.state_columns()[0])
    states = {str(value) for value, _label in field.flatchoices}
    found = edges(model)
    assert {edge.source for edge in found} | {edge.target for edge in found} <= states
    reached = {str(field.get_default())}
    while more := {edge.target for edge in found if edge.source in reached} - reached:
        reached |= more
    assert reached == states


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_a_state_column_is_one_of_ours(model: type[WorkflowModel]) -> None:
    columns = [field for field in model._meta.concrete_fields if isinstance(field, FSMField)]
    assert all(isinstance(field, WorkflowState) and field.protected for field in columns)
    assert len(columns) <= 1
    assert issubclass(model, WorkflowModel) == bool(columns)


def test_the_drawings_are_up_to_date() -> None:
    """If this fails: make docs."""
    drawn = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert drawn == documents()


# Nobody moves a machine but the gate --------------------------------------------------------------


def outside_gate() -> list[Path]:
    return [path for path in files(*APPS) if not str(path).endswith(GATE)]


def test_no_step_is_called_outside_the_gate() -> None:
    """Rows move by perform(row, "approve", ...), never by row.approve(...). (The gate itself refuses such a call.)"""
    rows = {model._meta.model_name for model in machines()} | {"row", "obj", "object", "instance"}
    wrong = []
    for path in outside_gate():
        for called, call in calls(path):
            if called in STEPS and isinstance(call.func, ast.Attribute):
                owner = call.func.value
                last = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                if last.replace("_", "") in rows or (last == "self" and "models" in path.parts):
                    wrong.append(f"{place(path, call)}: {ast.unparse(call.func)}(…)")
    assert not wrong, "\n".join(["", *wrong])


def test_nobody_opens_the_gate_or_writes_a_state() -> None:
    wrong = []
    for path in outside_gate():
        for called, call in calls(path):
            if called in {"open_gate", "seed"}:
                wrong.append(f"{place(path, call)}: {called}()")
        wrong += [
            f"{place(path, node)}: writes .state"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute) and node.attr == "state" and isinstance(node.ctx, ast.Store)
        ]
    assert not wrong, "\n".join(["", *wrong])


def test_steps_named_in_calls_exist() -> None:
    wrong = [
        f"{place(path, call)}: {step}"
        for path in files(*APPS)
        for called, call in calls(path)
        if called == "perform" and (step := literal(call, 1)) and step not in STEPS
    ]
    assert not wrong, "\n".join(["", *wrong])
