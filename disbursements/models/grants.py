"""Grants: from the draft agreement to the closed file."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

import disbursements.access  # noqa: F401 -- policies stand before the edges name them
from disbursements.models.taking_part import HasPeople
from disbursements.states import AMENDABLE, STOPPABLE, CloseCode, GrantState, SignedHow
from fundmgmt.access import STAFF, holds_voting_seat, policies
from fundmgmt.models import StepRefused, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField
from fundmgmt.states import Language

ALLOW = policies()


class GrantQuerySet(WorkflowQuerySet):
    """Grants."""

    def visible_to(self, user: Any) -> Self:
        """The fund's people and the voting members of the Committee see all, a grantee its own."""
        if STAFF(user) or holds_voting_seat(user):
            return self
        if user is None or not user.is_authenticated:
            return self.none()
        return self.filter(organisation_id__in=user.organisation_ids)


TEXT_CHANGED = _("The agreement was prepared anew since you asked for this code. Read it, then ask for a new code.")
_FUND_NEXT = _("The fund signs next. Then you can ask for the first tranche.")
_COMPARED_NEXT = _("A second officer compares the copy with the agreement and signs for the fund.")


def _resume(target: str, label: object) -> dict[str, Any]:
    return {
        "source": GrantState.SUSPENDED,
        "target": target,
        "permission": ALLOW["disbursements.resume_grant"],
        "custom": {"label": label, "system": True, "side": True},
    }


