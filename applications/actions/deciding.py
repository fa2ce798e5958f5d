"""What a decision does to an application: the Committee's, applied by the system; a micro grant's, by an officer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from applications.actions.reviewing import lock
from applications.models import AgendaItem, Application, AwardCondition, DueDiligence, Moderation
from applications.queries.appeals import appeal_day
from applications.states import ABOUT_APPLICATION, DecisionType
from fundmgmt.access import require
from fundmgmt.models import StepRefused
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from fundmgmt.models import User


def last_diligence(application: Application) -> DueDiligence:
    """Due diligence finished since the scores were fixed; StepRefused when there is none."""
    found = DueDiligence.objects.filter(application=application).first()
    scored = Moderation.objects.filter(application=application).first()
    if found is None or scored is None or found.finished_at < scored.moderated_at:
        raise StepRefused(_("Due diligence is not finished: finish it first."))
    return found


def check_award(application: Application, *, conditions: int, departs_because: str, by_committee: bool) -> None:
    """The rules that stand before an award: safeguarding gate, due diligence, thresholds. Raises StepRefused."""
    diligence = last_diligence(application)
    scored = Moderation.objects.get(application=application)
    if diligence.no_award:
        raise StepRefused(
            _("Due diligence found a high risk or a match: no award is possible. Propose to reject or to return it.")
        )
    if not scored.gate_met:
        raise StepRefused(
            _("Child safeguarding scored below its least score: the rule allows no award, whatever the total.")
        )
    if not scored.meets and not by_committee:
        raise StepRefused(
            _("The scores are below a threshold: only the Committee may depart from them. Send it there.")
        )
    if not scored.meets and not departs_because.strip():
        raise StepRefused(
            _("The scores are below a threshold: write why the Committee may depart from them."),
            field="departs_because",
        )
    if diligence.needs_conditions and not conditions:
        raise StepRefused(
            _("Due diligence found a significant risk or left items open: an award needs at least one condition."),
            field="conditions",
        )


def add_conditions(
    rows: Iterable[Mapping[str, Any]], *, item: AgendaItem | None = None, application: Application | None = None
) -> list[AwardCondition]:
    """Write conditions: each a mapping of text, owner, due_date, kind and before_tranche (the last three may lack)."""
    last = AwardCondition.objects.filter(item=item, application=application).order_by("-no").first()
    start = last.no if last else 0
    made = []
    for number, row in enumerate(rows, start=start + 1):
        if not str(row.get("text", "")).strip():
            raise StepRefused(_("Write the condition in a sentence."), field="text")
        made.append(
            AwardCondition.objects.create(
                item=item,
                application=application,
                no=number,
                text=str(row["text"]).strip(),
                kind=row.get("kind") or "named",
                owner=row.get("owner") or "grantee",
                due_date=row.get("due_date"),
                before_tranche=row.get("before_tranche"),
            )
        )
    return made


def conditions_of(application: Application) -> list[AwardCondition]:
    """Conditions of the decision that stands: of the carried item, or of the officer's approval."""
    if application.decision_ref:
        ref, _slash, number = application.decision_ref.partition("/")
        return list(AwardCondition.objects.filter(item__meeting__ref=ref, item__no=int(number)))
    return list(AwardCondition.objects.filter(application=application))


def approve_application(
    application: Application,
    *,
    by: User | None,
    at: dt.datetime,
    amount_minor: int | None = None,
    reason: str = "",
    conditions: Iterable[Mapping[str, Any]] = (),
    expected_version: int | None = None,
) -> Application:
    """An officer approves a micro grant; the next meeting lists it for information. Amount in minor units."""
    with transaction.atomic():
        fresh = lock(application)
        require(by, "applications.approve_micro", fresh)
        rows = list(conditions)
        check_award(fresh, conditions=len(rows), departs_because="", by_committee=False)
        AwardCondition.objects.filter(application=fresh).delete()
        add_conditions(rows, application=fresh)
        amount = fresh.requested_minor if amount_minor is None else amount_minor
        facts: dict[str, Any] = {"amount_minor": amount, "currency": fresh.currency, "window": fresh.window}
        if rows:
            facts["conditions"] = len(rows)
        return perform(
            application,
            "approve_with_conditions" if rows else "approve",
            by=by,
            at=at,
            reason=reason,
            facts=facts,
            expected_version=expected_version,
            decided_at=at,
            amount_minor=amount,
            decided_by=by,
        )


def reject_application(
    application: Application, *, by: User | None, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Application:
    """An officer does not select a micro grant; the organisation may appeal."""
    with transaction.atomic():
        fresh = lock(application)
        require(by, "applications.approve_micro", fresh)
        last_diligence(fresh)
        if not reason.strip():
            raise StepRefused(_("Write the reason: the organisation reads it."), field="reason")
        until = appeal_day(at)
        return perform(
            application,
            "reject",
            by=by,
            at=at,
            reason=reason,
            facts={"appeal_until": until},
            expected_version=expected_version,
            decided_at=at,
            appeal_until_date=until,
            decided_by=by,
        )


def apply_decision(item: AgendaItem, *, by: User | None, at: dt.datetime, reason: str = "") -> Application | None:
    """Carry a decision of the Committee over to the application; None when it is about something else.

    The system takes the step, since the votes decided; `by` is the officer who recorded it. Decisions about grants,
    practices and rules are told by the item's own entry in the project's thread, where the next stage listens.
    """
    if item.decision_type not in ABOUT_APPLICATION or item.application is None:
        return None
    application = item.application
    conditions = item.conditions.count()
    facts: dict[str, Any] = {
        "decision": item.ref,
        "rule": item.counts["why"],
        "in_favour": item.counts["in_favour"],
        "against": item.counts["against"],
        "abstain": item.counts["abstain"],
    }
    if item.decision_type in {DecisionType.DEFER, DecisionType.RETURN}:
        return perform(
            application, "defer", by=None, at=at, reason=reason, facts=facts, decided_at=at, decision_ref=item.ref
        )
    if item.decision_type == DecisionType.REJECT:
        until = appeal_day(at)
        facts["appeal_until"] = until
        body: dict[str, Any] = {"appeal_until_date": until}
        step = "reject"
    else:
        amount = application.requested_minor if item.amount_minor is None else item.amount_minor
        facts |= {"amount_minor": amount, "currency": application.currency, "window": application.window}
        step = "approve"
        if conditions:
            step, facts["conditions"] = "approve_with_conditions", conditions
        body = {"amount_minor": amount}
    return perform(
        application,
        step,
        by=None,
        at=at,
        reason=reason,
        facts=facts,
        decided_at=at,
        decision_ref=item.ref,
        decided_by=by,
        **body,
    )
