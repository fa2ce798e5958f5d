"""Bank statements: what the bank says, kept as it was said, and what became of each line."""
# ruff: noqa: S608 -- table names of our own; no value from outside enters the guards

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from disbursements.models.banking import PaymentInstruction
from disbursements.models.batches import PaymentBatch
from disbursements.models.donors import Contribution, Donor, Pledge
from disbursements.models.grants import ALLOW, Grant
from disbursements.models.holds import Refund
from disbursements.models.ledger import LedgerEntry
from disbursements.states import LineKind, LineState, MatchedBy, StatementFormat
from fundmgmt.access import can
from fundmgmt.models import AppendOnlyModel, AppendOnlyQuerySet, Guard, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField

CLOSED = (
    'SELECT 1 FROM "disbursements_closedday" c JOIN "disbursements_bankstatement" s ON s."account" = c."account" '
    'AND s."currency" = c."currency" WHERE s."id" = NEW."statement_id" AND c."day" >= NEW."booked"'
)
FIXED = (
    "statement_id", "no", "place", "booked", "value_date", "amount_minor", "currency", "end_to_end_id",
    "bank_reference", "party", "text", "code",
)  # fmt: skip
OUT = (LineKind.PAYMENT, LineKind.BATCH, LineKind.COST, LineKind.FEE, LineKind.LATE, LineKind.OVERPAID)
IN = (LineKind.CONTRIBUTION, LineKind.REFUND, LineKind.RETURNED, LineKind.INTEREST, LineKind.RECOVERED)
BOOKED_ONCE = ("cost", "fee", "interest", "exchange", "moved", "late", "overpaid", "recovered")


class SeenByMoneyStaff(AppendOnlyQuerySet):
    """Rows that all of the fund's money people see."""

    def visible_to(self, user: Any) -> Self:
        """All or none."""
        return self if can(user, "disbursements.view_bankstatement") else self.none()


class StatementFile(AppendOnlyModel):
    """A file of the bank, imported once: its sha256 is unique."""

    thread = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=8, choices=StatementFormat)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    objects = SeenByMoneyStaff.as_manager()
    private_fields = ("name",)

    class Meta:
        """Newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        """Name of the file."""
        return self.name


class BankStatement(AppendOnlyModel):
    """One statement of one account: opening balance plus lines is closing balance; it goes on where the last ended."""

    file = models.ForeignKey(StatementFile, models.PROTECT, related_name="statements")
    account = models.CharField(max_length=40)
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    no = models.PositiveIntegerField()
    name = models.CharField(max_length=64)
    start = models.DateField()
    end = models.DateField()
    opening_minor = MinorField()
    closing_minor = MinorField()
    line_count = models.PositiveIntegerField()

    objects = SeenByMoneyStaff.as_manager()
    private_fields = ("account",)

    class Meta:
        """One after the other."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("account", "currency", "no"), name="statement_no_once"),
            models.CheckConstraint(condition=Q(start__lte=F("end")), name="statement_days_in_order"),
        )

    def __str__(self) -> str:
        """The bank's name of it."""
        return self.name or f"{self.currency} {self.no}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:statement", args=[self.pk])

    @property
    def thread(self) -> uuid.UUID:
        """The file's story."""
        return self.file.thread

    @classmethod
    def guards(cls) -> list[Guard]:
        """It opens with the balance the one before closed with."""
        before = (
            f'SELECT b."closing_minor" FROM "{cls._meta.db_table}" b WHERE b."account" = NEW."account" '
            'AND b."currency" = NEW."currency" ORDER BY b."no" DESC LIMIT 1'
        )
        return [
            Guard(
                "goes_on",
                "INSERT",
                f'COALESCE(({before}), NEW."opening_minor") <> NEW."opening_minor"',
                "a statement opens with the balance the one before it closed with",
            )
        ]


