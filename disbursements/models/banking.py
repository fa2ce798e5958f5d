"""Where money goes: versions of bank details, and instructions to a rail."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.grants import ALLOW
from disbursements.models.sending import instruction_guards
from disbursements.models.tranches import Tranche
from disbursements.states import DetailKind, InstructionState, RailCode
from fundmgmt.models import Guard, StepRefused, WorkflowModel, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField

SHOWN = 4  # digits of an account that may be seen
MASKED = {
    DetailKind.BANK_ACCOUNT: _("account ending %(tail)s"),
    DetailKind.CONNECTED_ACCOUNT: _("account of the fiscal host ending %(tail)s"),
    DetailKind.MOBILE_WALLET: _("mobile wallet ending %(tail)s"),
}


class BankDetailQuerySet(models.QuerySet):
    """Bank details."""

    def visible_to(self, user: Any) -> Self:
        """The organisation's own people, and those of the fund who pay or check."""
        if user is None or not user.is_authenticated:
            return self.none()
        if user.role_codes & {"officer", "treasurer", "auditor"}:
            return self
        return self.filter(organisation_id__in=user.organisation_ids)


class BankDetail(models.Model):
    """One version of an organisation's bank details. Never edited: a change is a new version."""

    organisation = models.ForeignKey("fundmgmt.Organisation", models.PROTECT, related_name="+")
    thread = models.UUIDField(default=uuid.uuid4, editable=False)
    no = models.PositiveSmallIntegerField()
    kind = models.CharField(_("paid to"), max_length=20, choices=DetailKind, default=DetailKind.BANK_ACCOUNT)
    holder = models.CharField(_("account holder"), max_length=140)
    bank_name = models.CharField(_("bank or operator"), max_length=140, blank=True)
    account_number = models.CharField(_("account number"), max_length=40)
    currency = models.CharField(_("currency of the account"), max_length=3, choices=CURRENCIES)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)
    called_number = models.CharField(_("number called"), max_length=24, blank=True)
    number_on_file = models.CharField(_("number on file before"), max_length=24, blank=True, editable=False)
    usable_from = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)

    objects = BankDetailQuerySet.as_manager()
    private_fields = ("holder", "bank_name", "account_number", "called_number", "number_on_file")

    class Meta:
        """Verified by another person than the one who entered them."""

        ordering = ("organisation_id", "-no")
        indexes = (
            models.Index(
                fields=("organisation", "-no"),
                condition=Q(verified_at__isnull=True, refused_at__isnull=True),
                name="bank_detail_to_verify",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("organisation", "no"), name="bank_detail_version_once"),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("entered_by")), name="bank_detail_two_people"
            ),
            models.CheckConstraint(
                condition=Q(verified_at__isnull=True)
                | Q(verified_by__isnull=False, usable_from__isnull=False) & ~Q(called_number=""),
                name="bank_detail_called_back",
            ),
            models.CheckConstraint(condition=Q(kind__in=DetailKind.values), name="bank_detail_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=DetailKind.CONNECTED_ACCOUNT) | ~Q(bank_name=""), name="bank_detail_has_its_bank"
            ),
            models.CheckConstraint(
                condition=Q(verified_at__isnull=True) | Q(number_on_file="") | Q(called_number=F("number_on_file")),
                name="bank_detail_called_the_old_number",
            ),
        )

    def __str__(self) -> str:
        """Never the whole number."""
        return str(self.masked)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:bank_detail", args=[self.pk])

    @property
    def masked(self) -> object:
        """As people see it."""
        return MASKED[self.kind] % {"tail": self.account_number[-SHOWN:]}

    @classmethod
    def guards(cls) -> list[Guard]:
        """A version is never edited."""
        columns = (
            "kind",
            "holder",
            "bank_name",
            "account_number",
            "currency",
            "organisation_id",
            "no",
            "number_on_file",
        )
        changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in columns)
        return [Guard("version", "UPDATE", f"({changed})", "bank details are changed by a new version")]

    def fingerprint(self) -> str:
        """Version and content, for the hash an approval binds to."""
        content = f"{self.pk}|{self.no}|{self.holder}|{self.bank_name}|{self.account_number}|{self.currency}"
        if self.kind != DetailKind.BANK_ACCOUNT:  # approvals given before there were other kinds keep their hash
            content += f"|{self.kind}"
        return hashlib.sha256(content.encode()).hexdigest()


