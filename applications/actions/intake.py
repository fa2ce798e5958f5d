"""Starting, submitting and withdrawing an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Submission
from applications.queries.checks import add_up, computed_checks, window_of
from applications.queries.progress import Missing, missing_parts
from applications.queries.snapshot import freeze
from applications.states import BEING_WRITTEN, ApplicationState
from fundmgmt.access import require
from fundmgmt.formats import words
from fundmgmt.models import StepRefused, next_ref
from fundmgmt.tasks import enqueue
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    import datetime as dt

    from applications.models import Call
    from fundmgmt.models import Organisation, User


class CallNotOpen(StepRefused):
    """The call takes no applications at this moment."""


class DraftExists(StepRefused):
    """The organisation is writing an application in this call already; `application` is that draft."""

    def __init__(self, application: Application) -> None:
        """Keep the draft, so that the page can lead there."""
        super().__init__(_("You are already writing %(ref)s in this call. Go on with it.") % {"ref": application.ref})
        self.application = application


class AlreadySubmitted(StepRefused):
    """Submitted before; nothing was sent twice."""


class PartsMissing(StepRefused):
    """Needed parts are empty; `missing` names each one with its address."""

    def __init__(self, missing: list[Missing]) -> None:
        """Keep what is missing."""
        named = ", ".join(one.what for one in missing)
        super().__init__(_("Before you can submit, these parts are still needed: %(parts)s.") % {"parts": named})
        self.missing = missing


def start_application(
    call: Call,
    organisation: Organisation,
    *,
    by: User,
    at: dt.datetime,
    language: str = "",
    title: str = "",
    external_ref: str = "",
) -> Application:
    """Begin a draft in an open call, numbered APP-<year>-nnnn in the year of `at`.

    Raises CallNotOpen, DraftExists, or Refused when the person may not write for the organisation.
    """
    language = language or by.language
    with transaction.atomic():
        application = Application(
            call=call,
            organisation=organisation,
            applicant=by,
            language=language,
            currency=call.currency,
            external_ref=external_ref,
            province=organisation.province,
            territory=organisation.territory,
            created_at=at,
            edited_at=at,
            **{f"title_{language}": title},
        )
        require(by, "applications.begin_application", application)
        if not call.takes_applications(at):
            raise CallNotOpen(_("This call is not open. Look at the calls that are open now."))
        draft = Application.objects.filter(call=call, organisation=organisation, state=ApplicationState.DRAFT).first()
        if draft is not None:
            raise DraftExists(draft)
        application.ref = next_ref("APP", timezone.localdate(at).year)
        facts = {
            "ref": application.ref,
            "call": call.ref,
            "organisation": organisation.ref,
            "external_ref": external_ref,
        }
        return begin(application, by=by, at=at, facts=facts)


def submit_application(
    application: Application, *, declared: bool, by: User, at: dt.datetime, expected_version: int | None = None
) -> Application:
    """Hand in a draft, or send back a returned one. Window and caps warn; only what is missing stops.

    `declared`: the person confirms truth, conflicts of interest and data protection for the organisation. What was
    submitted is frozen as a Submission; its PDF follows as a task. Raises AlreadySubmitted, PartsMissing, StepRefused.
    """
    with transaction.atomic():
        fresh = (
            Application.objects.select_for_update(of=("self",), no_key=True)
            .select_related("call", "organisation__fiscal_host")
            .get(pk=application.pk)
        )
        require(by, "applications.submit", fresh)
        if fresh.state not in BEING_WRITTEN and fresh.submitted_at is not None:
            raise AlreadySubmitted(
                _("This application was submitted on %(day)s. Nothing was sent twice.")
                % {"day": words.day(fresh.submitted_at)}
            )
        missing = missing_parts(fresh)
        if missing:
            raise PartsMissing(missing)
        if not declared:
            raise StepRefused(_("Tick the box: the fund needs your word on these points."), field="declared")
        step = "submit" if fresh.state == ApplicationState.DRAFT else "resubmit"
        facts, total = _facts(fresh, timezone.localdate(at))
        perform(
            application,
            step,
            by=by,
            at=at,
            facts=facts,
            expected_version=expected_version,
            submitted_at=at,
            requested_minor=total,
            window=facts["window"],
        )
        _freeze(application, by, at)
    return application


def _facts(application: Application, on: dt.date) -> tuple[dict[str, Any], int]:
    """What the journal says of a submission, and the total in minor units."""
    total = add_up(list(application.budget_lines.all())).total
    facts = {
        "ref": application.ref,
        "window": window_of(total, application.call, on),
        "children_total": application.children_total,
        "months": application.months,
        "submission": application.submissions + 1,
        "warnings": [check.code for check in computed_checks(application, on) if check.met is False],
        "amount_minor": total,
        "currency": application.currency,
    }
    return facts, total


def _freeze(application: Application, by: User, at: dt.datetime) -> None:
    application.section_returns.filter(answered_at__isnull=True).update(answered_at=at)
    submission = Submission.objects.create(
        application=application,
        no=application.submissions,
        submitted_at=at,
        submitted_by=by,
        snapshot=freeze(application, at),
    )
    enqueue("applications.tasks.write_application_paper", submission.pk)


def withdraw_application(
    application: Application, *, reason: str, by: User, at: dt.datetime, expected_version: int | None = None
) -> Application:
    """The organisation takes its application back, until the agreement is signed."""
    return perform(application, "withdraw", by=by, at=at, reason=reason, expected_version=expected_version)
