"""The grantee's bank details, and the call-back that verifies them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from disbursements.actions import banking
from disbursements.forms import bank_details as forms
from disbursements.models import BankDetail
from disbursements.queries.banking import bank_steps
from disbursements.queries.grants import bank_details_for_detail
from fundmgmt.access import can
from fundmgmt.forms import VersionedForm
from fundmgmt.models import Organisation
from fundmgmt.pages import DetailPage, EditPage


class EnterBankDetail(EditPage):
    """A new version of an organisation's bank details."""

    model = Organisation
    policy = "disbursements.enter_bank_detail"
    section = "grants"
    title = _("Bank details")
    form_class = forms.BankDetailForm
    submit_label = _("Hand in the bank details")
    done = _("Handed in. The fund calls you back at the number it has on file.")

    def get_queryset(self) -> QuerySet[Organisation]:
        """One's own organisations."""
        user = self.request.user
        mine = user.organisation_ids if user.is_authenticated else ()
        return Organisation.objects.filter(pk__in=mine)

    def get_initial(self) -> dict[str, Any]:
        """Nothing of the old account is shown."""
        return {"holder": self.object.name, "currency": "USD"}

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """Not tied to the organisation's own version."""
        return self.form_class(data, files, user=self.request.user, initial=self.get_initial())

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """No version of the organisation."""
        return super().get_context(**extra) | {"version": None, "back": ""}

    def save(self, form: VersionedForm) -> Any:
        """A new version."""
        return banking.enter_bank_detail(self.object, by=self.request.user, at=self.now, **form.values())


class BankDetailPage(DetailPage):
    """One version of bank details, masked."""

    model = BankDetail
    lookup = "pk"
    policy = "disbursements.view_bank_detail"
    section = "grants"
    template_name = "disbursements/bank_detail.html"

    def get_queryset(self) -> QuerySet[BankDetail]:
        """With its organisation."""
        return bank_details_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What is known about it."""
        row = self.object
        facts = [
            (_("Organisation"), str(row.organisation)),
            (_("Version"), row.no),
            (_("Account holder"), row.holder),
            (_("Bank"), row.bank_name),
            (_("Account"), str(row.masked)),
            (_("Currency"), row.currency),
            (_("Entered"), row.entered_at),
            (_("Verified by call-back"), row.verified_at),
            (_("May be used from"), row.usable_from),
        ]
        open_still = row.verified_at is None and row.refused_at is None
        answer = can(self.request.user, "disbursements.verify_bank_detail", row)
        steps = bank_steps(row, self.today)
        return super().get_context(facts=facts, waits=open_still, verdict=answer, bank_steps=steps, **extra)


class VerifyBankDetail(EditPage):
    """A second person called back."""

    model = BankDetail
    lookup = "pk"
    policy = "disbursements.view_bank_detail"
    act_policy = "disbursements.verify_bank_detail"
    section = "grants"
    title = _("Verify bank details by a call-back")
    form_class = forms.CallBackForm
    submit_label = _("Record the call-back")
    done = _("The bank details are verified.")

    def get_queryset(self) -> QuerySet[BankDetail]:
        """With its organisation."""
        return bank_details_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The details to read out to the person called: here they are whole."""
        row = self.object
        facts = [
            (_("Organisation"), str(row.organisation)),
            (
                _("Number on file before: call this one"),
                row.number_on_file
                or row.organisation.phone
                or _("none: take it from the papers, never from a message"),
            ),
            (_("Account holder"), row.holder),
            (_("Bank"), row.bank_name),
            (_("Account number to compare"), row.account_number),
        ]
        return super().get_context(facts=facts, **extra)

    def save(self, form: VersionedForm) -> Any:
        """Verified."""
        return banking.verify_bank_detail(self.object, by=self.request.user, at=self.now, **form.values())


class RefuseBankDetail(VerifyBankDetail):
    """The call-back did not confirm them."""

    title = _("Do not accept these bank details")
    form_class = forms.RefuseDetailForm
    submit_label = _("Do not accept them")
    done = _("These bank details are not used.")

    def save(self, form: VersionedForm) -> Any:
        """Refused."""
        return banking.refuse_bank_detail(self.object, by=self.request.user, at=self.now, **form.values())
