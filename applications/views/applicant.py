"""What an organisation sees of its own applications: the list, the overview, every section, every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from applications.actions import sections
from applications.forms.rows import ROW_FORMS
from applications.forms.sections import FORMS, FileForm
from applications.models import Application
from applications.queries import applications, checks, progress
from applications.states import Section
from applications.views.tables import TABLES_OF, rows_of
from fundmgmt.access import Refused, can
from fundmgmt.formats.words import says
from fundmgmt.models import StaleObject, StepError
from fundmgmt.pages import Column, EditPage, Gone, ListPage, ShowsConflict

if TYPE_CHECKING:
    from django.http import HttpRequest

    from applications.models import ApplicationQuerySet


class Mine(ListPage):
    """My projects."""

    policy = "applications.list_own"
    title = _("My projects")
    section = "projects"
    template_name = "applications/applicant/mine.html"
    csv_name = "projects"
    order = ("-edited_at", "-id")
    empty_title = _("No project yet")
    empty_text = _("When you start an application in an open call, it stands here with what comes next.")
    columns = (
        Column("title", _("Project"), str),
        Column("ref", _("Reference"), lambda row: row.ref),
        Column("call", _("Call"), lambda row: row.call.title),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("edited", _("Changed"), lambda row: row.edited_at),
    )

    def get_queryset(self) -> ApplicationQuerySet:
        """Of the organisations this person belongs to."""
        return applications.of_person(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """An empty list leads to the calls."""
        return super().get_context(
            empty_url=reverse("applications:calls"), empty_action=_("Look at the open calls"), **extra
        )


class WritingPage(ShowsConflict, EditPage):
    """A page that writes a part of an application."""

    model = Application
    policy = "applications.view_application"
    act_policy = "applications.edit_section"
    section = "projects"

    def get_queryset(self) -> ApplicationQuerySet:
        """One this person may see."""
        return applications.for_page(self.request.user)

    @property
    def part(self) -> str:
        """Code of the section."""
        return str(self.kwargs["section"])

    def get_object(self) -> Any:
        """The application; an unknown section is 404."""
        if self.part not in Section.values:
            raise Http404
        return super().get_object()

    def may_act(self) -> Any:
        """Who writes for the organisation, while the section is open."""
        answer = can(self.request.user, self.act_policy, self.object)
        if not answer:
            return answer
        open_now = progress.open_sections(self.object)
        if not open_now:
            return Gone(_("The application is submitted. Only parts the fund sends back can be changed."))
        if self.part not in open_now:
            return Gone(_("This part was not sent back: only the parts the fund asks about can be changed now."))
        return answer

    def refuse(self, reason: object, back: str = "") -> HttpResponse:
        """Back to the overview."""
        return super().refuse(reason, back or self.object.get_absolute_url())

    def get_title(self) -> object:
        """The section."""
        return Section(self.part).label

    def section_url(self) -> str:
        """Where this section is written."""
        return progress.section_url(self.object, self.part)


class SectionPage(WritingPage):
    """One section: its boxes, its rows, what it still needs. Autosave posts here too (header X-Autosave)."""

    template_name = "applications/applicant/section.html"
    submit_label = _("Save and go on")

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The boxes of the section."""
        form_class = FORMS[self.part]
        initial = {name: getattr(self.object, name) for name in form_class.base_fields if hasattr(self.object, name)}
        for name, value in initial.items():
            if isinstance(value, bool):
                initial[name] = str(value)
        return form_class(data, files, obj=self.object, user=self.request.user, initial=initial)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Rows, hints, the other sections."""
        missing = progress.missing_parts(self.object)
        hints = [one for one in checks.computed_checks(self.object, self.today) if one.section == self.part]
        place = {"no": Section.values.index(self.part) + 1, "of": len(Section), "ref": self.object.ref}
        return super().get_context(
            part=self.part,
            place=_t("Part %(no)s of %(of)s · %(ref)s") % place,
            sections=progress.sections_of(self.object, current=self.part, missing=missing),
            missing=[one for one in missing if one.section == self.part],
            hints=hints,
            tables=[rows_of(self.object, table) for table in TABLES_OF.get(self.part, ())],
            asked=progress.open_returns(self.object).get(self.part, ""),
            files=self.files(),
            autosave="" if self.in_conflict else self.request.path,
            **{"back": self.object.get_absolute_url(), **extra},
        )

    def files(self) -> list[dict[str, Any]]:
        """Documents handed in."""
        if self.part != Section.FILES:
            return []
        found = self.object.files.filter(removed_at__isnull=True).select_related("paper")
        return [
            {
                "title": row.paper.title,
                "kind": row.get_role_display(),
                "size": row.paper.size,
                "remove": reverse("applications:file", args=[self.object.ref, row.pk]),
            }
            for row in found
        ]

    def save(self, form: Any) -> Any:
        """Keep the boxes; go on to the next section, or stay when a box should be looked at again."""
        typed = form.values()
        if typed:
            sections.save_section(
                self.object,
                self.part,
                by=self.request.user,
                at=self.now,
                expected_version=form.cleaned_data.get("version"),
                **typed,
            )
        signs = {name for name in form.warnings() if name in form.changed_data}
        if signs:
            messages.warning(self.request, _t("Kept. Please look at the note beside the box."))
            return self.section_url()
        return self.following()

    def following(self) -> str:
        """The next section that is open, else the overview."""
        order = Section.values
        open_now = progress.open_sections(self.object)
        ahead = [code for code in order[order.index(self.part) + 1 :] if code in open_now]
        return progress.section_url(self.object, ahead[0]) if ahead else str(self.object.get_absolute_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or answer an autosave."""
        if request.headers.get("X-Autosave"):
            return self.autosave(request)
        return super().post(request, *args, **kwargs)

    def autosave(self, request: HttpRequest) -> HttpResponse:
        """Keep the boxes that are right; say the first thing that is not. A conflict overwrites nothing."""
        answer = self.may_act()
        if not answer:
            return JsonResponse({"message": str(answer.reason)}, status=422)
        form = self.get_form(request.POST)
        form.is_valid()
        version = form.cleaned_data.get("version")
        if version is None:
            return JsonResponse({"message": str(StaleObject().message)}, status=409)
        right = {
            name: value for name, value in form.cleaned_data.items() if name != "version" and name in form.changed_data
        }
        try:
            sections.save_section(
                self.object, self.part, by=request.user, at=self.now, expected_version=version, **right
            )
        except StaleObject as stale:
            return JsonResponse({"message": str(stale.message)}, status=409)
        except (StepError, Refused) as error:
            return JsonResponse({"message": str(error.message)}, status=422)
        kept = {"version": self.object.version, "at": timezone.localtime(self.now).strftime("%H:%M")}
        wrong = [
            says(form.fields[name].label, errors[0]) for name, errors in form.errors.items() if name in form.fields
        ]
        return JsonResponse({**kept, "message": wrong[0]} if wrong else kept)


