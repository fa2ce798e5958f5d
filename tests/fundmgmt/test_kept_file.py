"""A good file is not lost by a mistake beside it; a picture without its answer, and what is a day old, is not kept."""

import datetime as dt
import io
import os
import re
from pathlib import Path

import pytest
from django import forms
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from PIL import Image

from fundmgmt.forms.kept_file import FOLDER, KeptFileField, forget_old_files, keep_files
from fundmgmt.templatetags.ui import ui_field

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


class Handing(forms.Form):
    title = forms.CharField()
    file = KeptFileField()
    shows_minor = forms.TypedChoiceField(
        choices=[("", "no picture"), ("no", "no"), ("yes", "yes")],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )


def handed(content: bytes = b"", name: str = "statutes.pdf", **data: str) -> Handing:
    files = {"file": [SimpleUploadedFile(name, content)]} if content else {}
    form = Handing(data, MultiValueDict(files))
    if not form.is_valid():
        keep_files(form)
    return form


def word_on(form: Handing) -> str:
    found = re.search(r'name="file_kept" value="([^"]+)"', str(ui_field(form["file"])))
    return found[1] if found else ""


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "JPEG")
    return out.getvalue()


def test_a_kept_file_comes_back_with_the_next_try_and_no_second_sending() -> None:
    wrong = handed(PDF)
    shown = str(ui_field(wrong["file"]))
    assert "statutes.pdf" in shown
    assert "required" not in shown
    again = handed(title="Statutes", file_kept=word_on(wrong))
    assert again.is_valid(), again.errors
    assert again.cleaned_data["file"].name == "statutes.pdf"
    assert again.cleaned_data["file"].read() == PDF


def test_a_second_mistake_keeps_the_same_file_and_another_choice_replaces_it() -> None:
    word = word_on(handed(PDF))
    assert word_on(handed(file_kept=word)) == word
    other = handed(PDF + b"%\n", "rules.pdf", title="Rules", file_kept=word)
    assert other.is_valid()
    assert other.cleaned_data["file"].name == "rules.pdf"


@pytest.mark.parametrize(("answer", "is_kept"), [("no", True), ("", False), ("yes", False)])
def test_a_picture_is_kept_only_when_no_child_is_on_it(answer: str, *, is_kept: bool) -> None:
    before = len(stored())
    assert bool(word_on(handed(photo(), "well.jpg", shows_minor=answer))) is is_kept
    assert len(stored()) - before == int(is_kept)


def test_what_may_not_come_in_is_not_kept() -> None:
    assert word_on(handed(b"<svg onload=x>", "x.svg")) == ""


@pytest.mark.parametrize("forged", ["{word}x", "papers/2026/01/a.pdf"])
def test_a_forged_word_brings_nothing_back(forged: str) -> None:
    form = handed(title="Statutes", file_kept=forged.format(word=word_on(handed(PDF))))
    assert list(form.errors) == ["file"]


def test_after_a_day_it_is_gone() -> None:
    word = word_on(handed(PDF))
    now = timezone.now()
    for path in stored():
        os.utime(path, (now.timestamp(),) * 2)
    assert forget_old_files(now + dt.timedelta(hours=23)) == 0
    lying = len(stored())
    assert forget_old_files(now + dt.timedelta(hours=25)) == lying
    assert stored() == []
    assert list(handed(title="Statutes", file_kept=word).errors) == ["file"]


def stored() -> list[Path]:
    folder = Path(default_storage.path(FOLDER))
    return sorted(folder.iterdir()) if folder.exists() else []
