"""Answering a dispute: one treasurer proposes, another confirms, the provider is told once and for all."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from disbursements.actions.answers import OVER, Next
from disbursements.actions.disputes import take_dispute
from disbursements.actions.giving_back import OPEN as OPEN_REFUNDS
from disbursements.actions.outbox import put_errand
from disbursements.gateway.protocol import Rejected, Unknown
from disbursements.gateway.stripe_disputes import Disputes, DisputeSeen
from disbursements.models import Dispute, DisputeAnswer, Donation
from disbursements.models.disputes import OPEN_ANSWERS
from disbursements.states import DisputeAnswerKind, DisputeAnswerState, DisputeState, Errand
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import money
from fundmgmt.models import StepRefused
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundmgmt.models import User

    Clock = Callable[[], dt.datetime]

ANSWERABLE = {
    DisputeAnswerKind.EVIDENCE: (DisputeState.ASKED, DisputeState.OPEN),
    DisputeAnswerKind.ACCEPT: (DisputeState.OPEN,),
}
BEFORE = {"asked", "open"}  # as the provider says it


def _facts(row: DisputeAnswer) -> dict[str, object]:
    return {"gift": row.dispute.donation.ref, "no": row.no, "answer": row.answer}


def propose_dispute_answer(dispute: Dispute, *, by: User, at: dt.datetime, answer: str, text: str) -> DisputeAnswer:
    """One treasurer proposes to accept a dispute, or what to say to the bank; another confirms."""
    with transaction.atomic():
        held = _locked(dispute)
        _require_answerable(held, answer, at)
        if held.answers.filter(state__in=OPEN_ANSWERS).exists():
            raise StepRefused(_("There is a proposal already. It is confirmed or declined first."))
        if held.donation.refunds.filter(state__in=OPEN_REFUNDS).exists():
            raise StepRefused(_("There is a proposal to give this gift back. It is confirmed or declined first."))
        no = held.answers.count() + 1
        row = DisputeAnswer(dispute=held, thread=held.thread, no=no, answer=answer, text=text.strip(), proposed_by=by)
        reason = text.strip() if answer == DisputeAnswerKind.ACCEPT else ""
        return begin(row, by=by, at=at, facts=_facts(row), reason=reason)


def _locked(dispute: Dispute) -> Dispute:
    """Under the lock of its gift, as everything that moves the gift's money."""
    Donation.objects.select_for_update(no_key=True).get(pk=dispute.donation_id)
    return Dispute.objects.select_related("donation").get(pk=dispute.pk)


def _require_answerable(held: Dispute, answer: str, at: dt.datetime) -> None:
    if held.state == DisputeState.ASKED and answer == DisputeAnswerKind.ACCEPT:
        raise StepRefused(
            _("The bank only asks; nothing was taken. To let the giver have the money, give the gift back."),
            field="answer",
        )
    if held.state not in ANSWERABLE[DisputeAnswerKind(answer)]:
        raise StepRefused(
            _("This dispute is %(state)s: it takes no answer. Look at where it stands now.")
            % {"state": held.get_state_display()}
        )
    if answer == DisputeAnswerKind.EVIDENCE and held.due_at is not None and at > held.due_at:
        raise StepRefused(
            _("The bank took evidence until %(day)s. What is left is to accept, or to wait for its decision.")
            % {"day": in_words(timezone.localdate(held.due_at))},
            field="answer",
        )


def confirm_dispute_answer(
    row: DisputeAnswer, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> DisputeAnswer:
    """Another treasurer confirms; the provider is told after this transaction."""
    with transaction.atomic():
        row.dispute = _locked(row.dispute)
        _require_answerable(row.dispute, row.answer, at)
        perform(
            row, "confirm", by=by, at=at, facts=_facts(row), expected_version=expected_version, confirmer=by, when=at
        )
        put_errand(Errand.ANSWER, f"answer:{row.key}", row.pk, thread=row.thread, at=at)
    return row


def decline_dispute_answer(
    row: DisputeAnswer, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> DisputeAnswer:
    """Nothing is said to the bank."""
    return perform(row, "decline", by=by, at=at, facts=_facts(row), reason=reason, expected_version=expected_version)


# Telling the provider ------------------------------------------------------------------------------------


def submit_dispute_answer(ident: int, *, clock: Clock) -> Next:
    """Tell the provider, after a look whether it has this answer already; then look what came of it."""
    row = DisputeAnswer.objects.select_related("dispute__donation__earmark").get(pk=ident)
    if row.state != DisputeAnswerState.CONFIRMED:
        return OVER
    reference, refused = row.dispute.reference, ""
    found = Disputes().look_up(reference)
    if isinstance(found, DisputeSeen) and found.state in BEFORE and found.answer != row.key:
        said = _say(row)
        if isinstance(said, Unknown):
            return Next(problem=said.reason or "no certain answer")
        refused = said.reason if isinstance(said, Rejected) else ""
        found = Disputes().look_up(reference)
    if not isinstance(found, DisputeSeen):
        return Next(problem=found.reason or "no certain answer")
    take_dispute(found, clock=clock)
    taken = found.answer == row.key if row.answer == DisputeAnswerKind.EVIDENCE else found.state == "lost"
    if taken:
        perform(row, "finish", by=None, at=clock(), facts=_facts(row))
    else:
        perform(row, "fail", by=None, at=clock(), facts=_facts(row), reason=refused)
    return OVER


def _say(row: DisputeAnswer) -> object:
    if row.answer == DisputeAnswerKind.ACCEPT:
        return Disputes().accept(row.dispute.reference, row.key)
    return Disputes().send_evidence(row.dispute.reference, evidence_for(row), row.key)


def evidence_for(row: DisputeAnswer) -> dict[str, str]:
    """The treasurer's words and the facts of the gift, in English as banks read them. No name, no address."""
    gift = row.dispute.donation
    with override("en"):
        paid = in_words(timezone.localdate(gift.paid_at)) if gift.paid_at else ""
        consented = in_words(timezone.localdate(gift.consented_at))
        facts = [
            f"Gift {gift.ref} of {money(gift.amount_minor, gift.currency)}, paid on {paid}.",
            f"Receipt {gift.receipt_no} was issued; the giver can take it on the gift's own page.",
            f"The giver agreed on our public page, on {consented}, to give of their own free will.",
            f"Given back so far: {money(gift.given_back_minor, gift.currency)}.",
        ]
    return {
        "product_description": f"A gift to a charitable fund; nothing is sold. {facts[0]}",
        "uncategorized_text": "\n".join([row.text, "", *facts]),
        "service_date": timezone.localdate(gift.paid_at).isoformat() if gift.paid_at else "",
        "refund_policy_disclosure": "Our public page says: you may ask for your gift back as long as it is not spent.",
    }