class Grant(HasPeople, WorkflowModel):
    """An award with its agreement. The thread is the project's, born on the application."""

    ref = models.CharField(max_length=16, unique=True)
    external_ref = models.CharField(max_length=40, blank=True)
    application = models.OneToOneField("applications.Application", models.PROTECT, related_name="+")
    organisation = models.ForeignKey("fundmgmt.Organisation", models.PROTECT, related_name="+")
    amount_minor = MinorField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    window = models.CharField(max_length=16)
    schedule = models.CharField(_("schedule"), max_length=24, help_text="shares in percent: 40/40/20")
    start_date = models.DateField(_("start"))
    end_date = models.DateField(_("end"))
    language = models.CharField(_("language of the agreement"), max_length=2, choices=Language, default=Language.FR)
    due_diligence_until_date = models.DateField(_("due diligence valid until"))
    psea_until_date = models.DateField(_("safeguarding (PSEA) check valid until"), null=True, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    agreement_paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, null=True, related_name="+")
    grantee_signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    grantee_signed_name = models.CharField(max_length=120, blank=True)
    grantee_signed_at = models.DateTimeField(null=True)
    signed_how = models.CharField(max_length=8, choices=SignedHow, blank=True)
    signature_recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    fund_signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    fund_signed_at = models.DateTimeField(null=True)
    certificate_paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, null=True, related_name="+")
    held_from = models.CharField(max_length=32, blank=True)
    terms_no = models.PositiveSmallIntegerField(default=1, help_text="1 as signed; each change in force adds one")
    ended_date = models.DateField(null=True)
    close_code = models.CharField(max_length=24, choices=CloseCode, blank=True)
    closed_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=GrantState, default=GrantState.AGREEMENT_DRAFT)

    objects = GrantQuerySet.as_manager()
    private_fields = ("grantee_signed_name",)
    main_path = ("agreement_draft", "signed", "active", "ended", "closing", "closed")
    state_tones = {"ended": "wait", "closing": "wait", "closed": "ok"}

    class Meta:
        """Two parties sign, and on the fund's side another person than the one who opened it."""

        ordering = ("-ref",)
        indexes = (models.Index(fields=("state", "end_date", "id"), name="grant_queue"),)
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="grant_above_zero"),
            models.CheckConstraint(condition=Q(end_date__gt=F("start_date")), name="grant_ends_after_start"),
            models.CheckConstraint(condition=Q(state__in=GrantState.values), name="grant_state_known"),
            models.CheckConstraint(
                condition=Q(fund_signed_by__isnull=True) | ~Q(fund_signed_by=F("opened_by")),
                name="grant_second_person_signs",
            ),
            models.CheckConstraint(
                condition=Q(fund_signed_by__isnull=True)
                | Q(grantee_signed_by__isnull=False) & ~Q(fund_signed_by=F("grantee_signed_by"))
                | Q(grantee_signed_by__isnull=True, signature_recorded_by__isnull=False),
                name="grant_two_parties_sign",
            ),
            models.CheckConstraint(
                condition=Q(fund_signed_by__isnull=True)
                | Q(signature_recorded_by__isnull=True)
                | ~Q(fund_signed_by=F("signature_recorded_by")),
                name="grant_recorder_does_not_countersign",
            ),
            models.CheckConstraint(
                condition=Q(grantee_signed_at__isnull=True, signed_how="")
                | Q(signed_how=SignedHow.CODE, grantee_signed_by__isnull=False, signature_recorded_by__isnull=True)
                | Q(signed_how__in=[SignedHow.PAPER, SignedHow.MARK], signature_recorded_by__isnull=False),
                name="grant_signed_somehow",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["agreement_draft", "suspended", "terminated"])
                | Q(grantee_signed_at__isnull=False, fund_signed_by__isnull=False, agreement_paper__isnull=False),
                name="grant_active_is_signed",
            ),
        )

    @property
    def moved(self) -> dt.timedelta:
        """How much later (or earlier) it starts than its proposal said; what the proposal planned moves with it."""
        return self.start_date - (self.application.start_date or self.start_date)

    def __str__(self) -> str:
        """Reference."""
        return self.ref

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:grant", args=[self.ref])

    @property
    def title(self) -> str:
        """The project's title in the reader's language."""
        return self.application.title

    @transition(
        field=state,
        source=GrantState.AGREEMENT_DRAFT,
        target=None,
        permission=ALLOW["disbursements.prepare_agreement"],
        custom={"label": _("Prepare the agreement again")},
    )
    def prepare(self, *, paper: Any) -> None:
        """A frozen text to sign; a new one takes the grantee's signature off."""
        self.agreement_paper = paper
        self.grantee_signed_by = self.grantee_signed_at = self.signature_recorded_by = None
        self.grantee_signed_name = self.signed_how = ""

    def _check_unsigned(self) -> None:
        if self.agreement_paper_id is None:
            raise StepRefused(_("The agreement is not ready yet."))
        if self.grantee_signed_at is not None:
            raise StepRefused(_("The agreement is signed already."))

    @transition(
        field=state,
        source=GrantState.AGREEMENT_DRAFT,
        target=None,
        permission=ALLOW["disbursements.ask_code"],
        custom={"label": _("Get a code to sign"), "style": "primary"},
    )
    def ask_code(self) -> None:
        """A code is on its way to the signatory; an act."""
        self._check_unsigned()

    @transition(
        field=state,
        source=GrantState.AGREEMENT_DRAFT,
        target=None,
        permission=ALLOW["disbursements.miss_code"],
        custom={"label": _("Note that the code cannot be sent"), "system": True},
    )
    def miss_code(self) -> None:
        """The code that was asked for reaches nobody; an act."""
        self._check_unsigned()

    @transition(
        field=state,
        source=GrantState.AGREEMENT_DRAFT,
        target=None,
        permission=ALLOW["disbursements.sign_agreement"],
        custom={"label": _("Sign the agreement"), "next": _FUND_NEXT},
    )
    def sign(self, *, paper: Any, signer: Any, typed_name: str, when: Any) -> None:
        """The responsible person of the grantee signs the very text the code was asked for."""
        self._check_unsigned()
        if self.agreement_paper_id != paper.pk:
            raise StepRefused(TEXT_CHANGED, field="code")
        self.grantee_signed_by, self.grantee_signed_name, self.grantee_signed_at = signer, typed_name, when
        self.signed_how = SignedHow.CODE

    def _take_hand(self, how: str, name: str, recorder: Any, when: Any) -> None:
        self._check_unsigned()
        self.signed_how, self.signature_recorded_by = how, recorder
        self.grantee_signed_name, self.grantee_signed_at = name, when

    @transition(
        field=state,
        source=GrantState.AGREEMENT_DRAFT,
        target=None,
        permission=ALLOW["disbursements.record_signature"],
        custom={"label": _("Record a signature on paper"), "next": _COMPARED_NEXT},
    )
    def sign_on_paper(self, *, name: str, recorder: Any, when: Any) -> None:
        """The grantee signed by hand; the recorder is not who signs for the fund."""
        self._take_hand(SignedHow.PAPER, name, recorder, when)

    @transition(
        field=state,
        source=GrantState.AGREEMENT_DRAFT,
        target=None,
        permission=ALLOW["disbursements.record_signature"],
        custom={"label": _("Record a mark made before a witness"), "next": _COMPARED_NEXT},
    )
    def sign_by_mark(self, *, name: str, recorder: Any, when: Any) -> None:
        """Somebody who does not write made a mark, after the text was read aloud."""
        self._take_hand(SignedHow.MARK, name, recorder, when)

    @transition(
        field=state,
        source=GrantState.AGREEMENT_DRAFT,
        target=GrantState.SIGNED,
        permission=ALLOW["disbursements.countersign_agreement"],
        custom={
            "label": _("Sign for the fund"),
            "style": "primary",
            "next": _("The amount is committed in the ledger and the application is closed as agreed."),
        },
    )
    def countersign(self, *, signer: Any, when: Any) -> None:
        """The fund signs after the grantee."""
        if self.grantee_signed_at is None:
            raise StepRefused(_("The grantee has not signed yet."))
        self.fund_signed_by, self.fund_signed_at = signer, when

    @transition(
        field=state,
        source=GrantState.SIGNED,
        target=None,
        permission=ALLOW["disbursements.seal_agreement"],
        custom={"label": _("Seal the record of the signatures"), "system": True},
    )
    def seal(self, *, paper: Any) -> None:
        """The certificate of both signatures stands beside the agreement; an act."""
        self.certificate_paper = paper

    @transition(
        field=state,
        source=GrantState.SIGNED,
        target=GrantState.ACTIVE,
        permission=ALLOW["disbursements.activate_grant"],
        custom={
            "label": _("Start the grant"),
            "style": "primary",
            "next": _("The grantee can ask for the first tranche."),
        },
    )
    def activate(self) -> None:
        """Money may move from here on."""

    @transition(
        field=state,
        source=[*STOPPABLE, GrantState.SUSPENDED],
        target=None,
        permission=ALLOW["disbursements.renew_diligence"],
        custom={
            "label": _("Record renewed due diligence"),
            "next": _("Tranches that waited for it are free again."),
        },
    )
    def renew_diligence(self, *, until: Any, psea_until: Any) -> None:
        """The organisation was checked again; an act."""
        self.due_diligence_until_date, self.psea_until_date = until, psea_until

    @transition(
        field=state,
        source=list(AMENDABLE),
        target=None,
        permission=ALLOW["disbursements.amend_grant"],
        custom={"label": _("Change the terms"), "system": True},
    )
    def amend(self, *, terms_no: int, **changed: Any) -> None:
        """A decided change is in force; an act. `changed` are columns of this row."""
        if terms_no != self.terms_no + 1:
            raise StepRefused(_("The terms have changed meanwhile. Look at them again."))
        self.terms_no = terms_no
        for column, value in changed.items():
            setattr(self, column, value)

    @transition(
        field=state,
        source=list(STOPPABLE),
        target=GrantState.SUSPENDED,
        permission=ALLOW["disbursements.suspend_grant"],
        custom={
            "label": _("Stop all payments"),
            "style": "danger",
            "side": True,
            "next": _("Every tranche that has not left is put on hold at once. Lifting the hold takes two people."),
        },
    )
    def suspend(self) -> None:
        """A safety stop has no precondition."""
        self.held_from = self.state

    def _back(self) -> None:
        self.held_from = ""

    @transition(field=state, **_resume(GrantState.AGREEMENT_DRAFT, _("Go on with the agreement")))
    def resume_draft(self) -> None:
        """Back to the draft."""
        self._back()

    @transition(field=state, **_resume(GrantState.SIGNED, _("Go on as signed")))
    def resume_signed(self) -> None:
        """Back to signed."""
        self._back()

    @transition(field=state, **_resume(GrantState.ACTIVE, _("Allow payments again")))
    def resume_active(self) -> None:
        """Back to active."""
        self._back()

    @transition(field=state, **_resume(GrantState.ENDED, _("Go on after the end")))
    def resume_ended(self) -> None:
        """Back to ended."""
        self._back()

    @transition(field=state, **_resume(GrantState.CLOSING, _("Go on with the close-out")))
    def resume_closing(self) -> None:
        """Back to closing."""
        self._back()

    @transition(
        field=state,
        source=GrantState.ACTIVE,
        target=GrantState.ENDED,
        permission=ALLOW["disbursements.end_grant"],
        custom={"label": _("Record the end of the project"), "style": "plain"},
    )
    def end(self, *, ended_date: Any) -> None:
        """Activities are over."""
        self.ended_date = ended_date

    @transition(
        field=state,
        source=GrantState.ENDED,
        target=GrantState.CLOSING,
        permission=ALLOW["disbursements.close_grant"],
        custom={"label": _("Begin the close-out"), "style": "primary"},
    )
    def begin_closing(self) -> None:
        """The close-out list is open."""

    @transition(
        field=state,
        source=GrantState.CLOSING,
        target=GrantState.CLOSED,
        permission=ALLOW["disbursements.close_grant"],
        custom={"label": _("Close the grant"), "style": "primary"},
    )
    def close(self, *, close_code: str, when: Any) -> None:
        """Every item settled, every unit accounted for (the action checks)."""
        self.close_code, self.closed_at = close_code, when

    @transition(
        field=state,
        source=[*STOPPABLE, GrantState.SUSPENDED],
        target=GrantState.TERMINATED,
        permission=ALLOW["disbursements.terminate_grant"],
        custom={
            "label": _("Terminate the grant"),
            "style": "danger",
            "side": True,
            "next": _(
                "It ends for good. What was not paid is cancelled and free again; what was paid is still accounted for."
            ),
        },
    )
    def terminate(self, *, close_code: str, when: Any) -> None:
        """Tranches that have not left are cancelled, what was not paid is free again."""
        self.close_code, self.closed_at = close_code, when
