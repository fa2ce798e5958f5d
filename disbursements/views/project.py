"""Grants and tranches as everybody meets them: what is due, why it waits, what happened."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import agreement as agreements
from disbursements.actions import grants as act
from disbursements.actions import guarding, holds, releasing, requesting, signing, tranches
from disbursements.actions.tranches import OVER
from disbursements.forms import grants as forms
from disbursements.forms import signing as by_hand
from disbursements.forms.guards import DiligenceForm
from disbursements.forms.requests import RequestForm
from disbursements.models import Grant, Tranche
from disbursements.queries.amendments import amendments_of
from disbursements.queries.budgets import AS_SIGNED
from disbursements.queries.closing import assets_of, closure_of, feedback_of
from disbursements.queries.funds import owed_back
from disbursements.queries.grants import (
    bank_details_of,
    conditions_of,
    grant_for_detail,
    grants_for_list,
    tranches_for_list,
)
from disbursements.queries.guards import doubts_of, waivers_of
from disbursements.queries.rails import attempts_of, idle_steps
from disbursements.queries.release import checks_of
from disbursements.queries.requests import shown_request
from disbursements.queries.schedules import schedule_now
from disbursements.queries.signing import hand_of, unsent_code, waiting_code
from disbursements.queries.sources import sources_of
from disbursements.queries.wishes import spent_warnings, tranche_warnings
from disbursements.states import AMENDABLE, MONEY_LEFT, GrantState, TrancheState
from disbursements.views.agreement import agreement_text, hand_facts, paper_link
from disbursements.views.done import SaysDone
from disbursements.views.outlook import outlook
from fundmgmt.access import can
from fundmgmt.formats.words import percent
from fundmgmt.forms import ReasonForm, RemarkForm, StepForm
from fundmgmt.money import Money
from fundmgmt.pages import Column, DetailPage, ListPage, StepSpec
from fundmgmt.queries.story import story

GRANTEE_GRANT_STEPS = ("ask_code", "sign")
SIGNING = "disbursements/steps/sign.html"
GRANTEE_TRANCHE_STEPS = ("request", "confirm")
STORY = ("disbursements.",)


def latest_story(user: Any, thread: Any) -> list[Any]:
    """The lines about money in a project's story, newest first; the page shows the first dozen."""
    return story(user, thread, STORY)


