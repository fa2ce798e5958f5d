"""An application: what an organisation asks the fund for, and how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from applications import access
from applications.models.appeals import Appeal
from applications.models.award import AwardSteps
from applications.models.call import Call
from applications.models.proposal import PROPOSAL_HOLDS, Proposal
from applications.models.review import Review, barred
from applications.states import (
    AWARDED,
    BEING_WRITTEN,
    COMMITTEE_DECIDES,
    COMMITTEE_SEES,
    MAIN_PATH,
    REVIEW_READS,
    WITHDRAWABLE,
    AppealState,
    ApplicationState,
    RiskLevel,
    Window,
)
from fundmgmt.access import STAFF
from fundmgmt.models import Organisation, StepRefused, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import MinorField, Money

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User

S = ApplicationState


class ApplicationQuerySet(WorkflowQuerySet):
    """Applications by reader."""

    def visible_to(self, user: Any) -> ApplicationQuerySet:
        """The rows of policy applications.view_application, in one query."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(organisation_id__in=user.organisation_ids)
        others = Q(pk__in=[])
        if STAFF(user):
            others |= Q(submitted_at__isnull=False)
        if user.seat is not None:
            said = {"agenda_items__declarations__user": user.pk, "agenda_items__declarations__conflict": ""}
            declared = Exists(Application.objects.filter(pk=OuterRef("pk"), **said))
            others |= Q(state__in=COMMITTEE_SEES) & (~Q(state__in=COMMITTEE_DECIDES) | Q(declared))
            if user.seat.votes:
                others |= Q(Exists(Appeal.objects.filter(application=OuterRef("pk"), state=AppealState.LODGED)))
        if "reviewer" in user.role_codes:
            mine = Review.objects.filter(application=OuterRef("pk"), reviewer=user.pk, state__in=REVIEW_READS)
            others |= Q(Exists(mine))
        return self.filter(seen | (others & ~barred(user)))

    def of_organisations(self, user: Any) -> ApplicationQuerySet:
        """Applications of the organisations this person belongs to."""
        return self.filter(organisation_id__in=user.organisation_ids)


