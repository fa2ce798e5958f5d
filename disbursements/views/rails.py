"""Work for payment rails that people have to look at."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import outbox
from disbursements.models import Outbox
from disbursements.queries.rails import work_of
from disbursements.states import ErrandState
from fundmgmt.access import can
from fundmgmt.forms import RemarkForm, VersionedForm
from fundmgmt.pages import EditPage, Page
from fundmgmt.tasks import MONEY, signs_of_life


class WorkPage(Page):
    """How payments leave: signs of life of the workers, what waits longest, what stands still."""

    policy = "disbursements.view_outbox"
    section = "work"
    title = _("Work for payment rails")
    template_name = "disbursements/work.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """One query for each part."""
        work = work_of(self.now)
        return super().get_context(
            workers=[
                (_("Worker for payments") if one.cluster == MONEY else _("Worker for everything else"), one)
                for one in signs_of_life(self.now)
            ],
            facts=[
                (_("Errands that wait"), work.waiting),
                (_("Due, and not yet taken, since"), work.oldest_due or _t("nothing is due")),
                (_("Parked"), work.parked_count),
            ],
            work=work,
            **extra,
        )


class RetryErrand(EditPage):
    """One errand: what it is, what was answered, and “try again” when it is parked."""

    model = Outbox
    lookup = "pk"
    policy = "disbursements.view_outbox"
    act_policy = "disbursements.retry_outbox"
    section = "work"
    template_name = "disbursements/errand.html"
    form_class = RemarkForm
    submit_label = _("Try again")
    done = _("It is tried again, under the same number.")

    def get_title(self) -> object:
        """What it is for."""
        return self.object.get_kind_display()

    def may_act(self) -> Any:
        """Only what is parked is tried again by hand; everybody who may see it reads it."""
        return can(self.request.user, self.act_policy, self.object)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Facts, and whether it may be tried again."""
        row = self.object
        facts = [
            (_("Number"), row.key),
            (_("State"), str(row.get_state_display())),
            (_("Tries in a row without an answer"), row.attempts),
            (_("Asked for"), row.added_at),
            (_("Next try"), row.not_before if row.state == ErrandState.WAITING else None),
            (_("Settled"), row.settled_at),
        ]
        parked = row.state == ErrandState.PARKED
        return super().get_context(facts=[fact for fact in facts if fact[1] is not None], parked=parked, **extra)

    def save(self, form: VersionedForm) -> Any:
        """Again."""
        return outbox.retry_errand(self.object, by=self.request.user, at=self.now, **form.values())

    def success_url(self, result: Any) -> str:
        """Stay with it."""
        return reverse("disbursements:errand", args=[self.object.pk])