class RowPage(WritingPage):
    """One row of a section: add it, change it, take it out."""

    template_name = "applications/applicant/row.html"

    @property
    def table(self) -> str:
        """Which rows."""
        return str(self.kwargs["table"])

    @property
    def part(self) -> str:
        """The section the rows belong to."""
        return str(sections.TABLES[self.table].section)

    def get_object(self) -> Any:
        """The application; an unknown table or row is 404."""
        if self.table not in sections.TABLES:
            raise Http404
        found = super().get_object()
        self.row = None
        if self.kwargs["row"]:
            model = sections.TABLES[self.table].model
            self.row = model._default_manager.filter(application=found, pk=self.kwargs["row"]).first()
            if self.row is None:
                raise Http404
        return found

    def get_title(self) -> object:
        """The row, or what is added."""
        return str(self.row) if self.row else TABLES_OF_TITLES[self.table]

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The row's boxes."""
        return ROW_FORMS[self.table](data, files, obj=self.object, user=self.request.user, row=self.row)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The way back."""
        return super().get_context(row=self.row, **{"back": self.section_url(), **extra})

    def save(self, form: Any) -> Any:
        """Keep it, or take it out; back to the section."""
        known = {"by": self.request.user, "at": self.now, "expected_version": form.cleaned_data.get("version")}
        sections.save_row(self.object, self.table, row=self.row.pk if self.row else None, **known, **form.values())
        return self.section_url() + f"#{self.table}"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take it out, or keep it."""
        answer = self.may_act()
        if not answer:
            return self.refuse(answer.reason)
        if "remove" in request.POST and self.row is not None:
            sections.remove_row(self.object, self.table, row=self.row.pk, by=request.user, at=self.now)
            messages.success(request, _t("Taken out."))
            return HttpResponseRedirect(self.section_url() + f"#{self.table}")
        return super().post(request, *args, **kwargs)


TABLES_OF_TITLES = {
    "lines": _("Add a budget line"),
    "activities": _("Add an activity"),
    "indicators": _("Add an indicator"),
    "milestones": _("Add a milestone"),
    "tranches": _("Add a tranche"),
    "risks": _("Add a risk"),
}


class FilePage(WritingPage):
    """Hand in a document, or take one out."""

    template_name = "applications/applicant/file.html"
    submit_label = _("Hand in the document")
    title = _("Add a document")
    part = Section.FILES

    def get_object(self) -> Any:
        """The application; an unknown document is 404."""
        found = super().get_object()
        self.row = None
        if self.kwargs["row"]:
            rows = found.files.filter(removed_at__isnull=True).select_related("paper")
            self.row = rows.filter(pk=self.kwargs["row"]).first()
            if self.row is None:
                raise Http404
        return found

    def get_title(self) -> object:
        """The document, or what to do."""
        return self.row.paper.title if self.row else self.title

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """File and what it is."""
        return FileForm(data, files, obj=self.object, user=self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The way back."""
        return super().get_context(row=self.row, **{"back": self.section_url(), **extra})

    def save(self, form: Any) -> Any:
        """Keep it."""
        values = form.values()
        sections.add_file(
            self.object,
            values["file"],
            role=values["role"],
            shows_minor=values["shows_minor"],
            by=self.request.user,
            at=self.now,
            expected_version=form.cleaned_data.get("version"),
        )
        return self.section_url()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take it out, or hand it in."""
        answer = self.may_act()
        if not answer:
            return self.refuse(answer.reason)
        if "remove" in request.POST and self.row is not None:
            sections.remove_file(self.object, row=self.row.pk, by=request.user, at=self.now)
            messages.success(request, _t("Taken out."))
            return HttpResponseRedirect(self.section_url())
        return super().post(request, *args, **kwargs)
