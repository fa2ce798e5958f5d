"""What people may do about the conditions of a payment: waivers, doubts, links, findings."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from disbursements.actions import guarding
from disbursements.forms import guards as forms
from disbursements.models import Doubt, Finding, Tie, Tranche, Waiver
from disbursements.queries.checks import Check
from disbursements.queries.grants import tranches_for_list
from disbursements.queries.guards import doubts_for_detail, findings_for_detail, ties_for_list, waivers_for_detail
from disbursements.queries.release import checks_of
from disbursements.views.done import SaysDone
from disbursements.views.project import payment_facts
from fundmgmt.access import can
from fundmgmt.forms import ReasonForm, StepForm, VersionedForm
from fundmgmt.models import Organisation
from fundmgmt.pages import DetailPage, EditPage, Page, StepSpec


class ProposeWaiver(EditPage):
    """Ask that a condition be set aside for one tranche."""

    model = Tranche
    lookup = "pk"
    policy = "disbursements.view_tranche"
    act_policy = "disbursements.begin_waiver"
    section = "queue"
    title = _("Propose to waive a condition")
    form_class = forms.WaiverForm
    submit_label = _("Propose it")
    done = _("Proposed. A second person confirms or refuses it; until then nothing changes.")

    def get_queryset(self) -> QuerySet[Tranche]:
        """With what the conditions read."""
        return tranches_for_list(self.request.user)

    def open_checks(self) -> list[Check]:
        """Conditions in the way that two people may set aside."""
        return [check for check in checks_of(self.object, self.now) if check.ident and not check.met]

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """With the conditions in the way."""
        return self.form_class(data, files, obj=self.object, user=self.request.user, checks=self.open_checks())

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The payment beside the form."""
        return super().get_context(facts=payment_facts(self.object), **extra)

    def save(self, form: VersionedForm) -> Any:
        """Propose it."""
        return guarding.propose_waiver(self.object, by=self.request.user, at=self.now, **form.values())


class WaiverPage(DetailPage):
    """One waiver: which condition, why, who."""

    model = Waiver
    lookup = "pk"
    policy = "disbursements.view_waiver"
    section = "queue"
    template_name = "disbursements/waiver.html"

    def get_queryset(self) -> QuerySet[Waiver]:
        """With what the page reads."""
        return waivers_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """At a glance."""
        row = self.object
        facts = [
            (_("Tranche"), row.ref),
            (_("Condition"), str(row)),
            (_("Proposed on"), row.proposed_at),
            (_("Decided on"), row.decided_at),
        ]
        return super().get_context(facts=facts, **extra)

    def shown_steps(self) -> tuple[str, ...]:
        """A grantee reads; the fund decides."""
        return ("none",) if self.object.organisation_id in self.request.user.organisation_ids else ()


class WaiverSteps(SaysDone):
    """Confirm or refuse."""

    model = Waiver
    lookup = "pk"
    policy = "disbursements.view_waiver"
    section = "queue"
    steps = {
        "confirm": StepSpec(StepForm, guarding.confirm_waiver),
        "refuse": StepSpec(ReasonForm, guarding.refuse_waiver),
    }

    def get_queryset(self) -> QuerySet[Waiver]:
        """With what the steps read."""
        return waivers_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What is confirmed."""
        row = self.object
        return super().get_context(facts=[(_("Condition"), str(row)), (_("Why"), row.reason)], **extra)


class DoubtPage(DetailPage):
    """One likeness between two payments."""

    model = Doubt
    lookup = "pk"
    policy = "disbursements.view_doubt"
    section = "queue"
    template_name = "disbursements/doubt.html"

    def get_queryset(self) -> QuerySet[Doubt]:
        """With what the page reads."""
        return doubts_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """This payment and what it is like."""
        row = self.object
        facts = [(_("What is alike"), row.get_kind_display()), (_("Like what"), row.other), (_("Found"), row.found_at)]
        return super().get_context(facts=[*facts, *payment_facts(row.tranche)], **extra)


class DoubtSteps(SaysDone):
    """Clear it."""

    model = Doubt
    lookup = "pk"
    policy = "disbursements.view_doubt"
    section = "queue"
    steps = {"clear": StepSpec(forms.DoubtForm, guarding.clear_doubt)}

    def get_queryset(self) -> QuerySet[Doubt]:
        """With what the step reads."""
        return doubts_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The payment beside the form."""
        row = self.object
        facts = [(_("What is alike"), row.get_kind_display()), (_("Like what"), row.other)]
        return super().get_context(facts=[*facts, *payment_facts(row.tranche)], **extra)


class AnswerFinding(EditPage):
    """Write down how a finding was settled."""

    model = Finding
    lookup = "pk"
    policy = "disbursements.view_finding"
    act_policy = "disbursements.answer_finding"
    section = "grants"
    title = _("Answer a finding")
    form_class = forms.FindingForm
    submit_label = _("Record the answer")
    done = _("The finding is answered.")

    def get_queryset(self) -> QuerySet[Finding]:
        """With its grant."""
        return findings_for_detail(self.request.user)

    def save(self, form: VersionedForm) -> Any:
        """Answer it."""
        return guarding.answer_finding(self.object, by=self.request.user, at=self.now, **form.values())


class DeclareTie(EditPage):
    """Tell of a link with an organisation."""

    model = Organisation
    policy = "disbursements.declare_tie"
    section = "grants"
    title = _("Declare a link with this organisation")
    form_class = forms.TieForm
    submit_label = _("Declare the link")
    done = _("Declared. From now on you move none of this organisation's money and decide none of its appeals.")

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """Not tied to the organisation's own version or kind."""
        return self.form_class(data, files, user=self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """No version of the organisation."""
        return super().get_context(**extra) | {"version": None}

    def save(self, form: VersionedForm) -> Any:
        """Declare it."""
        guarding.declare_tie(self.object, by=self.request.user, at=self.now, **form.values())
        return reverse("disbursements:grants")


class Ties(Page):
    """Links that bar people from an organisation's money. Few; all on one page."""

    policy = "disbursements.view_tie"
    section = "ties"
    title = _("Declared links")
    template_name = "disbursements/ties.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """All links, newest first."""
        may_end = bool(can(self.request.user, "fundmgmt.manage_people"))
        return super().get_context(rows=list(ties_for_list(self.request.user)), may_end=may_end, **extra)


class EndTie(EditPage):
    """End a link that is over, or was declared by mistake."""

    model = Tie
    lookup = "pk"
    policy = "disbursements.view_tie"
    act_policy = "disbursements.end_tie"
    section = "ties"
    title = _("End a declared link")
    form_class = ReasonForm
    submit_label = _("End the link")
    done = _("The link has ended.")

    def get_queryset(self) -> QuerySet[Tie]:
        """With person and organisation."""
        return ties_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Who, with whom."""
        row = self.object
        facts = [(_("Who"), str(row.user)), (_("With"), str(row.organisation)), (_("Declared"), row.declared_at)]
        return super().get_context(facts=facts, **extra) | {"back": reverse("disbursements:ties")}

    def save(self, form: VersionedForm) -> Any:
        """End it."""
        guarding.end_tie(self.object, by=self.request.user, at=self.now, **form.values())
        return reverse("disbursements:ties")
