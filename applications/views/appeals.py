"""Pages of an appeal: lodge it, read it, give an opinion, take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from applications.actions import appeals, screening
from applications.forms.appeals import AppealForm, OpinionForm
from applications.models import Appeal, Application
from applications.queries import appeals as read
from applications.queries import applications
from applications.states import AppealState, ApplicationState
from fundmgmt.access import can
from fundmgmt.forms import StepForm, VersionedForm
from fundmgmt.models import StepRefused
from fundmgmt.pages import DetailPage, EditPage, Gone, StepPage, StepSpec

if TYPE_CHECKING:
    import datetime as dt

    from applications.models import ApplicationQuerySet
    from applications.models.appeals import AppealQuerySet


def points_against(application: Application, now: dt.datetime) -> list[dict[str, Any]]:
    """Why an application is not eligible, point by point; nothing in another state."""
    if application.state != ApplicationState.INELIGIBLE:
        return []
    items, computed = screening.failed_parts(application, application.decided_at or now)
    answers = screening.answers_of(application)
    said = [{"label": f"{code} {answers[code].note}", "met": False} for code in items]
    return said + [{"label": one.label, "met": False, "reason": one.reason} for one in computed]


class Lodge(EditPage):
    """Appeal against the decision on an application."""

    model = Application
    policy = "applications.view_application"
    act_policy = "applications.lodge_appeal"
    section = "projects"
    template_name = "applications/appeal_new.html"
    title = _("Appeal against this decision")
    form_class = AppealForm
    submit_label = _("Send the appeal")
    done = _("Your appeal is lodged. People who took no part decide about it, and the fund writes to you.")

    def get_queryset(self) -> ApplicationQuerySet:
        """One this person may see."""
        return applications.for_page(self.request.user)

    def may_act(self) -> Any:
        """The policy, the last day, and once."""
        answer = super().may_act()
        if answer:
            try:
                appeals.decision_open(self.object, self.today)
            except StepRefused as error:
                return Gone(error.message)
        return answer

    def refuse(self, reason: object, back: str = "") -> Any:
        """Back to the application."""
        return super().refuse(reason, self.object.get_absolute_url())

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What is appealed against, and until when."""
        row = self.object
        facts = [
            (_("Decision"), row.get_state_display()),
            (_("Decided"), row.decided_at),
            (_("Appeal until"), row.appeal_until_date),
        ]
        return super().get_context(facts=facts, against=points_against(row, self.now), **extra)

    def save(self, form: VersionedForm) -> Any:
        """Lodge it."""
        version = form.cleaned_data.get("version")
        return appeals.lodge_appeal(
            self.object, by=self.request.user, at=self.now, expected_version=version, **form.values()
        )


class AppealBase:
    """Appeals by reference among those the person may see."""

    model = Appeal
    policy = "applications.view_appeal"
    request: Any
    object: Any

    def get_queryset(self) -> AppealQuerySet:
        """With the application and its organisation."""
        return read.for_page(self.request.user)

    @property
    def is_own(self) -> bool:
        """Whether the reader belongs to the organisation."""
        return self.object.organisation_id in self.request.user.organisation_ids

    @property
    def section(self) -> str:
        """Each reader's own place in the menu."""
        return "projects" if self.is_own else "applications"

    def facts(self) -> list[tuple[object, Any]]:
        """At a glance."""
        row = self.object
        found = [
            (_("Decision"), row.get_against_display()),
            (_("Decided"), row.refused_at),
            (_("Appeal lodged"), row.lodged_at),
        ]
        return [*found, (_("Appeal decided"), row.decided_at)] if row.decided_at else found


class AppealPage(AppealBase, DetailPage):
    """What was decided, why the organisation appeals, where it stands, and what the people who decided said."""

    template_name = "applications/appeal.html"

    def shown_steps(self) -> tuple[str, ...]:
        """The organisation's step for its people, the others' for the others."""
        return ("withdraw",) if self.is_own else ("give_opinion",)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Opinions open once the appeal is decided; the organisation reads the reasons without names."""
        row, user = self.object, self.request.user
        return super().get_context(
            own=self.is_own,
            running=row.state == AppealState.LODGED,
            facts=self.facts(),
            against=points_against(row.application, self.now) if row.state != AppealState.UPHELD else [],
            refusal=read.refusal_of(row),
            reasons=read.reasons_given(row) if self.is_own else [],
            opinions=[] if self.is_own else read.opinions_of(row),
            may_read=bool(can(user, "applications.view_application", row.application)),
            **extra,
        )


class AppealStep(AppealBase, StepPage):
    """Give an opinion, or take the appeal back."""

    steps: ClassVar[dict[str, StepSpec]] = {
        "give_opinion": StepSpec(OpinionForm, appeals.give_opinion, "applications/appeal_opinion.html"),
        "withdraw": StepSpec(StepForm, appeals.withdraw_appeal, done=_("The appeal is withdrawn.")),
    }

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What the opinion is about."""
        row = self.object
        more = {"against": points_against(row.application, self.now), "refusal": read.refusal_of(row)}
        return super().get_context(facts=self.facts(), **more, **extra)
