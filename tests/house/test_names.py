"""Names: every dotted path, policy, kind, template and address that is written somewhere exists."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.template.loader import get_template
from django.utils.module_loading import import_string

from fundmgmt import journal, tasks
from fundmgmt.access import policies
from fundmgmt.env import BASE_DIR
from fundmgmt.kinds import all_kinds
from tests.house.reading import APPS, calls, doors, files, literal, our_doors, our_models, place, strings

CODE = files(*APPS)
TEMPLATES = files("templates", suffix=".html") + files("templates", suffix=".txt")
URL_TAG = re.compile(r"{%\s*url\s+['\"]([\w:-]+)['\"]")
DOTTED = re.compile(rf"({'|'.join(APPS)})(\.[a-z_]\w*){{2,}}")
PRIVATE_BY_NATURE = (models.EmailField, models.TextField, models.FileField)
PRIVATE_BY_NAME = re.compile(r"name|phone|address|contact|account|number|holder|text|comment|note")


def test_tasks_and_consumers_can_be_imported() -> None:
    wanted = [*tasks.TIMETABLE, *(consumer.handler for consumer in journal.consumers().values())]
    wanted += [
        dotted for path in CODE for name, call in calls(path) if name == "enqueue" if (dotted := literal(call, 0))
    ]
    for dotted in wanted:
        assert callable(import_string(dotted)), dotted


@pytest.mark.parametrize(("functions", "position"), [({"can", "require"}, 1), ({"policy"}, 0)])
def test_policies_that_code_names_are_registered(functions: set[str], position: int) -> None:
    wrong = [
        f"{place(path, call)}: {name}"
        for path in CODE
        for called, call in calls(path)
        if called in functions and (name := literal(call, position)) and name not in policies()
    ]
    assert not wrong, "\n".join(["", *wrong])


def test_policies_are_named_by_their_app() -> None:
    assert [name for name in policies() if name.partition(".")[0] not in APPS] == []


def test_kinds_that_code_records_are_registered() -> None:
    wrong = [
        f"{place(path, call)}: {kind}"
        for path in CODE
        for called, call in calls(path)
        if called == "record" and (kind := literal(call, 0)) and "." in kind and kind not in all_kinds()
    ]
    assert not wrong, "\n".join(["", *wrong])


def test_kinds_that_somebody_waits_for_exist() -> None:
    prefixes = {prefix for consumer in journal.consumers().values() for prefix in consumer.prefixes}
    assert [prefix for prefix in prefixes if not any(code.startswith(prefix) for code in all_kinds())] == []


def test_templates_that_code_names_exist() -> None:
    for path in CODE:
        for text, _node in strings(path):
            if re.fullmatch(r"[\w/.-]+\.(html|txt)", text) and "/" in text:
                get_template(text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_a_template_and_all_that_it_includes_compile(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    get_template(str(path.relative_to(BASE_DIR / "templates")))
    for name in re.findall(r"{%\s*(?:include|extends)\s+['\"]([^'\"]+)['\"]", text):
        get_template(name)


def test_addresses_that_are_named_exist() -> None:
    known = {door.name for door in doors()}
    named = [(place(path), name) for path in TEMPLATES for name in URL_TAG.findall(path.read_text(encoding="utf-8"))]
    named += [
        (place(path, call), name)
        for path in CODE
        for called, call in calls(path)
        if called in {"reverse", "reverse_lazy"} and (name := literal(call, 0))
    ]
    wrong = [f"{where}: {name}" for where, name in named if name not in known]
    assert not wrong, "\n".join(["", *wrong])


def test_every_address_of_ours_has_one_name() -> None:
    names = [door.name for door in our_doors()]
    assert [name for name in names if name.endswith("(no name)")] == []


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_private_fields_are_declared(model: type[models.Model]) -> None:
    """A model that could hold a person's data says which fields do; an empty tuple is an answer, silence is none."""
    could = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, PRIVATE_BY_NATURE)
        or (isinstance(field, models.CharField) and not field.choices and PRIVATE_BY_NAME.search(field.name))
    ]
    declared = getattr(model, "private_fields", None)
    assert declared is not None or not could, f"{model._meta.label} declares no private_fields; candidates: {could}"
    for name in declared or ():
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            pytest.fail(f"{model._meta.label}.private_fields names {name}, which is no field")


@pytest.mark.django_db  # one of the names is the web server's entry, which asks the database before it serves
def test_dotted_names_in_code_lead_somewhere() -> None:
    """Handlers, panels and templates tags are named by text so that nobody imports downstream: each must import."""
    wrong = []
    codes = {*policies(), *all_kinds()}
    for path in CODE:
        for text, node in strings(path):
            if DOTTED.fullmatch(text) and text not in codes and not any(code.startswith(text) for code in codes):
                try:
                    _import_module_or_name(text)
                except ImportError:
                    wrong.append(f"{place(path, node)}: {text}")
    assert not wrong, "\n".join(["", *wrong])


def _import_module_or_name(dotted: str) -> None:
    try:
        import_module(dotted)
    except ModuleNotFoundError:
        import_string(dotted)
