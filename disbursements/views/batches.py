"""The treasurer: own accounts, batches of payments, the last look, the file for the bank."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import accounts, batches
from disbursements.forms import banking as forms
from disbursements.models import FundAccount, PaymentBatch
from disbursements.queries.batches import (
    FINAL,
    batch_for_detail,
    batches_for_list,
    items_of,
    progress_of,
    second_look,
    waiting_tranches,
)
from disbursements.states import ON_ITS_WAY, BatchState, InstructionState
from disbursements.views.done import SaysDone
from fundmgmt.access import can
from fundmgmt.forms import ReasonForm, StepForm, VersionedForm
from fundmgmt.money import Money
from fundmgmt.pages import Column, DetailPage, EditPage, ListPage, NewPage, StepSpec
from fundmgmt.pages.shapes import Gone


class FundAccountList(ListPage):
    """Where the fund's own money lies."""

    policy = "disbursements.view_fundaccount"
    section = "statements"
    title = _("Own accounts")
    intro = _("Payment files are paid from these accounts, and statements are taken of these accounts only.")
    order = ("currency", "-valid_from", "-id")
    csv_name = "own-accounts"
    template_name = "disbursements/accounts.html"
    empty_title = _("No own account is recorded")
    empty_text = _("An administrator records the fund's account in each currency before the first payment file.")
    columns = (
        Column("currency", _("Currency"), lambda a: a.currency),
        Column("account", _("Account"), lambda a: a.account_number),
        Column("holder", _("Account holder"), lambda a: a.holder),
        Column("bank", _("Bank"), lambda a: " ".join(filter(None, (a.bank_name, a.bic)))),
        Column("valid_from", _("Valid from"), lambda a: a.valid_from),
        Column("added", _("Recorded by"), lambda a: a.added_by.name),
    )

    def get_queryset(self) -> QuerySet[FundAccount]:
        """All versions."""
        return FundAccount.objects.visible_to(self.request.user).select_related("added_by")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Who may add one."""
        return super().get_context(may_add=bool(can(self.request.user, "disbursements.add_fundaccount")), **extra)


class AddFundAccount(NewPage):
    """A new version of an own account."""

    policy = "disbursements.add_fundaccount"
    section = "statements"
    title = _("Record an own account")
    form_class = forms.FundAccountForm
    submit_label = _("Record the account")

    def get_initial(self) -> dict[str, Any]:
        """From today, in the country of the fund."""
        return {"currency": "USD", "town": "Kinshasa", "country": "CD", "valid_from": self.today}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the list."""
        return super().get_context(**extra) | {"back": reverse("disbursements:accounts")}

    def save(self, form: VersionedForm) -> str:
        """Record it."""
        accounts.add_account(by=self.request.user, at=self.now, **form.values())
        return reverse("disbursements:accounts")


