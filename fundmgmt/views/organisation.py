"""An organisation's own pages: register, describe, colleagues, hand over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from fundmgmt.access import can
from fundmgmt.actions.people import (
    add_colleague,
    change_role,
    describe_organisation,
    end_membership,
    hand_over,
    pause_organisation,
    register_organisation,
    resume_organisation,
    take_back_invitation,
)
from fundmgmt.forms import ReasonForm, RemarkForm, StepForm, VersionedForm
from fundmgmt.forms.people import (
    ColleagueForm,
    HandOverForm,
    MemberRoleForm,
    OrganisationForm,
    SupervisedHandOverForm,
)
from fundmgmt.models import Invitation, Membership, Organisation
from fundmgmt.pages import DetailPage, EditPage, StepPage, StepSpec
from fundmgmt.queries import catalogues
from fundmgmt.queries.people import colleagues, open_invitations
from fundmgmt.views.projects import drawn_panels


class OrganisationEdit(EditPage):
    """A form of what an organisation says of itself."""

    model = Organisation
    form_class = OrganisationForm
    section = "home"

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """Places as lists, once the catalogue of places is loaded."""
        places: dict[str, tuple[object, Any]] = {"province": (_("Province"), catalogues.provinces())}
        places["territory"] = (_("City or territory"), catalogues.territories())
        return self.form_class(
            data,
            files,
            obj=self.object,
            user=self.request.user,
            initial=self.get_initial(),
            places={name: (label, choices) for name, (label, choices) in places.items() if choices},
        )


class RegisterOrganisation(OrganisationEdit):
    """The first thing after signing up."""

    policy = "fundmgmt.view_own"
    act_policy = "fundmgmt.begin_organisation"
    title = _("Register your organisation")
    submit_label = _("Register the organisation")
    done = _("Your organisation is registered. You are its responsible person.")

    def get_object(self) -> None:
        """None yet."""

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What happens then."""
        intro = _t("You become its responsible person and can add colleagues. Nothing is sent to anybody yet.")
        return super().get_context(**({"back": "/", "intro": intro} | extra))

    def get_title(self) -> object:
        """No row yet."""
        return self.title

    def save(self, form: VersionedForm) -> str:
        """Register, then go back to the page that asked for it, such as a call, or to the first page."""
        register_organisation(by=self.request.user, at=self.now, **form.values())
        wanted = self.request.GET.get("next", "")
        safe = url_has_allowed_host_and_scheme(wanted, {self.request.get_host()}, require_https=False)
        return wanted if safe else "/"


