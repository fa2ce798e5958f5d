"""Moderation: one result from all reviews. The originals stay; the moderator's number carries a reason."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.actions.reviewing import UNDER_REVIEW, lock
from applications.models import Application, Moderation
from applications.queries import reviews as read
from applications.queries import scoring
from applications.states import ApplicationState
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import NoSuchStep, StaleObject, StepRefused
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from fundmgmt.models import User


def moderate_application(
    application: Application,
    *,
    by: User | None,
    at: dt.datetime,
    total_tenths: int | None = None,
    criteria: Mapping[str, int] | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> Application:
    """Fix the result of all reviews and go on to due diligence.

    `total_tenths` is the moderated total in tenths of a point, `criteria` moderated scores of single criteria (0 to
    5). Without them the exact mean stands. A reason is asked when scores lay too far apart or a number is changed.
    """
    with transaction.atomic():
        fresh = lock(application)
        if expected_version is not None and fresh.version != expected_version:
            raise StaleObject
        if fresh.state not in UNDER_REVIEW:
            raise NoSuchStep(_("This proposal is not in review now."))
        require(by, "applications.moderate", fresh)
        on = timezone.localdate(at)
        summary = read.summary_of(fresh, on)
        if summary.mean is None or summary.by_criterion is None:
            raise StepRefused(_("Not every review is in: the result waits for the last of them."))
        _within_the_reviews(summary, total_tenths)
        was_open = summary.needs_moderation or fresh.state == ApplicationState.MODERATION
        changed = (total_tenths is not None and total_tenths != scoring.tenths(summary.mean)) or bool(criteria)
        if (was_open or changed) and not reason.strip():
            raise StepRefused(_("Write the reason: the scores lay apart, or you changed a number."), field="reason")
        row = _keep(fresh, summary, total_tenths if changed else None, criteria or {}, reason, was_open, by, at)
        _tell(row, by, at)
        perform(
            application,
            "begin_due_diligence",
            by=by,
            at=at,
            facts={"mean_bp": row.moderated_tenths * 10, "reviews": row.reviews, "moderated": was_open or changed},
        )
    return application


def open_moderation(
    application: Application, *, by: User | None, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Application:
    """An officer asks for a talk although the ranges are within the rule; with a reason."""
    with transaction.atomic():
        summary = read.summary_of(lock(application), timezone.localdate(at))
        if not summary.all_in:
            raise StepRefused(_("Not every review is in: the result waits for the last of them."))
        facts = {"range_bp": int(summary.range * 100), "reviews": len(summary.sheets)}
        return perform(
            application,
            "begin_moderation",
            by=by,
            at=at,
            reason=reason,
            facts=facts,
            expected_version=expected_version,
        )


def _within_the_reviews(summary: read.Summary, total_tenths: int | None) -> None:
    if total_tenths is None:
        return
    totals = [scoring.tenths(sheet.total) for sheet in summary.sheets]
    if not min(totals) <= total_tenths <= max(totals):
        raise StepRefused(
            _("The moderated total lies between the lowest and the highest of the reviews."), field="total_tenths"
        )


def _keep(  # noqa: PLR0917 -- one row, each part once
    application: Application,
    summary: read.Summary,
    total_tenths: int | None,
    criteria: Mapping[str, int],
    reason: str,
    was_open: bool,
    by: User | None,
    at: dt.datetime,
) -> Moderation:
    assert summary.mean is not None
    assert summary.by_criterion is not None
    book = read.scoring_rules(timezone.localdate(at))
    unknown = set(criteria) - set(book.weights)
    if unknown or any(not 0 <= score <= scoring.TOP_SCORE for score in criteria.values()):
        raise StepRefused(_("A moderated criterion is one of the rubric, from 0 to 5."), field="criteria")
    means = {**summary.by_criterion, **{code: Fraction(score) for code, score in criteria.items()}}
    result = summary.mean if total_tenths is None else Fraction(total_tenths, 10)
    findings = scoring.thresholds(result, means, book)
    row, _made = Moderation.objects.update_or_create(
        application=application,
        defaults={
            "mean_num": summary.mean.numerator,
            "mean_den": summary.mean.denominator,
            "moderated_tenths": scoring.tenths(result),
            "criteria": {code: scoring.tenths(value * 10) for code, value in means.items()},
            "moderated_criteria": sorted(criteria),
            "reviews": len(summary.sheets),
            "was_open": was_open,
            "meets": all(finding.met for finding in findings),
            "gate_met": all(finding.met for finding in findings if finding.code == book.binding_gate),
            "findings": [vars(finding) for finding in (*summary.spread, *findings)],
            "reason": reason.strip(),
            "moderated_by": by,
            "moderated_at": at,
        },
    )
    return row


def _tell(row: Moderation, by: User | None, at: dt.datetime) -> None:
    journal.record(
        "applications.moderation.record",
        row,
        by=by,
        at=at,
        thread=row.application.thread,
        facts={
            "mean_num": row.mean_num,
            "mean_den": row.mean_den,
            "moderated_tenths": row.moderated_tenths,
            "reviews": row.reviews,
            "criteria": row.moderated_criteria,
            "meets": row.meets,
            "opened_by": [
                f["code"] or f["rule"] for f in row.findings if f["rule"].startswith("spread") and not f["met"]
            ],
        },
    )
