"""Donors, what they promise and what they give."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PledgeState(models.TextChoices):
    """Life of a donor's promise."""

    ANNOUNCED = "announced", pgettext_lazy("pledge", "announced")
    SIGNED = "signed", pgettext_lazy("pledge", "signed")
    PARTLY_PAID = "partly_paid", pgettext_lazy("pledge", "partly paid")
    PAID = "paid", pgettext_lazy("pledge", "paid")
    WRITTEN_OFF = "written_off", pgettext_lazy("pledge", "written off")


class DonationState(models.TextChoices):
    """Life of a gift made on the public page. Nothing counts as paid before the card provider has confirmed it."""

    BEGUN = "begun", pgettext_lazy("gift", "begun")
    WAITING = "waiting", pgettext_lazy("gift", "on its way")
    PAID = "paid", pgettext_lazy("gift", "paid")
    PART_REFUNDED = "part_refunded", pgettext_lazy("gift", "partly given back")
    REFUNDED = "refunded", pgettext_lazy("gift", "given back")
    FAILED = "failed", pgettext_lazy("gift", "failed")
    EXPIRED = "expired", pgettext_lazy("gift", "expired")


GIFT_HELD = (DonationState.PAID, DonationState.PART_REFUNDED, DonationState.REFUNDED)


class GivingBackState(models.TextChoices):
    """Giving a gift back: proposed by one treasurer, confirmed by another, done when the provider says so."""

    PROPOSED = "proposed", pgettext_lazy("refund", "proposed")
    CONFIRMED = "confirmed", pgettext_lazy("refund", "confirmed")
    DONE = "done", pgettext_lazy("refund", "done")
    FAILED = "failed", pgettext_lazy("refund", "failed")
    DECLINED = "declined", pgettext_lazy("refund", "declined")


class DisputeState(models.TextChoices):
    """A giver's bank asks for a gift: a question first or at once a dispute, which takes the money until it is won."""

    ASKED = "asked", pgettext_lazy("dispute", "question of the bank")
    OPEN = "open", pgettext_lazy("dispute", "open")
    ANSWERED = "answered", pgettext_lazy("dispute", "answered, the bank decides")
    CLOSED = "closed", pgettext_lazy("dispute", "closed")
    LOST = "lost", pgettext_lazy("dispute", "lost")
    WON = "won", pgettext_lazy("dispute", "won")


DISPUTE_BARS = (DisputeState.OPEN, DisputeState.ANSWERED, DisputeState.LOST)  # the provider gives nothing back then
DISPUTE_UNDECIDED = (DisputeState.ASKED, DisputeState.OPEN, DisputeState.ANSWERED)


class DisputeReason(models.TextChoices):
    """Why a gift is disputed, in the provider's codes."""

    FRAUDULENT = "fraudulent", pgettext_lazy("dispute", "The holder of the card says that they did not give.")
    UNRECOGNIZED = "unrecognized", pgettext_lazy("dispute", "The holder of the card does not recognise the payment.")
    DUPLICATE = "duplicate", pgettext_lazy("dispute", "The giver says that it was taken twice.")
    NOT_RECEIVED = "product_not_received", pgettext_lazy("dispute", "The giver says that nothing came of it.")
    UNACCEPTABLE = "product_unacceptable", pgettext_lazy("dispute", "The giver says that it is not what was agreed.")
    NOT_CREDITED = "credit_not_processed", pgettext_lazy("dispute", "The giver still waits for money to be given back.")
    CANCELED = "subscription_canceled", pgettext_lazy("dispute", "The giver says that they had ended their gifts.")
    NOT_AUTHORISED = "debit_not_authorized", pgettext_lazy("dispute", "The giver says that the debit was not agreed.")
    BY_CUSTOMER = "customer_initiated", pgettext_lazy("dispute", "The giver asked the bank for the money.")
    NO_FUNDS = "insufficient_funds", pgettext_lazy("dispute", "The giver's account did not hold enough.")
    ACCOUNT = "incorrect_account_details", pgettext_lazy("dispute", "The details of the giver's account were wrong.")
    BANK = "bank_cannot_process", pgettext_lazy("dispute", "The giver's bank could not make the payment.")
    CHECK = "check_returned", pgettext_lazy("dispute", "The giver's cheque came back.")
    NONCOMPLIANT = "noncompliant", pgettext_lazy("dispute", "The card network says that its rules were not kept.")
    GENERAL = "general", pgettext_lazy("dispute", "The bank gives no particular reason.")


class DisputeAnswerKind(models.TextChoices):
    """What the fund says to the bank."""

    EVIDENCE = "evidence", _("Send evidence: the gift was made as it stands in our books")
    ACCEPT = "accept", _("Accept: the money stays with the giver")


class DisputeAnswerState(models.TextChoices):
    """An answer: proposed by one treasurer, confirmed by another, then told to the provider once."""

    PROPOSED = "proposed", pgettext_lazy("answer to a dispute", "proposed")
    CONFIRMED = "confirmed", pgettext_lazy("answer to a dispute", "confirmed")
    SENT = "sent", pgettext_lazy("answer to a dispute", "sent")
    FAILED = "failed", pgettext_lazy("answer to a dispute", "not taken")
    DECLINED = "declined", pgettext_lazy("answer to a dispute", "declined")


class DonorKind(models.TextChoices):
    """Kinds of donor."""

    PRIVATE = "private_sector", _("Private sector")
    FOUNDATION = "foundation", _("Foundation")
    GOVERNMENT = "government", _("Government")
    INTERNATIONAL = "international_organisation", _("International organisation")
    PERSON = "person", _("Person")


class CheckOutcome(models.TextChoices):
    """What a check of a donor found."""

    CLEAR = "clear", pgettext_lazy("donor check", "nothing against this donor")
    CONDITIONS = "conditions", pgettext_lazy("donor check", "accepted with conditions")
    REFUSED = "refused", pgettext_lazy("donor check", "its money is not accepted")