class PaymentInstruction(WorkflowModel):
    """What a rail was told, under one key. While one is open for a tranche there is no other."""

    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="instructions")
    rail = models.CharField(max_length=16, choices=RailCode)
    key = models.CharField(max_length=64, unique=True)
    amount_minor = MinorField()
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    bank_detail = models.ForeignKey(BankDetail, models.PROTECT, related_name="+")
    payload_hash = models.CharField(max_length=64)
    paper = models.ForeignKey("fundmgmt.Paper", models.PROTECT, null=True, related_name="+")
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    rail_reference = models.CharField(max_length=64, blank=True)
    submitted_at = models.DateTimeField(null=True, help_text="when the rail was first told; never told twice unasked")
    again_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    again_at = models.DateTimeField(null=True, help_text="when a person decided that another may follow")
    state = WorkflowState(choices=InstructionState, default=InstructionState.PREPARED)

    private_fields = ("rail_reference",)

    class Meta:
        """One open instruction for each tranche."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("tranche",),
                condition=~Q(state__in=[InstructionState.FAILED, InstructionState.RETURNED]),
                name="instruction_one_open",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="instruction_above_zero"),
            models.CheckConstraint(condition=Q(state__in=InstructionState.values), name="instruction_state_known"),
            models.CheckConstraint(
                condition=Q(again_at__isnull=True) | Q(state=InstructionState.FAILED, again_by__isnull=False),
                name="instruction_again_after_failure",
            ),
        )

    def __str__(self) -> str:
        """Key."""
        return self.key

    @classmethod
    def guards(cls) -> list[Guard]:
        """What a rail was told stays as it was told; another key needs a failure and a person."""
        return instruction_guards()

    @transition(
        field=state,
        source=[InstructionState.PREPARED, InstructionState.UNKNOWN],
        target=InstructionState.ACCEPTED,
        permission=ALLOW["disbursements.move_instruction"],
        custom={"label": _("The rail has taken it")},
    )
    def accept(self, *, rail_reference: str) -> None:
        """Taken, not yet paid."""
        self.rail_reference = rail_reference or self.rail_reference

    @transition(
        field=state,
        source=[InstructionState.PREPARED, InstructionState.ACCEPTED],
        target=InstructionState.UNKNOWN,
        permission=ALLOW["disbursements.move_instruction"],
        custom={"label": _("The answer is not known"), "side": True},
    )
    def lose_sight(self) -> None:
        """No answer: ask with the same key, never with another."""

    @transition(
        field=state,
        source=[InstructionState.PREPARED, InstructionState.ACCEPTED, InstructionState.UNKNOWN],
        target=InstructionState.PAID,
        permission=ALLOW["disbursements.move_instruction"],
        custom={"label": _("It is paid"), "style": "primary"},
    )
    def settle(self, *, rail_reference: str) -> None:
        """The reference of the bank or the rail proves it."""
        self.rail_reference = rail_reference or self.rail_reference

    @transition(
        field=state,
        source=[InstructionState.PREPARED, InstructionState.ACCEPTED, InstructionState.UNKNOWN],
        target=InstructionState.FAILED,
        permission=ALLOW["disbursements.move_instruction"],
        custom={"label": _("It failed"), "side": True},
    )
    def fail(self) -> None:
        """Proven not paid; a person may instruct again under a new key."""

    @transition(
        field=state,
        source=InstructionState.FAILED,
        target=None,
        permission=ALLOW["disbursements.move_instruction"],
        custom={"label": _("Another instruction may follow")},
    )
    def allow_again(self, *, decider: Any, when: Any) -> None:
        """A person looked at the proof of failure and decided; the next version may be prepared."""
        if self.again_at:
            raise StepRefused(_("This is decided already: the payment can be sent again."))
        self.again_by, self.again_at = decider, when

    @transition(
        field=state,
        source=InstructionState.FAILED,
        target=InstructionState.PAID,
        permission=ALLOW["disbursements.move_instruction"],
        custom={"label": _("The bank paid it after all"), "side": True},
    )
    def pay_late(self, *, rail_reference: str) -> None:
        """A line of the bank proves it; that another may follow does not hold any more."""
        self.rail_reference = rail_reference or self.rail_reference
        self.again_by = self.again_at = None

    @transition(
        field=state,
        source=InstructionState.PAID,
        target=InstructionState.RETURNED,
        permission=ALLOW["disbursements.move_instruction"],
        custom={"label": _("The money came back"), "side": True},
    )
    def come_back(self) -> None:
        """Paid, then returned."""