class BatchList(ListPage):
    """Batches of payments, newest first."""

    policy = "disbursements.view_paymentbatch"
    section = "batches"
    title = _("Payment batches")
    order = ("-id",)
    csv_name = "payment-batches"
    filter_form = forms.BatchFilter
    template_name = "disbursements/batches.html"
    empty_title = _("No batch yet")
    empty_text = _(
        "Put approved tranches into a batch: they are looked at together and leave in one file for the bank."
    )
    columns = (
        Column("ref", _("Batch"), lambda b: b.ref, link=True),
        Column("state", _("State"), lambda b: str(b.get_state_display())),
        Column("on_date", _("Bank shall pay"), lambda b: b.on_date),
        Column("count", _("Payments"), lambda b: b.count, numeric=True),
        Column("done", _("Answered"), lambda b: b.done, numeric=True),
        Column("layout", _("File"), lambda b: str(b.get_layout_display())),
        Column("sha256", _("Seal of the file"), lambda b: b.paper.sha256 if b.paper else None, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[PaymentBatch]:
        """All."""
        return batches_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Who may open one."""
        return super().get_context(may_open=bool(can(self.request.user, "disbursements.begin_paymentbatch")), **extra)


class OpenBatch(NewPage):
    """Put a batch together."""

    policy = "disbursements.begin_paymentbatch"
    section = "batches"
    title = _("Put a batch together")
    form_class = forms.OpenBatchForm
    submit_label = _("Open the batch")
    done = _("The batch is open. Look at it, then release it.")

    def get_initial(self) -> dict[str, Any]:
        """Today."""
        return {"on_date": self.today}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Say so when nothing waits."""
        intro = "" if waiting_tranches(self.request.user).exists() else _("No approved tranche waits for payment now.")
        return super().get_context(intro=intro, **extra) | {"back": reverse("disbursements:batches")}

    def save(self, form: VersionedForm) -> Any:
        """Open it."""
        values = form.values()
        return batches.open_batch(
            by=self.request.user, at=self.now, on_date=values["on_date"], tranches=list(values["tranches"])
        )


class BatchPage(DetailPage):
    """One batch: payments, totals, warnings, progress, file."""

    model = PaymentBatch
    policy = "disbursements.view_paymentbatch"
    section = "batches"
    template_name = "disbursements/batch.html"

    def get_queryset(self) -> QuerySet[PaymentBatch]:
        """With its people and its file."""
        return batch_for_detail(self.request.user)

    def shown_steps(self) -> tuple[str, ...]:
        """Taking out happens beside each payment."""
        return tuple(BatchSteps.steps)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What an open batch would do, or what a released one did."""
        batch, user = self.object, self.request.user
        is_open = batch.state == BatchState.OPEN
        facts = [
            (_("Bank shall pay"), batch.on_date),
            (_("File"), str(batch.get_layout_display())),
            (_("Put together by"), batch.opened_by.name),
        ]
        if batch.released_by:
            facts += [(_("Released by"), batch.released_by.name), (_("Released"), batch.released_at)]
        if batch.handed_over_by:
            facts += [(_("Handed to the bank by"), batch.handed_over_by.name), (_("Handed over"), batch.handed_over_at)]
        more = self.opened() if is_open else self.sent()
        return super().get_context(facts=facts, is_open=is_open, **more, files=self.files(user), **extra)

    def opened(self) -> dict[str, Any]:
        """Each payment with what stands in its way."""
        look = second_look(self.object, self.request.user, self.now, self.today)
        return {"look": look, "stopped": not look.may_go}

    def sent(self) -> dict[str, Any]:
        """Each payment with its answer."""
        items = list(items_of(self.object))
        states = progress_of(self.object)
        return {
            "items": items,
            "done": sum(states.get(state, 0) for state in FINAL),
            "total": sum(states.values()),
            "states": [(InstructionState(state).label, count) for state, count in sorted(states.items())],
            "may_refuse": bool(can(self.request.user, "disbursements.hand_over_batch", self.object)),
        }

    def files(self, user: Any) -> list[dict[str, Any]]:
        """The file, for those who may carry it."""
        paper = self.object.paper
        if paper is None or not can(user, "disbursements.view_payment_file", self.object):
            return []
        title = _t("Payment file %(ref)s") % {"ref": self.object.ref}
        return [
            {
                "url": paper.get_absolute_url(),
                "title": title,
                "kind": paper.mime,
                "size": paper.size,
                "at": paper.added_at,
            }
        ]


class BatchSteps(SaysDone):
    """Steps of a batch; releasing shows everything once more."""

    model = PaymentBatch
    policy = "disbursements.view_paymentbatch"
    section = "batches"
    steps = {
        "put_in": StepSpec(forms.PutInForm, batches.put_in),
        "release": StepSpec(
            forms.ReleaseBatchForm, batches.release_batch, template="disbursements/steps/release_batch.html"
        ),
        "hand_over": StepSpec(forms.HandOverForm, batches.hand_over_batch),
        "drop": StepSpec(ReasonForm, batches.drop_batch),
    }

    def get_queryset(self) -> QuerySet[PaymentBatch]:
        """With its people and its file."""
        return batch_for_detail(self.request.user)

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """Releasing carries the seal of what is shown."""
        form = super().get_form(data, files)
        if self.kwargs["step"] == "release" and self.object.state == BatchState.OPEN:
            self.look = second_look(self.object, self.request.user, self.now, self.today)
            form.initial["seal"] = self.look.seal
        return form

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The second look."""
        if self.kwargs["step"] == "release":
            extra["look"] = getattr(self, "look", None)
        if self.kwargs["step"] == "hand_over" and self.object.paper:
            extra["facts"] = [(_("Seal of the file (sha256)"), self.object.paper.sha256)]
        return super().get_context(**extra)


class ItemEdit(EditPage):
    """A form about one payment of a batch."""

    model = PaymentBatch
    policy = "disbursements.view_paymentbatch"
    section = "batches"

    def get_queryset(self) -> QuerySet[PaymentBatch]:
        """Batches this person sees."""
        return batch_for_detail(self.request.user)

    def get_object(self) -> PaymentBatch:
        """The batch, and the payment in it."""
        batch = super().get_object()
        try:
            self.item = get_object_or_404(items_of(batch), pk=self.kwargs["item"])
        except ValueError as error:
            raise Http404 from error
        return batch

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The payment beside the form."""
        tranche = self.item.tranche
        facts = [
            (_("Payment"), tranche.ref),
            (_("To"), tranche.bank_detail.holder if tranche.bank_detail else str(tranche.grant.organisation)),
            (_("Amount"), Money(tranche.amount_minor, tranche.currency)),
        ]
        return super().get_context(facts=facts, **extra)


class TakeOut(ItemEdit):
    """A payment leaves an open batch."""

    act_policy = "disbursements.fill_batch"
    title = _("Take the payment out")
    form_class = StepForm
    submit_label = _("Take it out of the batch")
    done = _("The payment is free for another batch.")

    def may_act(self) -> Any:
        """Only while the batch is put together."""
        if self.object.state != BatchState.OPEN:
            return Gone(_("This batch is released or dropped. Nothing can be taken out any more."))
        return super().may_act()

    def save(self, form: VersionedForm) -> Any:
        """Take it out."""
        version = form.cleaned_data.get("version")
        return batches.take_out(self.object, self.item, by=self.request.user, at=self.now, expected_version=version)


class RecordRefusal(ItemEdit):
    """The bank did not carry out a payment."""

    title = _("The bank did not pay this")
    form_class = ReasonForm
    submit_label = _("Record that it was not paid")
    done = _("Recorded. The money is the fund's again; the tranche can be sent once somebody decides so.")

    def may_act(self) -> Any:
        """Asked of the instruction, while nobody knows its answer."""
        row = self.item.instruction
        if row is None or row.state not in ON_ITS_WAY:
            return Gone(_("This payment has not left, or has its answer already."))
        return can(self.request.user, "disbursements.refuse_payment", row)

    def save(self, form: VersionedForm) -> Any:
        """Record it."""
        batches.record_bank_refusal(self.item.instruction, by=self.request.user, at=self.now, **form.values())
        return self.object
