"""Gifts: the public page, how a gift stands for whoever gave it, and the fund's own view with giving back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from csp.constants import SELF
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import donations, giving_back
from disbursements.actions.gift_attempts import count_attempt
from disbursements.forms import donations as forms
from disbursements.gateway.stripe_giving import CURRENCIES, Giving
from disbursements.models import Donation, GivingBack
from disbursements.queries.donations import (
    aims_of_gifts,
    gift_by_token,
    gift_for_detail,
    gifts_for_list,
    limits_of_gifts,
    refunds_for,
    said_aim,
)
from disbursements.states import DISPUTE_BARS, DISPUTE_UNDECIDED, GIFT_HELD, DisputeState, DonationState
from disbursements.views.done import SaysDone
from fundmgmt.access import can
from fundmgmt.formats import words
from fundmgmt.forms import ReasonForm, StepForm, VersionedForm
from fundmgmt.models import StepError
from fundmgmt.money import Money, minor_digits
from fundmgmt.pages import Column, DetailPage, EditPage, ListPage, NewPage, Page, StepSpec
from fundmgmt.queries.story import why_of
from fundmgmt.workflow import Step, steps_for

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

ANYBODY = "Whoever wishes to give has no account; a gift is shown to whoever holds its own long, random address."


class LeadsToProvider:
    """A page whose form may lead to the card provider's payment page, and to no other place outside."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let the browser follow there; keep the page out of search engines and caches."""
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        response._csp_update = {"form-action": [SELF, settings.STRIPE_CHECKOUT_HOST]}  # noqa: SLF001 -- csp's own door
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex"
        return response


class Give(LeadsToProvider, NewPage):
    """The public page: how much, for what, and what happens with the money."""

    policy = "disbursements.give"
    public_reason = ANYBODY
    title = _("Give to the Fund")
    section = "give"
    template_name = "disbursements/give.html"
    submit_label = _("Go to the payment page")
    done = ""

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """With what may be chosen today."""
        aims = aims_of_gifts(get_language() or "fr", self.today)
        return forms.GiveForm(data, files, aims=aims, initial={"currency": CURRENCIES[0]})

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Limits, and whether gifts are possible here."""
        least, most = limits_of_gifts(self.today)
        return super().get_context(least=words.number(least // 100), most=words.number(most // 100), **extra) | {
            "ready": Giving().ready
        }

    def save(self, form: VersionedForm) -> Any:
        """Begin the gift; lead to the payment page, or to the gift's own page when the provider does not answer."""
        count_attempt(get_adapter().get_client_ip(self.request), at=self.now)
        language = get_language() or "fr"
        gift = donations.start_gift(at=self.now, language=language, **form.values())
        return gift.visit_url or gift.get_public_url()


class GiftPage(LeadsToProvider, Page):
    """How a gift stands, honestly: paid is what the provider has confirmed, nothing else."""

    policy = "disbursements.give"
    public_reason = ANYBODY
    title = _("Your gift")
    section = "give"
    template_name = "disbursements/gift.html"

    def get_object(self) -> Donation:
        """By its token."""
        found = gift_by_token(self.kwargs["token"])
        if found is None:
            raise Http404
        return found

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Facts, and what can be done now."""
        row: Donation = self.object
        facts = [
            (_("Amount"), Money(row.amount_minor, row.currency)),
            (
                _("What it is for"),
                said_aim(row.earmark, get_language() or "fr", self.today) or _("where it is needed most"),
            ),
            (_("Gift"), row.ref),
        ]
        if row.paid_at:
            facts += [(_("Paid on"), timezone.localdate(row.paid_at)), (_("Receipt"), row.receipt_no)]
        if row.given_back_minor:
            facts.append((_("Given back"), Money(row.given_back_minor, row.currency)))
        states = {one.state for one in row.disputes.all()}
        if DisputeState.LOST in states:
            lost = sum(one.amount_minor for one in row.disputes.all() if one.state == DisputeState.LOST)
            facts.append((_("Taken back by your bank"), Money(lost, row.currency)))
        return super().get_context(
            facts=facts,
            held=row.state in GIFT_HELD,
            taken_back=DisputeState.LOST in states,
            disputed=bool(states & set(DISPUTE_UNDECIDED)),
            payable=row.state == DonationState.BEGUN and self.now < row.until,
            **extra,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask the provider now, for those who do not want to wait for its message."""
        donations.ask_gift(self.object.pk, clock=timezone.now)
        return HttpResponseRedirect(self.object.get_public_url())


class GiftPay(GiftPage):
    """Go to the payment page, or go there again."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """There is nothing to see here."""
        return HttpResponseRedirect(self.object.get_public_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Open the payment page; say so when the provider does not answer."""
        try:
            gift = donations.open_visit(self.object, at=self.now)
        except StepError as error:
            messages.warning(request, str(error.message))
            return HttpResponseRedirect(self.object.get_public_url())
        return HttpResponseRedirect(gift.visit_url)


class GiftReceiptFile(GiftPage):
    """The receipt, for whoever holds the token."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The bytes as an attachment."""
        paper = self.object.receipt
        if paper is None:
            raise Http404
        content = paper.file.storage.open(paper.file.name)
        name = f"{self.object.receipt_no}.pdf"
        response = FileResponse(content, as_attachment=True, filename=name, content_type=paper.mime)
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing is sent here."""
        return HttpResponse(status=405)


def steps_below(row: Any, user: Any, name: str) -> tuple[list[Step], str]:
    """What this person may do with a proposal on the gift's page, and the address it is done at."""
    return steps_for(row, user), reverse(f"disbursements:{name}", args=[row.pk, "x"]).removesuffix("steps/x/")


