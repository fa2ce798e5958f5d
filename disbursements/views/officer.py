"""The programme office: open grants, meet conditions, close out, record refunds."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from disbursements.actions import conditions, grants, spending
from disbursements.forms import grants as forms
from disbursements.models import Condition, Grant
from disbursements.queries import funds
from disbursements.queries.closing import balance_fact
from disbursements.queries.grants import application_for_award, awards_to_open, grant_for_detail
from disbursements.queries.schedules import schedules_for
from disbursements.queries.wishes import award_warnings
from fundmgmt.forms import ReasonForm, VersionedForm
from fundmgmt.money import Money
from fundmgmt.pages import Column, EditPage, ListPage


class AwardList(ListPage):
    """Approved applications that wait for their grant."""

    policy = "disbursements.list_awards"
    section = "awards"
    title = _("Awards without a grant")
    order = ("-id",)
    csv_name = "awards"
    empty_title = _("Every award has its grant")
    empty_text = _("When the Committee approves an application it stands here until its grant is opened.")
    columns = (
        Column("ref", _("Reference"), lambda a: a.ref),
        Column("title", _("Project"), lambda a: a.title),
        Column("organisation", _("Organisation"), lambda a: str(a.organisation)),
        Column("decided", _("Decided"), lambda a: a.decided_at),
        Column("amount", _("Awarded"), lambda a: Money(a.awarded_minor, a.currency), numeric=True),
    )

    def get_queryset(self) -> QuerySet[Application]:
        """Awards still to open."""
        return awards_to_open(self.request.user)

    def cells(self, rows: Any) -> list[dict[str, Any]]:
        """Each row leads to opening its grant."""
        found = super().cells(rows)
        for row in found:
            row["url"] = reverse("disbursements:open_grant", args=[row["object"].ref])
        return found


class OpenGrant(EditPage):
    """Open the grant of an award."""

    model = Application
    policy = "disbursements.open_from_award"
    act_policy = "disbursements.open_grant"
    section = "awards"
    title = _("Open the grant")
    template_name = "disbursements/grant_open.html"
    form_class = forms.OpenGrantForm
    submit_label = _("Open the grant")
    done = _("The grant is open. The grantee can sign the agreement now.")

    def get_queryset(self) -> QuerySet[Application]:
        """Approved applications."""
        return application_for_award(self.request.user)

    def get_initial(self) -> dict[str, Any]:
        """The days of the application; when they have passed, as many days from today on."""
        found = super().get_initial()
        start, end = found.get("start_date"), found.get("end_date")
        if start and end and start < self.today:
            found |= {"start_date": self.today, "end_date": self.today + (end - start)}
        return found

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """With the schedules of the window."""
        allowed = schedules_for(self.object.window, self.today)
        return forms.OpenGrantForm(
            data, files, obj=self.object, user=self.request.user, schedules=allowed, initial=self.get_initial()
        )

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The award, the fund's room, and a warning when donors meant their money for other aims."""
        award = self.object
        plan = funds.plan_commitment(award, award.awarded_minor or 0, award.currency)
        facts = [
            (_("Project"), award.title),
            (_("Organisation"), str(award.organisation)),
            (_("Awarded"), Money(award.awarded_minor or 0, award.currency)),
            (_("The fund can still award"), Money(funds.uncommitted(award.currency), award.currency)),
        ]
        if plan.short:
            facts.append((_("Not covered by money for this purpose"), Money(plan.short, award.currency)))
        context = super().get_context(facts=facts, **extra)
        warnings = award_warnings(award, award.awarded_minor or 0, award.currency)
        return context | {"back": reverse("disbursements:awards"), "warned": plan.short > 0, "warnings": warnings}

    def save(self, form: VersionedForm) -> Any:
        """Open it."""
        return grants.open_grant(self.object, by=self.request.user, at=self.now, **form.values())


class ConditionEdit(EditPage):
    """A form about one condition."""

    model = Condition
    lookup = "pk"
    policy = "disbursements.view_condition"
    act_policy = "disbursements.meet_condition"
    section = "grants"

    def get_queryset(self) -> QuerySet[Condition]:
        """With its grant."""
        return Condition.objects.visible_to(self.request.user).select_related("grant", "tranche")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What it is about."""
        row = self.object
        facts = [
            (_("Condition"), str(row)),
            (_("Grant"), row.grant.ref),
            (_("Before tranche"), row.tranche.no if row.tranche else None),
            (_("Due"), row.due_date),
            (_("Met on"), row.met_at),
        ]
        return super().get_context(facts=facts, **extra) | {"back": row.grant.get_absolute_url()}

    def success_url(self, result: Any) -> str:
        """Back to the grant."""
        return self.object.grant.get_absolute_url()


class MeetCondition(ConditionEdit):
    """Attest that a condition is met."""

    title = _("Record that a condition is met")
    form_class = forms.MeetForm
    submit_label = _("Record it as met")
    done = _("The condition is met.")

    def save(self, form: VersionedForm) -> Any:
        """Meet it."""
        return conditions.attest(self.object, by=self.request.user, at=self.now, **form.values())


class UnmeetCondition(ConditionEdit):
    """Take an attestation back."""

    title = _("Open a condition again")
    form_class = ReasonForm
    submit_label = _("Open it again")
    done = _("The condition is open again.")

    def save(self, form: VersionedForm) -> Any:
        """Open it."""
        return conditions.withdraw(self.object, by=self.request.user, at=self.now, **form.values())


class GrantEdit(EditPage):
    """A form about one grant."""

    model = Grant
    policy = "disbursements.view_grant"
    section = "grants"

    def get_queryset(self) -> QuerySet[Grant]:
        """With what the pages read."""
        return grant_for_detail(self.request.user)


class RecordRefund(GrantEdit):
    """Unspent money came back."""

    act_policy = "disbursements.record_refund"
    title = _("Record returned money")
    form_class = forms.RefundForm
    submit_label = _("Record the money")
    done = _("The returned money is in the ledger.")

    def get_initial(self) -> dict[str, Any]:
        """All that is left, as the grantee is asked to send it."""
        return {"amount_minor": max(grants.unaccounted(self.object), 0) or None}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """How much is not accounted for."""
        facts = [balance_fact(grants.unaccounted(self.object), self.object.currency)]
        return super().get_context(facts=facts, **extra)

    def save(self, form: VersionedForm) -> Any:
        """Record it."""
        spending.record_refund(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object
