"""Wordings of the agreement: which hold, what is proposed, how they look, and putting one in force."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import wording as act
from disbursements.forms.wording import WordingForm
from disbursements.models import AgreementWording
from disbursements.pdf import agreement_page, render_agreement
from disbursements.queries.wording import Wording, of_row, shipped, versions, wording_on, wordings_for_list
from disbursements.queries.wording_preview import example_of
from fundmgmt.access import can
from fundmgmt.forms import ReasonForm, StepForm, VersionedForm
from fundmgmt.pages import Column, DetailPage, ListPage, NewPage, ObjectPage, StepPage, StepSpec
from fundmgmt.states import Language


class WordingList(ListPage):
    """What the fund made, beside what came with the system."""

    policy = "disbursements.view_agreementwording"
    section = "wordings"
    title = _("Wording of the agreement")
    intro = _("Each agreement keeps the words it was prepared with. A new version holds for agreements prepared later.")
    order = ("-from_date", "-id")
    csv_name = "wordings"
    template_name = "disbursements/wordings.html"
    empty_title = _("The fund has made no wording of its own yet")
    empty_text = _("Agreements are prepared with the wording that came with the system.")
    columns = (
        Column("code", _("Version"), lambda row: row.code, link=True),
        Column("from", _("In force from"), lambda row: row.from_date),
        Column("state", _("State"), lambda row: str(row.get_state_display())),
        Column("decision", _("Decided in"), lambda row: row.decision),
        Column("by", _("Proposed by"), lambda row: row.proposed_by.name),
        Column("other", _("Put in force by"), lambda row: row.decided_by.name if row.decided_by else None),
        Column("sha256", _("Seal"), lambda row: row.sha256, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[AgreementWording]:
        """All versions of the fund."""
        return wordings_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What holds today, and what came with the system."""
        may = bool(can(self.request.user, "disbursements.begin_agreementwording"))
        rows = [(one.version, one.date, _t(one.decision)) for one in reversed(shipped(Language.EN))]
        now = wording_on(self.today, Language.EN).version
        return super().get_context(may_propose=may, shipped=rows, now=now, **extra)


class ProposeWording(NewPage):
    """A new version, filled with the one before."""

    policy = "disbursements.view_agreementwording"
    act_policy = "disbursements.begin_agreementwording"
    section = "wordings"
    title = _("Propose a new wording")
    form_class = WordingForm
    submit_label = _("Propose this wording")
    done = _("Proposed. Look at it as page and paper; a second person puts it in force.")
    template_name = "disbursements/wording_edit.html"

    def before(self) -> dict[str, Wording]:
        """The version taken up again, else the last one that holds or will hold."""
        taken_up = self.request.GET.get("from", "")
        if taken_up:
            row = wordings_for_list(self.request.user).filter(code=taken_up).first()
            if row is None:
                raise Http404
            return of_row(row)
        return versions()[-1]

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """All boxes of all languages."""
        return WordingForm(data, files, user=self.request.user, before=self.before())

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the list."""
        return super().get_context(**extra) | {"back": reverse("disbursements:wordings")}

    def save(self, form: VersionedForm) -> Any:
        """Propose it."""
        return act.propose_wording(by=self.request.user, at=self.now, **form.values())


class WordingPage(DetailPage):
    """One version: why, by whom, and the agreement as it would read in each language."""

    model = AgreementWording
    lookup = "pk"
    policy = "disbursements.view_agreementwording"
    section = "wordings"
    template_name = "disbursements/wording.html"

    def get_queryset(self) -> QuerySet[AgreementWording]:
        """With its people."""
        return wordings_for_list(self.request.user)

    def get_title(self) -> object:
        """Its version."""
        return _t("Wording %(code)s") % {"code": self.object.code}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """At a glance, and the previews."""
        row = self.object
        again = bool(can(self.request.user, "disbursements.begin_agreementwording"))
        return super().get_context(facts=wording_facts(row), texts=previews(row), may_propose=again, **extra)


def wording_facts(row: AgreementWording) -> list[tuple[object, object]]:
    """Who, when, from which day."""
    return [
        (_("In force from"), row.from_date),
        (_("Decided in"), row.decision),
        (_("Proposed by"), row.proposed_by.name),
        (_("Proposed on"), row.proposed_at),
        (_("Decided by"), row.decided_by.name if row.decided_by else None),
        (_("Decided on"), row.decided_at),
    ]


def previews(row: AgreementWording) -> list[dict[str, Any]]:
    """An invented agreement in each language, as page and as paper."""
    found = []
    for language, said in of_row(row).items():
        example = example_of(said)
        found.append(
            {
                "language": language,
                "label": Language(language).label,
                "heading": said.words["title"],
                "blocks": agreement_page(example),
                "paper": reverse("disbursements:wording_paper", args=[row.pk, language]),
            }
        )
    return found


class WordingPaper(ObjectPage):
    """The preview as a paper; it is not kept."""

    model = AgreementWording
    lookup = "pk"
    policy = "disbursements.view_agreementwording"
    section = "wordings"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The bytes, to be looked at."""
        said = of_row(self.object).get(self.kwargs["language"])
        if said is None:
            raise Http404
        response = HttpResponse(render_agreement(example_of(said)), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{said.version}-{said.language}.pdf"'
        return response


class WordingSteps(StepPage):
    """Putting it in force, or not."""

    model = AgreementWording
    lookup = "pk"
    policy = "disbursements.view_agreementwording"
    section = "wordings"
    steps = {
        "enact": StepSpec(StepForm, act.enact_wording),
        "decline": StepSpec(ReasonForm, act.decline_wording),
    }

    def get_queryset(self) -> QuerySet[AgreementWording]:
        """With its people."""
        return wordings_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What is decided about."""
        return super().get_context(facts=[*wording_facts(self.object), (_("Why"), self.object.reason)], **extra)
