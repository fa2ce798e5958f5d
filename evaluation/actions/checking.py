"""Milestones and visits: what the fund saw for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from disbursements.actions import conditions
from disbursements.actions.guarding import note_finding
from disbursements.actions.locking import lock_grant
from disbursements.queries.calendar import milestone_days
from disbursements.states import ConditionKind
from evaluation.models import MilestoneCheck, Visit, VisitFinding
from evaluation.states import FindingCategory
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.actions.papers import store_upload
from fundmgmt.workflow import StepRefused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from django.core.files.uploadedfile import UploadedFile

    from applications.models import Milestone
    from disbursements.models import Grant
    from fundmgmt.models import User


def verify_milestone(
    grant: Grant,
    milestone: Milestone,
    *,
    by: User,
    at: dt.datetime,
    checked_date: dt.date,
    evidence: str,
    upload: UploadedFile | None = None,
    shows_minor: bool | None = None,
) -> MilestoneCheck:
    """Somebody of the fund saw that it is done; conditions that wait for it are met.

    `upload` is kept as a paper of the grant. UploadRefused says what to hand in instead.
    """
    _guard(grant, milestone, by, evidence)
    with transaction.atomic():
        paper = None
        if upload is not None:
            paper = store_upload(
                grant,
                upload,
                title=f"{milestone.code} {milestone.title}"[:160],
                policy="disbursements.view_grant",
                by=by,
                at=at,
                shows_minor=shows_minor,
            )
        check = MilestoneCheck.objects.create(
            grant=grant,
            milestone=milestone,
            verified=True,
            checked_date=checked_date,
            evidence=evidence.strip(),
            paper=paper,
            by=by,
            at=at,
        )
        facts = {
            "milestone": milestone.code,
            "checked_date": checked_date,
            "due_date": milestone_days(grant)[milestone.code],
            "sha256": paper.sha256 if paper else None,
        }
        journal.record("evaluation.milestone.verify", check, by=by, at=at, facts=facts)
        for condition in _waiting(grant, milestone):
            if condition.met_at is None:
                conditions.meet(condition, by=by, at=at)
    return check


def unverify_milestone(
    grant: Grant, milestone: Milestone, *, by: User, at: dt.datetime, checked_date: dt.date, reason: str
) -> MilestoneCheck:
    """A verification was wrong; conditions that it met are open again."""
    _guard(grant, milestone, by, reason)
    last = MilestoneCheck.objects.filter(grant=grant, milestone=milestone).last()
    if last is None or not last.verified:
        raise StepRefused(_("This milestone is not verified, so there is nothing to take back."))
    with transaction.atomic():
        lock_grant(grant.pk)
        check = MilestoneCheck.objects.create(
            grant=grant,
            milestone=milestone,
            verified=False,
            checked_date=checked_date,
            evidence=reason.strip(),
            by=by,
            at=at,
        )
        facts = {"milestone": milestone.code, "checked_date": checked_date}
        journal.record("evaluation.milestone.unverify", check, by=by, at=at, facts=facts, reason=reason)
        for condition in _waiting(grant, milestone):
            if condition.met_at is not None:
                conditions.unmeet(condition, by=by, at=at, reason=reason)
    return check


def _guard(grant: Grant, milestone: Milestone, by: User, words: str) -> None:
    require(by, "evaluation.verify_milestone", grant)
    if milestone.application_id != grant.application_id:
        raise StepRefused(_("This milestone belongs to another project."))
    if not words.strip():
        raise StepRefused(_("Say what you saw, or which paper proves it."), field="evidence")


def _waiting(grant: Grant, milestone: Milestone) -> list:
    return list(grant.conditions.filter(kind=ConditionKind.MILESTONE_VERIFIED, code=milestone.code))


def finish_visit(
    visit: Visit,
    *,
    by: User,
    at: dt.datetime,
    done_date: dt.date,
    finding: str,
    satisfactory: bool,
    serious: Collection[str] = (),
    minor: Collection[str] = (),
) -> Visit:
    """Write down when it was done and what was found. Once: a second look is another visit.

    `serious` and `minor` are categories; something serious stops payments until the programme office answers it.
    """
    require(by, "evaluation.finish_visit", visit)
    if visit.done_date is not None:
        raise StepRefused(_("This visit is written down already."))
    if not finding.strip():
        raise StepRefused(_("Say in a sentence what you found."), field="finding")
    if satisfactory and serious:
        raise StepRefused(_("You found something serious: then something must change."), field="satisfactory")
    if both := set(serious) & set(minor):
        said = ", ".join(str(FindingCategory(one).label) for one in sorted(both))
        raise StepRefused(_("Serious or minor, one of the two: %(what)s.") % {"what": said}, field="minor")
    with transaction.atomic():
        lock_grant(visit.grant_id)
        visit.done_date, visit.finding, visit.satisfactory, visit.by = done_date, finding.strip(), satisfactory, by
        visit.save()
        VisitFinding.objects.bulk_create(
            VisitFinding(visit=visit, category=code, serious=bad)
            for codes, bad in ((serious, True), (minor, False))
            for code in codes
        )
        facts: dict[str, Any] = {"visit_kind": visit.kind, "done_date": done_date}
        facts |= {"finding": "ok" if satisfactory else "not_ok"}
        facts |= {"serious": sorted(serious), "minor": sorted(minor)}
        journal.record("evaluation.visit.finish", visit, by=by, at=at, facts=facts)
        if not satisfactory:
            note_finding(visit.grant, by=by, at=at, source=visit, found_date=done_date)
    return visit
