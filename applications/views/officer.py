"""What officers do with calls and applications: prepare, list, screen."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.actions import calls, screening
from applications.forms.calls import CallForm
from applications.forms.filters import ApplicationFilters
from applications.forms.steps import ScreeningForm
from applications.models import Application, Call
from applications.queries import applications, checks
from applications.states import ApplicationState
from fundmgmt.formats import words
from fundmgmt.money import Money
from fundmgmt.pages import Column, EditPage, Gone, ListPage
from fundmgmt.queries import catalogues
from fundmgmt.workflow import steps_for

if TYPE_CHECKING:
    from applications.models import ApplicationQuerySet


class NewCall(EditPage):
    """Prepare a call."""

    policy = "applications.begin_call"
    form_class = CallForm
    title = _("Prepare a call")
    submit_label = _("Keep the draft")
    section = "calls"
    model = Call

    def get_object(self) -> Any:
        """There is none yet."""
        return None

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The way back."""
        return super().get_context(**{"back": reverse("applications:calls"), **extra})

    def save(self, form: Any) -> Any:
        """Keep it as a draft."""
        return calls.prepare_call(by=self.request.user, at=self.now, **form.values())


class EditCall(EditPage):
    """Change a call that nobody has seen."""

    model = Call
    policy = "applications.view_call"
    act_policy = "applications.edit_call"
    form_class = CallForm
    title = _("Change the call")
    section = "calls"

    def may_act(self) -> Any:
        """Only while it is being prepared."""
        answer = super().may_act()
        if answer and self.object.state != "draft":
            return Gone(_("People have read this call: it can be kept open longer or closed, but not changed."))
        return answer

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The way back."""
        return super().get_context(**{"back": self.object.get_absolute_url(), **extra})

    def save(self, form: Any) -> Any:
        """Change it."""
        version = form.cleaned_data.get("version")
        return calls.edit_call(
            self.object, by=self.request.user, at=self.now, expected_version=version, **form.values()
        )


VERDICTS = ("accept", "return_to_applicant", "find_ineligible")


def _score(row: Any) -> Decimal | None:
    return None if row.score_tenths is None else Decimal(row.score_tenths).scaleb(-1)


def _money(name: str) -> Any:
    def value(row: Any) -> Any:
        minor = getattr(row, name)
        return None if minor is None else Money(minor, row.currency)

    return value


class Applications(ListPage):
    """Every application that was handed in."""

    policy = "applications.list_applications"
    title = _("Applications")
    section = "applications"
    csv_name = "applications"
    filter_form = ApplicationFilters
    empty_title = _("No application fits")
    empty_text = _("Applications stand here from the moment they are submitted. Clear the filters to see all.")
    columns = (
        Column("title", _("Project"), str),
        Column("ref", _("Reference"), lambda row: row.ref),
        Column("external_ref", _("The fund's own number"), lambda row: row.external_ref, csv_only=True),
        Column("organisation", _("Organisation"), lambda row: row.organisation.name),
        Column("call", _("Call"), lambda row: row.call.ref),
        Column("province", _("Province"), lambda row: row.province),
        Column("territory", _("City or territory"), lambda row: row.territory, csv_only=True),
        Column("window", _("Window"), lambda row: row.get_window_display()),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("requested", _("Asked for"), _money("requested_minor"), numeric=True),
        Column("score", _("Score"), _score, numeric=True, html=lambda row: words.tenths(row.score_tenths)),
        Column("reviews", _("Reviews"), lambda row: row.score_reviews, csv_only=True),
        Column("submitted", _("Submitted"), lambda row: row.submitted_at, csv_only=True),
        Column("decision", _("Decision"), lambda row: row.decision_ref, csv_only=True),
        Column("decided", _("Decided"), lambda row: row.decided_at, csv_only=True),
        Column("awarded", _("Awarded"), _money("awarded_minor"), csv_only=True),
    )

    def get_queryset(self) -> ApplicationQuerySet:
        """Handed in and visible."""
        return applications.for_list(self.request.user)


class Screening(EditPage):
    """The eligibility questions with their answers, beside what is computed."""

    model = Application
    policy = "applications.view_screening"
    act_policy = "applications.screen"
    template_name = "applications/officer/screening.html"
    title = _("Eligibility check")
    submit_label = _("Keep the answers")
    section = "applications"
    form_class = ScreeningForm

    def get_queryset(self) -> ApplicationQuerySet:
        """One this person may see."""
        return applications.for_page(self.request.user)

    def may_act(self) -> Any:
        """Answers are given while the check is under way."""
        answer = super().may_act()
        if answer and self.object.state != ApplicationState.ELIGIBILITY_CHECK:
            return Gone(_("Answers are given while the eligibility check is under way."))
        return answer

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The questions; answers to read when they cannot be given now."""
        answer = self.may_act()
        return self.render(form=self.get_form() if answer else None, why_not=None if answer else answer.reason)

    def get_form(self, data: Any = None, files: Any = None) -> ScreeningForm:
        """One question after the other."""
        return ScreeningForm(
            data,
            files,
            obj=self.object,
            user=self.request.user,
            items=catalogues.rubric("eligibility"),
            answers=screening.answers_of(self.object),
        )

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What is computed, and what was answered."""
        row = self.object
        answers = screening.answers_of(row)
        names = {item.code: item.label for item in catalogues.rubric("eligibility")}
        form = extra.get("form")
        pairs = [(form[item.code], form[f"{item.code}-note"], item) for item in form.items] if form else []
        facts = [
            (_("Organisation"), row.organisation.name),
            (_("Kind of organisation"), row.organisation.get_kind_display()),
            (_("Legal standing"), row.organisation.get_legal_status_display()),
            (_("Account with two signatories"), row.organisation.has_bank_account),
            (_("Amount asked for"), row.requested),
            (_("Months"), row.months),
        ]
        return super().get_context(
            hints=checks.computed_checks(row, self.today),
            pairs=pairs,
            answers=[
                {
                    "label": f"{one.item} {names.get(one.item, '')}",
                    "met": {"yes": True, "no": False}.get(one.answer),
                    "reason": one.note,
                }
                for one in answers.values()
            ],
            facts=facts,
            open_questions=sum(code not in answers for code in names),
            steps=[step for step in steps_for(row, self.request.user) if step.name in VERDICTS],
            **{"back": row.get_absolute_url(), **extra},
        )

    def save(self, form: Any) -> Any:
        """Keep the answers and stay here."""
        screening.answer_items(
            self.object,
            by=self.request.user,
            at=self.now,
            expected_version=form.cleaned_data.get("version"),
            **form.values(),
        )
        return self.request.path
