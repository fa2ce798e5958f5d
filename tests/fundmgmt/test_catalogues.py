"""Catalogues: what the files say is what the rows say, twice is like once, and a wrong file changes nothing."""

import csv
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Model
from django.utils import translation

from fundmgmt.models import GlossaryTerm, Indicator, Place, PracticeTag, RubricItem, StandardItem
from fundmgmt.resources import CATALOGUES, DATA, load_catalogues
from tests.factories.catalogues import put_catalogues

pytestmark = pytest.mark.django_db
MODELS = [Indicator, RubricItem, PracticeTag, StandardItem, GlossaryTerm, Place]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in CATALOGUES:
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def counts() -> list[int]:
    return [model.objects.count() for model in MODELS]


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_questions_and_what_is_counted_speak_the_readers_language() -> None:
    load_catalogues()
    safety, attendance = RubricItem.objects.get(code="SC-03"), Indicator.objects.get(code="OC-04")
    with translation.override("en"):
        assert safety.asked == safety.question
        assert dict(safety.anchors)[1] == "risks ignored"
    with translation.override("fr"):
        assert dict(safety.anchors)[1] == "risques ignorés"
        assert attendance.counted == "enfants participants qui vont régulièrement en classe"
    with translation.override("sw"):
        assert attendance.out_of == "watoto washiriki wote wanaopata huduma"


def test_every_row_of_every_file_arrives_once() -> None:
    first = load_catalogues()
    assert counts() == [42, 53, 83, 110, 144, 30]
    assert list(first.values()) == counts()
    assert set(load_catalogues().values()) == {0}
    assert counts() == [42, 53, 83, 110, 144, 30]


def test_a_row_says_what_its_line_says() -> None:
    load_catalogues()
    for name, resource in CATALOGUES.items():
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        exported = {
            row["id" if name == "standards.csv" else "en" if name == "glossary.csv" else "code"]: row
            for row in resource().export().dict
        }
        for line in lines:
            key = line.get("id") or line.get("code") or line["en"]
            assert {k: str(exported[key][k] or "") for k in line} == line


def test_what_other_tests_begin_with_is_what_the_files_say() -> None:
    found = []
    for put in (load_catalogues, put_catalogues, put_catalogues):
        with transaction.atomic():
            put()
            found.append([list(model.objects.values(*columns(model))) for model in MODELS])
            transaction.set_rollback(True)
    assert found[0] == found[1] == found[2]
    assert counts() == [0] * 6


def columns(model: type[Model]) -> list[str]:
    """All but the numbers that a database gives; a place is named by its code."""
    names = [field.name for field in model._meta.concrete_fields if field.name != "id"]
    return ["parent__code" if name == "parent" else name for name in names]


def test_weights_of_scoring_make_a_whole_and_every_score_has_its_words() -> None:
    load_catalogues()
    scoring = RubricItem.objects.filter(rubric="scoring")
    assert sum(item.weight for item in scoring) == 100
    for item in scoring:
        assert [point for point, words in item.anchors if words] == [0, 1, 2, 3, 4, 5]


def test_names_come_in_the_readers_language() -> None:
    load_catalogues()
    tag, standard = PracticeTag.objects.get(code="INT-CASE"), StandardItem.objects.get(code="MRE-CL-01")
    heard = {}
    for language in ("en", "fr", "sw"):
        with translation.override(language):
            heard[language] = tag.label
    assert heard == {"en": "Case management", "fr": "Gestion de cas", "sw": "Usimamizi wa kesi"}
    with translation.override("sw"):
        assert standard.label == standard.title_fr


def test_a_corrected_line_changes_its_row_and_no_other(folder: Path) -> None:
    load_catalogues()
    change(folder, "practice_tags.csv", "Gestion de cas", "Accompagnement social")
    assert load_catalogues(folder) == {name: int(name == "practice_tags.csv") for name in CATALOGUES}
    assert PracticeTag.objects.get(code="INT-CASE").label_fr == "Accompagnement social"


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("indicators.csv", ",core,yes,10,8.7.1", ",core,maybe,10,8.7.1", "indicators.csv: row 2, column public"),
        ("indicators.csv", ",core,yes,10,8.7.1", ",core,yes,ten,8.7.1", "indicators.csv: row 2, column min_cell"),
        ("rubric.csv", "EL-01,eligibility", "EL-01,luck", "rubric.csv: row 2, column rubric"),
        ("rubric.csv", "EL-02,eligibility", "EL-01,eligibility", "rubric.csv: EL-01 stands there twice"),
        ("practice_tags.csv", "code,facet", "code,side", "practice_tags.csv: the column facet is missing"),
        ("standards.csv", ",A child found on site", ",,A child found on site", "standards.csv"),
        ("places.csv", "commune,CD-LU-KOL,Dilala", "commune,CD-XX,Dilala", "places.csv: row 4"),
        ("glossary.csv", "child labour,travail des enfants,", "child labour,,", "glossary.csv: row 2, column fr"),
    ],
)
def test_a_wrong_file_changes_nothing_and_says_where(folder: Path, name: str, old: str, new: str, says: str) -> None:
    change(folder, "indicators.csv", "Participant children engaged", "Children engaged")
    if old.startswith(",A child"):
        old, new = 'critical,"A child found', 'critical,,"A child found'
    change(folder, name, old, new)
    with translation.override("en"), pytest.raises(CommandError) as refused:
        call_command("load_catalogues", folder=folder)
    assert says in str(refused.value)
    assert counts() == [0] * 6


def test_places_stand_in_their_provinces() -> None:
    load_catalogues()
    ruashi = Place.objects.get(name="Ruashi")
    assert (ruashi.parent.name, ruashi.parent.parent.name) == ("Lubumbashi", "Haut-Katanga")
    assert list(Place.objects.filter(level="province").values_list("name", flat=True)) == ["Lualaba", "Haut-Katanga"]