class Application(AwardSteps, Proposal, WorkflowModel):
    """One project an organisation proposes in one call."""

    ref = models.CharField(max_length=16, unique=True)
    external_ref = models.CharField(_("the fund's own number"), max_length=32, blank=True)
    call = models.ForeignKey(Call, models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    applicant = models.ForeignKey(django_settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_minor = MinorField(_("amount asked for"), default=0)
    awarded_minor = MinorField(_("amount awarded"), null=True, blank=True)
    window = models.CharField(_("window"), max_length=16, choices=Window, blank=True)
    risk_rating = models.CharField(_("risk rating"), max_length=16, choices=RiskLevel, blank=True)

    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True, db_index=True)
    declared_at = models.DateTimeField(null=True, blank=True)
    submissions = models.PositiveSmallIntegerField(default=0)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision_ref = models.CharField(max_length=24, blank=True)
    answer_by_date = models.DateField(null=True, blank=True)
    appeal_until_date = models.DateField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    state = WorkflowState(choices=ApplicationState, default=ApplicationState.DRAFT)

    main_path = MAIN_PATH
    private_fields = ("problem", "summary", "referral_route", "feedback_channel", "safeguarding_plan")
    objects = ApplicationQuerySet.as_manager()

    class Meta:
        """Newest first; what a row says must hold by itself."""

        ordering = ("-id",)
        indexes = (
            models.Index(fields=("state", "-id"), name="application_by_state"),
            models.Index(fields=("state", "submitted_at", "id"), name="application_queue"),
            models.Index(fields=("decided_at", "id"), name="application_decided"),
        )
        constraints = (
            *PROPOSAL_HOLDS,
            models.CheckConstraint(condition=Q(state__in=ApplicationState.values), name="application_state_known"),
            models.CheckConstraint(condition=Q(requested_minor__gte=0), name="application_requests_no_debt"),
            models.CheckConstraint(
                condition=Q(awarded_minor__isnull=True) | Q(awarded_minor__gt=0), name="application_award_positive"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[str(state) for state in AWARDED]) | Q(awarded_minor__isnull=False),
                name="application_award_has_amount",
            ),
            models.CheckConstraint(
                condition=Q(state=S.DRAFT) | Q(state=S.WITHDRAWN) | Q(submitted_at__isnull=False),
                name="application_submitted_has_time",
            ),
            models.UniqueConstraint(
                fields=("call", "organisation"), condition=Q(state=S.DRAFT), name="application_one_draft_per_call"
            ),
        )

    def __str__(self) -> str:
        """Title, or the reference while there is none."""
        return self.title or self.ref

    def get_absolute_url(self) -> str:
        """The overview."""
        return reverse("applications:detail", args=[self.ref])

    @property
    def requested(self) -> Money:
        """The sum of the budget lines."""
        return Money(self.requested_minor, self.currency)

    @property
    def awarded(self) -> Money | None:
        """What was awarded, if anything was."""
        return None if self.awarded_minor is None else Money(self.awarded_minor, self.currency)

    # Writing and submitting --------------------------------------------------------------------

    @transition(
        field=state,
        source=list(BEING_WRITTEN),
        target=None,
        permission=access.EDIT,
        custom={"label": _("Write the application")},
    )
    def edit_section(self, *, edited_at: dt.datetime, **values: Any) -> None:
        """Keep what the organisation writes; an act, not a step."""
        for name, value in values.items():
            setattr(self, name, value)
        self.edited_at = edited_at

    def _hand_in(self, submitted_at: dt.datetime, requested_minor: int, window: str) -> None:
        self.requested_minor = requested_minor
        self.window = window
        self.declared_at = submitted_at
        self.submissions += 1
        self.answer_by_date = None

    @transition(
        field=state,
        source=S.DRAFT,
        target=S.SUBMITTED,
        permission=access.SUBMIT,
        custom={
            "label": _("Submit the application"),
            "style": "primary",
            "next": _("The fund's office checks within a few days whether it can be considered, and writes to you."),
        },
    )
    def submit(self, *, submitted_at: dt.datetime, requested_minor: int, window: str) -> None:
        """Hand it in; from now on only what is sent back can be changed."""
        if not self.call.takes_applications(submitted_at):
            raise StepRefused(_("This call is closed. Your text stays here: you can copy it into a later call."))
        self._hand_in(submitted_at, requested_minor, window)
        self.submitted_at = submitted_at

    @transition(
        field=state,
        source=S.RETURNED,
        target=S.SUBMITTED,
        permission=access.SUBMIT,
        custom={
            "label": _("Send the corrected application"),
            "style": "primary",
            "next": _("The fund's office checks it again."),
        },
    )
    def resubmit(self, *, submitted_at: dt.datetime, requested_minor: int, window: str) -> None:
        """Answer a return; the call may be closed by now."""
        self._hand_in(submitted_at, requested_minor, window)

    @transition(
        field=state,
        source=list(WITHDRAWABLE),
        target=S.WITHDRAWN,
        permission=access.WITHDRAW,
        custom={
            "label": _("Withdraw the application"),
            "style": "danger",
            "side": True,
            "next": _("The fund stops its work on it. You can apply again in a later call."),
        },
    )
    def withdraw(self) -> None:
        """The organisation takes it back."""

    # Screening ---------------------------------------------------------------------------------

    @transition(
        field=state,
        source=S.SUBMITTED,
        target=S.ELIGIBILITY_CHECK,
        permission=access.SCREEN,
        custom={"label": _("Begin the eligibility check"), "style": "primary"},
    )
    def begin_check(self) -> None:
        """An officer takes it up."""

    @transition(
        field=state,
        source=S.ELIGIBILITY_CHECK,
        target=None,
        permission=access.SCREEN,
        custom={"label": _("Answer the eligibility questions")},
    )
    def answer_check(self) -> None:
        """One question answered; an act, not a step."""

    @transition(
        field=state,
        source=S.ELIGIBILITY_CHECK,
        target=S.IN_REVIEW,
        permission=access.SCREEN,
        custom={
            "label": _("Accept for review"),
            "style": "primary",
            "next": _("Three reviewers are invited to score it."),
        },
    )
    def accept(self, *, decided_by: User) -> None:
        """Eligible: on to the reviewers."""
        self.decided_by = decided_by
        self.decided_at = None

    @transition(
        field=state,
        source=[S.ELIGIBILITY_CHECK, S.DEFERRED],
        target=S.RETURNED,
        permission=access.SCREEN,
        custom={
            "label": _("Send back for changes"),
            "side": True,
            "next": _("The organisation reads your reasons and can change only the parts you name."),
        },
    )
    def return_to_applicant(self, *, decided_by: User, answer_by_date: dt.date) -> None:
        """Ask for changes in some sections."""
        self.decided_by = decided_by
        self.answer_by_date = answer_by_date

    @transition(
        field=state,
        source=S.ELIGIBILITY_CHECK,
        target=S.INELIGIBLE,
        permission=access.SCREEN,
        custom={
            "label": _("Find not eligible"),
            "style": "danger",
            "side": True,
            "next": _("The organisation receives the reasons and the last day for an appeal."),
        },
    )
    def find_ineligible(self, *, decided_by: User, decided_at: dt.datetime, appeal_until_date: dt.date) -> None:
        """It cannot be considered; the organisation may appeal until the given day."""
        self.decided_by = decided_by
        self.decided_at = decided_at
        self.appeal_until_date = appeal_until_date
