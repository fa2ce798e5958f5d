"""Pages of the case records inside the house: gathering, writing, checking, validating."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from evaluation.actions.publishing import (
    pass_safeguarding,
    publish_practice,
    retire_practice,
    revise_practice,
    send_back_practice,
    send_to_safeguarding,
    start_drafting,
    translate_practice,
    write_practice,
)
from evaluation.forms.practices import PracticeForm, TranslationForm
from evaluation.models import CaseRecord
from evaluation.queries.casebook import story_of
from evaluation.queries.library import found_traces, latest_text, publication_checks
from evaluation.states import CaseState
from evaluation.views.offers import apart
from fundmgmt.access import No, can
from fundmgmt.forms import ReasonForm, RemarkForm, StepForm
from fundmgmt.kinds import all_kinds
from fundmgmt.money import Money
from fundmgmt.pages import Column, DetailPage, EditPage, ListPage, StepPage, StepSpec
from fundmgmt.states import Language


class CaseList(ListPage):
    """Case records, newest first."""

    policy = "evaluation.list_cases"
    title = _("Case records")
    section = "cases"
    order = ("-opened_at", "-id")
    csv_name = "case-records"
    columns = (
        Column("name", _("Case record"), lambda row: row.ref or _("not named yet")),
        Column("organisation", _("Organisation"), lambda row: str(row.organisation)),
        Column("opened", _("Opened"), lambda row: row.opened_at),
        Column("state", _("State"), lambda row: row.get_state_display()),
    )
    empty_title = _("No case record yet")
    empty_text = _("A case record opens by itself when a proposal is handed in, and gathers every step after it.")

    def get_queryset(self) -> Any:
        """All that the reader may see."""
        return CaseRecord.objects.visible_to(self.request.user)


class CasePage(DetailPage):
    """One case record: every moment with its figures, the text, what publication still needs."""

    policy = "evaluation.view_caserecord"
    model = CaseRecord
    lookup = "thread"
    section = "cases"
    template_name = "evaluation/evaluator/case.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Story, text, checks."""
        record = self.object
        text = latest_text(record)
        inside = bool(can(self.request.user, "evaluation.list_evaluations"))
        return apart(
            super().get_context(
                application=Application.objects.filter(thread=record.thread).first(),
                moments=[moment_told(moment) for moment in story_of(record)],
                text=text,
                tags=[use.tag for use in text.tag_uses.all()] if text else [],
                checks=publication_checks(record, self.today) if inside else [],
                traces=found_traces(text) if text and inside else [],
                may_write=bool(can(self.request.user, "evaluation.write_case", record)) and record.state in WRITABLE,
                edit_url=reverse("evaluation:practice_edit", args=[record.thread]),
                translations=[
                    (Language(code).label, reverse("evaluation:practice_translate", args=[record.thread, code]))
                    for code in (languages_beside(text) if text else [])
                ],
                public_url=reverse("evaluation:practice", args=[record.ref]) if record.published_version else "",
                **extra,
            )
        )

    def shown_steps(self) -> tuple[str, ...]:
        """Writing has its own screen."""
        return tuple(CaseStep.steps)


WRITABLE = frozenset({CaseState.GATHERING, CaseState.DRAFTING})


# Figures that people read; codes that lead to papers and rows stay in the journal.
FIGURE_LABELS = {
    "amount_minor": _("amount"),
    "spent_minor": _("spent"),
    "total_minor": _("spent in all"),
    "children_total": _("children"),
    "months": _("months"),
    "reviews": _("reviews"),
    "in_favour": _("votes in favour"),
    "against": _("votes against"),
    "no": _("No."),
    "share_bp": _("share in basis points"),
    "days_late": _("days late"),
    "milestone": _("milestone"),
    "indicator": _("indicator"),
    "numerator": _("count"),
    "denominator": _("out of"),
    "lost_to_follow_up": _("not found again"),
    "evidence_level": _("level of evidence"),
    "replicability_sum": _("points of replicability"),
    "replicability_n": _("scores of replicability"),
    "ref": _("reference"),
    "text_version": _("version"),
    "code": _("code"),
    **{f"EV-0{n}": f"EV-0{n}" for n in range(1, 7)},
}


