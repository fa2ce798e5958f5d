"""What is known about an organisation's bank details and the number to call about them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _t

from disbursements.models import BankDetail, Tranche
from disbursements.queries.checks import Check
from disbursements.states import TrancheState
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import moment, money
from fundmgmt.journal import subject_of
from fundmgmt.models import JournalEntry
from fundmgmt.rules import rule, rules

if TYPE_CHECKING:
    from fundmgmt.models import Organisation


def number_on_file(organisation: Organisation, at: dt.datetime) -> str:
    """The number to call about a change, whoever asks for it.

    The organisation's own, unless that changed lately too: then the number that was called about the details before.
    """
    before = BankDetail.objects.filter(organisation=organisation, verified_at__isnull=False).order_by("-no").first()
    last = before.called_number if before else ""
    since = at - dt.timedelta(days=rule("phone_settled_days", timezone.localdate(at)).value)
    described = JournalEntry.objects.filter(
        subject=subject_of(organisation), kind="fundmgmt.organisation.describe", at__gt=since, at__lte=at
    )
    changed = any("phone" in entry.facts.get("fields", ()) for entry in described)
    return last if changed and last else organisation.phone or last


def bank_steps(detail: BankDetail, on: dt.date) -> list[Check]:
    """What happens with new details, and when: the same for the grantee and for the fund."""
    book = rules(["bank_change_wait_hours", "first_payment_cap_minor", "functional_currency"], on)
    earlier = BankDetail.objects.filter(organisation=detail.organisation_id, no__lt=detail.no)
    changed = earlier.filter(verified_at__isnull=False).exists()
    steps = [Check("entered", _t("Handed in"), met=True, reason=in_words(detail.entered_at))]
    if changed:
        words = _t("everybody the fund knew before gets a mail; approved payments go back to be approved anew")
        steps.append(Check("told", _t("Notice to those known before"), met=True, reason=words))
    steps.append(_call(detail))
    hours = book["bank_change_wait_hours"].value
    if changed:
        steps.append(_wait(detail, hours, on))
        cap = money(book["first_payment_cap_minor"].value, book["functional_currency"].value)
        proven = Tranche.objects.filter(bank_detail=detail, state=TrancheState.CONFIRMED).exists()
        words = _t("at most %(cap)s, until you confirm that it arrived") % {"cap": cap}
        rule_of = "first_payment_cap_minor"
        steps.append(Check("first", _t("First payment"), met=proven or None, reason=words, rule=rule_of))
    return steps


def _call(detail: BankDetail) -> Check:
    label = _t("Call-back to the number on file before")
    if detail.number_on_file:
        label = _t("Call-back to the number on file before, ending %(tail)s") % {"tail": detail.number_on_file[-2:]}
    if detail.refused_at:
        return Check("call", label, met=False, reason=_t("not confirmed; these details are not used"))
    if detail.verified_at:
        return Check("call", label, met=True, reason=in_words(detail.verified_at))
    return Check("call", label, met=None, reason=_t("a second person still calls"))


def _wait(detail: BankDetail, hours: int, on: dt.date) -> Check:
    label, key = _t("Wait before the first use"), "bank_change_wait_hours"
    if detail.usable_from:
        reason = _t("until %(when)s") % {"when": moment(detail.usable_from)}
        over = timezone.localdate(detail.usable_from) < on or None  # still to come is neither met nor failed
        return Check("wait", label, met=over, reason=reason, rule=key)
    reason = _t("at least %(hours)s hours from the day they were handed in") % {"hours": hours}
    return Check("wait", label, met=None, reason=reason, rule=key)
