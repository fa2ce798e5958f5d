"""Pages of the programme office: reports waiting for an answer, milestones and visits."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models import Milestone
from disbursements.models import Grant
from evaluation.actions.checking import finish_visit, unverify_milestone, verify_milestone
from evaluation.forms.reports import MilestoneForm, UnverifyForm, VisitForm
from evaluation.models import MilestoneCheck, Report, Visit
from evaluation.queries.checks import grants_with_checks, milestones_of, visits_of
from evaluation.states import ReportState
from evaluation.views.grantee import ReportList
from fundmgmt.pages import Column, EditPage, ListPage, ObjectPage


class ReportQueue(ReportList):
    """Reports handed in and waiting for an answer, oldest first."""

    policy = "evaluation.queue_reports"
    title = _("Reports to answer")
    section = "reports"
    order = ("resubmitted_at", "id")
    filter_form = None
    csv_name = "reports-to-answer"
    empty_title = _("Every report has its answer")
    empty_text = _("Reports that grantees hand in stand here until they are accepted or sent back.")

    def get_queryset(self) -> Any:
        """Waiting for the fund."""
        return Report.objects.visible_to(self.request.user).filter(state=ReportState.SUBMITTED)


class CheckList(ListPage):
    """Grants with what is still to be seen."""

    policy = "evaluation.view_milestones"
    title = _("Milestones and visits")
    section = "checks"
    order = ("-id",)
    csv_name = "milestones"
    columns = (
        Column("ref", _("Grant"), lambda row: row.ref),
        Column("organisation", _("Organisation"), lambda row: str(row.organisation)),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("milestones", _("Milestones"), lambda row: row.milestone_count, numeric=True),
        Column("visits", _("Visits still to do"), lambda row: row.open_visits, numeric=True),
    )
    empty_title = _("No grant yet")
    empty_text = _("Grants stand here with their milestones and the visits that the rules ask for.")

    def get_queryset(self) -> Any:
        """Every grant, with two counts."""
        return grants_with_checks(self.request.user)

    def cells(self, rows: Any) -> list[dict[str, Any]]:
        """A row leads to the grant's checks, not to the grant."""
        found = super().cells(rows)
        for row in found:
            row["url"] = reverse("evaluation:checks_of", args=[row["object"].ref])
        return found


class GrantPage(ObjectPage):
    """A page about one grant under this stage's policies."""

    policy = "evaluation.view_milestones"
    model = Grant
    section = "checks"

    def get_queryset(self) -> Any:
        """With the proposal and the organisation."""
        return Grant.objects.visible_to(self.request.user).select_related("application", "organisation")


class ChecksOf(GrantPage):
    """Milestones and visits of one grant; each visit says which rule asked for it."""

    template_name = "evaluation/officer/checks.html"

    def get_title(self) -> object:
        """The project."""
        return self.object.application.title or self.object.ref

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Milestones with their newest check, visits with their rule."""
        return super().get_context(
            milestones=milestones_of(self.object),
            visits=visits_of(self.object, self.today),
            back=reverse("evaluation:checks"),
            **extra,
        )


class MilestonePage(GrantPage, EditPage):
    """Verify one milestone, or take a verification back."""

    act_policy = "evaluation.verify_milestone"
    form_class = MilestoneForm
    done = _("Written down.")

    def get_object(self) -> Any:
        """The grant and its milestone."""
        grant = super().get_object()
        self.milestone = get_object_or_404(Milestone, application=grant.application_id, code=self.kwargs["code"])
        self.last = MilestoneCheck.objects.filter(grant=grant, milestone=self.milestone).last()
        return grant

    @property
    def is_verified(self) -> bool:
        """Whether the newest check says so."""
        return self.last is not None and self.last.verified

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """A paper may come with a verification, not with its taking back."""
        form = UnverifyForm if self.is_verified else MilestoneForm
        return form(data, files, obj=self.object, user=self.request.user, initial=self.get_initial())

    def get_title(self) -> object:
        """What happens."""
        if self.is_verified:
            return _("Take back: %(milestone)s") % {"milestone": self.milestone}
        return _("Verify: %(milestone)s") % {"milestone": self.milestone}

    def get_initial(self) -> dict[str, Any]:
        """Today."""
        return {"checked_date": self.today}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where to go back to."""
        label = _("Take the verification back") if self.is_verified else _("Verify the milestone")
        return super().get_context(
            **({"back": reverse("evaluation:checks_of", args=[self.object.ref]), "submit_label": label} | extra)
        )

    def save(self, form: Any) -> str:
        """One of two actions."""
        common = {"by": self.request.user, "at": self.now, "checked_date": form.cleaned_data["checked_date"]}
        words = form.cleaned_data["evidence"]
        if self.is_verified:
            unverify_milestone(self.object, self.milestone, reason=words, **common)
        else:
            paper = {"upload": form.cleaned_data["file"], "shows_minor": form.cleaned_data["shows_minor"]}
            verify_milestone(self.object, self.milestone, evidence=words, **paper, **common)
        return reverse("evaluation:checks_of", args=[self.object.ref])


class VisitPage(EditPage):
    """Write down what a visit found."""

    policy = "evaluation.view_visit"
    act_policy = "evaluation.finish_visit"
    model = Visit
    lookup = "pk"
    section = "checks"
    form_class = VisitForm
    submit_label = _("Write the visit down")

    def get_initial(self) -> dict[str, Any]:
        """Today."""
        return {"done_date": self.today}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where to go back to."""
        return super().get_context(
            **(
                {
                    "back": reverse("evaluation:checks_of", args=[self.object.grant.ref]),
                    "submit_label": self.submit_label,
                }
                | extra
            )
        )

    def save(self, form: Any) -> str:
        """One action."""
        finish_visit(self.object, by=self.request.user, at=self.now, **form.values())
        return reverse("evaluation:checks_of", args=[self.object.grant.ref])
