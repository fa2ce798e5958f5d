"""Steps that reach for each other's rows from both ends: they wait in one order, and none is broken off."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override

from disbursements.actions import correcting, funding, holds, spending, tranches
from disbursements.models import Contribution, Donor, Grant, Hold, LedgerEntry, Refund, Tranche
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.sources import sources_of
from fundmgmt import journal
from fundmgmt.models import User
from tests.factories import grants as make
from tests.races.harness import race
from tests.races.removing import LOCK, after, arrive, await_others, in_this_process

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer at a time and hides these races"
    ),
]
AT, WHY = make.ASKED, "The amount was read from another line."


@pytest.fixture
def people() -> make.Cast:
    return make.cast()


def whole() -> list[object]:
    return [*verify_ledger().problems, *journal.verify().problems]


# Taken back while it is spent, or by two at once --------------------------------------------------


def receive(donor: Donor, user: User, minor: int, reference: str) -> Contribution:
    about: dict[str, Any] = {"currency": "USD", "received_date": make.RECEIVED.date(), "bank_reference": reference}
    return funding.record_contribution(donor, by=user, at=make.RECEIVED, amount_minor=minor, **about)


@override("en")
def taking_back(without: frozenset[str], place: str, what: str, ident: int, user_id: int) -> str:
    """Who takes back has looked; the other acts before the entry is written, if no lock stops it."""
    in_this_process(without)
    user = User.objects.get(pk=user_id)
    if what == "pay":
        await_others(place, 1, 20)
        row = Tranche.objects.select_related("grant__application", "bank_detail").get(pk=ident)
        tranches.pay_tranche(row, by=user, at=AT, bank_reference="OUT-1", bank_date=AT.date())
        arrive(place, "paid")
        return what

    def looked() -> None:
        arrive(place, str(user_id))
        await_others(place, 2, 20 if LOCK in without else 2)

    after(correcting, "why_not_taken_back", looked)
    correcting.take_back_entry(LedgerEntry.objects.get(pk=ident), by=user, at=AT, reason=WHY)
    return what


def spent_and_taken_back(people: make.Cast, without: frozenset[str]) -> tuple[list[str], list[str]]:
    """The oldest money of the fund was recorded by mistake, and the first tranche would spend it."""
    other = funding.add_donor(by=people.officer, at=make.RECEIVED, name="Agency", kind="government")
    wrong = receive(other, people.officer, 100_000, "SLIP-1")
    row = make.approved(people, make.tranche(make.ready(people)))
    assert wrong.entry is not None
    runners = [("back", wrong.entry.pk, people.second.pk), ("pay", row.pk, people.payer.pk)]
    with TemporaryDirectory() as place:
        outcomes = race(taking_back, [(without, place, *runner) for runner in runners])
    return sorted(name for name, _value in outcomes), [str(problem) for problem in verify_ledger().problems]


def test_what_is_taken_back_is_not_spent_at_the_same_moment(people: make.Cast) -> None:
    assert spent_and_taken_back(people, frozenset()) == (["ok", "ok"], [])
    assert [
        (part.donor and part.donor.name, part.amount_minor) for part in sources_of(make.tranche(Grant.objects.get()))
    ] == [("Battery makers", 1_097_800)]


def test_without_the_lock_money_that_never_came_is_spent(people: make.Cast) -> None:
    outcomes, problems = spent_and_taken_back(people, frozenset({LOCK}))
    assert outcomes == ["ok", "ok"]
    assert len(problems) > 0


def taken_back_twice(people: make.Cast, without: frozenset[str]) -> dict[str, str]:
    donor = make.donor(people)
    wrong = receive(donor, people.officer, 100_000, "SLIP-1")
    assert wrong.entry is not None
    with TemporaryDirectory() as place:
        runners = [(without, place, "back", wrong.entry.pk, user.pk) for user in (people.second, people.payer)]
        outcomes = race(taking_back, runners)
    assert LedgerEntry.objects.filter(reverses=wrong.entry).count() == 1
    assert whole() == []
    return dict(outcomes)


def test_of_two_who_take_back_the_second_reads_that_it_is_done(people: make.Cast) -> None:
    outcomes = taken_back_twice(people, frozenset())
    assert outcomes == {"ok": "back", "StepRefused": "This entry is taken back already."}


def test_without_the_lock_the_second_falls_over_what_stands_in_the_ledger(people: make.Cast) -> None:
    outcomes = taken_back_twice(people, frozenset({LOCK}))
    assert outcomes["ok"] == "back"
    assert outcomes.get("StepRefused") != "This entry is taken back already."


# No ring ------------------------------------------------------------------------------------------
# Each runner goes round and round; a deadlock is an OperationalError, and would be the outcome of its runner.

ROUNDS = 12


def round_and_round(what: str, ident: int, user_id: int) -> int:
    """One kind of step, many times over, at once with the others; what may refuse refuses in words."""
    from disbursements.actions.ledger import NotEnoughMoney
    from fundmgmt.access import Refused
    from fundmgmt.models import StepError

    done = 0
    for no in range(ROUNDS):
        try:
            STEPS[what](ident, User.objects.get(pk=user_id), no)
        except (StepError, Refused, NotEnoughMoney):
            continue
        done += 1
    return done


def _suspend(ident: int, user: User, no: int) -> None:
    holds.suspend_grant(Grant.objects.get(pk=ident), by=user, at=AT, kind="security", reason=f"Roads {no}.")


def _propose(ident: int, user: User, _no: int) -> None:
    hold = Hold.objects.filter(grant=ident, state="open").order_by("pk").first()
    if hold is not None:
        holds.propose_lift(hold, by=user, at=AT, lift_reason="Open again.")


def _lift(ident: int, user: User, _no: int) -> None:
    hold = Hold.objects.filter(grant=ident, state="lift_proposed").order_by("pk").first()
    if hold is not None:
        holds.confirm_lift(hold, by=user, at=AT)


def _void_and_approve(ident: int, user: User, _no: int) -> None:
    row = Tranche.objects.select_related("grant__application", "bank_detail").get(pk=ident)
    if row.state == "approved":
        tranches.void_approval(row, by=user, at=AT, reason="Look again.")
    else:
        tranches.approve_tranche(row, by=user, at=AT)


def _unblock(ident: int, user: User, _no: int) -> None:
    tranches.unblock_tranche(Tranche.objects.select_related("grant__application").get(pk=ident), by=user, at=AT)


def _reassess(ident: int, user: User, no: int) -> None:
    spending.record_spent(Grant.objects.get(pk=ident), 1, {1: no}, by=user, at=AT)


def _receive(ident: int, user: User, no: int) -> None:
    receive(Donor.objects.get(pk=ident), user, 1_000, f"IN-{no}")


def _cost(_ident: int, user: User, no: int) -> None:
    about: dict[str, Any] = {"currency": "USD", "cost_date": AT.date(), "bank_reference": f"FEE-{no}"}
    funding.record_cost(by=user, at=AT, amount_minor=1_000, **about)


def _refund_and_back(ident: int, user: User, no: int) -> None:
    grant = Grant.objects.get(pk=ident)
    about: dict[str, Any] = {"received_date": AT.date(), "bank_reference": f"RET-{no}", "reason": WHY}
    spending.record_refund(grant, by=user, at=AT, amount_minor=1_000, **about)
    back = Refund.objects.latest("pk").entry
    correcting.take_back_entry(back, by=User.objects.get(email="second@example.org"), at=AT, reason=WHY)


STEPS = {
    "suspend": _suspend,
    "propose": _propose,
    "lift": _lift,
    "approve": _void_and_approve,
    "unblock": _unblock,
    "reassess": _reassess,
    "receive": _receive,
    "cost": _cost,
    "refund": _refund_and_back,
}


def test_stops_and_lifts_beside_steps_of_a_tranche_make_no_ring(people: make.Cast) -> None:
    grant = make.ready(people, **make.MICRO)
    row = make.approved(people, make.tranche(grant))
    runners = [
        ("suspend", grant.pk, people.officer.pk),
        ("propose", grant.pk, people.signer.pk),
        ("lift", grant.pk, people.checker.pk),
        ("approve", row.pk, people.approver.pk),
        ("unblock", row.pk, people.officer.pk),
        ("reassess", grant.pk, people.checker.pk),
    ]
    outcomes = race(round_and_round, runners)
    assert [name for name, _value in outcomes] == ["ok"] * len(runners), outcomes
    assert Hold.objects.count() == ROUNDS
    assert whole() == []


def test_money_in_and_money_out_at_once_make_no_ring(people: make.Cast) -> None:
    grant = make.ready(people)
    make.confirmed(people, make.tranche(grant))
    runners = [
        ("receive", Donor.objects.get().pk, people.officer.pk),
        ("cost", 0, people.payer.pk),
        ("refund", grant.pk, people.approver.pk),
        ("suspend", grant.pk, people.signer.pk),
    ]
    outcomes = race(round_and_round, runners)
    assert [name for name, _value in outcomes] == ["ok"] * len(runners), outcomes
    assert sum(value for _name, value in outcomes) == ROUNDS * len(runners)
    assert whole() == []
