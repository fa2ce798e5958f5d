"""Disputes of gifts: proposing what to say to the bank, and the second treasurer's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions import dispute_answers
from disbursements.forms.donations import DisputeAnswerForm
from disbursements.models import Dispute, DisputeAnswer
from disbursements.queries.donations import dispute_answers_for, disputes_for
from disbursements.states import DisputeAnswerKind
from fundmgmt.forms import ReasonForm, StepForm, VersionedForm
from fundmgmt.pages import EditPage, StepPage, StepSpec

if TYPE_CHECKING:
    from django.db.models import QuerySet


def dispute_facts(row: Dispute) -> list[tuple[object, object]]:
    """What everybody must know who answers it."""
    return [
        (_("Gift"), row.donation.ref),
        (_("Asked back"), row.amount),
        (_("Reason of the bank"), row.why),
        (_("Since"), timezone.localdate(row.opened_at)),
        (_("Evidence may be sent until"), timezone.localdate(row.due_at) if row.due_at else None),
    ]


class ProposeDisputeAnswer(EditPage):
    """Propose to accept a dispute, or what to say to the bank."""

    model = Dispute
    lookup = "pk"
    policy = "disbursements.view_dispute"
    act_policy = "disbursements.begin_disputeanswer"
    section = "gifts"
    title = _("Propose an answer to the bank")
    form_class = DisputeAnswerForm
    submit_label = _("Propose it")
    done = _("Proposed. Another treasurer confirms or declines it.")

    def get_queryset(self) -> QuerySet[Dispute]:
        """With their gift."""
        return disputes_for(self.request.user)

    def get_initial(self) -> dict[str, Any]:
        """Evidence, for accepting cannot be taken back either."""
        return {"answer": DisputeAnswerKind.EVIDENCE}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What the bank asks, and until when."""
        return super().get_context(facts=dispute_facts(self.object), **extra)

    def save(self, form: VersionedForm) -> Any:
        """Propose it."""
        dispute_answers.propose_dispute_answer(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object


class DisputeAnswerSteps(StepPage):
    """A second treasurer confirms or declines."""

    model = DisputeAnswer
    lookup = "pk"
    policy = "disbursements.view_disputeanswer"
    section = "gifts"
    steps = {
        "confirm": StepSpec(StepForm, dispute_answers.confirm_dispute_answer, fresh=True),
        "decline": StepSpec(ReasonForm, dispute_answers.decline_dispute_answer),
    }

    def get_queryset(self) -> QuerySet[DisputeAnswer]:
        """With their dispute and gift."""
        return dispute_answers_for(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What is said, word for word, and who proposed it."""
        row = self.object
        facts = [
            *dispute_facts(row.dispute),
            (_("Proposed"), row.get_answer_display()),
            (_("In these words"), row.text),
            (_("Proposed by"), row.proposed_by.name),
        ]
        return super().get_context(facts=facts, **extra)