def moment_told(moment: Any) -> dict[str, Any]:
    """A moment for its page: words, figures, and the entry of the journal it came from."""
    kind = all_kinds().get(moment.kind)
    figures = {figure.key: figure for figure in moment.figures.all() if figure.place == 0}
    currency = figures["currency"].code if "currency" in figures else ""
    told = []
    for figure in moment.figures.all():
        if figure.key not in FIGURE_LABELS:
            continue
        value: Any = figure.code if figure.number is None else figure.number
        if figure.key.endswith("_minor") and currency and figure.number is not None:
            value = Money(figure.number, currency)
        told.append((FIGURE_LABELS[figure.key], value))
    return {"at": moment.at, "text": kind.label if kind else moment.kind, "figures": told, "seq": moment.entry.seq}


class PracticeEdit(EditPage):
    """Write a new version of the practice."""

    policy = "evaluation.view_caserecord"
    act_policy = "evaluation.write_case"
    model = CaseRecord
    lookup = "thread"
    section = "cases"
    form_class = PracticeForm
    template_name = "evaluation/evaluator/practice_edit.html"
    title = _("Write the practice")
    submit_label = _("Keep this version")
    done = _("Kept as a new version.")

    def may_act(self) -> Any:
        """The policy, and the state."""
        answer = super().may_act()
        if answer and self.object.state not in WRITABLE:
            return No(_("The text is being checked. Ask for it to be sent back to you first."))
        return answer

    def get_initial(self) -> dict[str, Any]:
        """The newest version, or the project's own titles."""
        text = latest_text(self.object)
        if text is None:
            application = Application.objects.filter(thread=self.object.thread).first()
            names = ("title_en", "title_fr", "title_sw")
            return {name: getattr(application, name) for name in names} if application else {}
        initial = {name: getattr(text, name, None) for name in PracticeForm.base_fields}
        for name in ("steps", "results", "lessons"):
            initial[name] = "\n".join(initial[name])
        initial.pop("version")
        return {**initial, "tags": text.tag_codes}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the record."""
        return super().get_context(
            **({"back": self.object.get_absolute_url(), "submit_label": self.submit_label} | extra)
        )

    def save(self, form: Any) -> str:
        """A new version."""
        write_practice(
            self.object,
            by=self.request.user,
            at=self.now,
            draft=form.draft(),
            tags=form.tags(),
            expected_version=form.cleaned_data.get("version"),
        )
        return self.object.get_absolute_url()


class PracticeTranslate(PracticeEdit):
    """Put the newest version into another language; it becomes a new version."""

    form_class = TranslationForm
    template_name = "ui/form_page.html"

    def get_object(self) -> Any:
        """The record, when it has a text in another language than this one."""
        record = super().get_object()
        self.text = latest_text(record)
        if self.text is None or self.kwargs["language"] not in languages_beside(self.text):
            raise Http404
        return record

    def get_title(self) -> object:
        """Into which language."""
        return _("Translate the practice into: %(language)s") % {"language": Language(self.kwargs["language"]).label}

    def get_form(self, data: Any = None, files: Any = None) -> TranslationForm:
        """What is written beside each box."""
        about = {"obj": self.object, "user": self.request.user}
        return TranslationForm(data, files, text=self.text, language=self.kwargs["language"], **about)

    def save(self, form: Any) -> str:
        """A new version."""
        version = form.cleaned_data.get("version")
        given = {"language": self.kwargs["language"], "parts": form.parts(), "expected_version": version}
        translate_practice(self.object, by=self.request.user, at=self.now, **given)
        return self.object.get_absolute_url()


def languages_beside(text: Any) -> list[str]:
    """Languages of the fund in which a text was not written."""
    return [code for code in Language.values if code != text.language]


class CaseStep(StepPage):
    """Steps of a case record."""

    policy = "evaluation.view_caserecord"
    model = CaseRecord
    lookup = "thread"
    section = "cases"
    steps: ClassVar = {
        "start_drafting": StepSpec(StepForm, start_drafting),
        "send_to_safeguarding": StepSpec(StepForm, send_to_safeguarding),
        "pass_safeguarding": StepSpec(RemarkForm, pass_safeguarding),
        "send_back": StepSpec(ReasonForm, send_back_practice),
        "publish": StepSpec(StepForm, publish_practice),
        "revise": StepSpec(RemarkForm, revise_practice),
        "retire": StepSpec(ReasonForm, retire_practice),
    }
