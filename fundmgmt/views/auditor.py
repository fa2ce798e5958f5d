"""The auditor's pages: the journal of everything or of one project, and its verification."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fundmgmt.access import can
from fundmgmt.actions.verifying import start_verification
from fundmgmt.formats import words
from fundmgmt.kinds import all_kinds
from fundmgmt.models import Checkpoint, JournalEntry, Verification
from fundmgmt.pages import Column, ListPage, Page


def kind_label(code: str) -> str:
    """What a kind is called; the code itself when nobody registers it any more."""
    kind = all_kinds().get(code)
    return str(kind.label) if kind else code


def lines_for(user: Any) -> QuerySet[JournalEntry]:
    """Lines this person may read in the journal, with who acted and what they wrote."""
    rows = JournalEntry.objects.select_related("actor", "remark")
    if can(user, "fundmgmt.view_restricted"):
        return rows
    return rows.exclude(kind__in=[code for code, kind in all_kinds().items() if kind.restricted])


class JournalFilter(forms.Form):
    """By kind of step, or by what it was about."""

    kind = forms.ChoiceField(label=_("Kind of step"), required=False)
    subject = forms.CharField(
        label=_("About"), help_text=_("For example fundmgmt.organisation:1"), required=False, max_length=96
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted((str(kind.label), code) for code, kind in all_kinds().items())
        self.fields["kind"].choices = [("", _("all")), *((code, label) for label, code in named)]  # type: ignore[attr-defined]

    def apply(self, rows: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        """Narrow the list."""
        if kind := self.cleaned_data["kind"]:
            rows = rows.filter(kind=kind)
        if subject := self.cleaned_data["subject"]:
            rows = rows.filter(subject=subject)
        return rows


def _facts(row: JournalEntry) -> str:
    """Codes and numbers as they were hashed, one after the other."""
    return " · ".join(
        f"{key}: {fact if isinstance(fact, str) else json.dumps(fact)}" for key, fact in sorted(row.facts.items())
    )


def states_of(row: JournalEntry) -> str:
    """From and to."""
    return f"{row.from_state} → {row.to_state}" if row.from_state != row.to_state else row.to_state


def actor_of(row: JournalEntry) -> str:
    """Who acted, as what."""
    return f"{row.actor.name} ({row.capacity})" if row.actor else row.capacity


def _remark(row: JournalEntry) -> str:
    return row.remark.text if row.remark else ""


class Journal(ListPage):
    """Every step of everything, newest first."""

    policy = "fundmgmt.view_journal"
    title = _("Journal")
    section = "journal"
    order: ClassVar[tuple[str, ...]] = ("-id",)
    csv_name = "journal"
    filter_form = JournalFilter
    intro: ClassVar[object] = _(
        "Each step leaves one line here that nobody can change. Open a line to see the whole story it belongs to."
    )
    empty_title = _("No step matches")
    empty_text = _("Choose another kind of step, or look at all of them.")
    columns = (
        Column("kind", _("Step"), lambda row: row.kind, html=lambda row: kind_label(row.kind)),
        Column("at", _("When"), lambda row: row.at, html=lambda row: words.moment(row.at)),
        Column("actor", _("Who, and as what"), actor_of),
        Column("states", _("From and to"), states_of),
        Column(
            "facts", _("Facts"), lambda row: json.dumps(row.facts, sort_keys=True) if row.facts else "", html=_facts
        ),
        Column("remark", _("Words"), _remark),
        Column("subject", _("About"), lambda row: row.subject, csv_only=True),
        Column("thread", _("Thread"), lambda row: str(row.thread), csv_only=True),
        Column("seq", _("Place in its thread"), lambda row: row.seq, csv_only=True),
        Column("recorded_at", _("Recorded"), lambda row: row.recorded_at, csv_only=True),
        Column("hash", _("Hash"), lambda row: row.hash, csv_only=True),
        Column("prev_hash", _("Hash before"), lambda row: row.prev_hash, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[JournalEntry]:
        """All; a restricted kind only for whoever may see it."""
        return lines_for(self.request.user)

    def cells(self, rows: Iterable[JournalEntry]) -> list[dict[str, Any]]:
        """Each line leads to its thread."""
        found = super().cells(rows)
        for one in found:
            one["url"] = reverse("fundmgmt:journal_thread", args=[one["object"].thread])
        return found


class JournalThread(Journal):
    """The story of one project, account, rule or seat, oldest first."""

    order: ClassVar[tuple[str, ...]] = ("seq", "id")
    title = _("Journal of one thread")
    intro: ClassVar[object] = ""

    def get_queryset(self) -> QuerySet[JournalEntry]:
        """One thread; one that nobody ever wrote in is 404."""
        rows = super().get_queryset().filter(thread=self.kwargs["thread"])
        if not JournalEntry.objects.filter(thread=self.kwargs["thread"]).exists():
            raise Http404
        return rows

    def cells(self, rows: Iterable[JournalEntry]) -> list[dict[str, Any]]:
        """Each line leads to its own page."""
        return ListPage.cells(self, rows)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where one is."""
        thread: uuid.UUID = self.kwargs["thread"]
        crumbs = [(_("Journal"), reverse("fundmgmt:journal")), (str(thread)[:8], "")]
        return super().get_context(crumbs=crumbs, **extra)


class Verify(Page):
    """Recompute every chain and seal: begin a run, watch it, read the verdict."""

    policy = "fundmgmt.verify_journal"
    template_name = "fundmgmt/verify.html"
    title = _("Is the journal whole?")
    section = "verify"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The last runs and the last seal."""
        runs = list(Verification.objects.visible_to(self.request.user).select_related("started_by")[:10])
        return super().get_context(
            run=runs[0] if runs else None,
            runs=[
                [words.moment(run.started_at), run.done, _("whole") if run.whole else _("not whole"), run.root[:16]]
                for run in runs
                if run.finished_at
            ],
            columns=[_("Begun"), (_("Entries"), "num"), _("Verdict"), _("Root")],
            seal=Checkpoint.objects.order_by("-id").first(),
            entries=JournalEntry.objects.count(),
            **extra,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Begin a run, or find the one under way."""
        start_verification(by=self.request.user, at=self.now)
        return HttpResponseRedirect(reverse("fundmgmt:verify"))
