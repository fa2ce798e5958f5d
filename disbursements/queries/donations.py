"""Reading gifts: what may be chosen on the public page, how a gift stands, and the list for the fund."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from disbursements.models import Dispute, DisputeAnswer, Donation, Earmark, GivingBack
from fundmgmt.rules import rules

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

LIMITS = ["donation_min_minor", "donation_max_minor"]


def limits_of_gifts(on: dt.date) -> tuple[int, int]:
    """Least and largest gift, in minor units of whatever currency it is given in (one query)."""
    found = rules(LIMITS, on)
    return found[LIMITS[0]].value, found[LIMITS[1]].value


def aims_of_gifts(language: str, on: dt.date) -> list[tuple[Earmark, str]]:
    """What visitors may give for beside anything: the fund's own choice of earmarks, in words (two queries)."""
    texts = rules(["donation_aims"], on)["donation_aims"].value
    rows = Earmark.objects.filter(code__in=texts).order_by("code")
    return [(row, texts[row.code].get(language) or texts[row.code]["en"]) for row in rows]


def said_aim(earmark: Earmark | None, language: str, on: dt.date) -> str:
    """An earmark in words for who gave; its own label when the fund offers it no longer. Empty for anything."""
    if earmark is None:
        return ""
    texts = rules(["donation_aims"], on)["donation_aims"].value.get(earmark.code, {})
    return str(texts.get(language) or texts.get("en") or earmark.label)


def gift_by_token(token: Any) -> Donation | None:
    """The gift of whoever holds its token."""
    rows = Donation.objects.select_related("earmark", "receipt").prefetch_related("disputes")
    return rows.filter(token=token).first()


def gifts_for_list(user: Any) -> QuerySet[Donation]:
    """Gifts, newest first, with their disputes."""
    return Donation.objects.visible_to(user).select_related("earmark").prefetch_related("disputes")


def gift_for_detail(user: Any) -> QuerySet[Donation]:
    """One gift with what was given back."""
    refunds = GivingBack.objects.select_related("proposed_by", "confirmed_by").order_by("no")
    rows = Donation.objects.visible_to(user).select_related("earmark", "receipt", "contribution__donor")
    answers = DisputeAnswer.objects.select_related("proposed_by", "confirmed_by").order_by("no")
    disputes = Dispute.objects.order_by("pk").prefetch_related("movements", Prefetch("answers", queryset=answers))
    return rows.prefetch_related(Prefetch("refunds", queryset=refunds), Prefetch("disputes", queryset=disputes))


def disputes_for(user: Any) -> QuerySet[Dispute]:
    """Disputes with their gift."""
    return Dispute.objects.visible_to(user).select_related("donation")


def dispute_answers_for(user: Any) -> QuerySet[DisputeAnswer]:
    """Answers with their dispute and gift."""
    return DisputeAnswer.objects.visible_to(user).select_related("dispute__donation", "proposed_by")


def refunds_for(user: Any) -> QuerySet[GivingBack]:
    """Refunds with their gift."""
    return GivingBack.objects.visible_to(user).select_related("donation", "proposed_by")
