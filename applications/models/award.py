"""The second half of the application's machine: review, due diligence, Committee, award, corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from applications import access
from applications.states import AWARDED, DECIDED, ApplicationState
from fundmgmt.models import StepRefused

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User

S = ApplicationState


class AwardSteps(models.Model):
    """Steps from review on. Columns stand on Application."""

    class Meta:
        """Abstract."""

        abstract = True

    # Review, due diligence, Committee ----------------------------------------------------------

    @transition(
        field="state",
        source=S.IN_REVIEW,
        target=S.MODERATION,
        permission=access.MODERATE,
        custom={"label": _("Compare the scores"), "side": True},
    )
    def begin_moderation(self) -> None:
        """The reviewers' scores lie too far apart."""

    @transition(
        field="state",
        source=[S.IN_REVIEW, S.MODERATION],
        target=S.DUE_DILIGENCE,
        permission=access.BEGIN_DILIGENCE,
        custom={"label": _("Begin due diligence"), "style": "primary"},
    )
    def begin_due_diligence(self) -> None:
        """The scores stand: check the organisation."""

    @transition(
        field="state",
        source=[S.DUE_DILIGENCE, S.DEFERRED],
        target=S.IN_COMMITTEE,
        permission=access.SEND,
        custom={"label": _("Send to the Committee"), "style": "primary"},
    )
    def send_to_committee(self, *, risk_rating: str = "") -> None:
        """The papers are complete. A micro grant may go this way too."""
        self.risk_rating = risk_rating or self.risk_rating
        self.decided_by = None

    def _decide(self, decided_at: dt.datetime, decision_ref: str, decided_by: User | None) -> None:
        if self.state == S.IN_COMMITTEE and not decision_ref:
            raise StepRefused(_("Name the Committee's decision: the number of the meeting and of the item."))
        self.decided_at = decided_at
        self.decision_ref = decision_ref
        self.decided_by = decided_by

    def _award(self, amount_minor: int) -> None:
        if amount_minor <= 0:
            raise StepRefused(_("The award must be above zero."), field="amount")
        if amount_minor > self.requested_minor:
            raise StepRefused(_("The award cannot be more than was asked for."), field="amount")
        self.awarded_minor = amount_minor

    @transition(
        field="state",
        source=[S.IN_COMMITTEE, S.DUE_DILIGENCE],
        target=S.APPROVED,
        permission=access.DECIDE,
        custom={
            "label": _("Approve"),
            "style": "primary",
            "next": _("The organisation is told, and a grant can be opened."),
        },
    )
    def approve(
        self, *, decided_at: dt.datetime, amount_minor: int, decision_ref: str = "", decided_by: User | None = None
    ) -> None:
        """Awarded: by the Committee, or a micro grant by an officer."""
        self._decide(decided_at, decision_ref, decided_by)
        self._award(amount_minor)

    @transition(
        field="state",
        source=[S.IN_COMMITTEE, S.DUE_DILIGENCE],
        target=S.APPROVED_WITH_CONDITIONS,
        permission=access.DECIDE,
        custom={"label": _("Approve with conditions"), "side": True},
    )
    def approve_with_conditions(
        self, *, decided_at: dt.datetime, amount_minor: int, decision_ref: str = "", decided_by: User | None = None
    ) -> None:
        """Awarded, with conditions that have an owner and a day."""
        self._decide(decided_at, decision_ref, decided_by)
        self._award(amount_minor)

    @transition(
        field="state",
        source=S.APPROVED_WITH_CONDITIONS,
        target=S.APPROVED,
        permission=access.MEET,
        custom={"label": _("Confirm that all conditions of the award are met"), "style": "primary"},
    )
    def meet_award_conditions(self) -> None:
        """Nothing stands between the award and the agreement."""

    @transition(
        field="state",
        source=S.IN_COMMITTEE,
        target=S.DEFERRED,
        permission=access.DEFER,
        custom={"label": _("Put the decision off"), "side": True},
    )
    def defer(self, *, decided_at: dt.datetime, decision_ref: str) -> None:
        """The Committee asks for more, or for another meeting."""
        self._decide(decided_at, decision_ref, None)

    @transition(
        field="state",
        source=[S.IN_COMMITTEE, S.DUE_DILIGENCE],
        target=S.REJECTED,
        permission=access.DECIDE,
        custom={"label": _("Do not select"), "style": "danger", "side": True},
    )
    def reject(
        self,
        *,
        decided_at: dt.datetime,
        appeal_until_date: dt.date,
        decision_ref: str = "",
        decided_by: User | None = None,
    ) -> None:
        """Not selected; the organisation may appeal until the given day."""
        self._decide(decided_at, decision_ref, decided_by)
        self.appeal_until_date = appeal_until_date

    @transition(
        field="state",
        source=list(AWARDED),
        target=None,
        permission=access.AGREE,
        custom={"label": _("Agreement signed"), "system": True},
    )
    def mark_agreed(self, *, agreed_at: dt.datetime) -> None:
        """The agreement is signed; withdrawing and correcting end here."""
        self.agreed_at = agreed_at

    # Corrections: one audited step back, by another officer, before the agreement -------------------

    def _undo_decision(self) -> None:
        self.decided_by = None
        self.decided_at = None
        self.decision_ref = ""
        self.awarded_minor = None
        self.appeal_until_date = None
        self.answer_by_date = None

    @transition(
        field="state",
        source=S.WITHDRAWN,
        target=S.SUBMITTED,
        permission=access.CORRECT_WITHDRAWAL,
        custom={"label": _("Correct: undo the withdrawal"), "side": True},
    )
    def correct_to_submitted(self) -> None:
        """Withdrawn by mistake."""
        self._undo_decision()

    @transition(
        field="state",
        source=[S.INELIGIBLE, S.RETURNED, S.IN_REVIEW],
        target=S.ELIGIBILITY_CHECK,
        permission=access.CORRECT,
        custom={"label": _("Correct: back to the eligibility check"), "side": True},
    )
    def correct_to_check(self) -> None:
        """A check was wrong, or an appeal was heard."""
        self._undo_decision()

    @transition(
        field="state",
        source=[S.MODERATION, S.DUE_DILIGENCE],
        target=S.IN_REVIEW,
        permission=access.CORRECT,
        custom={"label": _("Correct: back to review"), "side": True},
    )
    def correct_to_review(self) -> None:
        """A review was missing or wrong."""
        self._undo_decision()

    @transition(
        field="state",
        source=[S.IN_COMMITTEE, S.APPROVED, S.APPROVED_WITH_CONDITIONS, S.REJECTED],
        target=S.DUE_DILIGENCE,
        permission=access.CORRECT_AWARD,
        custom={"label": _("Correct: back to due diligence"), "side": True},
    )
    def correct_to_due_diligence(self) -> None:
        """Sent to the Committee too early, or an officer's own decision was wrong."""
        self._undo_decision()

    @transition(
        field="state",
        source=list(DECIDED),
        target=S.IN_COMMITTEE,
        permission=access.CORRECT_DECISION,
        custom={"label": _("Correct: back to the Committee"), "side": True},
    )
    def correct_to_committee(self) -> None:
        """The Committee's decision was recorded wrongly, or an appeal was heard."""
        self._undo_decision()