class StatementLineQuerySet(WorkflowQuerySet):
    """Lines."""

    def visible_to(self, user: Any) -> Self:
        """All or none."""
        return self if can(user, "disbursements.view_statementline") else self.none()

    def unsettled(self) -> Self:
        """Lines that stand in the way of closing their day."""
        return self.exclude(state=LineState.MATCHED)

    def saying(self, text: str) -> Self:
        """Lines in which the bank wrote this."""
        names = ("text", "party", "bank_reference", "end_to_end_id")
        wanted = Q()
        for name in names:
            wanted |= Q(**{f"{name}__icontains": text})
        return self.filter(wanted)


class StatementLine(WorkflowModel):
    """A booked movement (plus came in, minus went out) and what it turned out to be. The bank's words never change."""

    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="lines")
    no = models.PositiveIntegerField()
    place = models.PositiveIntegerField(help_text="line of the file")
    booked = models.DateField(_("booked"))
    value_date = models.DateField(_("value day"))
    amount_minor = MinorField(_("amount"))
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    end_to_end_id = models.CharField(max_length=35, blank=True)
    bank_reference = models.CharField(max_length=64, blank=True)
    party = models.CharField(max_length=140, blank=True)
    text = models.CharField(max_length=500, blank=True)
    code = models.CharField(max_length=16, blank=True)
    looked_at = models.DateTimeField(null=True, help_text="when the automatic matching came to it")

    kind = models.CharField(max_length=12, choices=LineKind, blank=True)
    matched_by = models.CharField(max_length=12, choices=MatchedBy, blank=True)
    instruction = models.ForeignKey(PaymentInstruction, models.PROTECT, null=True, related_name="statement_lines")
    batch = models.ForeignKey(PaymentBatch, models.PROTECT, null=True, related_name="statement_lines")
    contribution = models.ForeignKey(Contribution, models.PROTECT, null=True, related_name="statement_lines")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="statement_lines")
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, null=True, related_name="statement_lines")
    donor = models.ForeignKey(Donor, models.PROTECT, null=True, related_name="+")
    pledge = models.ForeignKey(Pledge, models.PROTECT, null=True, related_name="+")
    grant = models.ForeignKey(Grant, models.PROTECT, null=True, related_name="+")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    state = WorkflowState(choices=LineState, default=LineState.OPEN)

    objects = StatementLineQuerySet.as_manager()
    private_fields = ("party", "text", "bank_reference", "end_to_end_id")
    main_path = ("open", "proposed", "matched")
    state_tones = {"open": "no", "asked": "wait", "proposed": "wait", "matched": "ok"}

    class Meta:
        """One line is one thing, one thing is on one line, and whoever proposed does not confirm."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("statement", "no"), name="line_no_once"),
            models.CheckConstraint(condition=Q(state__in=LineState.values), name="line_state_known"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="line_not_zero"),
            models.CheckConstraint(
                condition=~Q(state__in=[LineState.MATCHED, LineState.PROPOSED]) | ~Q(kind="") & ~Q(matched_by=""),
                name="line_matched_is_something",
            ),
            models.CheckConstraint(
                condition=(~Q(kind__in=OUT) | Q(amount_minor__lt=0)) & (~Q(kind__in=IN) | Q(amount_minor__gt=0)),
                name="line_kind_fits_direction",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True) | Q(settled_by__isnull=True) | ~Q(proposed_by=F("settled_by")),
                name="line_two_people",
            ),
            models.UniqueConstraint(
                fields=("instruction", "kind"), condition=~Q(kind=""), name="line_instruction_once"
            ),
            models.UniqueConstraint(fields=("batch", "currency"), condition=Q(kind="batch"), name="line_batch_once"),
            models.UniqueConstraint(fields=("contribution",), condition=~Q(kind=""), name="line_contribution_once"),
            models.UniqueConstraint(fields=("refund",), condition=~Q(kind=""), name="line_refund_once"),
            models.UniqueConstraint(fields=("entry",), condition=Q(kind__in=BOOKED_ONCE), name="line_entry_once"),
        )
        indexes = (
            models.Index(fields=("state", "booked"), name="line_queue"),
            models.Index(fields=("statement", "booked"), name="line_day"),
        )

    def __str__(self) -> str:
        """Statement and number."""
        return f"{self.statement_id}/{self.no}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("disbursements:line", args=[self.pk])

    @property
    def ref(self) -> str:
        """The bank's reference, or the number on the statement."""
        return self.bank_reference or f"{self.statement_id}/{self.no}"

    @classmethod
    def guards(cls) -> list[Guard]:
        """The bank's words stay; no line joins or leaves a closed day."""
        changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in FIXED)
        reopened = "OLD.\"state\" = 'matched' AND NEW.\"state\" <> 'matched'"
        return [
            Guard("words", "UPDATE", f"({changed})", "what the bank wrote is never changed"),
            Guard("kept", "DELETE", 'OLD."id" IS NOT NULL', "a line of a statement is never deleted"),
            Guard("late", "INSERT", f"EXISTS ({CLOSED})", "the day of this line is closed"),
            Guard("shut", "UPDATE", f"{reopened} AND EXISTS ({CLOSED})", "the day of this line is closed"),
        ]

    def _become(self, kind: str, how: str, **about: Any) -> None:
        self.kind, self.matched_by = kind, how
        for name, value in about.items():
            setattr(self, name, value)

    @transition(
        field=state,
        source=[LineState.OPEN, LineState.ASKED],
        target=LineState.MATCHED,
        permission=ALLOW["disbursements.tie_line"],
        custom={
            "label": _("Match with what the fund knows"),
            "style": "primary",
            "next": _("Nothing new is booked: the line proves what stands in the ledger already."),
        },
    )
    def tie(self, *, kind: str, how: str, person: Any, when: Any, **about: Any) -> None:
        """It is what the ledger has already, to the last cent."""
        self._become(kind, how, **about)
        self.settled_by, self.settled_at = person, when

    @transition(
        field=state,
        source=[LineState.OPEN, LineState.ASKED],
        target=LineState.PROPOSED,
        permission=ALLOW["disbursements.propose_line"],
        custom={
            "label": _("Propose what it is"),
            "next": _("A second person confirms; only then it is booked."),
        },
    )
    def propose(self, *, kind: str, how: str, person: Any, when: Any, **about: Any) -> None:
        """It is something the ledger does not have: one says what."""
        self._become(kind, how, **about)
        self.proposed_by, self.proposed_at = person, when

    @transition(
        field=state,
        source=LineState.PROPOSED,
        target=LineState.MATCHED,
        permission=ALLOW["disbursements.confirm_line"],
        custom={"label": _("Confirm and book it"), "style": "primary", "next": _("The ledger gets its entry now.")},
    )
    def confirm(self, *, person: Any, when: Any, **booked: Any) -> None:
        """Another agrees, and it is booked."""
        self._become(self.kind, self.matched_by, **booked)
        self.settled_by, self.settled_at = person, when

    def _forget(self) -> None:
        self._become("", "", instruction=None, batch=None, contribution=None, refund=None, entry=None)
        self._become("", "", donor=None, pledge=None, grant=None)
        self.proposed_by = self.proposed_at = self.settled_by = self.settled_at = None

    @transition(
        field=state,
        source=LineState.PROPOSED,
        target=LineState.OPEN,
        permission=ALLOW["disbursements.refuse_line"],
        custom={"label": _("It is something else"), "side": True},
    )
    def refuse(self) -> None:
        """The proposal does not hold."""
        self._forget()

    @transition(
        field=state,
        source=LineState.OPEN,
        target=LineState.ASKED,
        permission=ALLOW["disbursements.propose_line"],
        custom={
            "label": _("Unknown: ask the bank"),
            "next": _("The line stays in the list, and its day cannot be closed, until the bank has answered."),
        },
    )
    def ask(self) -> None:
        """Nobody knows yet."""

    @transition(
        field=state,
        source=LineState.MATCHED,
        target=LineState.OPEN,
        permission=ALLOW["disbursements.untie_line"],
        custom={
            "label": _("Undo a wrong match"),
            "style": "danger",
            "side": True,
            "next": _("The line is unmatched again. Nothing in the ledger changes."),
        },
    )
    def untie(self) -> None:
        """Only a match by which nothing was booked or settled (the action asks)."""
        self._forget()
