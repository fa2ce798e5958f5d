import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import formats, translation
from django.utils.translation import pgettext

from fundmgmt.management.commands import messages
from tests.house.reading import machines

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


def test_what_is_compiled_is_said_at_once(project: Path) -> None:
    """A first start compiles the texts and then writes papers in French, in one process."""
    messages.update_catalogues()
    path = messages.po_path("fr")
    path.write_text(path.read_text().replace('msgid "One thing"\nmsgstr ""', 'msgid "One thing"\nmsgstr "Une chose"'))
    with translation.override("fr"):
        assert translation.gettext("One thing") == "One thing"  # read before there is anything to read
    call_command("messages", "compile")
    with translation.override("fr"):
        assert translation.gettext("One thing") == "Une chose"


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


STATES = {
    "call": {"open": "ouvert", "closed": "clôturé", "archived": "archivé"},
    "application": {"submitted": "soumise", "approved": "approuvée", "withdrawn": "retirée"},
    "meeting": {"open": "ouverte", "closed": "clôturée", "called": "convoquée"},
    "grant": {"signed": "signée", "closed": "clôturée", "suspended": "suspendue"},
    "hold": {"open": "en cours", "lifted": "levée"},
    "report": {"accepted": "accepté", "sent back": "renvoyé"},
    "review": {"handed in": "remis", "reopened": "rouvert"},
    "agenda item": {"decided": "décidé", "deferred": "reporté"},
    "account": {"open": "ouvert", "closed": "fermé"},
}
SWAHILI = {
    "call": {"open": "umefunguliwa", "closed": "umefungwa"},
    "application": {"approved": "limeidhinishwa", "returned for changes": "limerudishwa kwa marekebisho"},
    "grant": {"closed": "imefungwa", "active": "imeanza"},
    "organisation": {"active": "linaendelea", "paused": "limesitishwa"},
    "hold": {"open": "linaendelea", "lifted": "limeondolewa"},
}


@pytest.mark.parametrize(("language", "wanted"), [("fr", STATES), ("sw", SWAHILI)])
def test_states_agree_with_the_noun_they_stand_beside(language: str, wanted: dict[str, dict[str, str]]) -> None:
    with translation.override(language):
        said = {noun: {word: pgettext(noun, word) for word in words} for noun, words in wanted.items()}
    assert said == wanted


def test_no_word_leaves_the_choice_to_the_reader() -> None:
    left = [message.id for message in catalogue("fr") if message.id and re.search(r"\w\(e?s?\)", str(message.string))]
    assert left == []


def test_every_state_has_a_word_of_its_own() -> None:
    """Each state's word carries its noun, so that two machines never share a translation by chance."""
    contexts = {}
    for message in messages.extract_catalogue():
        if message.context:
            contexts.setdefault(message.context, set()).add(message.id)
    for model in machines():
        words = {str(label) for _code, label in model._meta.get_field("state").flatchoices}
        assert [noun for noun, texts in contexts.items() if words <= texts] != [], model.__name__


@pytest.mark.parametrize(
    ("password", "english", "swahili"),
    [
        ("short", "This password is too short", "Nenosiri hili ni fupi mno. Linahitaji angalau herufi 10."),
        ("password12", "This password is too common", "Nenosiri hili linatumiwa na wengi mno."),
    ],
)
def test_what_django_says_of_passwords_is_said_in_swahili(password: str, english: str, swahili: str) -> None:
    said = {}
    for language in ("en", "sw"):
        with translation.override(language), pytest.raises(ValidationError) as refused:
            validate_password(password)
        said[language] = refused.value.messages[0]
    assert (said["en"].startswith(english), said["sw"]) == (True, swahili)


def test_the_help_under_a_new_password_is_said_in_swahili() -> None:
    with translation.override("en"):
        english = password_validators_help_texts()
    with translation.override("sw"):
        swahili = password_validators_help_texts()
    assert len(swahili) == len(english) == 3
    assert set(swahili) & set(english) == set()
    assert swahili[1] == "Nenosiri lazima liwe na angalau herufi 10."
