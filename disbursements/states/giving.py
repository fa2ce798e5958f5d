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
