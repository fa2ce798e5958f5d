"""One address pattern for the steps of a call and of an application."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from applications.actions import awards, calls, deciding, diligence, intake, moderating, screening
from applications.forms.calls import ClosingForm
from applications.forms.diligence import ApproveForm, FinishForm
from applications.forms.review import ModerateForm
from applications.forms.steps import ReturnForm, SubmitForm, WithdrawForm
from applications.models import Application, Call
from applications.queries import applications, checks, progress
from applications.queries.appeals import appeal_day
from applications.states import BEING_WRITTEN
from fundmgmt.forms import ReasonForm, RemarkForm, StepForm
from fundmgmt.pages import StepPage, StepSpec

if TYPE_CHECKING:
    from applications.models import ApplicationQuerySet

HANDED_IN = _("Your application is submitted. Thank you: it now lies with the fund's office.")
CORRECTIONS = (
    "correct_to_submitted",
    "correct_to_check",
    "correct_to_review",
    "correct_to_due_diligence",
    "correct_to_committee",
)


class CallStep(StepPage):
    """Steps of a call."""

    model = Call
    policy = "applications.view_call"
    section = "calls"
    steps: ClassVar[dict[str, StepSpec]] = {
        "open": StepSpec(StepForm, calls.open_call, done=_("The call is open.")),
        "keep_open": StepSpec(ClosingForm, calls.keep_call_open),
        "close": StepSpec(RemarkForm, calls.close_call),
        "correct_to_open": StepSpec(ClosingForm, calls.reopen_call),
        "archive": StepSpec(StepForm, calls.archive_call),
    }


class ApplicationStep(StepPage):
    """Steps of an application that the organisation and the officers take."""

    model = Application
    policy = "applications.view_application"
    steps: ClassVar[dict[str, StepSpec]] = {
        "submit": StepSpec(SubmitForm, intake.submit_application, "applications/steps/submit.html", HANDED_IN),
        "resubmit": StepSpec(SubmitForm, intake.submit_application, "applications/steps/submit.html", HANDED_IN),
        "withdraw": StepSpec(WithdrawForm, intake.withdraw_application, done=_("The application is withdrawn.")),
        "begin_check": StepSpec(StepForm, screening.begin_check),
        "accept": StepSpec(RemarkForm, screening.accept_for_review, "applications/steps/screen.html"),
        "return_to_applicant": StepSpec(ReturnForm, screening.return_application, "applications/steps/return.html"),
        "find_ineligible": StepSpec(ReasonForm, screening.find_ineligible, "applications/steps/screen.html"),
        "begin_moderation": StepSpec(ReasonForm, moderating.open_moderation),
        "begin_due_diligence": StepSpec(ModerateForm, moderating.moderate_application),
        "send_to_committee": StepSpec(FinishForm, diligence.send_to_committee),
        "approve": StepSpec(ApproveForm, deciding.approve_application),
        "approve_with_conditions": StepSpec(ApproveForm, deciding.approve_application),
        "reject": StepSpec(ReasonForm, deciding.reject_application),
        "meet_award_conditions": StepSpec(RemarkForm, awards.meet_award_conditions),
        **{name: StepSpec(ReasonForm, partial(screening.correct_application, step=name)) for name in CORRECTIONS},
    }

    def get_queryset(self) -> ApplicationQuerySet:
        """One this person may see."""
        return applications.for_page(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What each step asks the person to look at."""
        row, name = self.object, self.kwargs["step"]
        context = super().get_context(**extra)
        if name in {"submit", "resubmit"} and row.state in BEING_WRITTEN:
            context["missing"] = progress.missing_parts(row)
            context["hints"] = [one for one in checks.computed_checks(row, self.today) if one.met is False]
        if name in {"accept", "find_ineligible"}:
            answers = screening.answers_of(row)
            context["answers"] = list(answers.values())
            context["hints"] = checks.computed_checks(row, self.today)
            context["appeal_until"] = appeal_day(self.now) if name == "find_ineligible" else None
        return context
