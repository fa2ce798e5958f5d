"""Gifts that people make on the public page, and giving them back."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

import disbursements.access  # noqa: F401 -- policies stand before the edges name them
from disbursements.models.donors import Contribution
from disbursements.models.ledger import Earmark
from disbursements.states import GIFT_HELD, DonationState, GivingBackState
from fundmgmt.access import can, policies
from fundmgmt.models import StepRefused, WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.money import CURRENCIES, MinorField, Money
from fundmgmt.states import Language

MOVE = policies()["disbursements.move_donation"]
NOT_PAID = (DonationState.BEGUN, DonationState.WAITING, DonationState.FAILED, DonationState.EXPIRED)


def _system(label: object, **more: Any) -> dict[str, Any]:
    return {"label": label, "system": True, **more}


class DonationQuerySet(WorkflowQuerySet):
    """Gifts."""

    def visible_to(self, user: Any) -> Self:
        """All or none: donors are known to those who keep the fund's money."""
        return self if can(user, "disbursements.view_donation") else self.none()


class Donation(WorkflowModel):
    """One gift. Whoever holds its `token` may see how it stands and take the receipt; nobody else but the fund."""

    ref = models.CharField(max_length=16, unique=True)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    amount_minor = MinorField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    earmark = models.ForeignKey(Earmark, models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=2, choices=Language)
    receipt_name = models.CharField(_("name on the receipt"), max_length=120, blank=True)
    email = models.EmailField(blank=True)
    consented_at = models.DateTimeField()
    until = models.DateTimeField(help_text="when the visit to the payment page ends by itself")
    visit = models.CharField(max_length=96, blank=True, help_text="the provider's name of the visit")
    visit_url = models.URLField(max_length=600, blank=True)
    payment = models.CharField(max_length=64, blank=True, help_text="the provider's name of the payment")
    paid_at = models.DateTimeField(null=True)
    settled_minor = MinorField(null=True)
    settled_currency = models.CharField(max_length=3, blank=True)
    fee_minor = MinorField(null=True)
    given_back_minor = MinorField(default=0)
    contribution = models.OneToOneField(Contribution, models.PROTECT, null=True, related_name="donation")
    receipt_no = models.CharField(max_length=16, blank=True)
    receipt = models.ForeignKey("fundmgmt.Paper", models.PROTECT, null=True, related_name="+")
    state = WorkflowState(choices=DonationState, default=DonationState.BEGUN)

    objects = DonationQuerySet.as_manager()
    private_fields = ("token", "receipt_name", "email", "visit", "visit_url", "payment")
    main_path = ("begun", "paid")
    state_tones = {"waiting": "wait", "paid": "ok", "failed": "no", "expired": "no", "part_refunded": "wait"}

    class Meta:
        """What is paid has its payment, its line in the books and its receipt."""

        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="donation_above_zero"),
            models.CheckConstraint(condition=Q(state__in=DonationState.values), name="donation_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=GIFT_HELD)
                | Q(contribution__isnull=False, paid_at__isnull=False, settled_minor__gt=0)
                & ~Q(payment="")
                & ~Q(receipt_no=""),
                name="donation_paid_is_booked",
            ),
            models.CheckConstraint(
                condition=Q(given_back_minor__gte=0, given_back_minor__lte=F("amount_minor")),
                name="donation_gives_back_what_it_got",
            ),
            models.UniqueConstraint(fields=("payment",), condition=~Q(payment=""), name="donation_payment_once"),
            models.UniqueConstraint(fields=("receipt_no",), condition=~Q(receipt_no=""), name="donation_receipt_once"),
        )

    def __str__(self) -> str:
        """Reference."""
        return self.ref

    def get_absolute_url(self) -> str:
        """Its page for the fund's people."""
        return reverse("disbursements:donation", args=[self.ref])

    def get_public_url(self) -> str:
        """Its page for whoever gave."""
        return reverse("disbursements:gift", args=[self.token])

    @property
    def key(self) -> str:
        """The name of this gift with the provider, for ever."""
        return f"don:{self.pk}"

    @property
    def amount(self) -> Money:
        """What was given."""
        return Money(self.amount_minor, self.currency)

    @property
    def left_minor(self) -> int:
        """What was not given back."""
        return self.amount_minor - self.given_back_minor

    @transition(
        field=state,
        source=DonationState.BEGUN,
        target=None,
        permission=MOVE,
        custom=_system(_("Open the payment page")),
    )
    def open_visit(self, *, visit: str, visit_url: str) -> None:
        """The provider's page waits for the visitor."""
        self.visit, self.visit_url = visit, visit_url

    @transition(
        field=state,
        source=DonationState.BEGUN,
        target=DonationState.WAITING,
        permission=MOVE,
        custom=_system(_("The bank debit is on its way")),
    )
    def wait(self, *, payment: str) -> None:
        """A bank debit takes some days."""
        self.payment = payment

    @transition(
        field=state,
        source=list(NOT_PAID),
        target=DonationState.PAID,
        permission=MOVE,
        custom=_system(_("The provider confirms the payment")),
    )
    def pay(self, *, payment: str, contribution: Any, receipt_no: str, when: Any, **settled: Any) -> None:
        """Money is there, whatever was said before."""
        self.payment, self.contribution, self.receipt_no, self.paid_at = payment, contribution, receipt_no, when
        self.settled_minor, self.settled_currency = settled["settled_minor"], settled["settled_currency"]
        self.fee_minor = settled["fee_minor"]

    @transition(
        field=state,
        source=[DonationState.BEGUN, DonationState.WAITING],
        target=DonationState.FAILED,
        permission=MOVE,
        custom=_system(_("The payment failed"), side=True),
    )
    def fail(self) -> None:
        """The bank did not pay."""

    @transition(
        field=state,
        source=DonationState.BEGUN,
        target=DonationState.EXPIRED,
        permission=MOVE,
        custom=_system(_("The visit ended without payment"), side=True),
    )
    def expire(self) -> None:
        """Nobody paid in time."""

    def _give_back(self, amount_minor: int) -> None:
        self.given_back_minor += amount_minor

    @transition(
        field=state,
        source=[DonationState.PAID, DonationState.PART_REFUNDED],
        target=DonationState.PART_REFUNDED,
        permission=MOVE,
        custom=_system(_("A part is given back"), side=True),
    )
    def give_back_part(self, *, amount_minor: int) -> None:
        """Some of it."""
        if amount_minor >= self.left_minor:
            raise StepRefused(_("This is not a part: it is all that is left."))
        self._give_back(amount_minor)

    @transition(
        field=state,
        source=[DonationState.PAID, DonationState.PART_REFUNDED],
        target=DonationState.REFUNDED,
        permission=MOVE,
        custom=_system(_("All of it is given back"), side=True),
    )
    def give_back_all(self, *, amount_minor: int) -> None:
        """The rest of it."""
        if amount_minor != self.left_minor:
            raise StepRefused(_("This is not all that is left of the gift."))
        self._give_back(amount_minor)

    @transition(
        field=state,
        source=[DonationState.PART_REFUNDED, DonationState.REFUNDED],
        target=DonationState.PAID,
        permission=MOVE,
        custom=_system(_("What was given back did not arrive"), side=True),
    )
    def hold_all(self, *, amount_minor: int) -> None:
        """The donor's bank sent the whole refund back."""
        self._give_back(-amount_minor)

    @transition(
        field=state,
        source=[DonationState.PART_REFUNDED, DonationState.REFUNDED],
        target=DonationState.PART_REFUNDED,
        permission=MOVE,
        custom=_system(_("A part of what was given back did not arrive"), side=True),
    )
    def hold_part(self, *, amount_minor: int) -> None:
        """The donor's bank sent one of several refunds back."""
        self._give_back(-amount_minor)


