"""Applications as lists and pages read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, Subquery

from applications.models import Appeal, Application, Moderation, Submission
from applications.states import ApplicationState
from fundmgmt.formats import words
from fundmgmt.journal import entries_for
from fundmgmt.kinds import kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from applications.models import ApplicationQuerySet

TONES = {
    "approve": "leaf",
    "accept": "leaf",
    "find_ineligible": "ember",
    "reject": "ember",
    "submit": "copper",
    "uphold": "leaf",
    "dismiss": "ember",
}
INSIDE = (
    "applications.application.answer_check",
    "applications.application.begin_moderation",
    "applications.appeal.give_opinion",
)
TOLD = ("kind", "at", "to_state", "actor_id", "actor__name", "actor__email", "remark__text")
LATEST = 12  # lines of the story on the application's own page
FOLDED = ("applications.application.edit_section", "applications.application.answer_check", "fundmgmt.paper.add")


def for_list(user: Any) -> ApplicationQuerySet:
    """Rows of the officers' list, with what its columns and its CSV read (one query)."""
    result = Moderation.objects.filter(application=OuterRef("pk"))
    return (
        Application.objects.visible_to(user)
        .filter(submitted_at__isnull=False)
        .select_related("call", "organisation")
        .annotate(
            score_tenths=Subquery(result.values("moderated_tenths")[:1]),
            score_reviews=Subquery(result.values("reviews")[:1]),
            call_ref=F("call__ref"),
        )
    )


def for_page(user: Any) -> ApplicationQuerySet:
    """One application with what every page about it reads."""
    return Application.objects.visible_to(user).select_related("call", "organisation", "applicant")


def for_detail(user: Any) -> ApplicationQuerySet:
    """The same with the paper last handed in, and with what policies and tables ask for more than once."""
    handed_in = Submission.objects.filter(application=OuterRef("pk")).order_by("-no")
    rows = for_page(user).prefetch_related("conflicts", "budget_lines")
    lodged = Exists(Appeal.objects.filter(application=OuterRef("pk")))
    return rows.annotate(submitted_paper=Subquery(handed_in.values("paper__uid")[:1]), was_appealed=lodged)


def of_person(user: Any) -> ApplicationQuerySet:
    """Applications of this person's organisations, what moved last first."""
    rows = Application.objects.of_organisations(user).select_related("call", "organisation")
    return rows.order_by("-edited_at", "-id")


def last_submission(application: Application) -> Submission | None:
    """What was handed in last."""
    return application.submission_rows.select_related("paper").order_by("-no").first()


def states_passed(entries: Iterable[Any]) -> list[str]:
    """Codes of the states it has been in, for the drawn path."""
    return [
        str(ApplicationState.DRAFT),
        *(entry.to_state for entry in entries if entry.to_state and ".application." in entry.kind),
    ]


def latest_story(entries: Sequence[Any], reader: Any) -> list[dict[str, Any]]:
    """The latest of the journal in words, newest first; the dossier tells all of it.

    Writing in a row is folded into one line. Staff are named by their role.
    """
    told: list[dict[str, Any]] = []
    for entry in reversed(entries):
        day = words.day_of(entry.at)
        if entry.kind in FOLDED and told and (told[-1]["kind"], told[-1]["day"]) == (entry.kind, day):
            continue
        if len(told) == LATEST:
            break
        told.append(
            {
                "kind": entry.kind,
                "day": day,
                "at": entry.at,
                "text": kind(entry.kind).label,
                "who": _who(entry, reader),
                "note": entry.remark__text if entry.remark__text and not kind(entry.kind).restricted else "",
                "tone": TONES.get(entry.kind.rpartition(".")[2], ""),
            }
        )
    return told


def _who(entry: Any, reader: Any) -> str:
    if entry.actor_id is None:
        return ""
    return (entry.actor__name or entry.actor__email) if entry.actor_id == reader.pk or reader.role_codes else ""


def entries_of(application: Application, *, staff: bool) -> list[Any]:
    """Entries about the application itself; people outside the fund's office see none of the scoring (one query).

    Plain rows: a project that is over has hundreds of them.
    """
    rows = entries_for(application.thread)
    if not staff:
        told = Q(kind__startswith="applications.application.") | Q(kind__startswith="applications.appeal.")
        rows = rows.filter(told).exclude(kind__in=INSIDE)
    return list(rows.values_list(*TOLD, named=True))
