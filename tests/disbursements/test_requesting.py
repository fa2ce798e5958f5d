"""A request for funds: its parts make the tranche, it is frozen when certified, and it shows where it differs."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from disbursements.actions import requesting, spending, tranches
from disbursements.models import FundsRequest, FundsRequestLine, Grant
from disbursements.pdf import render_request, request_from
from disbursements.queries.requests import Position, positions, proposed_plan, shown_request
from fundmgmt.actions import rules
from fundmgmt.models import StepRefused
from fundmgmt.models.append_only import WrittenOnce
from tests.disbursements.test_pages import REQUEST, client_of, page
from tests.factories import applications
from tests.factories import grants as make
from tests.telling import refused

pytestmark = pytest.mark.usefixtures("standing_grant")

LINES = st.lists(
    st.tuples(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=20
)


@given(LINES, st.integers(1, 10**10))
def test_whatever_was_spent_the_proposed_parts_make_the_tranche(rows: list[tuple[int, int, int]], amount: int) -> None:
    lines = [Position(no, "", *minor) for no, minor in enumerate(rows, 1)]
    plan = proposed_plan(amount, lines)
    assert (sum(plan.values()), sorted(plan), min(plan.values()) >= 0) == (amount, [line.no for line in lines], True)
    if any(line.left_minor > 0 for line in lines):
        assert all(plan[line.no] == 0 for line in lines if line.left_minor <= 0)


def ask(people: make.Cast, grant: Grant, no: int, **values: Any) -> FundsRequest:
    """The grantee asks."""
    row = make.tranche(grant, no)
    told = {"certified_name": "Responsible person", "certified_role": "Coordination", **values}
    requesting.request_tranche(row, by=people.owner, at=make.ASKED, **told)
    return row.requests.get()


def test_a_request_freezes_where_each_line_stands(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    spending.record_spent(grant, 1, {1: 900_00}, by=people.checker, at=make.ASKED)
    spending.state_spent(grant, 2, {1: 50_00, 2: 30_00}, by=people.owner, at=make.ASKED)
    lines = positions(grant)
    plan = proposed_plan(1_097_800, lines)
    with pytest.raises(StepRefused, match="The parts make") as wrong:
        ask(people, grant, 2, plan={**plan, 2: plan[2] + 1})
    assert wrong.value.field == "plan_1"
    with pytest.raises(StepRefused, match="no line 99"):
        ask(people, grant, 2, plan={99: 1_097_800})
    with pytest.raises(StepRefused, match="for which budget lines"):
        ask(people, grant, 2, plan={})
    assert not FundsRequest.objects.filter(tranche__no=2).exists()
    left = lines[1].left_minor
    found = ask(people, grant, 2, plan={2: left + 1, 3: 1_097_800 - left - 1}, interest_minor=120)
    assert (found.accepted_minor, found.stated_minor, found.spent_minor, found.paid_minor) == (
        900_00,
        80_00,
        980_00,
        1_097_800,
    )
    assert (found.authorised_minor, found.requested_minor, found.untold_minor) == (make.AWARD, 1_097_800, 0)
    spending.record_spent(grant, 2, {1: 1}, by=people.checker, at=make.ASKED)
    shown = shown_request(make.tranche(grant, 2))
    assert shown is not None
    assert [(line.no, line.over_minor) for line in shown.lines if line.no == 2] == [(2, 1)]
    assert [line.stated_minor for line in shown.lines][:2] == [50_00, 30_00]
    assert len(shown.differences) == 2
    with found.paper.file.open() as kept:
        assert render_request(request_from(found.paper.snapshot)) == kept.read()
    for reader in (people.owner, people.checker, people.approver):
        assert "Responsible person, Coordination" in page(reader, make.tranche(grant, 2).get_absolute_url())


def test_the_rule_says_who_may_ask_without_a_plan(people: make.Cast, grant: Grant) -> None:
    admin = applications.person("admin@example.org", "administrator")
    decided = {"valid_from": make.ASKED.date(), "decided_in": "SC-2026-01/9", "reason": "Every line from the start."}
    assert ask(people, grant, 1).by_line is False
    tranches.return_request(make.tranche(grant), by=people.checker, at=make.ASKED, reason="Say for what.")
    assert shown_request(make.tranche(grant)) is None
    rules.set_rule("request_free_tranches", 0, by=admin, at=make.ASKED, **decided)
    with pytest.raises(StepRefused, match="for which budget lines"):
        ask(people, grant, 1)


def test_the_database_takes_no_other_sum_and_no_change(people: make.Cast, grant: Grant) -> None:
    make.requested(people, make.tranche(grant))
    found = FundsRequest.objects.get()
    values = {name: getattr(found, name) for name in _columns(FundsRequest) if name not in {"id", "no"}}
    line = found.lines.first()
    assert line is not None
    parts = {name: getattr(line, name) for name in _columns(FundsRequestLine) if name not in {"id", "request_id"}}
    wrong = ((1_097_800, 1_097_799, "parts of a request"), (1_097_799, 1_097_799, "amount of its tranche"))
    for asked, part, words in wrong:
        other = FundsRequest(**{**values, "no": 2, "requested_minor": asked})
        with refused(DatabaseError, words, found), transaction.atomic():
            FundsRequestLine(request=other, **{**parts, "requested_minor": part}).save(force_insert=True)
            other.save(force_insert=True)
    with refused(DatabaseError, "no further line", found), transaction.atomic():
        FundsRequestLine(request=found, **{**parts, "line_no": 77}).save(force_insert=True)
    with pytest.raises(WrittenOnce):
        found.save()
    other = FundsRequest(**{**values, "no": 2})
    FundsRequestLine(request=other, **{**parts, "requested_minor": 1_097_800}).save(force_insert=True)
    other.save(force_insert=True)
    assert FundsRequest.objects.count() == 2
    tranches.check_tranche(make.tranche(grant), by=people.checker, at=make.ASKED)
    other = FundsRequest(**{**values, "no": 3})
    with refused(DatabaseError, "no other request", found), transaction.atomic():
        FundsRequestLine(request=other, **{**parts, "requested_minor": 1_097_800}).save(force_insert=True)
        other.save(force_insert=True)


def _columns(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def test_the_form_proposes_parts_and_tells_the_sum_at_a_line(people: make.Cast, grant: Grant) -> None:
    row = make.tranche(grant)
    url = f"{row.get_absolute_url()}steps/request/"
    form = client_of(people.owner).get(url).context["form"]
    parts = {field.html_name: field.value() for _line, field in form.rows}
    assert sum(parts.values()) == row.amount_minor
    typed = {name: f"{minor // 100},{minor % 100:02}" for name, minor in parts.items()}
    first = next(iter(typed))
    told = client_of(people.owner).post(url, {**REQUEST, **typed, first: "1,00"})
    assert (told.status_code, set(told.context["form"].errors)) == (422, {first})
    assert client_of(people.owner).post(url, {**REQUEST, **typed}).status_code == 302
    assert FundsRequest.objects.get().by_line is True