class GivingBackQuerySet(WorkflowQuerySet):
    """Refunds."""

    def visible_to(self, user: Any) -> Self:
        """As their gifts."""
        return self if can(user, "disbursements.view_givingback") else self.none()


class GivingBack(WorkflowModel):
    """One refund of a gift. Two treasurers; the money is set aside in the books when the second one confirms."""

    donation = models.ForeignKey(Donation, models.PROTECT, related_name="refunds")
    no = models.PositiveSmallIntegerField()
    amount_minor = MinorField(_("amount"))
    settled_minor = MinorField(null=True, help_text="in the currency in which the gift was settled")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=64, blank=True, help_text="the provider's name of the refund")
    state = WorkflowState(choices=GivingBackState, default=GivingBackState.PROPOSED)

    objects = GivingBackQuerySet.as_manager()
    private_fields = ("reference",)
    state_tones = {"proposed": "wait", "confirmed": "wait", "done": "ok", "failed": "no"}

    class Meta:
        """Two people, or the provider itself."""

        ordering = ("donation_id", "no")
        constraints = (
            models.UniqueConstraint(fields=("donation", "no"), name="giving_back_no_once"),
            models.UniqueConstraint(
                fields=("donation",),
                condition=Q(state__in=[GivingBackState.PROPOSED, GivingBackState.CONFIRMED], proposed_by__isnull=False),
                name="giving_back_one_open",
            ),
            models.UniqueConstraint(fields=("reference",), condition=~Q(reference=""), name="giving_back_known_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="giving_back_above_zero"),
            models.CheckConstraint(condition=Q(state__in=GivingBackState.values), name="giving_back_state_known"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="giving_back_two_people",
            ),
        )

    def __str__(self) -> str:
        """Gift and number."""
        return f"{self.donation.ref}/{self.no}"

    def get_absolute_url(self) -> str:
        """The gift's page."""
        return self.donation.get_absolute_url()

    @property
    def key(self) -> str:
        """The name of this refund with the provider, for ever."""
        return f"{self.donation.key}:r{self.no}"

    @transition(
        field=state,
        source=GivingBackState.PROPOSED,
        target=GivingBackState.CONFIRMED,
        permission=policies()["disbursements.confirm_giving_back"],
        custom={"label": _("Give it back"), "style": "primary", "next": _("The card provider is told at once.")},
    )
    def confirm(self, *, confirmer: Any, settled_minor: int, when: Any) -> None:
        """A second treasurer looked at it."""
        self.confirmed_by, self.confirmed_at, self.settled_minor = confirmer, when, settled_minor

    @transition(
        field=state,
        source=GivingBackState.PROPOSED,
        target=GivingBackState.DECLINED,
        permission=policies()["disbursements.decline_giving_back"],
        custom={"label": _("Do not give it back"), "side": True},
    )
    def decline(self) -> None:
        """The gift stays."""

    @transition(
        field=state,
        source=[GivingBackState.CONFIRMED, GivingBackState.PROPOSED],
        target=GivingBackState.DONE,
        permission=MOVE,
        custom=_system(_("The provider gave it back")),
    )
    def finish(self, *, reference: str, settled_minor: int) -> None:
        """Done by the provider; one that was made there, not here, comes without people of ours."""
        self.reference, self.settled_minor = reference, settled_minor

    @transition(
        field=state,
        source=[GivingBackState.CONFIRMED, GivingBackState.DONE],
        target=GivingBackState.FAILED,
        permission=MOVE,
        custom=_system(_("It was not given back"), side=True),
    )
    def fail(self) -> None:
        """The provider or the donor's bank did not take it; the money stays with the fund."""
