"""Grants and tranches as everybody meets them: what is due, why it waits, what happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import agreement as agreements
from disbursements.actions import grants as act
from disbursements.actions import guarding, holds, releasing, tranches
from disbursements.actions.tranches import OVER
from disbursements.forms import grants as forms
from disbursements.forms.guards import DiligenceForm
from disbursements.models import Grant, Tranche
from disbursements.pdf import agreement_duties, agreement_from
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
from disbursements.queries.sources import sources_of
from disbursements.queries.wishes import spent_warnings, tranche_warnings
from disbursements.states import GrantState, TrancheState
from fundmgmt.access import can
from fundmgmt.formats.words import day, money, percent
from fundmgmt.forms import ReasonForm, RemarkForm, StepForm
from fundmgmt.money import Money
from fundmgmt.pages import Column, DetailPage, ListPage, ObjectPage, StepPage, StepSpec
from fundmgmt.queries.story import story

GRANTEE_GRANT_STEPS = ("sign",)
GRANTEE_TRANCHE_STEPS = ("request", "confirm")
STORY = ("disbursements.",)


def latest_story(user: Any, thread: Any) -> list[Any]:
    """The lines about money in a project's story, newest first; the page shows the first dozen."""
    return story(user, thread, STORY)


def paper_link(paper: Any) -> list[dict[str, Any]]:
    """A paper for ui_files."""
    if paper is None:
        return []
    return [
        {
            "url": reverse("fundmgmt:paper", args=[paper.uid]),
            "title": paper.title,
            "kind": paper.get_kind_display(),
            "size": paper.size,
            "at": paper.added_at,
        }
    ]


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
        """A grantee is not shown the fund's own steps."""
        return GRANTEE_GRANT_STEPS if self.is_member() else ()

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Tranches, conditions, money."""
        grant, user = self.object, self.request.user
        rows = list(grant.tranches.order_by("no"))
        for row in rows:
            row.grant = grant
        ahead = next((row for row in rows if row.state not in OVER), None)
        banks = bank_details_of(grant.organisation_id) if can(user, "disbursements.view_bank_detail", grant) else []
        money_of = self.money(rows)
        return super().get_context(
            tranches=rows,
            ahead=ahead,
            checks=checks_of(ahead, self.now) if ahead else [],
            conditions=conditions_of(grant),
            findings=list(grant.findings.filter(answered_at__isnull=True)),
            may_answer=bool(can(user, "disbursements.answer_finding", grant)),
            may_meet=bool(can(user, "disbursements.meet_condition", grant)),
            may_refund=bool(can(user, "disbursements.record_refund", grant)),
            may_close=grant.state == GrantState.CLOSING and bool(can(user, "disbursements.tick_closure", grant)),
            may_bank=bool(can(user, "disbursements.enter_bank_detail", grant.organisation)),
            closure=list(grant.closure_items.all()),
            banks=banks,
            files=paper_link(grant.agreement_paper),
            facts=money_of,
            story=latest_story(user, grant.thread),
            warnings=spent_warnings(grant) if can(user, "disbursements.queue") else [],
            member=self.is_member(),
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
            (_("Schedule"), grant.schedule),
            (_("Due diligence until"), grant.due_diligence_until_date),
        ]
        return [*shown[:3], (_("Returned"), Money(back, grant.currency)), *shown[3:]] if back else shown


class GrantSteps(StepPage):
    """Steps of a grant."""

    model = Grant
    policy = "disbursements.view_grant"
    section = "grants"
    steps = {
        "prepare": StepSpec(StepForm, agreements.prepare_agreement),
        "sign": StepSpec(forms.SignForm, act.sign_agreement, template="disbursements/steps/sign.html"),
        "countersign": StepSpec(StepForm, act.countersign_agreement, template="disbursements/steps/sign.html"),
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
        signs = self.kwargs["step"] in {"sign", "countersign"}
        return super().get_context(facts=facts, text=agreement_text(grant) if signs else None, **extra)


def agreement_text(grant: Grant) -> dict[str, Any] | None:
    """The frozen agreement as a page, in its own language; None when none is prepared."""
    if grant.agreement_paper is None or not grant.agreement_paper.snapshot:
        return None
    frozen = agreement_from(grant.agreement_paper.snapshot)
    with translation.override(frozen.language):
        return {
            "language": frozen.language,
            "heading": _t("Grant agreement"),
            "facts": [
                (_t("Grantee"), frozen.organisation),
                (_t("Project"), frozen.title),
                (_t("Place"), frozen.place),
                (_t("Amount"), money(frozen.amount_minor, frozen.currency)),
                (_t("From"), day(dt.date.fromisoformat(frozen.start_date))),
                (_t("Until"), day(dt.date.fromisoformat(frozen.end_date))),
            ],
            "parts": [
                {
                    "line": _t("Tranche %(no)s: %(amount)s (%(share)s), planned for %(day)s")
                    % {
                        "no": part.no,
                        "amount": money(part.amount_minor, frozen.currency),
                        "share": percent(part.share_bp),
                        "day": day(dt.date.fromisoformat(part.planned_date)),
                    },
                    "conditions": part.conditions,
                }
                for part in frozen.parts
            ],
            "parts_heading": _t("Tranches and their conditions"),
            "award_heading": _t("Conditions of the award"),
            "award_conditions": frozen.award_conditions,
            "duties_heading": _t("What both sides promise"),
            "duties": agreement_duties(frozen),
            "sha256": grant.agreement_paper.sha256,
        }


class AgreementPage(ObjectPage):
    """The agreement as a page: the same text as the paper, readable aloud."""

    model = Grant
    policy = "disbursements.view_grant"
    section = "grants"
    title = _("Grant agreement")
    template_name = "disbursements/agreement.html"

    def get_queryset(self) -> QuerySet[Grant]:
        """With its paper."""
        return grant_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Text and paper."""
        grant = self.object
        return super().get_context(text=agreement_text(grant), files=paper_link(grant.agreement_paper), **extra)


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
        return tuple(
            name
            for name in TrancheSteps.steps
            if name not in GRANTEE_TRANCHE_STEPS and name not in idle_steps(self.object, self.today)
        )

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Conditions, people, payment, siblings."""
        row, user = self.object, self.request.user
        checks = checks_of(row, self.now)
        order = row.instructions.select_related("paper").last()
        shown = order is not None and bool(can(user, "disbursements.view_order", order))
        staff = bool(can(user, "disbursements.queue"))
        context = super().get_context(
            grant=row.grant,
            checks=checks,
            waivers=waivers_of(row),
            doubts=doubts_of(row, user),
            may_waive=bool(can(user, "disbursements.begin_waiver", row))
            and any(check.ident and not check.met for check in checks),
            may_tie=bool(can(user, "disbursements.declare_tie")),
            facts=payment_facts(row),
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


class TrancheSteps(StepPage):
    """Steps of a tranche, each beside the conditions."""

    model = Tranche
    lookup = "pk"
    policy = "disbursements.view_tranche"
    section = "queue"
    steps = {
        "request": StepSpec(forms.RequestForm, tranches.request_tranche, template="disbursements/steps/tranche.html"),
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
        return super().get_context(facts=payment_facts(row), checks=checks_of(row, self.now) if beside else [], **extra)
