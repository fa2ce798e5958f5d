"""Changes of the terms: weighed by the rules, decided by another, in force as typed rows upon a version."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disbursements.actions import amending, holds, tranches
from disbursements.models import Amendment, Grant
from disbursements.queries.amendments import effect_of, standing, verdict_in_words
from disbursements.queries.budgets import budget_lines
from disbursements.queries.requests import positions, proposed_plan
from fundmgmt.access import Refused
from fundmgmt.models import StepRefused
from tests.factories import grants as make
from tests.factories.changing import amounts, shifted
from tests.telling import refused, told

pytestmark = pytest.mark.usefixtures("standing_grant")

AT = make.ASKED
WHY = "Prices rose."


def shift(people: make.Cast, grant: Grant, share_bp: int, by: Any = None) -> Amendment:
    lines = shifted(grant, share_bp)
    return amending.ask_budget_shift(grant, by=by or people.owner, at=AT, lines=lines, reason=WHY)


def test_a_small_shift_needs_a_notice_and_keeps_what_was(people: make.Cast, grant: Grant) -> None:
    before, after = amounts(grant), amounts(grant) | shifted(grant, 1000)
    change = shift(people, grant, 1000)
    assert (change.decider, change.rule, change.moved_bp) == ("notice", "amendment_free_bp", 1000)
    assert amounts(grant) == before, "nothing moves before the notice is given"
    with refused(Refused, "decides this change|larger|roles", change):
        amending.approve_amendment(change, by=people.checker, at=AT)
    amending.notify_amendment(change, by=people.owner, at=AT)
    grant.refresh_from_db()
    assert (change.state, change.terms_no, change.decided_by, grant.terms_no) == ("applied", 2, None, 2)
    assert (amounts(grant), amounts(grant, 1)) == (after, before)


def test_between_the_bands_another_officer_decides(people: make.Cast, grant: Grant) -> None:
    change = shift(people, grant, 1001, by=people.officer)
    assert (change.decider, change.moved_bp) == ("officer", 1001)
    assert "10\xa0% and 20\xa0%" in verdict_in_words(change, AT.date())
    with refused(Refused, "too large for a notice", change):
        amending.notify_amendment(change, by=people.owner, at=AT)
    with refused(Refused, "You asked for this change", change):
        amending.approve_amendment(change, by=people.officer, at=AT)
    with refused(Refused, "not among your roles", change):
        amending.approve_amendment(change, by=people.owner, at=AT)
    amending.approve_amendment(change, by=people.checker, at=AT)
    assert (change.state, told(change)[0]) == ("applied", "apply")
    assert told(grant)[0] == "amend"


def test_many_small_shifts_are_weighed_together(people: make.Cast, grant: Grant) -> None:
    amending.notify_amendment(shift(people, grant, 800), by=people.owner, at=AT)
    grant.refresh_from_db()
    second = shift(people, grant, 800)
    assert (second.decider, second.moved_bp) == ("officer", 1600)
    with refused(StepRefused, "open already", second):
        shift(people, grant, 100)
    amending.withdraw_amendment(second, by=people.owner, at=AT)
    assert told(second)[:3] == ("withdraw", "proposed", "withdrawn")
    third = shift(people, grant, 1300)
    assert third.decider == "committee"
    with refused(Refused, "Steering Committee decides", third):
        amending.approve_amendment(third, by=people.checker, at=AT)
    amending.refuse_amendment(third, by=people.checker, at=AT, reason="Spend as agreed.")
    assert told(third)[:3] == ("refuse", "proposed", "refused")


def test_a_small_shift_that_breaks_a_limit_on_kinds_of_cost_is_the_committees(people: make.Cast, grant: Grant) -> None:
    lines = budget_lines(grant)
    least = sum(line.total_minor for line in lines) * 300 // 10_000  # of the budget for monitoring
    watch = {line.no: line.total_minor for line in lines if line.category == "MON"}
    direct = next(line for line in lines if line.category == "DIR")
    for kept, decider, spoke in ((least, "notice", "amendment_free_bp"), (least - 1, "committee", "cap_mon_min_bp")):
        moved = dict.fromkeys(watch, 0) | {min(watch): kept}
        moved |= {direct.no: direct.total_minor + sum(watch.values()) - kept}
        change = amending.ask_budget_shift(grant, by=people.owner, at=AT, lines=moved, reason=WHY)
        assert (change.decider, change.rule) == (decider, spoke)
        amending.withdraw_amendment(change, by=people.owner, at=AT)
    assert "A limit would no longer hold" in verdict_in_words(change, AT.date())


def test_a_shift_moves_money_and_makes_none(people: make.Cast, grant: Grant) -> None:
    first = next(iter(amounts(grant)))
    make.report(people, grant, 1, 5_000)
    for lines, why in (
        ({first: amounts(grant)[first] + 1}, "more than before"),
        ({first: 4_999}, "spent on this line already"),
        ({99: 1}, "no line 99"),
        ({}, "Nothing would change"),
    ):
        with refused(StepRefused, why, grant):
            amending.ask_budget_shift(grant, by=people.owner, at=AT, lines=lines, reason=WHY)
    with refused(Refused, "organisation's own people", grant):
        shift(people, grant, 500, by=people.payer)


def bare(grant: Grant, minor: int, line: amending.NewLine) -> dict[str, Any]:
    """The largest line gives what a new one gets."""
    now = amounts(grant)
    most = max(now, key=lambda no: now[no])
    return {"lines": {most: now[most] - minor}, "new_line": line}


def test_a_shift_may_bring_a_new_line_and_what_was_handed_in_keeps_its_own(people: make.Cast, grant: Grant) -> None:
    before, number = amounts(grant), max(amounts(grant)) + 1
    share = sum(before.values()) * 15 // 100
    line = amending.NewLine("TRN", "Training of guards", share)
    asked = {"by": people.owner, "at": AT, "reason": WHY}
    for wrong, why in (
        (amending.NewLine("TRN", " ", share), "what the new line is for"),
        (amending.NewLine("XXX", "Training", share), "kind of cost"),
        (amending.NewLine("TRN", "Training", 0), "above zero"),
        (amending.NewLine("TRN", budget_lines(grant)[0].description.upper(), share), "called so already"),
        (amending.NewLine("TRN", "Training", share + 1), "more than before"),
    ):
        with refused(StepRefused, why, grant):
            amending.ask_budget_shift(grant, **bare(grant, share, wrong), **asked)
    change = amending.ask_budget_shift(grant, **bare(grant, share, line), **asked)
    assert (change.decider, change.moved_bp) == ("officer", 1500)
    shown = effect_of(change)[-1]
    assert (shown[0], shown[1]) == (f"New budget line {number}. Training of guards (Training)", "–")
    assert amounts(grant) == before, "nothing changes before it is approved"
    amending.approve_amendment(change, by=people.checker, at=AT)
    grant.refresh_from_db()
    assert (amounts(grant, 1), amounts(grant)[number], sum(amounts(grant).values())) == (
        before,
        share,
        sum(before.values()),
    )
    again = amending.ask_budget_shift(
        grant, lines={number: share - 100, 1: amounts(grant)[1] + 100}, by=people.officer, at=AT, reason=WHY
    )
    assert (again.decider, again.moved_bp) == ("officer", 1500), "all that moved since the agreement counts together"
    amending.approve_amendment(again, by=people.checker, at=AT)
    grant.refresh_from_db()
    assert (amounts(grant, 2)[number], amounts(grant)[number]) == (share, share - 100)
    plan = proposed_plan(make.tranche(grant).amount_minor, positions(grant))
    assert plan[number] > 0, "money is asked for on the new line"


def test_a_new_line_that_breaks_a_limit_is_the_committees(people: make.Cast, grant: Grant) -> None:
    share = sum(amounts(grant).values()) * 9 // 100
    asked = {"by": people.owner, "at": AT, "reason": WHY}
    for kind, decider, rule in (("TRN", "notice", "amendment_free_bp"), ("MON", "committee", "cap_mon_max_bp")):
        line = amending.NewLine(kind, "More", share)
        change = amending.ask_budget_shift(grant, **bare(grant, share, line), **asked)
        assert (change.decider, change.rule) == (decider, rule)
        amending.withdraw_amendment(change, by=people.owner, at=AT)


@pytest.mark.by_chance
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 90_000)), max_size=4))
def test_whatever_moves_the_budget_keeps_its_sum(
    people: make.Cast, grant: Grant, steps: list[tuple[int, int, int]]
) -> None:
    with transaction.atomic():
        whole, signed = sum(amounts(grant).values()), amounts(grant)
        for one, other, minor in steps:
            now = amounts(grant)
            lines = {one: now[one] - minor, other: now[other] + minor}
            try:
                change = amending.ask_budget_shift(grant, by=people.owner, at=AT, lines=lines, reason=WHY)
            except StepRefused:
                continue
            if change.decider == "notice":
                amending.notify_amendment(change, by=people.owner, at=AT)
            elif change.decider == "officer":
                amending.approve_amendment(change, by=people.checker, at=AT)
            else:
                amending.withdraw_amendment(change, by=people.owner, at=AT)
            grant.refresh_from_db()
            assert sum(amounts(grant).values()) == whole
        assert amounts(grant, 1) == signed
        transaction.set_rollback(True)


def test_more_time_is_asked_in_time_and_has_an_end(people: make.Cast, grant: Grant) -> None:
    last = grant.end_date
    late = dt.datetime.combine(last - dt.timedelta(days=29), dt.time(9), dt.UTC)
    for when, until, why in (
        (late, last + make.DAY, "had to be asked for until"),
        (AT, last, "after the present last day"),
        (AT, last + 200 * make.DAY, "The last possible day is"),
    ):
        with refused(StepRefused, why, grant):
            amending.ask_extension(grant, by=people.owner, at=when, end_date=until, reason=WHY)
    change = amending.ask_extension(grant, by=people.owner, at=AT, end_date=last + 60 * make.DAY, reason=WHY)
    assert change.decider == "officer"
    amending.approve_amendment(change, by=people.checker, at=AT)
    grant.refresh_from_db()
    assert (grant.end_date, change.state) == (last + 60 * make.DAY, "applied")
    again = amending.ask_extension(grant, by=people.owner, at=AT, end_date=last + 90 * make.DAY, reason=WHY)
    assert again.decider == "committee"


def test_only_tranches_nobody_asked_for_move_and_their_sum_stays(people: make.Cast, grant: Grant) -> None:
    make.requested(people, make.tranche(grant))
    two, three = make.tranche(grant, 2), make.tranche(grant, 3)
    parts = {
        2: (two.amount_minor - 100_000, two.planned_date + 30 * make.DAY),
        3: (three.amount_minor + 100_000, three.planned_date + 30 * make.DAY),
    }
    for wished, why in (
        (parts | {2: (two.amount_minor, two.planned_date)}, "still do after"),
        (parts | {1: (1, AT.date())}, "asked for already"),
        (parts | {2: (two.amount_minor - 100_000, three.planned_date + 31 * make.DAY)}, "for a later day"),
    ):
        with refused(StepRefused, why, two, three):
            amending.ask_phasing(grant, by=people.owner, at=AT, parts=wished, reason=WHY)
    change = amending.ask_phasing(grant, by=people.owner, at=AT, parts=parts, reason=WHY)
    hold = holds.suspend_grant(grant, by=people.officer, at=AT, reason="A question.").holds.get()
    with refused(StepRefused, "are stopped", change, grant):
        amending.approve_amendment(change, by=people.checker, at=AT)
    holds.propose_lift(hold, by=people.checker, at=AT, lift_reason="Answered.")
    holds.confirm_lift(hold, by=people.payer, at=AT)
    amending.approve_amendment(change, by=people.checker, at=AT)
    rows = list(grant.tranches.order_by("no"))
    assert [(row.amount_minor, row.planned_date) for row in rows[1:]] == list(parts.values())
    assert sum(row.amount_minor for row in rows) == grant.amount_minor
    assert sum(row.share_bp for row in rows) == 10_000
    assert told(rows[1])[0] == "replan"


def test_what_moved_meanwhile_is_not_written_over(people: make.Cast, grant: Grant) -> None:
    two, three = make.tranche(grant, 2), make.tranche(grant, 3)
    parts = {2: (two.amount_minor - 1, two.planned_date), 3: (three.amount_minor + 1, three.planned_date)}
    change = amending.ask_phasing(grant, by=people.owner, at=AT, parts=parts, reason=WHY)
    tranches.cancel_tranche(three, by=people.officer, at=AT, reason="No need.")
    with refused(StepRefused, "asked for since", change, two):
        amending.approve_amendment(change, by=people.checker, at=AT)


def test_results_and_place_are_the_committees_and_a_correction_is_the_offices(people: make.Cast, grant: Grant) -> None:
    results = amending.ask_results(grant, by=people.owner, at=AT, targets={}, place="Kambove", reason=WHY)
    assert results.decider == "committee"
    with refused(StepRefused, "waits for the Committee", results):
        amending.ask_budget_shift(grant, by=people.owner, at=AT, lines=shifted(grant, 2500), reason=WHY)
    wrong = amending.ask_correction(grant, by=people.owner, at=AT, language="sw", own_number="U-7", reason=WHY)
    amending.approve_amendment(wrong, by=people.checker, at=AT)
    grant.refresh_from_db()
    assert (grant.language, grant.external_ref, grant.terms_no) == ("sw", "U-7", 2)
    assert standing(grant)["language", ""] == "sw"


def test_the_database_refuses_what_the_gate_would(people: make.Cast, grant: Grant) -> None:
    change = shift(people, grant, 500)
    amending.notify_amendment(change, by=people.owner, at=AT)
    mine = shift(people, Grant.objects.get(pk=grant.pk), 900)
    table = Amendment._meta.db_table
    for row, values in (
        (mine, f"state = 'approved', decided_by_id = {people.owner.pk}"),
        (mine, "state = 'approved'"),
        (mine, "decider = 'notice'"),
        (change, "terms_no = 9"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {values} WHERE id = %s", [row.pk])