def said_dispute(gift: Donation) -> str | None:
    """The newest dispute of a gift in a word; it was read with the gift."""
    rows = list(gift.disputes.all())
    return str(rows[-1].get_state_display()) if rows else None


# For the fund --------------------------------------------------------------------------------------------


class GiftList(ListPage):
    """Every gift of the public page."""

    policy = "disbursements.view_donation"
    section = "gifts"
    title = _("Gifts")
    intro = _("Made on the public page by card or bank debit. Paid is what the card provider has confirmed.")
    order = ("-id",)
    csv_name = "gifts"
    empty_title = _("No gift yet")
    empty_text = _("When somebody gives on the public page it stands here, from the first step on.")
    columns = (
        Column("ref", _("Gift"), lambda g: g.ref, link=True),
        Column("state", _("State"), lambda g: str(g.get_state_display())),
        Column("dispute", _("Dispute"), said_dispute),
        Column("paid", _("Paid on"), lambda g: timezone.localdate(g.paid_at) if g.paid_at else None),
        Column("earmark", _("Meant for"), lambda g: str(g.earmark) if g.earmark else None),
        Column("amount", _("Amount"), lambda g: Money(g.amount_minor, g.currency), numeric=True),
        Column("back", _("Given back"), lambda g: Money(g.given_back_minor, g.currency), numeric=True, csv_only=True),
        Column("receipt", _("Receipt"), lambda g: g.receipt_no, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[Donation]:
        """All of them."""
        return gifts_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """While there is none: the way to the page that brings them."""
        way = {"empty_url": reverse("disbursements:give"), "empty_action": _t("See the public page")}
        return super().get_context(**way, **extra)


class GiftDetail(DetailPage):
    """One gift: what was given, what arrived, what went back."""

    model = Donation
    policy = "disbursements.view_donation"
    section = "gifts"
    template_name = "disbursements/donation.html"

    def get_queryset(self) -> QuerySet[Donation]:
        """With what was given back."""
        return gift_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Facts, refunds, and whether one may be proposed."""
        row: Donation = self.object
        facts = [
            (_("Given"), Money(row.amount_minor, row.currency)),
            (_("Meant for"), str(row.earmark) if row.earmark else _("anything (unrestricted)")),
            (_("Name on the receipt"), row.receipt_name or None),
            (_("Receipt"), row.receipt_no or None),
            (_("Paid on"), timezone.localdate(row.paid_at) if row.paid_at else None),
        ]
        if row.settled_minor is not None:
            facts += [
                (_("Credited by the provider"), Money(row.settled_minor, row.settled_currency)),
                (_("Fee of the provider"), Money(row.fee_minor or 0, row.settled_currency)),
                (_("Given back"), Money(row.given_back_minor, row.currency)),
            ]
        user, disputes = self.request.user, list(row.disputes.all())
        barred = any(one.state in DISPUTE_BARS for one in disputes)
        may = can(user, "disbursements.begin_givingback") and row.state in giving_back.GIVABLE and not barred
        return super().get_context(
            facts=facts,
            refunds=[(refund, *steps_below(refund, user, "giving_back")) for refund in row.refunds.all()],
            disputes=[
                (one, [(a, *steps_below(a, user, "dispute_answer")) for a in one.answers.all()]) for one in disputes
            ],
            may_propose=bool(may),
            may_answer=bool(can(user, "disbursements.begin_disputeanswer")),
            **extra,
        )


class ProposeGivingBack(EditPage):
    """Propose to give a gift, or a part of it, back."""

    model = Donation
    policy = "disbursements.view_donation"
    act_policy = "disbursements.begin_givingback"
    section = "gifts"
    title = _("Propose to give it back")
    form_class = forms.GiveBackForm
    submit_label = _("Propose it")
    done = _("Proposed. Another treasurer confirms or declines it.")

    def get_initial(self) -> dict[str, Any]:
        """All that is left."""
        row = self.object
        return {"amount": words.written(Money(row.left_minor, row.currency).decimal, minor_digits(row.currency))}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What is left of it."""
        row = self.object
        facts = [
            (_("Given"), Money(row.amount_minor, row.currency)),
            (_("Left"), Money(row.left_minor, row.currency)),
        ]
        return super().get_context(facts=facts, **extra)

    def save(self, form: VersionedForm) -> Any:
        """Propose it."""
        giving_back.propose_giving_back(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object


class GivingBackSteps(SaysDone):
    """A second treasurer confirms or declines."""

    model = GivingBack
    lookup = "pk"
    policy = "disbursements.view_givingback"
    section = "gifts"
    steps = {
        "confirm": StepSpec(StepForm, giving_back.confirm_giving_back, fresh=True),
        "decline": StepSpec(ReasonForm, giving_back.decline_giving_back),
    }

    def get_queryset(self) -> QuerySet[GivingBack]:
        """With their gift."""
        return refunds_for(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """How much, and who proposed it."""
        row = self.object
        facts = [
            (_("Gift"), row.donation.ref),
            (_("Amount to give back"), Money(row.amount_minor, row.donation.currency)),
            (_("Proposed by"), row.proposed_by.name if row.proposed_by else _t("the card provider")),
            (_("Why"), why_of(row, "begin") or None),
        ]
        return super().get_context(facts=facts, **extra)
