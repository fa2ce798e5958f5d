"""Stored files: private (the default storage is served by no web server), hashed, tied to a thread."""

import uuid
from functools import cached_property
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.urls import reverse

from fundmgmt.states import PaperKind


def paper_path(paper: "Paper", filename: str) -> str:
    """A random name: what a person typed never becomes a path."""
    suffix = filename.rsplit(".", 1)[-1].lower()[:8] if "." in filename else "bin"
    return f"papers/{paper.added_at:%Y/%m}/{uuid.uuid4().hex}.{suffix}"


class Paper(models.Model):
    """A file as it was handed in or rendered; `sha256` is of its bytes, `snapshot` what a PDF was rendered from."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    thread = models.UUIDField(db_index=True)
    subject = models.CharField(max_length=96, help_text="app.model:id the file belongs to")
    kind = models.CharField(max_length=24, choices=PaperKind)
    title = models.CharField(max_length=200)
    file = models.FileField(upload_to=paper_path, max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=100)
    snapshot = models.JSONField(null=True, blank=True)
    policy = models.CharField(max_length=64, help_text="policy asked, with the subject, before it is shown")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    private_fields = ("title", "file", "snapshot")

    class Meta:
        """Newest last."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Title."""
        return self.title

    def get_absolute_url(self) -> str:
        """Where the file is handed out, under its policy."""
        return reverse("fundmgmt:paper", args=[self.uid])

    @cached_property
    def about(self) -> Any:
        """The row the paper belongs to, or None when there is none."""
        label, _colon, pk = self.subject.partition(":")
        try:
            return apps.get_model(label)._default_manager.get(pk=pk)
        except (LookupError, ValueError, ObjectDoesNotExist):
            return None
