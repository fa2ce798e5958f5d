"""Steps of an approved tranche on its way out: on paper, or by an electronic rail."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.grants import ALLOW
from disbursements.states import TrancheState
from fundmgmt.models import StepRefused


class PayingSteps(models.Model):
    """The second treasurer's steps, and what the system does when a rail proves that it did not pay."""

    class Meta:
        """Abstract."""

        abstract = True

    @transition(
        field="state",
        source=TrancheState.APPROVED,
        target=None,
        permission=ALLOW["disbursements.pay_tranche"],
        custom={"label": _("Print the payment order"), "next": _("You sign it on paper and take it to the bank.")},
    )
    def issue_order(self) -> None:
        """The order is on paper."""
        self._require_same_payload()

    @transition(
        field="state",
        source=TrancheState.APPROVED,
        target=None,
        permission=ALLOW["disbursements.pay_tranche"],
        custom={"label": _("Withdraw the payment order"), "side": True},
    )
    def withdraw_order(self) -> None:
        """The paper did not reach the bank and is destroyed."""

    @transition(
        field="state",
        source=TrancheState.APPROVED,
        target=None,
        permission=ALLOW["disbursements.decide_again"],
        custom={
            "label": _("Decide to try again"),
            "side": True,
            "next": _("The next instruction goes out under a new number."),
        },
    )
    def decide_again(self) -> None:
        """The attempt before is proven to have failed."""

    @transition(
        field="state",
        source=TrancheState.APPROVED,
        target=TrancheState.SENT,
        permission=ALLOW["disbursements.pay_tranche"],
        custom={
            "label": _("Release the payment"),
            "style": "primary",
            "next": _("It is handed to the rail at once. You see here what the rail answers."),
        },
    )
    def release(self, *, payer: Any, key: str, day: Any, when: Any) -> None:
        """An electronic rail is told, under this key; its answers follow."""
        self._require_same_payload()
        self.paid_by, self.sent_at = payer, when
        self.bank_reference, self.bank_date = key, day

    @transition(
        field="state",
        source=TrancheState.SENT,
        target=TrancheState.APPROVED,
        permission=ALLOW["disbursements.unsend_tranche"],
        custom={"label": _("Not paid: back to approved"), "side": True, "system": True},
    )
    def unsend(self) -> None:
        """The rail has proven that it did not pay."""
        self.paid_by = self.sent_at = self.bank_date = None
        self.bank_reference = ""

    @transition(
        field="state",
        source=TrancheState.APPROVED,
        target=TrancheState.SENT,
        permission=ALLOW["disbursements.pay_tranche"],
        custom={
            "label": _("Record the payment"),
            "style": "primary",
            "next": _("The grantee is asked to confirm what arrived."),
        },
    )
    def send(self, *, payer: Any, bank_reference: str, bank_date: Any, when: Any) -> None:
        """The bank has taken the order."""
        self._require_same_payload()
        self.paid_by, self.sent_at = payer, when
        self.bank_reference, self.bank_date = bank_reference, bank_date

    def _require_same_payload(self) -> None:
        if self.payload_hash() != self.approved_hash:
            raise StepRefused(
                _("The request, the amount or the payee changed after the approval. It must be approved again.")
            )
