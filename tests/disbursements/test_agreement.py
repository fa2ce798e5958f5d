"""The agreement: frozen words, the same bytes, one text on paper and page."""

import datetime as dt
import hashlib
import html
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from disbursements.actions.agreement import prepare_agreement
from disbursements.models import Grant
from disbursements.pdf import agreement_blocks, agreement_from, render_agreement
from disbursements.queries import wording
from fundmgmt.states import Language
from tests.factories import grants as make
from tests.signing_in import sign_in

AUTUMN = dt.datetime(2026, 9, 15, 9, tzinfo=dt.UTC)  # the second wording is in force


@pytest.fixture
def draft(people: make.Cast) -> Grant:
    make.donor(people)
    return make.drafted(people)


def letters_of(text: str) -> str:
    """Without spaces and hyphens, which a paper puts where its lines end."""
    return "".join(one for one in text if one.isalnum())


def spoken(block: object) -> list[str]:
    """Every word a piece of the agreement says."""
    found: list[str] = []
    pending = [*vars(block).values()]
    while pending:
        one = pending.pop()
        pending += one if isinstance(one, list | tuple) else []
        found += [one] if isinstance(one, str) and one not in {"num", "plain", "normal"} else []
    return found


@pytest.mark.parametrize("language", Language.values)
def test_paper_and_page_say_the_same_and_stay_so_whatever_changes(
    people: make.Cast, draft: Grant, language: str
) -> None:
    Grant.objects.filter(pk=draft.pk).update(language=language)
    draft.refresh_from_db()
    prepare_agreement(draft, by=people.officer, at=AUTUMN)
    paper = draft.agreement_paper
    frozen = agreement_from(paper.snapshot)
    assert (frozen.language, frozen.wording) == (language, "2026-1")
    assert frozen.words == wording.wording("2026-1", language).words
    draft.organisation.name = "Another name"
    draft.organisation.save()
    bytes_now = render_agreement(agreement_from(paper.snapshot))
    with paper.file.open() as stored:
        assert stored.read() == bytes_now
    assert hashlib.sha256(bytes_now).hexdigest() == paper.sha256
    client = Client()
    sign_in(client, people.owner)
    answer = client.get(reverse("disbursements:agreement", args=[draft.ref]))
    page = letters_of(html.unescape(answer.content.decode()))
    printed = letters_of("".join(sheet.extract_text() for sheet in PdfReader(BytesIO(bytes_now)).pages))
    said = [text for block in agreement_blocks(frozen) for text in spoken(block)]
    assert len(said) > 40
    assert [text for text in said if letters_of(text) not in page] == []
    assert [text for text in said if letters_of(text) not in printed] == []


def test_the_day_decides_which_words_and_older_papers_keep_theirs(people: make.Cast, draft: Grant) -> None:
    old = draft.agreement_paper.snapshot
    assert old["wording"] == "2024-1"
    assert [one.version for one in wording.wordings("fr")] == ["2024-1", "2026-1"]
    without = {key: old[key] for key in old.keys() - {"wording", "wording_sha256", "words", "duties"}}
    assert render_agreement(agreement_from(without)) == render_agreement(agreement_from(old))
    prepare_agreement(draft, by=people.officer, at=AUTUMN)
    assert len(draft.agreement_paper.snapshot["duties"]) == len(old["duties"]) + 1
    with pytest.raises(wording.NoWording):
        wording.wording_on(dt.date(2023, 12, 31), "fr")


@pytest.mark.django_db
def test_every_wording_says_the_same_in_each_language() -> None:
    for english in wording.wordings("en"):
        assert english.decision
        for language in Language.values:
            said = wording.wording(english.version, language)
            assert said.words.keys() == english.words.keys()
            assert len(said.duties) == len(english.duties)
            assert [text.count("%(days)s") for text in said.duties] == [t.count("%(days)s") for t in english.duties]
            assert language == "en" or not set(said.duties) & set(english.duties)
