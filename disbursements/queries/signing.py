"""How an agreement can be signed and how it was: codes on their way, signatures by hand."""

from __future__ import annotations

import datetime as dt
import hmac
from typing import TYPE_CHECKING, Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from disbursements.models import Grant, PaperSignature, SigningCode
from disbursements.states import CodeChannel, GrantState
from fundmgmt import sms
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from fundmgmt.models import Paper, User

KEYS = ["signing_code_minutes", "signing_code_digits", "signing_code_attempts", "signing_codes_a_day"]


def code_rules(on: dt.date) -> dict[str, int]:
    """The numbers of a code on a day, by the last words of their keys."""
    return {key.removeprefix("signing_").removeprefix("code_"): row.value for key, row in rules(KEYS, on).items()}


def channels_of(user: User) -> list[tuple[str, str]]:
    """Where a code may go: what this account has, with the address half hidden."""
    found = []
    if user.email:
        name, _at, host = user.email.partition("@")
        shown = _("by e-mail to %(address)s") % {"address": f"{name[:1]}…@{host}"}
        found.append((CodeChannel.EMAIL.value, shown))
    number = sms.full_number(user.phone) if sms.reads_texts() else ""
    if number:
        found.append((CodeChannel.SMS.value, _("by message to the phone that ends in %(end)s") % {"end": number[-3:]}))
    return found


def code_digest(row: SigningCode, typed: str) -> str:
    """What is kept of a code: useless for another text, another person and without the fund's secret."""
    bound = f"{row.salt}:{row.paper.sha256}:{row.person_id}:{typed}"
    return salted_hmac("disbursements.signing", bound, algorithm="sha256").hexdigest()


def fits(row: SigningCode, typed: str) -> bool:
    """Whether this is the code that was sent; spaces do not count."""
    return bool(row.digest) and hmac.compare_digest(row.digest, code_digest(row, "".join(typed.split())))


def newest_code(grant: Grant, user: Any) -> SigningCode | None:
    """The code that counts for this person, if one was asked for."""
    return grant.signing_codes.filter(person=user).select_related("paper", "person").last()


def signable(grant: Grant) -> bool:
    """Whether the grantee's signature is what the agreement waits for."""
    return grant.state == GrantState.AGREEMENT_DRAFT and grant.grantee_signed_at is None


def unsent_code(grant: Grant) -> SigningCode | None:
    """The last code that was asked for, when it could not be sent and the agreement waits for it still."""
    row = grant.signing_codes.filter(paper=grant.agreement_paper_id).last() if signable(grant) else None
    return row if row is not None and row.unsent_at else None


def waiting_code(grant: Grant, user: Any, now: dt.datetime) -> SigningCode | None:
    """A code that can still sign the present text."""
    row = newest_code(grant, user)
    if row is None or row.paper_id != grant.agreement_paper_id or row.used_at or row.unsent_at or row.expires_at <= now:
        return None
    return row


class NotReady(LookupError):
    """Programming error: there is no text to sign yet."""


def text_of(grant: Grant) -> Paper:
    """The paper that is signed, or was."""
    if grant.agreement_paper is None:
        raise NotReady(grant.ref)
    return grant.agreement_paper


def hand_of(grant: Grant) -> PaperSignature | None:
    """The signature by hand under the present text, if the grantee signed so."""
    if grant.signature_recorded_by_id is None or grant.agreement_paper_id is None:
        return None
    found = PaperSignature.objects.filter(paper_id=grant.agreement_paper_id)
    return found.select_related("copy", "recorded_by").first()
