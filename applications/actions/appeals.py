"""Appeals: lodge one, give an opinion, take it back. The opinions decide; nobody types a decision."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from applications.actions.reviewing import lock
from applications.actions.screening import correct_application
from applications.models import AgendaItem, Appeal, AppealOpinion
from applications.states import AGREEING, ApplicationState, OpinionValue
from fundmgmt.access import require
from fundmgmt.formats import words
from fundmgmt.models import StaleObject, StepRefused, next_ref
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    import datetime as dt

    from applications.models import Application
    from fundmgmt.models import User


def decision_open(application: Application, day: dt.date) -> dt.datetime:
    """When the decision was taken that may be appealed against on this day. StepRefused: too late, or lodged before."""
    decided, until = application.decided_at, application.appeal_until_date
    if decided is None or until is None:
        raise StepRefused(_("There is no decision to appeal against."))
    if application.appeals.filter(refused_at=decided).exists():
        raise StepRefused(_("Your organisation has appealed against this decision already. That can be done once."))
    if day > until:
        raise StepRefused(_("The time for an appeal ended on %(day)s.") % {"day": words.day(until)})
    return decided


def lodge_appeal(
    application: Application, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Appeal:
    """The organisation appeals against the decision that stands, until its last day and once."""
    if not reason.strip():
        raise StepRefused(_("Say which point you see differently, and why."), field="reason")
    with transaction.atomic():
        fresh = lock(application)
        if expected_version is not None and fresh.version != expected_version:
            raise StaleObject
        require(by, "applications.lodge_appeal", fresh)
        day = timezone.localdate(at)
        refused_at = decision_open(fresh, day)
        ref, _slash, number = fresh.decision_ref.partition("/")
        appeal = Appeal(
            ref=next_ref("AP", day.year),
            application=fresh,
            thread=fresh.thread,
            against=fresh.state,
            item=AgendaItem.objects.get(meeting__ref=ref, no=int(number)) if ref else None,
            refused_by=fresh.decided_by,
            refused_at=refused_at,
            reason=reason.strip(),
            lodged_by=by,
            lodged_at=at,
        )
        facts = {"ref": appeal.ref, "against": fresh.state, "until": fresh.appeal_until_date}
        if ref:
            facts["decision"] = fresh.decision_ref
        return begin(appeal, by=by, at=at, facts=facts)


def give_opinion(
    appeal: Appeal, *, value: str, reason: str, by: User, at: dt.datetime, expected_version: int | None = None
) -> Appeal:
    """One person who took no part says what should happen. The second of one opinion decides the appeal.

    The journal counts opinions; what each said opens once the appeal is decided, so that nobody follows another.
    """
    if value not in OpinionValue.values:
        raise StepRefused(_("Choose one of the answers."), field="value")
    if not reason.strip():
        raise StepRefused(_("Say why: the organisation reads it once the appeal is decided."), field="reason")
    with transaction.atomic():
        facts = {"ref": appeal.ref, "opinion": appeal.opinions.count() + 1}
        perform(appeal, "give_opinion", by=by, at=at, facts=facts, expected_version=expected_version)
        AppealOpinion.objects.create(appeal=appeal, person=by, value=value, reason=reason.strip(), given_at=at)
        _settle(appeal, at)
    return appeal


def _settle(appeal: Appeal, at: dt.datetime) -> None:
    """Take the step that two opinions of one kind decide."""
    count = Counter(appeal.opinions.values_list("value", flat=True))
    facts = {"ref": appeal.ref, "allow": count[OpinionValue.ALLOW], "dismiss": count[OpinionValue.DISMISS]}
    if facts["dismiss"] == AGREEING:
        perform(appeal, "dismiss", by=None, at=at, facts=facts, decided_at=at)
    elif facts["allow"] == AGREEING:
        perform(appeal, "uphold", by=None, at=at, facts=facts, decided_at=at)
        application = appeal.application
        with translation.override(application.language):
            reason = str(_("Appeal %(ref)s upheld.") % {"ref": appeal.ref})
        step = _way_back(application)
        correct_application(application, step, reason=reason, by=None, at=at, facts={"appeal": appeal.ref})


def _way_back(application: Application) -> str:
    """The application's own correction to where it was refused."""
    if application.state == ApplicationState.INELIGIBLE:
        return "correct_to_check"
    return "correct_to_committee" if application.decision_ref else "correct_to_due_diligence"


def withdraw_appeal(
    appeal: Appeal, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Appeal:
    """The organisation takes its appeal back; the decision stands."""
    facts = {"ref": appeal.ref}
    return perform(appeal, "withdraw", by=by, at=at, reason=reason, facts=facts, expected_version=expected_version)
