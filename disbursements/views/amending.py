"""Changes of a grant's terms: choose, ask, see the effect, decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from disbursements.actions import amending, decisions, terms
from disbursements.forms import amending as forms
from disbursements.models import Amendment
from disbursements.queries import amendments as read
from disbursements.states import AmendmentKind, Decider
from disbursements.views.done import SaysDone
from disbursements.views.officer import GrantEdit
from fundmgmt.access import can
from fundmgmt.forms import ReasonForm, RemarkForm, StepForm
from fundmgmt.money import Money
from fundmgmt.pages import DetailPage, EditPage, ObjectPage, StepSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from disbursements.models import Grant
    from fundmgmt.forms import VersionedForm


@dataclass(frozen=True)
class Asking:
    """How one kind of change is asked for."""

    form: type[forms.AskForm]
    action: Callable[..., Amendment]
    help: object


KINDS = {
    AmendmentKind.BUDGET: Asking(
        forms.BudgetShiftForm,
        amending.ask_budget_shift,
        _("What one line gains, others give; a new line may be added. The sum stays."),
    ),
    AmendmentKind.EXTENSION: Asking(
        forms.ExtensionForm, amending.ask_extension, _("The project ends later, with the same money.")
    ),
    AmendmentKind.PHASING: Asking(
        forms.PhasingForm,
        amending.ask_phasing,
        _("Only tranches that nobody has asked for move. Their sum stays."),
    ),
    AmendmentKind.RESULTS: Asking(
        forms.ResultsForm, amending.ask_results, _("Other targets, or another place. The Committee decides.")
    ),
    AmendmentKind.ADMINISTRATIVE: Asking(
        forms.CorrectionForm, amending.ask_correction, _("Language of letters or your own number was written wrong.")
    ),
}
COLUMNS = (_("What changes"), _("Today"), _("After the change"))


class Changes(GrantEdit):
    """The changes of a grant, and the five that can be asked for."""

    title = _("Changes of this grant")
    template_name = "disbursements/amendments.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """To read; asking is a page of its own."""
        return ObjectPage.get(self, request, *args, **kwargs)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Changes so far, and what may be asked."""
        grant = self.object
        answer = can(self.request.user, "disbursements.ask_amendment", grant)
        kinds = [
            (kind.label, asking.help, reverse("disbursements:amendment_new", args=[grant.ref, kind.value]))
            for kind, asking in KINDS.items()
        ]
        return super().get_context(rows=read.amendments_of(grant), answer=answer, kinds=kinds, **extra)


