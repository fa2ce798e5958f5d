"""Files in: what people hand in (checked by content, cleaned) and what the system renders (frozen first)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fundmgmt import journal
from fundmgmt.access import policies
from fundmgmt.actions import sifting
from fundmgmt.models import Paper
from fundmgmt.rules import rule
from fundmgmt.states import PaperKind

if TYPE_CHECKING:
    import datetime as dt

    from django.core.files.uploadedfile import UploadedFile

    from fundmgmt.models import User

UploadRefused = sifting.UploadRefused


def store_upload(
    subject: Any,
    upload: UploadedFile,
    *,
    title: str,
    policy: str,
    by: User | None,
    at: dt.datetime,
    shows_minor: bool | None = None,
    kind: str = PaperKind.UPLOAD,
) -> Paper:
    """Keep a file that a person hands in with `subject` (a saved row with a thread).

    `policy` is asked, with the subject, of whoever wants to read it. `shows_minor` answers "Is anyone under 18
    visible?" and must be given for pictures. Raises UploadRefused (fields `file`, `shows_minor`) with what to do
    instead. Pictures are written anew, so that place, time and device inside them are gone.
    """
    limit = rule("upload_max_kb", timezone.localdate(at)).value * 1024
    if (upload.size or 0) > limit:
        raise UploadRefused(
            _("This file is larger than %(mb)s MB. Make it smaller, or hand it in as several files.")
            % {"mb": limit // (1024 * 1024)}
        )
    clean = sifting.sift(upload.name or "", upload.read(), shows_minor=shows_minor)
    return _keep(
        subject, clean.content, clean.suffix, clean.mime, kind, title or (upload.name or ""), None, policy, by, at
    )


def store_pdf(
    subject: Any,
    content: bytes,
    *,
    snapshot: dict[str, Any],
    kind: str,
    title: str,
    policy: str,
    by: User | None,
    at: dt.datetime,
) -> Paper:
    """Keep a document the system rendered, with the frozen data it was rendered from."""
    if not content.startswith(b"%PDF-"):
        raise ValueError("store_pdf keeps PDF bytes only")
    return _keep(subject, content, "pdf", "application/pdf", kind, title, snapshot, policy, by, at)


DATA_TYPES = {"xml": "application/xml", "csv": "text/csv", "txt": "text/plain"}


def store_data(
    subject: Any,
    content: bytes,
    *,
    suffix: str,
    kind: str,
    title: str,
    policy: str,
    by: User | None,
    at: dt.datetime,
    snapshot: dict[str, Any] | None = None,
) -> Paper:
    """Keep a file for machines that the system wrote, or read whole and understood, before it called this."""
    return _keep(subject, content, suffix, DATA_TYPES[suffix], kind, title, snapshot, policy, by, at)


def _keep(  # noqa: PLR0917 -- one row, each column once
    subject: Any,
    content: bytes,
    suffix: str,
    mime: str,
    kind: str,
    title: str,
    snapshot: dict[str, Any] | None,
    policy: str,
    by: User | None,
    at: dt.datetime,
) -> Paper:
    if policy not in policies():
        raise ValueError(f"no policy is called {policy}")
    paper = Paper(
        thread=subject.thread,
        subject=journal.subject_of(subject),
        kind=kind,
        title=title.strip()[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        mime=mime,
        snapshot=snapshot,
        policy=policy,
        added_by=by,
        added_at=at,
    )
    paper.file.save(f"file.{suffix}", ContentFile(content), save=False)
    try:
        with transaction.atomic():
            paper.save()
            facts = {"paper": paper.pk, "paper_kind": str(kind), "sha256": paper.sha256, "size": paper.size}
            journal.record("fundmgmt.paper.add", paper, by=by, at=at, facts=facts)
    except BaseException:
        paper.file.storage.delete(str(paper.file.name))
        raise
    return paper


def discard_paper(paper: Paper, *, by: User | None, at: dt.datetime) -> None:
    """Take a file out for good, when nothing points to it any more: the row now, its bytes once this is committed.

    The journal keeps that it was there, and the hash of what it was. Its entry is what the bytes are deleted after:
    when this process dies in between, the sweep of the journal does it.
    """
    with transaction.atomic():
        facts = {"paper": paper.pk, "paper_kind": str(paper.kind), "sha256": paper.sha256, "size": paper.size}
        facts["file"] = str(paper.file.name)
        journal.record("fundmgmt.paper.discard", paper, by=by, at=at, facts=facts)
        paper.delete()
