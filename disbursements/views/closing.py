"""Closing a grant out: the office settles lines, the grantee lists things and says what it thinks of the fund."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from disbursements.actions import closing
from disbursements.forms import closing as forms
from disbursements.models import Asset, Grant
from disbursements.queries.closing import assets_for_detail, assets_of, balance_fact, closure_of
from disbursements.states import BY_HAND, GrantState
from disbursements.views.officer import GrantEdit
from fundmgmt.forms import ReasonForm
from fundmgmt.money import Money
from fundmgmt.pages import EditPage, Gone
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from fundmgmt.forms import VersionedForm


TOO_LATE = _("Things are listed while a grant runs or is closed out.")


class Closure(GrantEdit):
    """The close-out list."""

    act_policy = "disbursements.tick_closure"
    title = _("Close-out list")
    template_name = "disbursements/closure.html"
    form_class = forms.ClosureForm
    submit_label = _("Keep what is settled")

    def may_act(self) -> Any:
        """Only while the grant is closing."""
        if self.object.state != GrantState.CLOSING:
            return Gone(_("The list is open while the grant is closing."))
        return super().may_act()

    def get_initial(self) -> dict[str, Any]:
        """What is settled already."""
        return {"codes": [line.code for line in closure_of(self.object) if line.settled_at and line.code in BY_HAND]}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """How much is not accounted for, the whole list, the things."""
        grant = self.object
        facts = [balance_fact(closing.unaccounted(grant), grant.currency)]
        may = bool(self.may_act())
        return super().get_context(
            facts=facts, closure=closure_of(grant), assets=assets_of(grant), may_list=may, may_strike=may, **extra
        )

    def save(self, form: VersionedForm) -> Any:
        """Settle the ticked lines."""
        return closing.settle_closure(self.object, by=self.request.user, at=self.now, **form.values())


class ListAsset(GrantEdit):
    """Put a thing on the list."""

    act_policy = "disbursements.list_asset"
    title = _("A thing that outlasts the project")
    form_class = forms.AssetForm
    submit_label = _("Put it on the list")
    done = _("It is on the list. Say who has it when it is handed over.")

    def may_act(self) -> Any:
        """Only while things are listed."""
        return super().may_act() if self.object.state in closing.LISTED_IN else Gone(TOO_LATE)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """From which value on."""
        limit = Money(rule("asset_list_from_minor", self.today).value, self.object.currency)
        return super().get_context(facts=[(_("To be listed above"), limit)], **extra)

    def save(self, form: VersionedForm) -> Any:
        """List it."""
        closing.list_asset(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object


class HandOver(EditPage):
    """Say who has a thing now."""

    model = Asset
    lookup = "pk"
    policy = "disbursements.view_asset"
    act_policy = "disbursements.list_asset"
    section = "grants"
    title = _("Say who has it now")
    form_class = forms.HandOverForm
    submit_label = _("Keep it")
    done = _("Handed over.")

    def get_queryset(self) -> QuerySet[Asset]:
        """With its grant."""
        return assets_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What it is."""
        row = self.object
        facts = [(_("What it is"), row.what), (_("Value when bought"), Money(row.value_minor, row.grant.currency))]
        return super().get_context(facts=facts, **extra)

    def save(self, form: VersionedForm) -> Any:
        """Handed over."""
        closing.hand_over_asset(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object.grant


class StrikeAsset(HandOver):
    """It was listed by mistake."""

    act_policy = "disbursements.strike_asset"
    title = _("Strike it from the list")
    form_class = ReasonForm
    submit_label = _("Strike it")
    done = _("Struck. It stays readable with your reason.")

    def may_act(self) -> Any:
        """Only while things are listed."""
        return super().may_act() if self.object.grant.state in closing.LISTED_IN else Gone(TOO_LATE)

    def save(self, form: VersionedForm) -> Any:
        """Struck."""
        reason = form.values()["reason"]
        closing.strike_asset(self.object, by=self.request.user, at=self.now, reason=reason)
        return self.object.grant


class GiveFeedback(GrantEdit):
    """Three questions for the grantee."""

    act_policy = "disbursements.give_feedback"
    title = _("What do you think of the fund?")
    form_class = forms.FeedbackForm
    submit_label = _("Send your answers")
    done = _("Thank you. Your answers help the fund to do better.")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What becomes of it."""
        intro = _("Your answers change nothing for your grant. The programme office and the Committee read them.")
        return super().get_context(intro=intro, **extra)

    def save(self, form: VersionedForm) -> Grant:
        """Kept."""
        closing.give_feedback(self.object, by=self.request.user, at=self.now, **form.values())
        found: Grant = self.object
        return found
