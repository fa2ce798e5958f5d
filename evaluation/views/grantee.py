"""Pages of those who write reports, and of those who read them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from evaluation.actions.judging import accept_report, reopen_report, send_back_report
from evaluation.actions.receipts import explain_spending
from evaluation.actions.reporting import add_file, cell_field, give_spending, give_value, submit_report, write_boxes
from evaluation.actions.scheduling import replan_report
from evaluation.forms.receipts import ExplainForm
from evaluation.forms.reports import BoxForm, FileForm, ReplanForm, ReportFilter, SpendingForm, ValueForm
from evaluation.models import Report
from evaluation.models.reports import BOXES
from evaluation.queries.casebook import story_line
from evaluation.queries.receipts import spending_facts, variances, why_receipts
from evaluation.queries.reports import answer_by, asked_of, files_of, filled, lines_of, terms_of
from evaluation.views.offers import apart
from fundmgmt import journal
from fundmgmt.forms import ReasonForm, RemarkForm, StepForm
from fundmgmt.pages import Column, DetailPage, EditPage, ListPage, ShowsConflict, StepPage, StepSpec

REPORT_COLUMNS = (
    Column("ref", _("Report"), lambda row: row.ref),
    Column("organisation", _("Organisation"), lambda row: str(row.grant.organisation)),
    Column("kind", _("Kind"), lambda row: row.get_kind_display()),
    Column("period", _("Period until"), lambda row: row.period_end),
    Column("due", _("Due"), lambda row: row.due_date),
    Column("state", _("State"), lambda row: row.get_state_display()),
    Column("days_late", _("Days late"), lambda row: row.days_late, numeric=True),
)


class ReportList(ListPage):
    """Reports of the reader's organisations; all for the people of the fund."""

    policy = "evaluation.list_reports"
    title = _("Reports")
    section = "reports"
    columns = REPORT_COLUMNS
    order = ("-due_date", "-id")
    filter_form = ReportFilter
    csv_name = "reports"
    empty_title = _("No reports yet")
    empty_text = _("When a grant becomes active, its reports are planned by themselves and stand here with their days.")

    def get_queryset(self) -> Any:
        """With the grant and the organisation."""
        return Report.objects.visible_to(self.request.user)


class ReportPage(DetailPage):
    """One report: what is asked, what is given, what comes next."""

    policy = "evaluation.view_report"
    model = Report
    lookup = "pk"
    section = "reports"
    template_name = "evaluation/grantee/report.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Everything of the report."""
        report = filled(self.object, self.today)
        parts = parts_of(self.object)
        boxes = [(Report._meta.get_field(box).verbose_name, getattr(self.object, box)) for box in BOXES]
        entries = journal.entries_for(self.object.thread).filter(subject=journal.subject_of(self.object))
        answer = answer_by(self.object, self.today)
        return apart(
            super().get_context(
                report=report,
                heading=f"{self.object.get_kind_display()} {self.object.no}",
                grant=self.object.grant,
                parts=parts,
                files=files_of(self.object),
                first_part=next(
                    (part for part in parts for gap in report.gaps[:1] if part["name"] == gap.part), parts[0]
                ),
                boxes=boxes,
                entries=entries,
                story=[story_line(entry) for entry in entries],
                visited=[entry.to_state for entry in entries if entry.to_state],
                answer_by=answer,
                terms=terms_of(self.object),
                late_on_our_side=answer is not None and answer < self.today,
                overdue=self.object.days_overdue(self.today),
                currency=self.object.grant.currency,
                variances=variances(self.object, report.lines, self.today),
                receipts=self.object.receipts.count(),
                due=why_receipts(self.object, self.today),
                **extra,
            )
        )

    def shown_steps(self) -> tuple[str, ...]:
        """Writing has its own screens."""
        return ("submit", "send_back", "accept", "reopen", "replan")


def parts_of(report: Report) -> list[dict[str, Any]]:
    """The screens of a report, in order: one idea each."""
    parts: list[dict[str, Any]] = [
        {
            "name": box,
            "label": Report._meta.get_field(box).verbose_name,
            "done": bool(getattr(report, box).strip()),
        }
        for box in BOXES
    ]
    numbers = [
        {"name": asked.indicator.code, "label": asked.indicator.label, "done": asked.answered}
        for asked in asked_of(report)
    ]
    spending = {"name": "spending", "label": _("Spending by budget line"), "done": report.spending_given}
    files = {"name": "files", "label": _("Files"), "done": bool(files_of(report))}
    parts = [*parts[:5], *numbers, parts[5], spending, *parts[6:], files]
    for part in parts:
        part["url"] = reverse("evaluation:report_part", args=[report.pk, part["name"]])
    return parts


