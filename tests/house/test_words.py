"""Words: everything a person reads can be translated; everything an operator sets or runs is written down."""

import ast
import re
from enum import Enum
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.management import get_commands, load_command_class
from django.db.models import TextChoices
from django.utils.functional import Promise

from fundmgmt.env import BASE_DIR
from fundmgmt.kinds import all_kinds
from fundmgmt.management.commands.describe_settings import PATH, document
from fundmgmt.pages import ListPage, Page
from tests.house.reading import APPS, calls, files, our_doors, our_models, place

TEMPLATES = files("templates", suffix=".html")
NOT_TRANSLATED = {
    "templates/fundmgmt/gallery.html": "for people who build the site, not for those who use it",
    "templates/500.html": "shown when nothing works any more: it speaks all three languages by itself",
}
NOT_WORDS = [
    r"{#.*?#}",
    r"{%\s*comment.*?endcomment\s*%}",
    r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}",
    r"<!--.*?-->",
    r"{%\s*block\s+\w+\s*%}[a-z-]+{%\s*endblock\b",  # a block that fills a class attribute
    r"<script\b.*?</script>",
    r"<style\b.*?</style>",
    r"{%.*?%}",
    r"{{.*?}}",
]
SAID_ATTRIBUTE = re.compile(r"""\b(?:alt|title|placeholder|aria-label)\s*=\s*["']([^"'{]*[^\W\d_]{2}[^"']*)["']""")
WORD = re.compile(r"[^\W\d_]{2,}")
SAME_EVERYWHERE = re.compile(r"\b(CSV|PDF|USD|CDF|EUR|Français|English|Kiswahili)\b")
ERRORS = {"StepRefused", "ValidationError", "Refused", "No", "StepError"}
TELLERS = {"success", "error", "warning", "info"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_a_template_says_nothing_untranslated(path: Path) -> None:
    if place(path) in NOT_TRANSLATED:
        return
    text = path.read_text(encoding="utf-8")
    for pattern in NOT_WORDS:
        text = re.sub(pattern, " ", text, flags=re.DOTALL)
    said = SAID_ATTRIBUTE.findall(text) + re.sub(r"<[^>]*>", "\n", text, flags=re.DOTALL).splitlines()
    assert [line.strip() for line in said if WORD.search(SAME_EVERYWHERE.sub("", line))] == []


def test_choices_have_translatable_labels() -> None:
    wrong = []
    for app in APPS:
        for room in ("states", "roles"):
            try:
                module = import_module(f"{app}.{room}")
            except ModuleNotFoundError:
                continue
            for name, choices in getmembers(module, lambda item: isclass(item) and issubclass(item, TextChoices)):
                if name == "Language" or not choices.__module__.startswith(module.__name__):
                    continue  # each language is called by its own name
                wrong += [f"{app}.{room}.{name}.{one.name}" for one in choices if not _is_lazy(one)]
    assert not wrong, "\n".join(["", *wrong])


def _is_lazy(choice: Enum) -> bool:
    return isinstance(choice._label_, Promise)


def test_kinds_have_translatable_labels() -> None:
    ours = {code: kind for code, kind in all_kinds().items() if code.partition(".")[0] in APPS}
    assert [code for code, kind in ours.items() if not isinstance(kind.label, Promise)] == []


def test_fields_of_forms_have_translatable_labels() -> None:
    wrong = []
    for form in _forms():
        for name, field in form.base_fields.items():
            if isinstance(field.widget, forms.HiddenInput):
                continue
            if not isinstance(field.label, Promise):
                wrong.append(f"{form.__module__}.{form.__name__}.{name}: label")
            if field.help_text and not isinstance(field.help_text, Promise):
                wrong.append(f"{form.__module__}.{form.__name__}.{name}: help_text")
    assert not wrong, "\n".join(["", *wrong])


def _forms() -> set[type[forms.Form]]:
    found = set()
    for path in files(*APPS):
        if "forms" in path.parts or path.stem == "forms":
            module = import_module(".".join(path.relative_to(BASE_DIR).with_suffix("").parts).removesuffix(".__init__"))
            found |= {item for _name, item in getmembers(module, isclass) if issubclass(item, forms.BaseForm)}
    return {form for form in found if form.__module__.partition(".")[0] in APPS}


def test_pages_and_columns_have_translatable_names() -> None:
    wrong = []
    for door in our_doors():
        page = door.page
        if page is None or not issubclass(page, Page):
            continue
        wrong += [f"{door}: {name}" for name in _names_of(page) if not _translatable(getattr(page, name))]
        if issubclass(page, ListPage):
            wrong += [f"{door}: column {one.name}" for one in page.columns if not _translatable(one.label)]
    assert not wrong, "\n".join(["", *wrong])


def _names_of(page: type[Page]) -> list[str]:
    return [
        name for name in ("title", "intro", "done", "empty_title", "empty_text", "submit_label") if hasattr(page, name)
    ]


def _translatable(value: Any) -> bool:
    return isinstance(value, Promise) or not WORD.search(SAME_EVERYWHERE.sub("", str(value)))


def test_fields_of_models_that_people_see_have_help_in_words() -> None:
    """A verbose_name is either Django's own (made from the field's name) or translatable."""
    wrong = [
        str(field)
        for model in our_models()
        for field in model._meta.concrete_fields
        if field.model is model
        and not isinstance(field.verbose_name, Promise)
        and field.verbose_name not in {field.name.replace("_", " "), "ID"}
    ]
    assert not wrong, "\n".join(["", *wrong])


def test_refusals_and_messages_are_translatable() -> None:
    wrong = []
    for path in files(*APPS):
        for called, call in calls(path):
            owner = getattr(call.func, "value", None)
            told = called in TELLERS and isinstance(owner, ast.Name) and owner.id == "messages"
            if not (called in ERRORS or told):
                continue
            said = call.args[1:2] if told else call.args[:1]
            if said and any(WORD.search(text) for text in _plain_parts(said[0])):
                wrong.append(f"{place(path, call)}: {ast.unparse(call)[:80]}")
    assert not wrong, "\n".join(["", *wrong])


def _plain_parts(said: ast.expr) -> list[str]:
    """Text written into the code as it is, not handed to gettext."""
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


# What an operator must know --------------------------------------------------------------------------


def test_the_settings_document_is_up_to_date() -> None:
    """If this fails: make docs."""
    assert PATH.read_text(encoding="utf-8") == document()


def test_every_command_of_ours_says_what_it_does() -> None:
    ours = {name: app for name, app in get_commands().items() if app in APPS}
    for name, app in ours.items():
        assert load_command_class(app, name).help.endswith("."), name
        assert f"`{name}`" in document()


def test_only_env_reads_the_environment() -> None:
    allowed = {"fundmgmt/env.py", "fundmgmt/wsgi.py", "evaluation/management/commands/demo.py"}
    wrong = [
        place(path, node)
        for path in files(*APPS)
        if place(path) not in allowed
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert not wrong, "\n".join(["", *wrong])
