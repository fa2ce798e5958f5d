"""Random people take random steps on the real pages of the sample fund; whatever they do, the fund's promises hold."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.test import TestCase
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from disbursements.models import LedgerLine, Tranche
from disbursements.queries.ledger import verify_ledger
from fundmgmt.journal import subject_of, sweep, verify
from fundmgmt.models import JournalEntry, User
from fundmgmt.workflow import edges, steps_for
from tests.house.reading import machines
from tests.journeys.visitor import Sheet, Visitor

pytestmark = [pytest.mark.usefixtures("fund", "db"), pytest.mark.slow, pytest.mark.by_chance]

MONEY_LEFT = ("sent", "confirmed", "reversed")
FINE = {200, 302, 403, 404, 409, 422}


def filled(form: Any, draw: Any) -> dict[str, Any]:
    """Something for each box of a form: mostly what fits; in one form of five some boxes hold nonsense."""
    careless = draw(st.integers(0, 4)) == 4
    values: dict[str, Any] = {}
    for field in form.inputs:
        name, kind = field.name, (field.get("type") or field.tag).lower()
        if not name or name == "version" or kind in {"hidden", "submit", "file"} or name in values:
            continue
        if careless and draw(st.booleans()):
            values[name] = draw(st.sampled_from(["", "-1", "x", "99999999999", "2020-01-01"]))
        else:
            values[name] = something(form, field, kind, draw)
    return {name: value for name, value in values.items() if value is not None}


def something(form: Any, field: Any, kind: str, draw: Any) -> Any:
    """A value of the kind that a box asks for."""
    fitting = {
        "select": lambda: [value for value in field.value_options if value] or [""],
        "radio": lambda: [one.get("value") for one in form.inputs if one.name == field.name],
        "checkbox": lambda: [field.get("value") or "on"],
        "date": lambda: [(timezone.localdate() + dt.timedelta(days=days)).isoformat() for days in (-3, 0, 1, 20, 40)],
        "number": lambda: ["0", "1", "2", "3", "4", "5"],
    }
    if kind in fitting:
        return draw(st.sampled_from(fitting[kind]()))
    if field.get("inputmode") == "decimal":
        return draw(st.sampled_from(["1", "500", "9660.80", "35000"]))
    return field.get("value") or draw(st.sampled_from(["Seen and agreed.", "Treasurer One", "BO-1"]))


class RandomFund(RuleBasedStateMachine):
    """One example is one afternoon in the fund, taken back at its end."""

    taken = 0

    @initialize()
    def open_the_day(self) -> None:
        self.day = transaction.atomic()
        self.day.__enter__()
        self.people = list(User.objects.filter(is_active=True).order_by("pk"))
        self.visitors: dict[int, Visitor] = {}
        self.models = [model for model in machines() if model.objects.exists()]
        self.known = JournalEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def teardown(self) -> None:
        if hasattr(self, "day"):
            assert verify().problems == []
            transaction.set_rollback(True)
            self.day.__exit__(None, None, None)

    def visitor(self, user: User) -> Visitor:
        return self.visitors.setdefault(user.pk, Visitor(user))

    def some_row(self, draw: Any) -> Any:
        model = draw(st.sampled_from(self.models))
        rows = list(model.objects.order_by("pk"))
        states = sorted({row.state for row in rows})
        state = draw(st.sampled_from(states))
        return draw(st.sampled_from([row for row in rows if row.state == state]))

    def submit(self, visitor: Visitor, sheet: Sheet, draw: Any) -> None:
        forms = sheet.forms()
        if sheet.status != 200 or not forms:
            return
        form = draw(st.sampled_from(forms))
        before = JournalEntry.objects.count()
        with TestCase.captureOnCommitCallbacks(execute=True):
            answer = visitor.post(sheet, form, filled(form, draw))
        assert answer.status in FINE, f"{visitor.user} at {sheet.url}: {answer.status}"
        if answer.status != 200:
            assert JournalEntry.objects.count() == before, f"{sheet.url} answered {answer.status} and wrote"
        type(self).taken += JournalEntry.objects.count() > before

    @rule(data=st.data())
    def take_a_step(self, data: st.DataObject) -> None:
        """Somebody opens the page of a step, mostly somebody who may."""
        row = self.some_row(data.draw)
        steps = [edge.step for edge in edges(type(row)) if edge.source == row.state]
        if not steps or not hasattr(row, "get_absolute_url"):
            return
        may = [
            (user, step.name)
            for user in self.people
            for step in steps_for(row, user)
            if step.allowed and "system" not in step.custom
        ]
        if may and data.draw(st.integers(0, 4)) < 4:
            user, name = data.draw(st.sampled_from(may))
        else:
            user, name = data.draw(st.sampled_from(self.people)), data.draw(st.sampled_from(sorted(set(steps))))
        visitor = self.visitor(user)
        sheet = visitor.read(f"{row.get_absolute_url()}steps/{name}/")
        assert sheet.status in FINE, f"{user} at {sheet.url}: {sheet.status}"
        self.submit(visitor, sheet, data.draw)

    @rule(data=st.data())
    def wander(self, data: st.DataObject) -> None:
        """Somebody opens a project and follows a link on its page."""
        row = self.some_row(data.draw)
        if not hasattr(row, "get_absolute_url"):
            return
        visitor = self.visitor(data.draw(st.sampled_from(self.people)))
        sheet = visitor.read(row.get_absolute_url())
        assert sheet.status in FINE, f"{visitor.user} at {sheet.url}: {sheet.status}"
        if sheet.status == 200 and sheet.links:
            sheet = visitor.read(data.draw(st.sampled_from(sheet.links)))
            assert sheet.status in FINE, f"{visitor.user} at {sheet.url}: {sheet.status}"
            self.submit(visitor, sheet, data.draw)

    @invariant()
    def no_state_without_its_edge(self) -> None:
        if not hasattr(self, "day"):
            return
        sweep()
        ways = {
            (model._meta.label_lower, edge.step, edge.source, edge.target)
            for model in machines()
            for edge in edges(model)
        }
        fresh = JournalEntry.objects.filter(pk__gt=self.known).order_by("pk")
        for entry in fresh:
            model, step = entry.subject.partition(":")[0], entry.kind.rpartition(".")[2]
            if entry.to_state and step != "begin":
                assert (model, step, entry.from_state, entry.to_state) in ways, entry.kind
        told: dict[str, str] = {}
        subjects = {entry.subject for entry in fresh}
        for entry in JournalEntry.objects.filter(subject__in=subjects).exclude(to_state="").order_by("pk"):
            told[entry.subject] = entry.to_state
        for model in machines():
            for row in model.objects.all():
                if subject_of(row) in told:
                    assert told[subject_of(row)] == row.state
        for thread in {entry.thread for entry in fresh}:
            assert verify(thread).problems == []
        self.known = max([self.known, *(entry.pk for entry in fresh)])

    @invariant()
    def money_never_leaves_without_its_people(self) -> None:
        if not hasattr(self, "day"):
            return
        for row in Tranche.objects.filter(state__in=MONEY_LEFT):
            people = {row.requested_by_id, row.checked_by_id, row.approved_by_id, row.paid_by_id}
            assert len(people - {None}) == 4
            assert LedgerLine.objects.filter(tranche=row).exists()

    @invariant()
    def the_ledger_balances(self) -> None:
        if hasattr(self, "day"):
            assert verify_ledger().problems == []


def test_random_people_taking_random_steps() -> None:
    RandomFund.taken = 0
    run_state_machine_as_test(
        RandomFund,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{RandomFund.taken} steps were taken")  # noqa: T201 -- shown with -s and when it fails
    assert RandomFund.taken >= 20, "too little of what was tried happened to prove anything"