class ReportPart(ShowsConflict, EditPage):
    """One idea on one screen: a box, an indicator, or the spending."""

    policy = "evaluation.view_report"
    act_policy = "evaluation.write_report"
    model = Report
    lookup = "pk"
    section = "reports"
    template_name = "evaluation/grantee/part.html"
    done = ""

    def get_object(self) -> Any:
        """The report, and which part of it; an unknown part is 404."""
        report = super().get_object()
        self.part = self.kwargs["part"]
        self.asked = None
        if self.part not in {*BOXES, "spending", "files"}:
            found = [asked for asked in asked_of(report) if asked.indicator.code == self.part]
            if not found:
                raise Http404
            self.asked = found[0]
        return report

    def get_title(self) -> object:
        """The question."""
        if self.asked is not None:
            return self.asked.indicator.label
        if self.part in {"spending", "files"}:
            return _("What was spent?") if self.part == "spending" else _("Files with the report")
        return Report._meta.get_field(self.part).verbose_name

    def get_initial(self) -> dict[str, Any]:
        """What was kept before."""
        if self.asked is None:
            return {} if self.part in {"spending", "files"} else {"text": getattr(self.object, self.part)}
        value = self.asked.value
        if value is None:
            return {}
        names = ("numerator", "denominator", "lost_to_follow_up", "method", "note")
        initial = {name: getattr(value, name) for name in names}
        for cell in value.cells.all():
            initial[cell_field(cell.facet, cell.code)] = cell.numerator
            initial[cell_field(cell.facet, cell.code, whole=True)] = cell.denominator
        return initial

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The form of this part."""
        common = {"obj": self.object, "user": self.request.user, "initial": self.get_initial()}
        if self.asked is not None:
            return ValueForm(data, files, indicator=self.asked.indicator, **common)
        if self.part == "spending":
            lines = lines_of(self.object)
            if self.object.receipts.exists():
                return ExplainForm(data, files, lines=lines, **common)
            return SpendingForm(data, files, lines=lines, currency=self.object.grant.currency, **common)
        if self.part == "files":
            return FileForm(data, files, **common)
        return BoxForm(data, files, box=self.part, **common)

    def may_act(self) -> Any:
        """The policy, and the report must still be writable."""
        answer = super().may_act()
        if answer and not self.object.is_writable:
            return Closed()
        return answer

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where this screen stands among the others."""
        parts = parts_of(self.object)
        place = [part["name"] for part in parts].index(self.part)
        for part in parts:
            part["current"] = part["name"] == self.part
        self.next_part = parts[place + 1] if place + 1 < len(parts) else None
        return super().get_context(
            **(
                {
                    "parts": parts,
                    "place": place + 1,
                    "total": len(parts),
                    "part": self.part,
                    "asked": self.asked,
                    "files": files_of(self.object) if self.part == "files" else [],
                    "receipts": self.object.receipts.count() if self.part == "spending" else 0,
                    "back": self.object.get_absolute_url(),
                    "grant": self.object.grant,
                }
                | extra
            )
        )

    def save(self, form: Any) -> str:
        """Keep it and go on to the next screen."""
        common = {"by": self.request.user, "at": self.now, "expected_version": form.cleaned_data.get("version")}
        if self.asked is not None:
            give_value(self.object, indicator=self.asked.indicator, given=form.given(), **common)
        elif isinstance(form, ExplainForm):
            explain_spending(self.object, notes=form.notes(), **common)
        elif self.part == "spending":
            give_spending(self.object, spent=form.spent(), notes=form.notes(), **common)
        elif self.part == "files":
            data = form.cleaned_data
            add_file(self.object, upload=data["file"], title=data["title"], shows_minor=data["shows_minor"], **common)
            return reverse("evaluation:report_part", args=[self.object.pk, "files"])
        else:
            write_boxes(self.object, boxes={self.part: form.cleaned_data["text"]}, **common)
        parts = [part["name"] for part in parts_of(self.object)]
        place = parts.index(self.part) + 1
        if place < len(parts):
            return reverse("evaluation:report_part", args=[self.object.pk, parts[place]])
        return self.object.get_absolute_url()


class Closed:
    """The report cannot be written any more."""

    reason = _("This report is handed in. If something is wrong in it, ask the fund to send it back to you.")

    def __bool__(self) -> bool:
        """Falsy."""
        return False


class ReportStep(StepPage):
    """Steps of a report."""

    policy = "evaluation.view_report"
    model = Report
    lookup = "pk"
    section = "reports"
    steps: ClassVar = {
        "submit": StepSpec(StepForm, submit_report, done=_("The report is handed in.")),
        "send_back": StepSpec(ReasonForm, send_back_report),
        "accept": StepSpec(RemarkForm, accept_report),
        "reopen": StepSpec(ReasonForm, reopen_report),
        "replan": StepSpec(ReplanForm, replan_report),
    }

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Before it is accepted: how much of the spending can be seen on paper, and what lies beyond the rule."""
        if self.kwargs["step"] == "accept":
            extra["facts"] = spending_facts(self.object, lines_of(self.object), self.today)
        return super().get_context(**extra)
