"""What an officer does in due diligence: one page for where it stands, one screen for each item."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.actions import diligence
from applications.forms.diligence import CheckForm, ClearLeadForm, CloseItemForm, FinishForm, LeadForm, OpenItemForm
from applications.models import Application, OpenItem, SanctionsLead
from applications.queries import diligence as read
from applications.states import ApplicationState, Risk
from fundmgmt.access import can
from fundmgmt.models import RubricItem, StepRefused
from fundmgmt.pages import EditPage, Gone, ObjectPage


class DiligencePage(ObjectPage):
    """Where due diligence stands: items, leads, what is open, and what keeps it from being finished."""

    policy = "applications.view_check"
    model = Application
    template_name = "applications/diligence.html"
    section = "applications"

    def get_title(self) -> object:
        """What this page is about."""
        return _("Due diligence of %(ref)s") % {"ref": self.object.ref}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Items with their ratings in words."""
        application, user = self.object, self.request.user
        standing = read.standing_of(application, self.today)
        items = {row.code: row for row in RubricItem.objects.filter(code__in=standing.asked)}
        at_work = application.state == ApplicationState.DUE_DILIGENCE
        lines = [_line(application, code, items.get(code), standing) for code in standing.asked]
        return super().get_context(
            back=application.get_absolute_url(),
            standing=standing,
            risks=[line for line in lines if line["code"].startswith("DD-")],
            standards=[line for line in lines if line["code"].startswith("PS-")],
            done=len(lines) - len(standing.missing),
            of=len(lines),
            overall=Risk(standing.overall).label if standing.overall else "",
            psea=read.psea_band(standing.psea_total, standing.book) if not standing.missing else "",
            finished=read.finished_diligence(application),
            may_act=at_work and can(user, "applications.record_check", application),
            at_work=at_work,
            **extra,
        )


def _line(application: Application, code: str, item: RubricItem | None, standing: read.Standing) -> dict[str, Any]:
    check = standing.checks.get(code)
    words = dict(item.anchors).get(check.rating, "") if item and check else ""
    return {
        "code": code,
        "label": item.label if item else code,
        "check": check,
        "words": words,
        "url": reverse("applications:diligence_item", args=[application.ref, code]),
    }


class DiligenceEdit(EditPage):
    """A form of due diligence."""

    policy = "applications.view_check"
    act_policy = "applications.record_check"
    model = Application
    section = "applications"

    def may_act(self) -> Any:
        """Only while it is under way."""
        answer = super().may_act()
        application = getattr(self.object, "application", self.object)
        if answer and application.state != ApplicationState.DUE_DILIGENCE:
            return Gone(_("Due diligence is not under way on this proposal now."))
        return answer

    def get_initial(self) -> dict[str, Any]:
        """Empty."""
        return {}

    def here(self) -> str:
        """The page of due diligence."""
        application = getattr(self.object, "application", self.object)
        return reverse("applications:diligence", args=[application.ref])

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to it."""
        return super().get_context(**extra | {"back": self.here()})

    def success_url(self, result: Any) -> str:
        """Back to it."""
        return self.here()


class RateItem(DiligenceEdit):
    """One item of the rubric."""

    form_class = CheckForm
    submit_label = _("Keep the rating")
    done = _("Kept.")

    def get_object(self) -> Any:
        """The proposal, and an item of the rubric."""
        self.item = RubricItem.objects.filter(code=self.kwargs["item"], rubric__in=("due_diligence", "psea")).first()
        if self.item is None:
            raise Http404
        return super().get_object()

    def get_title(self) -> object:
        """The item."""
        return str(self.item)

    def get_initial(self) -> dict[str, Any]:
        """What was rated before."""
        check = self.object.checks.filter(item=self.item.code).first()
        return {} if check is None else {"rating": check.rating, "evidence": check.evidence, "note": check.note}

    def get_form(self, data: Any = None, files: Any = None) -> CheckForm:
        """With the item's anchors."""
        return CheckForm(
            data, files, obj=self.object, user=self.request.user, initial=self.get_initial(), item=self.item
        )

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What counts as evidence."""
        intro = (
            _("Evidence to look for: %(evidence)s.") % {"evidence": self.item.look_for} if self.item.evidence else ""
        )
        return super().get_context(intro=intro, **extra)

    def save(self, form: Any) -> Any:
        """Rate."""
        try:
            return diligence.record_check(
                self.object, item=self.item.code, by=self.request.user, at=self.now, **form.values()
            )
        except StepRefused as error:
            error.field = (error.field or "").rpartition("_")[2] or None
            raise


class AddOpenItem(DiligenceEdit):
    """Something is missing."""

    form_class = OpenItemForm
    title = _("What is missing?")
    submit_label = _("Note the open item")

    def save(self, form: Any) -> Any:
        """Note it."""
        return diligence.open_item(self.object, by=self.request.user, at=self.now, **form.values())


class AddLead(DiligenceEdit):
    """A name resembles one on a list."""

    form_class = LeadForm
    title = _("A name resembles one on a sanctions list")
    submit_label = _("Note the lead")

    def save(self, form: Any) -> Any:
        """Note it."""
        return diligence.find_lead(self.object, by=self.request.user, at=self.now, **form.values())


class RowEdit(DiligenceEdit):
    """A form about one row of due diligence."""

    lookup = "pk"

    def get_queryset(self) -> Any:
        """With its proposal."""
        return super().get_queryset().select_related("application")

    def get_title(self) -> object:
        """What the form does; the row's own words stand above it."""
        return self.title

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The row's words."""
        return super().get_context(intro=f"{self.object}. {getattr(self.object, 'note', '')}".strip(), **extra)


class CloseOpenItem(RowEdit):
    """It was settled."""

    policy = "applications.view_openitem"
    model = OpenItem
    form_class = CloseItemForm
    title = _("Close an open item")
    submit_label = _("Close the item")

    def save(self, form: Any) -> Any:
        """Close."""
        return diligence.close_item(self.object, by=self.request.user, at=self.now, **form.values())


class ClearLead(RowEdit):
    """A person says whether it is the same."""

    policy = "applications.view_sanctionslead"
    model = SanctionsLead
    form_class = ClearLeadForm
    title = _("Clear a sanctions lead")
    submit_label = _("Record the answer")

    def save(self, form: Any) -> Any:
        """Clear."""
        return diligence.clear_lead(self.object, by=self.request.user, at=self.now, **form.values())


class Finish(DiligenceEdit):
    """Fix the overall risk and send the proposal on."""

    act_policy = "applications.finish_due_diligence"
    form_class = FinishForm
    title = _("Finish due diligence")
    submit_label = _("Finish due diligence")
    done = _("Due diligence is finished.")

    def may_act(self) -> Any:
        """Nothing may be missing."""
        answer = super().may_act()
        if answer:
            obstacles = read.standing_of(self.object, self.today).obstacles
            if obstacles:
                return Gone(" ".join(str(sentence) for sentence in obstacles))
        return answer

    def save(self, form: Any) -> Any:
        """Finish."""
        return diligence.finish_due_diligence(
            self.object,
            by=self.request.user,
            at=self.now,
            expected_version=form.cleaned_data.get("version"),
            **form.values(),
        )

    def success_url(self, result: Any) -> str:
        """To the proposal."""
        return str(self.object.get_absolute_url())
