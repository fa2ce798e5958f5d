"""What imports cannot see: relations, addresses and templates point down the flow only."""

import ast
import re

import pytest
from django.db.models import Model
from django.urls import get_resolver

from tests.house.reading import APPS, calls, files, literal, our_models, place, tree

STAGES = APPS[1:]
URL_TAG = re.compile(r"{%\s*url\s+['\"]([\w:-]+)['\"]")


def rank(app: str) -> int:
    return APPS.index(app) if app in APPS else -1


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_a_relation_points_down_the_flow(model: type[Model]) -> None:
    here = model._meta.app_label
    for field in model._meta.get_fields():
        if not (field.is_relation and field.concrete) or field.related_model is None:
            continue
        there = field.related_model._meta.app_label
        assert rank(there) <= rank(here), f"{field} points up the flow"
        if here != there and here in STAGES and there in STAGES:
            assert field.remote_field.related_name == "+", f"{field}: related_name must be '+'"


@pytest.mark.parametrize("app", APPS)
def test_code_names_no_address_further_down(app: str) -> None:
    wrong = [
        f"{place(path, call)}: {name}"
        for path in files(app)
        for called, call in calls(path)
        if called in {"reverse", "reverse_lazy", "redirect", "resolve_url"} and (name := literal(call, 0))
        if rank(name.partition(":")[0]) > rank(app)
    ]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize("app", APPS)
def test_templates_name_no_address_further_down(app: str) -> None:
    folders = [f"templates/{app}", f"templates/email/{app}"] + ["templates"] * (app == "fundmgmt")
    wrong = [
        f"{place(path)}: {name}"
        for path in files(*folders, suffix=".html") + files(*folders, suffix=".txt")
        if app != "fundmgmt" or not set(path.parts) & set(STAGES)
        for name in URL_TAG.findall(path.read_text())
        if rank(name.partition(":")[0]) > rank(app)
    ]
    assert not wrong, "\n".join(["", *wrong])


def test_each_stage_has_its_own_name_space() -> None:
    assert set(APPS) <= set(get_resolver().namespace_dict)


WEB = ("django.http", "django.shortcuts", "django.views", "django.template")
KNOW_NO_REQUEST = ("models", "actions", "queries", "workflow", "journal", "rules", "access", "states", "kinds", "tasks")


@pytest.mark.parametrize("app", APPS)
def test_the_domain_knows_nothing_of_requests(app: str) -> None:
    """What import-linter cannot see: which part of Django a room imports."""
    rooms = files(*(f"{app}/{room}" for room in KNOW_NO_REQUEST))
    rooms += [path for path in files(app) if path.parent.name == app and path.stem in KNOW_NO_REQUEST]
    wrong = [
        f"{place(path, node)}: {node.module}"
        for path in rooms
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(WEB)
    ]
    assert not wrong, "\n".join(["", *wrong])
