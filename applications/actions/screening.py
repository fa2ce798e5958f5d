"""Screening: the eligibility questions answered one by one, what is computed beside them, and what follows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application, EligibilityCheck, SectionReturn
from applications.queries.appeals import appeal_day
from applications.queries.checks import Check, computed_checks
from applications.states import EligibilityAnswer, Section
from fundmgmt.formats import words
from fundmgmt.models import RubricItem, StaleObject, StepRefused
from fundmgmt.queries import catalogues
from fundmgmt.rules import rule
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fundmgmt.models import User

ELIGIBILITY = RubricItem.Rubric.ELIGIBILITY


class QuestionsOpen(StepRefused):
    """Eligibility questions without a clear answer."""


class NotEligible(StepRefused):
    """An answer or a computed check says no: it cannot be accepted."""


class NothingFailed(StepRefused):
    """Nothing says no: it cannot be found ineligible."""


def begin_check(
    application: Application, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> Application:
    """An officer takes a submitted application up."""
    return perform(application, "begin_check", by=by, at=at, expected_version=expected_version)


def answer_item(
    application: Application,
    item: str,
    answer: str,
    *,
    note: str = "",
    by: User,
    at: dt.datetime,
    expected_version: int | None = None,
) -> EligibilityCheck:
    """Answer one question of the rubric (EL-01 to EL-10) in this round; anything but yes needs a note."""
    if not RubricItem.objects.filter(code=item, rubric=ELIGIBILITY).exists():
        raise StepRefused(_("There is no such question."), field=item)
    if answer not in EligibilityAnswer.values:
        raise StepRefused(_("Choose one of the answers."), field=item)
    if answer != EligibilityAnswer.YES and not note.strip():
        raise StepRefused(_("Say why in a few words: the organisation will read it."), field=f"{item}-note")
    with transaction.atomic():
        facts = {"item": item, "answer": answer, "round": application.submissions}
        perform(application, "answer_check", by=by, at=at, facts=facts, expected_version=expected_version)
        row, _made = EligibilityCheck.objects.update_or_create(
            application=application,
            round=application.submissions,
            item=item,
            defaults={"answer": answer, "note": note.strip(), "answered_by": by, "answered_at": at},
        )
    return row


def answer_items(
    application: Application,
    answers: Mapping[str, tuple[str, str]],
    *,
    by: User,
    at: dt.datetime,
    expected_version: int | None = None,
) -> Application:
    """Answer several questions: code to (answer, note). Answers that stand already are left alone; all or nothing."""
    with transaction.atomic():
        fresh = Application.objects.select_for_update(of=("self",), no_key=True).get(pk=application.pk)
        if expected_version is not None and fresh.version != expected_version:
            raise StaleObject
        standing = answers_of(fresh)
        for item, (answer, note) in answers.items():
            row = standing.get(item)
            if row is None or (row.answer, row.note) != (answer, note.strip()):
                answer_item(fresh, item, answer, note=note, by=by, at=at)
        application.refresh_from_db()
    return application


def answers_of(application: Application) -> dict[str, EligibilityCheck]:
    """Answers of the present round by item (one query)."""
    return {row.item: row for row in application.eligibility_checks.filter(round=application.submissions)}


def unanswered(application: Application) -> int:
    """How many eligibility questions have no answer in the present round (two queries)."""
    answered = answers_of(application)
    return sum(item.code not in answered for item in catalogues.rubric("eligibility"))


def failed_parts(application: Application, at: dt.datetime) -> tuple[list[str], list[Check]]:
    """Eligibility items answered no, and computed checks that do not hold."""
    items = [code for code, row in answers_of(application).items() if row.answer == EligibilityAnswer.NO]
    computed = computed_checks(application, timezone.localdate(at))
    return items, [check for check in computed if check.met is False]


def _lock(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",), no_key=True).select_related("call")
    return rows.get(pk=application.pk)


def accept_for_review(
    application: Application, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> Application:
    """Eligible. Every question is answered yes and every computed check holds: here window and caps bind.

    Raises QuestionsOpen or NotEligible naming what stands against it.
    """
    with transaction.atomic():
        fresh = _lock(application)
        answers = answers_of(fresh)
        items = list(RubricItem.objects.filter(rubric=ELIGIBILITY).values_list("code", flat=True))
        unclear = [i for i in items if i not in answers or answers[i].answer == EligibilityAnswer.UNCLEAR]
        failed, checks = failed_parts(fresh, at)
        if failed or checks:
            against = [*failed, *(f"{check.label} ({check.reason})" for check in checks)]
            raise NotEligible(
                _("It cannot be accepted as it stands: %(against)s. Send it back for changes, or find it not eligible.")
                % {"against": words.listed(against)}
            )
        if unclear:
            raise QuestionsOpen(_("Answer these questions first: %(items)s.") % {"items": ", ".join(unclear)})
        facts = {
            "round": fresh.submissions,
            "items_met": len(items),
            "items": len(items),
            "window": fresh.window,
            "amount_minor": fresh.requested_minor,
            "currency": fresh.currency,
        }
        return perform(
            application,
            "accept",
            by=by,
            at=at,
            facts=facts,
            reason=reason,
            expected_version=expected_version,
            decided_by=by,
        )


def return_application(
    application: Application,
    *,
    sections: Mapping[str, str],
    by: User,
    at: dt.datetime,
    reason: str = "",
    answer_by_date: dt.date | None = None,
    expected_version: int | None = None,
) -> Application:
    """Send it back: section code to what should change there. Only these sections open again."""
    wanted = {Section(code): why.strip() for code, why in sections.items() if why.strip()}
    if not wanted:
        raise StepRefused(_("Choose at least one part and say what should change there."))
    day = timezone.localdate(at)
    answer_by_date = answer_by_date or day + dt.timedelta(days=rule("return_answer_days", day).value)
    if answer_by_date <= day:
        raise StepRefused(_("Choose a day that is still to come."), field="answer_by_date")
    with transaction.atomic():
        perform(
            application,
            "return_to_applicant",
            by=by,
            at=at,
            reason=reason,
            facts={"sections": [str(code) for code in wanted], "answer_by": answer_by_date},
            expected_version=expected_version,
            decided_by=by,
            answer_by_date=answer_by_date,
        )
        SectionReturn.objects.bulk_create(
            SectionReturn(
                application=application, round=application.submissions, section=code, reason=why, returned_at=at
            )
            for code, why in wanted.items()
        )
    return application


def find_ineligible(
    application: Application, *, reason: str, by: User, at: dt.datetime, expected_version: int | None = None
) -> Application:
    """It cannot be considered; the notice names the failed items and the last day for an appeal.

    Raises NothingFailed when no question is answered no and every computed check holds.
    """
    with transaction.atomic():
        failed, checks = failed_parts(_lock(application), at)
        if not failed and not checks:
            raise NothingFailed(_("No question is answered no. Answer the question it fails, with a note, first."))
        appeal_until = appeal_day(at)
        return perform(
            application,
            "find_ineligible",
            by=by,
            at=at,
            reason=reason,
            facts={
                "failed": failed,
                "caps": [check.code for check in checks],
                "appeal_until": appeal_until,
                "round": application.submissions,
            },
            expected_version=expected_version,
            decided_by=by,
            decided_at=at,
            appeal_until_date=appeal_until,
        )


def correct_application(
    application: Application,
    step: str,
    *,
    reason: str,
    by: User | None,
    at: dt.datetime,
    facts: dict[str, Any] | None = None,
    expected_version: int | None = None,
) -> Application:
    """One audited step back (correct_to_submitted, _check, _review, _due_diligence, _committee) with its reason."""
    if not reason.strip():
        raise StepRefused(_("Say why: the story of the project keeps it."), field="reason")
    with transaction.atomic():
        perform(application, step, by=by, at=at, reason=reason, facts=facts, expected_version=expected_version)
        if step == "correct_to_check":
            application.section_returns.filter(answered_at__isnull=True).update(answered_at=at)
    return application