class OrganisationPage(DetailPage):
    """One organisation: what it is, who belongs, what stages show of it."""

    policy = "fundmgmt.view_organisation"
    model = Organisation
    template_name = "fundmgmt/organisation.html"
    section = "home"

    def shown_steps(self) -> tuple[str, ...]:
        """Describing has a page of its own."""
        return ("pause", "resume")

    def get_title(self) -> str:
        """The whole name."""
        return self.object.name

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Facts, colleagues, and what this reader may do."""
        user, row = self.request.user, self.object
        may_manage = can(user, "fundmgmt.manage_members", row)
        facts = [
            (_t("Kind"), row.get_kind_display()),
            (_t("Legal standing"), row.get_legal_status_display()),
            (_t("Registration number"), row.registration_number or None),
            (_t("Founded in"), str(row.founded_year) if row.founded_year else None),
            (_t("Place"), ", ".join(part for part in (row.territory, row.province) if part) or None),
            (_t("Address"), row.address or None),
            (_t("Phone"), row.phone or None),
            (_t("Own account, two signatories"), _t("yes") if row.has_bank_account else _t("no")),
        ]
        return super().get_context(
            facts=facts,
            colleagues=colleagues(row, self.today),
            may_describe=can(user, "fundmgmt.describe_organisation", row),
            may_manage=may_manage,
            invitations=open_invitations(row, self.now) if may_manage else [],
            may_hand_over=can(user, "fundmgmt.hand_over", row),
            own=user.memberships_today.get(row.pk),
            panels=drawn_panels(user, row.thread),
            **extra,
        )


class DescribeOrganisation(OrganisationEdit):
    """Change what the organisation says of itself."""

    policy = "fundmgmt.view_organisation"
    act_policy = "fundmgmt.describe_organisation"
    title = _("Change the organisation's details")
    submit_label = _("Keep the details")

    def save(self, form: VersionedForm) -> Organisation:
        """Keep them, against the version the person saw."""
        return describe_organisation(
            self.object,
            by=self.request.user,
            at=self.now,
            expected_version=form.cleaned_data.get("version"),
            **form.values(),
        )


class AddColleague(EditPage):
    """Add or invite somebody."""

    policy = "fundmgmt.view_organisation"
    act_policy = "fundmgmt.manage_members"
    model = Organisation
    form_class = ColleagueForm
    title = _("Add a colleague")
    submit_label = _("Add the colleague")
    done = ""

    def save(self, form: VersionedForm) -> Organisation:
        """Add, or send the invitation, and say which."""
        found = add_colleague(self.object, by=self.request.user, at=self.now, **form.values())
        invited = isinstance(found, Invitation)
        said = _t("An invitation is on its way.") if invited else _t("Your colleague belongs now.")
        messages.success(self.request, said)
        return self.object


class OneColleague(EditPage):
    """A form about one colleague's place."""

    policy = "fundmgmt.view_organisation"
    model = Organisation
    membership: Membership

    def get_object(self) -> Organisation:
        """The organisation, and the open membership in it."""
        row = super().get_object()
        found = row.memberships.filter(pk=self.kwargs["pk"], valid_until=None).select_related("user", "organisation")
        self.membership = found.first()
        if self.membership is None:
            raise Http404
        return row

    def get_initial(self) -> dict[str, Any]:
        """What the colleague may do now."""
        return {"role": self.membership.role}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Whom it is about."""
        return super().get_context(**({"intro": self.membership.user.name} | extra))


class ChangeColleague(OneColleague):
    """Let a colleague do more or less."""

    act_policy = "fundmgmt.manage_members"
    form_class = MemberRoleForm
    title = _("What may this colleague do?")

    def save(self, form: VersionedForm) -> Organisation:
        """Change it."""
        change_role(self.membership, by=self.request.user, at=self.now, **form.values())
        return self.object


class EndMembership(OneColleague):
    """Somebody leaves."""

    form_class = RemarkForm
    title = _("Leave the organisation")
    submit_label = _("End it now")
    done = _("Done. The access ended at once.")

    def may_act(self) -> Any:
        """Asked about the membership, so that everybody may leave by themselves."""
        return can(self.request.user, "fundmgmt.end_membership", self.membership)

    def save(self, form: VersionedForm) -> str:
        """End it; who left oneself goes to the first page."""
        end_membership(self.membership, by=self.request.user, at=self.now, **form.values())
        gone = self.membership.user_id == self.request.user.pk
        return "/" if gone else self.object.get_absolute_url()


class TakeBackInvitation(EditPage):
    """An offer that nobody has taken yet ends."""

    policy = "fundmgmt.view_organisation"
    act_policy = "fundmgmt.manage_members"
    model = Organisation
    form_class = StepForm
    title = _("Take the invitation back")
    submit_label = _("Take it back")
    done = _("The invitation was taken back. Its link opens nothing any more.")
    invitation: Invitation

    def get_object(self) -> Organisation:
        """The organisation, and the open offer."""
        row = super().get_object()
        found = row.invitations.filter(pk=self.kwargs["pk"], ended_at=None).select_related("organisation").first()
        if found is None:
            raise Http404
        self.invitation = found
        return row

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """To whom it went, for those who may take it back."""
        return super().get_context(**({"intro": self.invitation.email if self.may_act() else ""} | extra))

    def save(self, form: VersionedForm) -> Organisation:
        """End it."""
        take_back_invitation(self.invitation, by=self.request.user, at=self.now)
        return self.object


class HandOver(EditPage):
    """Make somebody else responsible."""

    policy = "fundmgmt.view_organisation"
    act_policy = "fundmgmt.hand_over"
    model = Organisation
    title = _("Hand the responsibility over")
    submit_label = _("Hand over")
    done = _("The responsibility was handed over.")

    def is_owner(self) -> bool:
        """Whether the person hands over their own responsibility, or an officer helps."""
        return self.request.user.memberships_today.get(self.object.pk) == "owner"

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """One of the colleagues; or, for an officer, anybody with an account and a reason."""
        form = HandOverForm if self.is_owner() else SupervisedHandOverForm
        return form(data, files, obj=self.object, user=self.request.user)

    def save(self, form: VersionedForm) -> str:
        """Hand over; who left goes to the first page."""
        hand_over(self.object, by=self.request.user, at=self.now, **form.values())
        return "/" if form.values().get("leave") else self.object.get_absolute_url()


class OrganisationSteps(StepPage):
    """Pause and resume."""

    policy = "fundmgmt.view_organisation"
    model = Organisation
    steps = {
        "pause": StepSpec(ReasonForm, pause_organisation),
        "resume": StepSpec(RemarkForm, resume_organisation),
    }