class GrantList(ListPage):
    """The fund's grants; a grantee sees its own."""

    policy = "disbursements.list_grants"
    section = "grants"
    title = _("Grants")
    order = ("-ref",)
    csv_name = "grants"
    filter_form = forms.GrantFilter
    empty_title = _("No grant yet")
    empty_text = _("A grant stands here from the day it is opened for an approved application.")
    columns = (
        Column("ref", _("Reference"), lambda g: g.ref, link=True),
        Column("title", _("Project"), lambda g: g.title),
        Column("organisation", _("Organisation"), lambda g: str(g.organisation)),
        Column("state", _("State"), lambda g: str(g.get_state_display())),
        Column("end_date", _("Until"), lambda g: g.end_date),
        Column("amount", _("Amount"), lambda g: Money(g.amount_minor, g.currency), numeric=True),
        Column("paid", _("Paid"), lambda g: Money(g.paid_minor, g.currency), numeric=True),
        Column("external_ref", _("Own number"), lambda g: g.external_ref, csv_only=True),
        Column("schedule", _("Schedule"), lambda g: g.schedule, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[Grant]:
        """Visible grants."""
        return grants_for_list(self.request.user)


class GrantPage(DetailPage):
    """One grant: the one thing to do now, the next tranche and what it waits for, the money, the story."""

    model = Grant
    policy = "disbursements.view_grant"
    section = "grants"
    template_name = "disbursements/grant.html"

    def get_queryset(self) -> QuerySet[Grant]:
        """With what the page reads."""
        return grant_for_detail(self.request.user)

    def get_title(self) -> object:
        """The project."""
        return self.object.title or self.object.ref

    def is_member(self) -> bool:
        """Whether the reader belongs to the grantee."""
        return self.object.organisation_id in self.request.user.organisation_ids

    def shown_steps(self) -> tuple[str, ...]:
        """A grantee is not shown the fund's own steps, nor the fund the grantee's."""
        if self.is_member():
            return GRANTEE_GRANT_STEPS
        hidden = {*GRANTEE_GRANT_STEPS, *(["close"] if self.is_closing_early else [])}
        return tuple(name for name in GrantSteps.steps if name not in hidden)

    @cached_property
    def closure(self) -> list[Any]:
        """The close-out list, once it is begun."""
        return closure_of(self.object)

    @property
    def is_closing_early(self) -> bool:
        """Whether lines of the close-out list come before the close."""
        return self.object.state == GrantState.CLOSING and not all(line.settled_at for line in self.closure)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Tranches, conditions, money."""
        grant, user = self.object, self.request.user
        rows = list(grant.tranches.order_by("no"))
        for row in rows:
            row.grant = grant
        ahead = next((row for row in rows if row.state not in OVER), None)
        banks = bank_details_of(grant.organisation_id) if can(user, "disbursements.view_bank_detail", grant) else []
        money_of = self.money(rows)
        closure = self.closure
        return super().get_context(
            tranches=rows,
            ahead=ahead,
            checks=checks_of(ahead, self.now) if ahead else [],
            conditions=conditions_of(grant),
            findings=list(grant.findings.filter(answered_at__isnull=True)),
            may_answer=bool(can(user, "disbursements.answer_finding", grant)),
            may_meet=grant.state not in {GrantState.CLOSED, GrantState.TERMINATED}
            and bool(can(user, "disbursements.meet_condition", grant)),
            may_refund=any(row.state in MONEY_LEFT for row in rows)
            and bool(can(user, "disbursements.record_refund", grant)),
            may_close=grant.state == GrantState.CLOSING and bool(can(user, "disbursements.tick_closure", grant)),
            may_bank=bool(can(user, "disbursements.enter_bank_detail", grant.organisation)),
            outlook=outlook(grant),
            closure=closure,
            settle_first=self.is_closing_early,
            assets=assets_of(grant) if closure else [],
            opinion=feedback_of(grant) if closure and not self.is_member() else None,
            may_list=grant.state == GrantState.CLOSING and bool(can(user, "disbursements.list_asset", grant)),
            may_strike=grant.state == GrantState.CLOSING and bool(can(user, "disbursements.tick_closure", grant)),
            may_say=self.is_member()
            and any(line.code == "grantee_feedback" and not line.settled_at for line in closure)
            and bool(can(user, "disbursements.give_feedback", grant)),
            changes=amendments_of(grant),
            may_change=grant.state in AMENDABLE and bool(can(user, "disbursements.ask_amendment", grant)),
            banks=banks,
            files=[*paper_link(grant.agreement_paper), *paper_link(grant.certificate_paper)],
            facts=money_of,
            story=latest_story(user, grant.thread),
            warnings=spent_warnings(grant) if can(user, "disbursements.queue") else [],
            member=self.is_member(),
            unsent=unsent_code(grant),
            **extra,
        )

    def money(self, rows: list[Tranche]) -> list[tuple[object, object]]:
        """At a glance."""
        grant = self.object
        paid = sum(row.amount_minor for row in rows if row.state in {TrancheState.SENT, TrancheState.CONFIRMED})
        spent, back = act.spent_of(grant), act.refunded_of(grant)
        shown = [
            (_("Amount"), Money(grant.amount_minor, grant.currency)),
            (_("Paid"), Money(paid, grant.currency)),
            (_("Spent, as accepted reports say"), Money(spent, grant.currency)),
            (_("From"), grant.start_date),
            (_("Until"), grant.end_date),
            (_("Schedule"), schedule_now(grant, rows)),
            (_("Due diligence until"), grant.due_diligence_until_date),
        ]
        if grant.terms_no > AS_SIGNED:
            shown.append((_("Terms number"), grant.terms_no))
        if paid:
            more = [(_("Returned"), Money(back, grant.currency))] if back else []
            more.append((_("Still to account for"), Money(paid - spent - back, grant.currency)))
            shown[3:3] = more
        if owed := owed_back(grant).get(grant.pk):
            shown.insert(0, (_("To be given back: it was paid once too often"), Money(owed, grant.currency)))
        return shown


class GrantSteps(SaysDone):
    """Steps of a grant."""

    model = Grant
    policy = "disbursements.view_grant"
    section = "grants"
    steps = {
        "prepare": StepSpec(StepForm, agreements.prepare_agreement),
        "ask_code": StepSpec(by_hand.AskCodeForm, signing.ask_code, template=SIGNING),
        "sign": StepSpec(by_hand.SignForm, signing.sign_agreement, template=SIGNING),
        "sign_on_paper": StepSpec(by_hand.HandForm, signing.sign_on_paper, template=SIGNING),
        "sign_by_mark": StepSpec(by_hand.MarkForm, signing.sign_by_mark, template=SIGNING),
        "countersign": StepSpec(by_hand.CountersignForm, act.countersign_agreement, template=SIGNING),
        "activate": StepSpec(StepForm, act.activate),
        "suspend": StepSpec(forms.SuspendForm, holds.suspend_grant),
        "renew_diligence": StepSpec(DiligenceForm, guarding.renew_diligence),
        "end": StepSpec(forms.EndForm, act.end_grant),
        "begin_closing": StepSpec(StepForm, act.begin_closing),
        "close": StepSpec(StepForm, act.close_grant),
        "terminate": StepSpec(forms.TerminateForm, act.terminate_grant),
    }

    def get_queryset(self) -> QuerySet[Grant]:
        """With what the steps read."""
        return grant_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The agreement beside a signature."""
        grant = self.object
        facts = [
            (_("Grantee"), str(grant.organisation)),
            (_("Amount"), Money(grant.amount_minor, grant.currency)),
            (_("Schedule"), grant.schedule),
        ]
        shown = {"facts": facts}
        if self.spec.template == SIGNING:
            shown |= {"text": agreement_text(grant), "files": paper_link(grant.agreement_paper)}
            shown["unsent"] = unsent_code(grant)
            shown["member"] = grant.organisation_id in self.request.user.organisation_ids
        if self.kwargs["step"] == "sign":
            shown["code"] = waiting_code(grant, self.request.user, self.now)
        if self.kwargs["step"] == "countersign" and (hand := hand_of(grant)):
            shown |= {"facts": [*facts, *hand_facts(hand)], "files": paper_link(hand.copy)}
        return super().get_context(**shown, **extra)

    def success_url(self, result: Any) -> str:
        """Who has asked for a code types it next."""
        if self.kwargs["step"] == "ask_code":
            return reverse("disbursements:grant_step", args=[self.object.ref, "sign"])
        return super().success_url(result)


class TranchePage(DetailPage):
    """One tranche: what it waits for and why, who acted, the payment."""

    model = Tranche
    lookup = "pk"
    policy = "disbursements.view_tranche"
    section = "queue"
    template_name = "disbursements/tranche.html"

    def get_queryset(self) -> QuerySet[Tranche]:
        """With what the page reads."""
        return tranches_for_list(self.request.user)

    def get_title(self) -> object:
        """Number and project."""
        return _t("Tranche %(no)s") % {"no": self.object.no}

    def shown_steps(self) -> tuple[str, ...]:
        """A grantee is not shown the fund's own steps, nor the fund the grantee's."""
        if self.object.organisation_id in self.request.user.organisation_ids:
            return GRANTEE_TRANCHE_STEPS
        hidden = {*GRANTEE_TRANCHE_STEPS, *idle_steps(self.object, self.today)}
        return tuple(name for name in TrancheSteps.steps if name not in hidden)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Conditions, people, payment, siblings."""
        row, user = self.object, self.request.user
        checks = checks_of(row, self.now)
        order = row.instructions.select_related("paper").last()
        shown = order is not None and bool(can(user, "disbursements.view_order", order))
        staff = bool(can(user, "disbursements.queue"))
        asked = shown_request(row)
        context = super().get_context(
            grant=row.grant,
            checks=checks,
            waivers=waivers_of(row),
            doubts=doubts_of(row, user),
            may_waive=bool(can(user, "disbursements.begin_waiver", row))
            and any(check.ident and not check.met for check in checks),
            may_tie=bool(can(user, "disbursements.declare_tie")),
            facts=payment_facts(row),
            wanted=asked,
            wanted_files=paper_link(asked.request.paper)
            if asked and bool(can(user, "disbursements.view_paper", row))
            else [],
            siblings=list(row.grant.tranches.order_by("no")),
            files=paper_link(order.paper) if shown else [],
            sources=sources_of(row) if can(user, "disbursements.view_donor") else [],
            warnings=tranche_warnings(row) if staff else [],
            attempts=attempts_of(row) if staff else [],
            story=latest_story(user, row.thread),
            member=row.organisation_id in user.organisation_ids,
            **extra,
        )
        if row.state == TrancheState.APPROVED and (order is None or order.paper_id is None):
            context["steps"] = [
                replace(step, style=PAPER_FIRST.get(step.name, step.style)) for step in context["steps"]
            ]
        return context


PAPER_FIRST = {"issue_order": "primary", "send": "plain"}  # the bank needs the order before anybody can record it


def payment_facts(row: Tranche) -> list[tuple[object, object]]:
    """What this payment is."""
    shown: list[tuple[object, object]] = [
        (_("Amount"), Money(row.amount_minor, row.currency)),
        (_("Share"), percent(row.share_bp)),
        (_("Planned for"), row.planned_date),
        (_("To"), str(row.grant.organisation)),
    ]
    if row.bank_detail:
        shown.append((_("Account"), str(row.bank_detail.masked)))
    if row.spent_stated_minor is not None:
        shown.append((_("Spent, as the request states"), Money(row.spent_stated_minor, row.currency)))
    if row.bank_date:
        shown.append((_("Executed by the bank"), row.bank_date))
    if row.received_date:
        shown.append((_("Arrived"), Money(row.received_minor or 0, row.currency)))
        shown.append((_("Arrived on"), row.received_date))
    return shown


class TrancheSteps(SaysDone):
    """Steps of a tranche, each beside the conditions."""

    model = Tranche
    lookup = "pk"
    policy = "disbursements.view_tranche"
    section = "queue"
    steps = {
        "request": StepSpec(RequestForm, requesting.request_tranche, template="disbursements/steps/request.html"),
        "return_request": StepSpec(ReasonForm, tranches.return_request),
        "check_request": StepSpec(RemarkForm, tranches.check_tranche, template="disbursements/steps/tranche.html"),
        "unblock": StepSpec(StepForm, tranches.unblock_tranche, template="disbursements/steps/tranche.html"),
        "approve": StepSpec(
            RemarkForm, tranches.approve_tranche, template="disbursements/steps/tranche.html", fresh=True
        ),
        "void_approval": StepSpec(ReasonForm, tranches.void_approval),
        "issue_order": StepSpec(
            StepForm, tranches.issue_order, template="disbursements/steps/tranche.html", fresh=True
        ),
        "withdraw_order": StepSpec(ReasonForm, releasing.withdraw_order),
        "decide_again": StepSpec(ReasonForm, releasing.decide_again, template="disbursements/steps/decide_again.html"),
        "release": StepSpec(
            forms.ReleaseForm, releasing.release_tranche, template="disbursements/steps/release.html", fresh=True
        ),
        "send": StepSpec(forms.PayForm, tranches.pay_tranche, template="disbursements/steps/tranche.html", fresh=True),
        "confirm": StepSpec(forms.ReceiptForm, tranches.confirm_receipt),
        "cancel": StepSpec(ReasonForm, tranches.cancel_tranche),
        "reverse": StepSpec(forms.ReturnedForm, tranches.reverse_tranche),
    }

    def get_queryset(self) -> QuerySet[Tranche]:
        """With what the steps read."""
        return tranches_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Conditions and the payment beside the form."""
        row = self.object
        beside = self.spec.template != "ui/step.html"
        if self.kwargs["step"] == "decide_again":
            extra["attempts"] = attempts_of(row)
        if beside:
            extra["wanted"] = shown_request(row)
        return super().get_context(facts=payment_facts(row), checks=checks_of(row, self.now) if beside else [], **extra)
