import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import formats, translation

from fundmgmt.management.commands import messages

PY = """from django.utils.translation import gettext as _, ngettext
_("One thing")
ngettext("%(n)s day", "%(n)s days", 2)
"""
PAGE = """{% load i18n %}
  <p>{% translate "Sign in" context "button" %}</p>
    {% blocktranslate count n=n %}{{ n }} file{% plural %}{{ n }} files{% endblocktranslate %}
 {% ui_card _("A card") %}it's{% endui_card %}
"""


@pytest.fixture
def project(settings: Any, tmp_path: Path) -> Path:
    for folder in messages.FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "fundmgmt" / "words.py").write_text(PY)
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "fundmgmt" / "locale"]
    return tmp_path


def test_texts_are_found_in_code_and_in_templates(project: Path) -> None:
    found = {(message.id, message.context) for message in messages.extract_catalogue() if message.id}
    assert found == {
        ("One thing", None),
        (("%(n)s day", "%(n)s days"), None),
        ("Sign in", "button"),
        (("%(n)s file", "%(n)s files"), None),
        ("A card", None),
    }


def test_update_keeps_translations_drops_the_gone_and_guesses_nothing(project: Path) -> None:
    messages.update_catalogues()
    path = messages.po_path("fr")
    path.write_text(path.read_text().replace('msgid "One thing"\nmsgstr ""', 'msgid "One thing"\nmsgstr "Une chose"'))
    (project / "fundmgmt" / "words.py").write_text(PY.replace("%(n)s day", "%(n)s long day") + '_("One thin")\n')
    messages.update_catalogues()
    with path.open("rb") as file:
        catalogue = read_po(file)
    assert catalogue.get("One thing").string == "Une chose"
    assert catalogue.get("One thin").string == ""
    assert catalogue.get("%(n)s day") is None
    again = path.read_text()
    messages.update_catalogues()
    assert path.read_text() == again


def test_compile_writes_what_is_newer_only(project: Path) -> None:
    messages.update_catalogues()
    assert len(messages.compile_catalogues()) == 2
    assert messages.compile_catalogues() == []
    assert len(messages.compile_catalogues(force=True)) == 2


def test_missing_fails_for_a_language_with_gaps(project: Path) -> None:
    messages.update_catalogues()
    with pytest.raises(CommandError, match="5 texts"):
        call_command("messages", "missing", language="fr")


def test_every_catalogue_in_the_project_can_be_compiled() -> None:
    for language in messages.LANGUAGES:
        with messages.po_path(language).open("rb") as file:
            for message in read_po(file, locale=language):
                assert not list(message.check()), message.id


@pytest.mark.parametrize(("language", "number"), [("fr", "12\u202f345"), ("en", "12,345"), ("sw", "12,345")])
def test_django_itself_writes_numbers_in_each_language(language: str, number: str) -> None:
    with translation.override(language):
        assert formats.number_format(12345, use_l10n=True, force_grouping=True) == number
        assert formats.get_format("DATE_INPUT_FORMATS")[0] == "%Y-%m-%d"
        assert formats.date_format(date(2026, 1, 2), "SHORT_DATE_FORMAT") == "02/01/2026"


def test_the_words_of_the_rules_are_among_the_texts(project: Path) -> None:
    data = project / "fundmgmt" / "data"
    data.mkdir()
    (data / "rules.json").write_text('[{"key": "review_days", "label": "Days a reviewer has", "help": ""}]')
    found = {message.id: message.locations for message in messages.extract_catalogue() if message.id}
    assert found["Days a reviewer has"] == [("fundmgmt/data/rules.json", 0)]
    assert "" not in found


COMPLETE = ("fr",)
"""Languages in which every text is said."""
MARKS = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|<[^>]+>")


def catalogue(language: str) -> Catalog:
    with messages.po_path(language).open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", COMPLETE)
def test_every_text_is_translated(language: str) -> None:
    assert messages.missing(language) == []
    assert [message.id for message in catalogue(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_translation_keeps_figures_names_and_marks(language: str) -> None:
    for message in catalogue(language):
        if isinstance(message.id, tuple):
            one, many = message.id
            assert set(MARKS.findall(message.string[0])) <= {*MARKS.findall(one), *MARKS.findall(many)}, message.id
            pairs = [(many, said) for said in message.string[1:]]
        else:
            pairs = [(message.id, message.string)]
        for text, said in pairs:
            if text and said:
                assert Counter(MARKS.findall(said)) == Counter(MARKS.findall(text)), text


def test_french_signs_do_not_stand_alone_on_a_line() -> None:
    loose = re.compile(r" [:;?!»](?:\s|$)|« |\d %(?![\w(])")
    for message in catalogue("fr"):
        for said in message.string if isinstance(message.string, tuple) else (message.string,):
            assert not message.id or not loose.search(said), said
