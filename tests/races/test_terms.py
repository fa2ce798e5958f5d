"""The terms of one grant under two hands at once: each change once, in one order, and the tranches still the award."""

from __future__ import annotations

from tempfile import TemporaryDirectory

import pytest
from django.db import connection
from django.utils.translation import override
from django_fsm.signals import pre_transition

from disbursements.actions import amending, requesting, tranches
from disbursements.models import Amendment, Grant, Tranche
from disbursements.queries.requests import positions, proposed_plan
from fundmgmt import journal
from fundmgmt.models import JournalEntry, User
from tests.factories import grants as make
from tests.factories.changing import amounts, shifted
from tests.races.harness import race
from tests.races.removing import after, arrive, await_others

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer at a time and hides these races"
    ),
]
AT, WHY = make.ASKED, "Prices rose."


@override("en")
def step(what: str, ident: int, user_id: int) -> str:
    """One person's step; what was done."""
    by = User.objects.get(pk=user_id)
    if what == "ask":
        row = Tranche.objects.select_related("grant__application").get(pk=ident)
        plan = proposed_plan(row.amount_minor, positions(row.grant))
        requesting.request_tranche(row, by=by, at=AT, certified_name="Responsible person", plan=plan)
    else:
        amending.approve_amendment(Amendment.objects.select_related("grant__application").get(pk=ident), by=by, at=AT)
    return what


@pytest.fixture
def people() -> make.Cast:
    return make.cast()


@pytest.fixture
def grant(people: make.Cast) -> Grant:
    return make.ready(people)


@pytest.fixture
def shift(people: make.Cast, grant: Grant) -> Amendment:
    lines = shifted(grant, 1500)
    return amending.ask_budget_shift(grant, by=people.owner, at=AT, lines=lines, reason=WHY)


@pytest.fixture
def phasing(people: make.Cast, grant: Grant) -> Amendment:
    two, three = make.tranche(grant, 2), make.tranche(grant, 3)
    parts = {
        2: (two.amount_minor - 100_000, two.planned_date),
        3: (three.amount_minor + 100_000, three.planned_date),
    }
    return amending.ask_phasing(grant, by=people.owner, at=AT, parts=parts, reason=WHY)


def check_whole(grant: Grant, changes: int) -> None:
    """Terms, numbers of terms and the story agree, and the tranches make the award."""
    grant.refresh_from_db()
    assert grant.terms_no == 1 + changes
    used = Amendment.objects.filter(state="applied").order_by("terms_no").values_list("terms_no", flat=True)
    assert list(used) == list(range(2, 2 + changes))
    told = JournalEntry.objects.filter(kind="disbursements.grant.amend").order_by("seq")
    assert [entry.facts["terms"] for entry in told] == list(range(2, 2 + changes))
    assert sum(row.amount_minor for row in grant.tranches.all()) == grant.amount_minor
    assert sum(row.share_bp for row in grant.tranches.all()) == 10_000
    assert journal.verify().problems == []


def test_two_changes_approved_at_once_are_both_in_force_one_after_the_other(
    people: make.Cast, grant: Grant, shift: Amendment, phasing: Amendment
) -> None:
    lines, wished = amounts(grant), shifted(grant, 1500)
    runners = [("approve", shift.pk, people.checker.pk), ("approve", phasing.pk, people.signer.pk)]
    assert race(step, runners) == [("ok", "approve")] * 2
    check_whole(grant, 2)
    assert amounts(grant) == lines | wished
    assert [row.amount_minor for row in grant.tranches.order_by("no")] == [1_097_800, 997_800, 648_900]


def test_one_change_approved_by_three_at_once_is_in_force_once(
    people: make.Cast, grant: Grant, phasing: Amendment
) -> None:
    runners = [("approve", phasing.pk, user.pk) for user in (people.checker, people.signer, people.officer)]
    assert sorted(name for name, _value in race(step, runners)) == ["NoSuchStep", "NoSuchStep", "ok"]
    check_whole(grant, 1)
    assert JournalEntry.objects.filter(kind="disbursements.amendment.approve").count() == 1


def crossing(place: str, what: str, ident: int, user_id: int) -> str:
    """The request begins when the change has told the story of its approval and has not moved the tranches yet."""
    if what == "approve":

        def told() -> None:
            arrive(place, "told")
            await_others(place, 2, 2)

        after(journal, "record", told)
    else:
        await_others(place, 1, 20)
        pre_transition.connect(lambda **_about: arrive(place, "asked"), sender=Tranche, weak=False)
    return step(what, ident, user_id)


def test_a_request_beside_a_change_of_the_tranches_waits_and_is_for_the_new_amount(
    people: make.Cast, grant: Grant, phasing: Amendment
) -> None:
    tranches.cancel_tranche(make.tranche(grant), by=people.officer, at=AT, reason="No need.")
    two = make.tranche(grant, 2)
    runners = [("approve", phasing.pk, people.checker.pk), ("ask", two.pk, people.owner.pk)]
    with TemporaryDirectory() as place:
        outcomes = race(crossing, [(place, *runner) for runner in runners])
    said = "The parts make 10,978.00 USD; the tranche is 9,978.00 USD. Change a line."
    assert sorted((name, text.replace("\xa0", " ")) for name, text in outcomes) == [
        ("StepRefused", said),
        ("ok", "approve"),
    ]
    check_whole(grant, 1)
    step("ask", two.pk, people.owner.pk)
    assert make.tranche(grant, 2).requests.get().requested_minor == 997_800
