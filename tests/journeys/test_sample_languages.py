"""What a reader in another language finds in the sample: decimals as they write them, texts they can read."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, Review
from disbursements.models import Grant
from evaluation.management.sample_fund.book import DATA
from evaluation.management.sample_fund.book import read as read_file
from evaluation.models import CaseRecord, Evaluation
from fundmgmt.models import User
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.usefixtures("fund", "db"), pytest.mark.slow]

POINT = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")


def pages() -> list[tuple[str, str]]:
    """Who reads which page with a number on it that is not whole."""
    moderated = Application.objects.get(external_ref="FPCL-2024-001")
    far_apart = Application.objects.get(external_ref="FPCL-2025-009")
    grant = Grant.objects.get(external_ref="FPCL-2024-001")
    case = CaseRecord.objects.get(thread=moderated.thread)
    review = Review.objects.filter(application=far_apart).first()
    assert review is not None
    return [
        ("officer-1", reverse("applications:list")),
        ("officer-1", reverse("applications:panel", args=[moderated.ref])),
        ("officer-1", reverse("applications:panel", args=[far_apart.ref])),
        ("officer-1", reverse("fundmgmt:dossier", args=[moderated.thread])),
        ("officer-1", review.get_absolute_url()),
        ("evaluator-1", Evaluation.objects.get(grant=grant).get_absolute_url()),
        ("evaluator-1", case.get_absolute_url()),
        ("numd-owner", grant.get_absolute_url()),
        ("treasurer-1", reverse("disbursements:refund", args=[grant.ref])),
        ("numd-owner", reverse("evaluation:practice", args=[case.ref])),
    ]


def read(key: str, address: str, language: str) -> str:
    user = User.objects.get(email=f"{key}@example.org")
    User.objects.filter(pk=user.pk).update(language=language)
    user.refresh_from_db()
    sheet = Visitor(user).read(address)
    assert sheet.status == 200, address
    boxes = [str(box) for box in sheet.main.xpath(".//input[@type='text']/@value")]
    return " ".join([sheet.text.replace("CC BY 4.0", ""), *boxes])


def test_french_readers_see_a_comma_and_english_readers_a_point() -> None:
    for key, address in pages():
        assert POINT.findall(read(key, address, "fr")) == [], address
    english = {address: bool(POINT.findall(read(key, address, "en"))) for key, address in pages()}
    assert all(english.values()), english


def test_scores_read_in_each_language() -> None:
    list_of_all = reverse("applications:list")
    ref = Application.objects.get(external_ref="FPCL-2024-001").ref
    said = {}
    for language in ("en", "fr", "sw"):
        text = read("officer-1", f"{list_of_all}?q={ref}", language)
        found = re.search(r"81[.,]3", text)
        said[language] = found and found[0]
    assert said == {"en": "81.3", "fr": "81,3", "sw": "81.3"}


def test_a_spreadsheet_gets_the_number_itself() -> None:
    client = Client()
    user = User.objects.get(email="officer-1@example.org")
    client.force_login(user)
    ref = Application.objects.get(external_ref="FPCL-2024-001").ref
    rows = b"".join(client.get(reverse("applications:list"), {"format": "csv", "q": ref})).decode()
    assert user.language == "fr"
    assert re.search(rf"{ref},.*,81\.3,", rows), rows


PRACTICES = {"FPCL-2024-001": "PR-001", "FPCL-2024-002": "PR-002"}
FILE = {row["id"]: row for row in read_file(DATA / "sample_proposals.json")["proposals"]}
INVENTED = read_file(DATA / "sample_supplement.json")


@pytest.mark.parametrize("ref", PRACTICES)
def test_the_library_speaks_the_language_of_its_reader(ref: str) -> None:
    """The file's own words in English, invented translations for those who read French or Swahili."""
    english = {**FILE[ref]["results"]["practice"], "lessons": FILE[ref]["results"]["lessons"]}
    translated = INVENTED["proposals"][ref]["case_record"]["translations"]
    assert "invented" in INVENTED["_note"].partition("Translations of practices are ")[2]
    address = reverse("evaluation:practice", args=[PRACTICES[ref]])
    for language in ("en", "fr", "sw"):
        text = read("numd-owner", address, language)
        parts = english if language == "en" else translated[language]
        for line in (parts["problem"], parts["context"], *parts["steps"], *parts["results"], *parts["lessons"]):
            assert line in text, (language, line)
        assert (english["problem"] in text) == (language == "en")


def test_a_practice_is_found_in_every_language_it_is_translated_into() -> None:
    for language in ("en", "fr", "sw"):
        page = Client().get(reverse("evaluation:library"), {"language": language}, headers={"accept-language": "fr"})
        assert [ref in page.content.decode() for ref in ("PR-001", "PR-002")] == [True, True]