class AskAmendment(GrantEdit):
    """Ask for a change of one kind."""

    act_policy = "disbursements.ask_amendment"
    submit_label = _("Look at the effect")
    done = _("Asked for. Look at what it changes and who decides it.")

    def get_object(self) -> Grant:
        """A kind that nobody knows is 404."""
        if self.kwargs["kind"] not in AmendmentKind.values:
            raise Http404
        self.kind = AmendmentKind(self.kwargs["kind"])
        self.asking = KINDS[self.kind]
        found: Grant = super().get_object()
        return found

    def get_title(self) -> object:
        """What changes."""
        return self.kind.label

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """Filled with what stands there now."""
        return self.asking.form(data, files, obj=self.object, user=self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """In short, and the days of the rules."""
        grant = self.object
        facts: list[tuple[object, object]] = [(_("Last day"), grant.end_date)]
        if self.kind == AmendmentKind.BUDGET:
            facts = [(_("All lines together"), Money(read.whole_budget(grant), grant.currency))]
        elif self.kind == AmendmentKind.PHASING:
            whole = sum(row.amount_minor for row in read.tranches_to_move(grant))
            facts = [(_("These tranches together"), Money(whole, grant.currency))]
        elif self.kind == AmendmentKind.EXTENSION:
            facts.append((_("To be asked for until"), read.last_day_to_ask(grant, self.today)))
            facts.append((_("Last possible day"), read.longest_end(grant, self.today)))
        back = reverse("disbursements:amendments", args=[grant.ref])
        return super().get_context(facts=facts, intro=self.asking.help, **extra) | {"back": back}

    def save(self, form: VersionedForm) -> Amendment:
        """Put it down; the effect is shown next."""
        return self.asking.action(self.object, by=self.request.user, at=self.now, **form.values())


class AmendmentPage(DetailPage):
    """One change: what it does, who decides it, what came of it."""

    model = Amendment
    lookup = "pk"
    policy = "disbursements.view_amendment"
    section = "grants"
    template_name = "disbursements/amendment.html"

    def get_queryset(self) -> QuerySet[Amendment]:
        """With what the page reads."""
        return read.amendments_for_detail(self.request.user)

    def shown_steps(self) -> tuple[str, ...]:
        """The grantee gives notice or withdraws; the fund decides."""
        member = self.object.organisation_id in self.request.user.organisation_ids
        mine = ("notify", "withdraw") if self.object.decider == "notice" else ("withdraw",)
        decides = {"notice": "notify", "officer": "approve", "committee": "none"}[self.object.decider]
        return mine if member else (decides, "refuse", "withdraw", "apply")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The effect, and the rule that spoke."""
        row = self.object
        shown: list[tuple[object, object]] = [
            (_("Grant"), row.grant.ref),
            (_("Who decides"), row.get_decider_display()),
            (_("Asked for on"), row.asked_at),
            (_("Decided on"), row.decided_at),
            (_("Decision of the Committee"), row.decision_ref),
            (_("Terms number"), row.terms_no),
        ]
        return super().get_context(
            facts=[fact for fact in shown if fact[1]],
            verdict=read.verdict_in_words(row, self.today),
            columns=COLUMNS,
            effect=read.effect_of(row),
            member=row.organisation_id in self.request.user.organisation_ids,
            item=read.item_of(row) if row.decider == Decider.COMMITTEE else None,
            may_put=can(self.request.user, "disbursements.put_on_agenda", row),
            **extra,
        )


class PutOnAgenda(EditPage):
    """Let a meeting of the Committee decide a change."""

    model = Amendment
    lookup = "pk"
    policy = "disbursements.view_amendment"
    act_policy = "disbursements.put_on_agenda"
    section = "grants"
    title = _("Put the change on an agenda")
    form_class = forms.AgendaForm
    submit_label = _("Put it on the agenda")
    done = _("It stands on the agenda. The Committee decides at its meeting.")

    def get_queryset(self) -> QuerySet[Amendment]:
        """With what the form shows."""
        return read.amendments_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Why the Committee decides; without a meeting, where to prepare one."""
        row = self.object
        facts = [(_("Grant"), row.grant.ref), (_("Why the Committee decides"), read.verdict_in_words(row, self.today))]
        if not read.open_agendas().exists():
            facts.append((_("Meetings"), _("No agenda is open. Prepare a meeting first, then come back.")))
        return super().get_context(facts=facts, **extra) | {"back": row.get_absolute_url()}

    def save(self, form: VersionedForm) -> Amendment:
        """Put it there."""
        decisions.put_change_on_agenda(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object


class AmendmentSteps(SaysDone):
    """Steps of a change, each beside its effect."""

    model = Amendment
    lookup = "pk"
    policy = "disbursements.view_amendment"
    section = "grants"
    steps = {
        name: StepSpec(form, action, template="disbursements/steps/amendment.html")
        for name, form, action in (
            ("notify", StepForm, amending.notify_amendment),
            ("approve", RemarkForm, amending.approve_amendment),
            ("refuse", ReasonForm, amending.refuse_amendment),
            ("withdraw", RemarkForm, amending.withdraw_amendment),
            ("apply", StepForm, terms.put_in_force),
        )
    }

    def get_queryset(self) -> QuerySet[Amendment]:
        """With what the steps read."""
        return read.amendments_for_detail(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The effect beside the form."""
        row = self.object
        return super().get_context(
            verdict=read.verdict_in_words(row, self.today), columns=COLUMNS, effect=read.effect_of(row), **extra
        )
