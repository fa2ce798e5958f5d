"""Money in: donors, their checks and readers, pledges with their parts, what arrived."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import donors, funding
from disbursements.forms import donors as donor_forms
from disbursements.forms import funding as money_forms
from disbursements.models import Donor, Pledge
from disbursements.queries import funds
from disbursements.queries.donors import Part, parts_of
from disbursements.views.done import SaysDone
from fundmgmt.access import can
from fundmgmt.formats.words import day as in_words
from fundmgmt.forms import ReasonForm, StepForm, VersionedForm
from fundmgmt.money import Money
from fundmgmt.pages import Column, DetailPage, EditPage, ListPage, NewPage, StepSpec
from fundmgmt.rules import rule


class DonorList(ListPage):
    """Who gives."""

    policy = "disbursements.view_donor"
    section = "donors"
    title = _("Donors")
    order = ("ref",)
    csv_name = "donors"
    template_name = "disbursements/donors.html"
    empty_title = _("No donor yet")
    empty_text = _("Add the first donor, then what it promises and what arrives.")
    columns = (
        Column("ref", _("Reference"), lambda d: d.ref, link=True),
        Column("name", _("Name"), lambda d: d.name),
        Column("kind", _("Kind"), lambda d: str(d.get_kind_display())),
        Column("checked", _("Due diligence until"), lambda d: d.checked_until_date),
    )

    def get_queryset(self) -> QuerySet[Donor]:
        """Visible donors."""
        return funds.donors_for_list(self.request.user)


class DonorPage(DetailPage):
    """One donor: pledges and what arrived."""

    model = Donor
    policy = "disbursements.view_donor"
    section = "donors"
    template_name = "disbursements/donor.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Pledges with their parts, contributions, checks, readers."""
        user, donor = self.request.user, self.object
        pledges = list(funds.pledges_for_list(user).filter(donor=donor))
        return super().get_context(
            pledges=pledges,
            parts=parts_for_page(pledges, self.today),
            contributions=list(funds.contributions_of(donor=donor)),
            checks=list(donor.checks.select_related("checked_by")),
            check_ended=donor.checked_until_date is None or donor.checked_until_date < self.today,
            may_check=bool(can(user, "disbursements.check_donor", donor)),
            may_name=bool(can(user, "disbursements.name_donor_reader", donor)),
            readers=list(donor.readers.order_by("name")),
            **extra,
        )


PART_TONES = {"paid": "ok", "late": "no", "soon": "wait"}


def parts_for_page(pledges: list[Pledge], today: Any) -> list[dict[str, Any]]:
    """Parts of pledges with a badge that says how each stands."""
    soon = rule("instalment_notice_days", today).value
    return [
        {"part": part, "said": _said(part), "tone": PART_TONES.get(part.state, "plain")}
        for part in parts_of(pledges, today, soon)
    ]


def _said(part: Part) -> str:
    days = {"day": in_words(part.due_date)}
    return {
        "paid": _t("received"),
        "written_off": _t("written off"),
        "late": _t("late since %(day)s") % days,
        "soon": _t("expected on %(day)s, soon") % days,
        "waits": _t("expected on %(day)s") % days,
    }[part.state]


class AddDonor(NewPage):
    """A new donor."""

    policy = "disbursements.add_donor"
    section = "donors"
    title = _("Add a donor")
    form_class = donor_forms.DonorForm
    submit_label = _("Add the donor")

    def save(self, form: VersionedForm) -> Any:
        """Add it."""
        return funding.add_donor(by=self.request.user, at=self.now, **form.values())


class DonorEdit(EditPage):
    """A form about one donor's money."""

    model = Donor
    policy = "disbursements.view_donor"
    section = "donors"

    def get_initial(self) -> dict[str, Any]:
        """Most give in dollars."""
        return {"currency": "USD"}


class CheckDonor(DonorEdit):
    """A second person's look at a donor."""

    act_policy = "disbursements.check_donor"
    title = _("Record the check of a donor")
    form_class = donor_forms.DonorCheckForm
    submit_label = _("Record the check")

    def save(self, form: VersionedForm) -> Any:
        """Record it."""
        donors.check_donor(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object


class NameReader(DonorEdit):
    """Who of the donor may read its statement."""

    act_policy = "disbursements.name_donor_reader"
    title = _("Name a reader of the statement")
    form_class = donor_forms.ReaderForm
    submit_label = _("Keep the reader")

    def save(self, form: VersionedForm) -> Any:
        """Name or take off."""
        values = form.values()
        act = donors.drop_reader if values.pop("off") else donors.name_reader
        return act(self.object, by=self.request.user, at=self.now, **values)


class RecordPledge(DonorEdit):
    """A promise."""

    act_policy = "disbursements.begin_pledge"
    title = _("Record a pledge")
    form_class = donor_forms.PledgeForm
    submit_label = _("Record the pledge")

    def save(self, form: VersionedForm) -> Any:
        """Record it."""
        return funding.record_pledge(self.object, by=self.request.user, at=self.now, **form.values())


class RecordContribution(DonorEdit):
    """Money that arrived."""

    act_policy = "disbursements.record_contribution"
    title = _("Record money received")
    form_class = money_forms.ContributionForm
    submit_label = _("Record the money")

    def save(self, form: VersionedForm) -> Any:
        """Record it."""
        funding.record_contribution(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object


class PledgePage(DetailPage):
    """One pledge."""

    model = Pledge
    policy = "disbursements.view_pledge"
    section = "donors"
    template_name = "disbursements/pledge.html"

    def get_queryset(self) -> QuerySet[Pledge]:
        """With what arrived."""
        return funds.pledges_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Parts and what arrived."""
        row = self.object
        facts = [
            (_("Donor"), row.donor.name),
            (_("Amount"), Money(row.amount_minor, row.currency)),
            (_("Received"), Money(row.received_minor, row.currency)),
            (_("Still to come"), Money(max(row.amount_minor - row.received_minor, 0), row.currency)),
            (_("For"), str(row.earmark) if row.earmark else _("anything (unrestricted)")),
            (_("Pledged on"), row.pledged_date),
        ]
        return super().get_context(
            facts=facts,
            parts=parts_for_page([row], self.today),
            contributions=list(funds.contributions_of(pledge=row)),
            **extra,
        )


class PledgeSteps(SaysDone):
    """Steps of a pledge."""

    model = Pledge
    policy = "disbursements.view_pledge"
    section = "donors"
    steps = {
        "sign": StepSpec(StepForm, funding.sign_pledge),
        "write_off": StepSpec(ReasonForm, funding.write_off_pledge),
    }

    def get_queryset(self) -> QuerySet[Pledge]:
        """With donor and earmark."""
        return funds.pledges_for_list(self.request.user)
