"""One line of the journal: all it says and is sealed with; and taking out the words behind it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from fundmgmt.access import can
from fundmgmt.actions.erasing import erase_words
from fundmgmt.forms import VersionedForm
from fundmgmt.models import JournalEntry
from fundmgmt.pages import DetailPage, EditPage, Gone, ObjectPage
from fundmgmt.states import EraseReason
from fundmgmt.views.auditor import actor_of, kind_label, lines_for, states_of


class OnLine(ObjectPage):
    """A page about a line, found by its thread and its place in it."""

    model = JournalEntry
    policy = "fundmgmt.view_journal"
    section = "journal"

    def get_queryset(self) -> QuerySet[JournalEntry]:
        """As in the journal."""
        return lines_for(self.request.user)

    def get_object(self) -> JournalEntry:
        """Found, or 404."""
        row = self.get_queryset().filter(thread=self.kwargs["thread"], seq=self.kwargs["seq"]).first()
        if row is None:
            raise Http404
        return row

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where it stands."""
        thread = self.object.thread
        crumbs = [
            (_("Journal"), reverse("fundmgmt:journal")),
            (str(thread)[:8], reverse("fundmgmt:journal_thread", args=[thread])),
            (_t("Line %(no)s") % {"no": self.object.seq}, ""),
        ]
        return super().get_context(**({"crumbs": crumbs} | extra))


class JournalLine(OnLine, DetailPage):
    """A line."""

    template_name = "fundmgmt/journal_line.html"

    def get_title(self) -> object:
        """The step."""
        return kind_label(self.object.kind)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Everything it says; a way to take the words out, for whoever may."""
        row = self.object
        words = row.remark if row.remark and not row.remark.erased_at else None
        may_erase = words is not None and bool(can(self.request.user, "fundmgmt.erase_remark", row))
        return super().get_context(
            facts=[
                (_("When"), row.at),
                (_("Recorded"), row.recorded_at),
                (_("Who, and as what"), actor_of(row)),
                (_("From and to"), states_of(row)),
                (_("About"), row.subject),
                (_("Place in its thread"), row.seq),
            ],
            told=[(key, _said(fact)) for key, fact in sorted(row.facts.items())],
            words=words,
            erase=may_erase and reverse("fundmgmt:erase_words", args=[row.thread, row.seq]),
            **extra,
        )


def _said(fact: Any) -> str:
    """As it was hashed; several one after the other."""
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)


class EraseForm(VersionedForm):
    """Why the words go."""

    why = forms.ChoiceField(label=_("Why"), choices=EraseReason.choices, widget=forms.RadioSelect)


class EraseWords(OnLine, EditPage):
    """Take a person's words out of the journal."""

    act_policy = "fundmgmt.erase_remark"
    form_class = EraseForm
    title = _("Take these words out")
    submit_label = _("Take them out for good")
    done = _("The words are gone. The line still proves right.")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The words once more, and what cannot be undone."""
        words = self.object.remark.text if self.object.remark else ""
        intro = _t("They go from every page and cannot be brought back. That there were some, and when, stays.")
        facts = [(_("Step"), kind_label(self.object.kind)), (_("Words"), words)]
        return super().get_context(**({"intro": intro, "facts": facts, "back": self.object.get_absolute_url()} | extra))

    def get_title(self) -> object:
        """What is done here."""
        return self.title

    def may_act(self) -> Any:
        """While there are words."""
        remark = self.object.remark
        if remark is None or remark.erased_at:
            return Gone(_("There are no words here, or they were taken out already."))
        return super().may_act()

    def save(self, form: VersionedForm) -> str:
        """Take them out."""
        erase_words(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object.get_absolute_url()
