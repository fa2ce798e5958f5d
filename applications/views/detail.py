"""One application, as its writers and as the fund's people see it; and its frozen copy on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from applications.actions import screening
from applications.models import COUNTS, AgendaItem, Appeal, Application
from applications.pdf import ApplicationPaper, application_document
from applications.queries import appeals, applications, checks, progress
from applications.queries.diligence import finished_diligence
from applications.queries.reviews import panel_work, reviews_are_in
from applications.queries.snapshot import freeze
from applications.states import (
    APPEALABLE,
    BEING_WRITTEN,
    PERSONAL_FILES,
    AppealState,
    ApplicationState,
    ItemState,
    Window,
)
from applications.views.appeals import points_against
from applications.views.steps import ApplicationStep
from applications.views.tables import TABLES_OF, rows_of
from fundmgmt.access import STAFF, can
from fundmgmt.formats.words import says
from fundmgmt.pages import DetailPage, ObjectPage

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from applications.models import ApplicationQuerySet

S = ApplicationState
APPLICANT_STEPS = ("submit", "resubmit", "withdraw")
NEXT = {
    S.SUBMITTED: _("The fund's office checks whether it can be considered. You need not do anything now."),
    S.ELIGIBILITY_CHECK: _("The fund's office is checking it now. You need not do anything."),
    S.IN_REVIEW: _("Reviewers read and score it. You need not do anything."),
    S.MODERATION: _("Reviewers read and score it. You need not do anything."),
    S.DUE_DILIGENCE: _("The fund looks at your organisation's papers. Somebody may call you."),
    S.IN_COMMITTEE: _("The Steering Committee decides at its next meeting."),
    S.DEFERRED: _("The Committee put its decision off. The fund's office writes to you about what is needed."),
    S.APPROVED: _("The fund prepares the agreement with you."),
    S.APPROVED_WITH_CONDITIONS: _("The fund tells you what must be in place first, then prepares the agreement."),
    S.WITHDRAWN: _("Your organisation took it back. You can apply again in a later call."),
}
AGREED = _("The agreement is signed. What comes next stands with your grant, under “Grants”.")

AGREED_FOR_STAFF = _("The agreement is signed: what comes next stands with the grant.")
AFTER = {
    S.APPROVED: _("The grant is opened next."),
    S.APPROVED_WITH_CONDITIONS: _("The grant is opened next, and its conditions are met."),
}


class Detail(DetailPage):
    """Where it stands, what is next, what happened. Writers get the parts of the form, staff the facts."""

    model = Application
    policy = "applications.view_application"
    template_name = "applications/detail.html"

    def get_queryset(self) -> ApplicationQuerySet:
        """One this person may see."""
        return applications.for_detail(self.request.user)

    @property
    def is_own(self) -> bool:
        """Whether the reader belongs to the organisation."""
        return self.object.organisation_id in self.request.user.organisation_ids

    def render(self, *, status: int = 200, template: str | None = None, **context: Any) -> HttpResponse:
        """Two readers, two pages."""
        own = "applications/applicant/overview.html" if self.is_own else None
        return super().render(status=status, template=template or own, **context)

    def shown_steps(self) -> tuple[str, ...]:
        """Writers see their own steps only; staff no step that the work of this state still holds back."""
        return APPLICANT_STEPS if self.is_own else tuple(set(ApplicationStep.steps) - self._held_back())

    def _held_back(self) -> set[str]:
        row = self.object
        if row.state in {S.IN_REVIEW, S.MODERATION} and not reviews_are_in(row, self.today):
            return {"begin_moderation", "begin_due_diligence"}
        if row.state == S.DUE_DILIGENCE and finished_diligence(row) is None:
            return {"send_to_committee", "approve", "approve_with_conditions"}
        return set()

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """For both readers."""
        row = self.object
        staff = not self.is_own and bool(STAFF(self.request.user, row))
        entries = applications.entries_of(row, staff=staff)
        context = super().get_context(
            visited=applications.states_passed(entries),
            story=applications.latest_story(entries, self.request.user),
            **extra,
        )
        context["section"] = "projects" if self.is_own else "applications"
        context["appeals"] = self._lodged()
        context["may_step"] = any(step.allowed for step in context["steps"])
        own = self._for_writers() if self.is_own else self._for_staff(context["appeals"])
        return context | own

    def _lodged(self) -> list[Appeal]:
        """Appeals this reader may know of."""
        if not self.object.was_appealed:
            return []
        return list(Appeal.objects.visible_to(self.request.user).filter(application=self.object))

    def _for_writers(self) -> dict[str, Any]:
        row = self.object
        writing = row.state in BEING_WRITTEN
        missing = progress.missing_parts(row) if writing else []
        parts = progress.sections_of(row, missing=missing)
        hints = [one for one in checks.computed_checks(row, self.today) if one.met is False] if writing else []
        following = next((one for one in parts if one.open and not one.done), None)
        return {
            "writing": writing,
            "missing": missing,
            "sections": parts,
            "done": sum(1 for one in parts if one.done),
            "hints": hints,
            "following": following,
            "may_write": bool(can(self.request.user, "applications.edit_section", row)),
            "next_words": AGREED if row.agreed_at else NEXT.get(ApplicationState(row.state), ""),
            "facts": self._facts(),
            "call_open": row.call.takes_applications(self.now),
            "against": points_against(row, self.now),
            "appeal": appeals.standing_of(row, self.request.user, self.today) if row.state in APPEALABLE else None,
        }

    def _facts(self) -> list[tuple[object, Any]]:
        row = self.object
        found: list[tuple[object, Any]] = [
            (_("Call"), row.call.title),
            (_("Organisation"), row.organisation.name),
            (_("Amount asked for"), row.requested),
            (_("Window"), row.get_window_display() if row.window else self._likely_window()),
            (_("From"), row.start_date),
            (_("Until"), row.end_date),
        ]
        if row.submitted_at:
            found.append((_("Submitted"), row.submitted_at))
        if row.awarded is not None:
            found.append((_("Amount awarded"), row.awarded))
        if row.decided_at:
            found.append((_("Decided"), row.decided_at))
        if row.appeal_until_date:
            found.append((_("Appeal until"), row.appeal_until_date))
        return found

    def _likely_window(self) -> object:
        """Where the amount of a draft falls today; it is fixed when it is submitted."""
        row = self.object
        if not row.requested_minor:
            return None
        return Window(checks.window_of(row.requested_minor, row.call, self.today)).label

    def _ways(self) -> list[tuple[object, str]]:
        """Pages of the later stages that this person may open."""
        row, user = self.object, self.request.user
        pages = (
            (_("Reviews"), "applications:panel", "applications.manage_reviews"),
            (_("Due diligence"), "applications:diligence", "applications.view_check"),
        )
        found = [(label, reverse(name, args=[row.ref])) for label, name, rule in pages if can(user, rule, row)]
        items = AgendaItem.objects.visible_to(user).filter(application=row).select_related("meeting")
        return found + [(item.ref, item.get_absolute_url()) for item in items]

    def _for_staff(self, lodged: list[Appeal]) -> dict[str, Any]:
        row = self.object
        hidden = () if can(self.request.user, "applications.view_annex", row) else PERSONAL_FILES
        place = ", ".join(part for part in (row.commune, row.territory, row.province) if part)
        people = [(capfirst(row._meta.get_field(name).verbose_name), getattr(row, name)) for name in COUNTS]
        return {
            "facts": [*self._facts(), (_("Place"), place), (_("Strand of work"), row.get_pillar_display())],
            "people": people,
            "tables": [rows_of(row, table, links=False) for tables in TABLES_OF.values() for table in tables],
            "safety": [
                (capfirst(row._meta.get_field(name).verbose_name), getattr(row, name))
                for name in ("focal_person_named", "code_signed", "referral_route", "feedback_channel")
            ],
            "hints": checks.computed_checks(row, self.today),
            "may_screen": bool(can(self.request.user, "applications.view_screening", row)),
            "documents": [
                {
                    "url": reverse("fundmgmt:paper", args=[one.paper.uid]),
                    "title": says(one.get_role_display(), one.paper.title),
                    "size": one.paper.size,
                    "at": one.paper.added_at,
                }
                for one in row.files.filter(removed_at__isnull=True).exclude(role__in=hidden).select_related("paper")
            ],
            "ways": self._ways(),
            "duty": self._to_decide(lodged) or self._duty(),
            "after": AGREED_FOR_STAFF if row.agreed_at else AFTER.get(ApplicationState(row.state), ""),
        }

    def _to_decide(self, lodged: list[Appeal]) -> dict[str, object] | None:
        """An appeal that waits for this person's opinion."""
        for row in lodged:
            if row.state == AppealState.LODGED and can(self.request.user, "applications.give_opinion", row):
                return {"label": _("Give your opinion on the appeal"), "url": row.get_absolute_url()}
        return None

    def _duty(self) -> dict[str, object] | None:
        """The work of this state that has a page of its own, for whoever may do it."""
        row, user = self.object, self.request.user
        found: tuple[object, str] | None = None
        if row.state == S.ELIGIBILITY_CHECK and can(user, "applications.screen", row):
            if screening.unanswered(row):
                found = _("Answer the eligibility questions"), "screening"
        elif row.state in {S.IN_REVIEW, S.MODERATION} and can(user, "applications.manage_reviews", row):
            found = panel_work(row, self.today), "panel"
        elif (
            row.state == S.DUE_DILIGENCE
            and can(user, "applications.record_check", row)
            and finished_diligence(row) is None
        ):
            found = _("Do the due diligence"), "diligence"
        if found is not None:
            return {"label": found[0], "url": reverse(f"applications:{found[1]}", args=[row.ref])}
        if row.state == S.IN_COMMITTEE and can(user, "applications.begin_agendaitem", row):
            item = AgendaItem.objects.visible_to(user).filter(application=row, state=ItemState.PROPOSED).first()
            if item is None:
                return {"label": _("Put it on an agenda"), "url": reverse("applications:meetings")}
            return {"label": _("Open the item on the agenda"), "url": item.get_absolute_url()}
        return None


class Print(ObjectPage):
    """The frozen copy as a page to print; before submitting, how it stands now. Twin of the PDF."""

    model = Application
    policy = "applications.view_application"
    template_name = "applications/print.html"

    def get_queryset(self) -> ApplicationQuerySet:
        """One this person may see."""
        return applications.for_page(self.request.user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Drawn from the same document as the PDF, in the application's own language."""
        submission = applications.last_submission(self.object)
        said = submission.snapshot if submission else freeze(self.object, None)
        document = application_document(ApplicationPaper(said, said["language"]))
        blocks = [(type(block).__name__, block) for block in document.blocks]
        with translation.override(document.language):
            return self.render(document=document, blocks=blocks, language=document.language, submission=submission)
