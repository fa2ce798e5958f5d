"""Appeals as pages, duties and letters read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.access import DECIDES_APPEALS
from applications.models import Appeal, AppealOpinion
from applications.models.appeals import OPINION_KIND
from applications.states import AppealState, OpinionValue
from fundmgmt.access import can
from fundmgmt.formats import words
from fundmgmt.models import JournalEntry, User
from fundmgmt.models.links import organisations_linked_to
from fundmgmt.models.people import in_force
from fundmgmt.queries.readers import holders_of
from fundmgmt.rules import rule, working_days_after

if TYPE_CHECKING:
    import datetime as dt

    from applications.models import Application
    from applications.models.appeals import AppealQuerySet

REFUSALS = ("applications.application.find_ineligible", "applications.application.reject")
AGAIN = _("You can apply again in a later call.")


def appeal_day(at: dt.datetime) -> dt.date:
    """The last day for an appeal against a notice given at this time (rule appeal_working_days)."""
    day = timezone.localdate(at)
    return working_days_after(day, rule("appeal_working_days", day).value)


def for_page(user: Any) -> AppealQuerySet:
    """One appeal with what every page about it reads."""
    rows = Appeal.objects.visible_to(user).annotate(given=Count("opinions"))
    return rows.select_related("application__organisation", "application__call", "item__meeting")


def waiting_for(user: Any) -> AppealQuerySet:
    """Open appeals on which this person may give an opinion; equals the policy applications.give_opinion."""
    rows = Appeal.objects.visible_to(user).filter(state=AppealState.LODGED)
    if not DECIDES_APPEALS(user):
        return rows.none()
    same = User.objects.filter(Q(pk=user.pk) | Q(phone_key=user.phone_key, phone_key__gt="")).values("pk")
    entries = JournalEntry.objects.filter(thread=OuterRef("thread"), actor__in=same)
    spoken = AppealOpinion.objects.filter(appeal=OuterRef("pk"), person__in=same)
    barred = user.organisation_ids | organisations_linked_to(user)
    free = rows.filter(~Exists(entries.exclude(kind=OPINION_KIND)), ~Exists(spoken))
    return free.exclude(application__organisation_id__in=barred)


def deciders_of(appeal: Appeal, day: dt.date) -> list[User]:
    """Officers and voting members, alternates too, who may give an opinion on this appeal on a day."""
    seated = Q(in_force(day, "terms__"), terms__seat__votes=True)
    officers = Q(in_force(day, "role_grants__"), role_grants__role="officer")
    people = User.objects.filter(seated | officers, is_active=True).distinct().order_by("id")
    return [one for one in people if can(one, "applications.give_opinion", appeal)]


def readers_of_new(appeal: Appeal, day: dt.date) -> list[User]:
    """Who hears of a new appeal: those who may decide it; when too few are left, whoever names people to the fund."""
    return deciders_of(appeal, day) or list(holders_of(["administrator"], day))


def reasons_given(appeal: Appeal) -> list[AppealOpinion]:
    """The opinions that decided an appeal; none while it is open."""
    wanted = {AppealState.UPHELD: OpinionValue.ALLOW, AppealState.DISMISSED: OpinionValue.DISMISS}
    value = wanted.get(AppealState(appeal.state))
    return list(appeal.opinions.filter(value=value)) if value else []


def opinions_of(appeal: Appeal) -> list[AppealOpinion]:
    """All opinions with their people, once nobody can be led by them any more."""
    return [] if appeal.state == AppealState.LODGED else list(appeal.opinions.select_related("person"))


def refusal_of(appeal: Appeal) -> str:
    """What the decision itself gave as its reason."""
    told = JournalEntry.objects.filter(thread=appeal.thread, kind__in=REFUSALS, at__lte=appeal.refused_at)
    entry = told.select_related("remark").order_by("-id").first()
    return entry.remark.text if entry is not None and entry.remark else ""


@dataclass(frozen=True)
class Standing:
    """What an organisation whose application is refused reads about its appeal, and where it leads."""

    words: object
    url: str = ""
    label: object = ""


def standing_of(application: Application, user: Any, today: dt.date) -> Standing:
    """Before the last day, after it, while the appeal runs, and once it is over (one query)."""
    row = application.appeals.filter(refused_at=F("application__decided_at")).first()
    if row is not None:
        said = {
            AppealState.LODGED: _(
                "Your appeal of %(day)s is being decided by people who took no part. You need not do anything."
            ),
            AppealState.DISMISSED: _("Your appeal was dismissed on %(day)s. This is final. %(again)s"),
            AppealState.WITHDRAWN: _("You withdrew your appeal of %(day)s. The decision stands. %(again)s"),
        }[AppealState(row.state)]
        day = words.day(timezone.localdate(row.decided_at or row.lodged_at))
        return Standing(said % {"day": day, "again": AGAIN}, row.get_absolute_url(), _("Open the appeal"))
    until = application.appeal_until_date
    if until is None or today > until:
        ended = _("The time for an appeal ended on %(day)s. %(again)s")
        return Standing(ended % {"day": words.day(until), "again": AGAIN} if until else AGAIN)
    open_ = _("You may appeal until %(day)s. Two people who took no part decide about it.") % {"day": words.day(until)}
    if not can(user, "applications.lodge_appeal", application):
        return Standing(open_)
    return Standing(
        open_, reverse("applications:appeal_new", args=[application.ref]), _("Appeal against this decision")
    )
