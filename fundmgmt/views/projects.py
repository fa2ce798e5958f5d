"""One project's whole story, and the files that belong to it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import FileResponse, Http404, HttpRequest
from django.template.loader import render_to_string
from django.utils.text import slugify

from fundmgmt.dossier import Panel, panels_for, subject_for
from fundmgmt.models import Paper
from fundmgmt.pages import Page
from fundmgmt.queries.story import story


def drawn_panels(user: Any, thread: uuid.UUID) -> list[tuple[Panel, str]]:
    """Panels of a thread, each drawn with the context its stage gave (and `user`)."""
    return [
        (panel, render_to_string(panel.template, {**context, "user": user}))
        for panel, context in panels_for(user, thread)
    ]


class Dossier(Page):
    """Story, papers, money and results of one project, cut to what the reader may see.

    Somebody to whom no stage gives a subject sees 404, like somebody with a wrong number.
    """

    policy = "fundmgmt.view_dossier"
    template_name = "fundmgmt/dossier.html"

    def get_object(self) -> uuid.UUID:
        """The thread; the policy asks the stages what it is about."""
        return self.kwargs["thread"]

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What it is about, panels in order, then the story."""
        user, thread = self.request.user, self.object
        subject = subject_for(user, thread) or {}
        return super().get_context(
            subject=subject,
            panels=drawn_panels(user, thread),
            story=story(user, thread, tuple(subject.get("kinds", ()))),
            **{"title": subject.get("title", ""), **extra},
        )


class ServePaper(Page):
    """A stored file, under its own policy, never run by a browser and never kept by a cache."""

    policy = "fundmgmt.read_paper"

    def get_object(self) -> Paper:
        """By its random number."""
        paper = Paper.objects.filter(uid=self.kwargs["uid"]).first()
        if paper is None:
            raise Http404
        return paper

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The bytes as an attachment."""
        paper: Paper = self.object
        stored = paper.file.name or ""
        suffix = stored.rsplit(".", 1)[-1]
        stem = slugify(paper.title.rsplit(".", 1)[0]) or paper.kind
        try:
            content = paper.file.storage.open(stored)
        except FileNotFoundError as error:
            raise Http404 from error
        response = FileResponse(content, as_attachment=True, filename=f"{stem}.{suffix}", content_type=paper.mime)
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, no-store"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
