"""A chosen file outlives a mistake in another field: on a slow network nobody sends it twice.

It is kept for a day at most, in the private storage, cleaned as an accepted file would be, and only the person's own
page holds the signed word that brings it back. A picture is kept only when its question about children is answered.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

from fundmgmt.actions import sifting

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "kept"
SALT = "fundmgmt.kept_file"
KEEP = dt.timedelta(days=1)


class KeptFileInput(forms.FileInput):
    """A file box beside which a kept file may lie: `kept` is its signed word and its name."""

    kept: tuple[str, str] | None = None

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """The file sent now, else the one kept."""
        return super().value_from_datadict(data, files, name) or reopen(data.get(f"{name}_kept", ""))

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """A kept file is no omission."""
        return super().value_omitted_from_data(data, files, name) and f"{name}_kept" not in data

    def use_required_attribute(self, initial: Any) -> bool:
        """With a kept file, choosing again is free."""
        return super().use_required_attribute(initial) and self.kept is None


class KeptFileField(forms.FileField):
    """A file field whose file is not lost when another field is wrong."""

    widget = KeptFileInput


def keep_files(form: forms.Form) -> None:
    """Keep each good file of a form that is wrong elsewhere, so that its page can offer it again."""
    for name, field in form.fields.items():
        upload = form[name].data
        if not isinstance(field.widget, KeptFileInput) or not isinstance(upload, UploadedFile) or name in form.errors:
            continue
        word = getattr(upload, "kept_word", "") or _keep(upload, form.cleaned_data.get("shows_minor"))
        if word:
            field.widget.kept = (word, upload.name or "")


def _keep(upload: UploadedFile, shows_minor: bool | None) -> str:
    upload.seek(0)
    try:
        clean = sifting.sift(upload.name or "", upload.read(), shows_minor=shows_minor)
    except sifting.UploadRefused:
        return ""
    path = default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}.{clean.suffix}", ContentFile(clean.content))
    return signing.dumps({"path": path, "name": upload.name}, salt=SALT)


def reopen(word: str) -> UploadedFile | None:
    """The kept file behind a signed word; nothing when the word is forged, too old or its file is gone."""
    try:
        told = signing.loads(word, salt=SALT, max_age=KEEP)
        with default_storage.open(told["path"]) as file:
            content = file.read()
    except (signing.BadSignature, FileNotFoundError):
        return None
    upload = SimpleUploadedFile(told["name"], content)
    upload.kept_word = word  # type: ignore[attr-defined]
    return upload


def forget_old_files(now: dt.datetime) -> int:
    """Delete what was kept more than a day ago; how many."""
    if not default_storage.exists(FOLDER):
        return 0
    old = [
        path
        for path in (f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1])
        if default_storage.get_modified_time(path) < now - KEEP
    ]
    for path in old:
        default_storage.delete(path)
    return len(old)
