"""Row lock, conditional update and constraint: each alone keeps the money right, and without any it goes wrong.

So each has a test that turns red when it is taken out, and the next test takes it out to show that.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection, transaction
from django_fsm.signals import pre_transition

from disbursements.actions import banking, releasing, tranches
from disbursements.actions.ledger import change_purse
from disbursements.models import BankDetail, LedgerEntry, PaymentInstruction, Purse, Tranche
from fundmgmt import triggers
from fundmgmt.models import Organisation, User
from tests.factories import applications as people_of
from tests.factories import grants as make
from tests.factories.rails import spoken
from tests.races.harness import race
from tests.races.removing import (
    ALL,
    CONDITION,
    CONSTRAINT,
    LOCK,
    after,
    arrive,
    await_others,
    constraints_gone,
    in_this_process,
)
from tests.worlds import Worlds

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer at a time and hides these races"
    ),
]
ALONE = [pytest.param(ALL - {layer}, id=f"{layer} alone") for layer in (LOCK, CONDITION, CONSTRAINT)]


def gone(without: Iterable[str], *wanted: tuple[str, str]) -> Any:
    return constraints_gone(list(wanted), Worlds.present.put_back) if CONSTRAINT in set(without) else nullcontext()


# The fund commits more than it has ----------------------------------------------------------------


def commit(without: frozenset[str], times: int) -> int:
    """Bind 300 as often as it goes."""
    from disbursements.actions import ledger

    in_this_process(without)
    after(ledger, "_has_room", lambda: time.sleep(0.05))
    done = 0
    for _time in range(times):
        try:
            with transaction.atomic():
                change_purse("USD", {"-": 300}, committed=1)
        except Exception as error:
            if type(error).__name__ not in {"NotEnoughMoney", "IntegrityError"}:
                raise
        else:
            done += 300
    return done


def over_commitment(without: frozenset[str]) -> int:
    """Six at once, four times 300 each, of 1,000: what was committed in the end."""
    Purse.objects.create(code="*", currency="USD", received_minor=1_000)
    Purse.objects.create(code="-", currency="USD", received_minor=1_000)
    outcomes = race(commit, [(without, 4)] * 6)
    assert [name for name, _value in outcomes] == ["ok"] * 6, outcomes
    total = Purse.objects.get(code="*").committed_minor
    assert sum(value for _name, value in outcomes) == total
    return total


COMMITS = ("disbursements_purse", "committed_minor")


@pytest.mark.parametrize("without", [pytest.param(frozenset(), id="all three"), *ALONE])
def test_the_fund_never_commits_more_than_it_has(without: frozenset[str]) -> None:
    with gone(without, COMMITS):
        assert over_commitment(without) == 900


def test_without_any_protection_the_fund_commits_more_than_it_has() -> None:
    with gone(ALL, COMMITS):
        assert over_commitment(ALL) > 1_000


# One tranche is released twice --------------------------------------------------------------------
# Here the journal's own head and the purse stand in the way as well, so each protection is asked on its own.


@pytest.fixture
def payable() -> tuple[Tranche, list[User]]:
    people = make.cast()
    make.wallet_limits(people)
    row = make.approved(people, make.tranche(make.ready(people, pay_to=make.wallet, **make.MICRO)))
    return row, [people.payer, people_of.person("treasurer3@example.org", "treasurer")]


def release(without: frozenset[str], place: str, tranche_id: int, user_id: int) -> str:
    from disbursements.models.paying import PayingSteps

    def meet() -> None:
        arrive(place, str(user_id))
        await_others(place, 2)

    in_this_process(without)
    after(PayingSteps, "_require_same_payload", meet)
    row = Tranche.objects.select_related("grant__application", "bank_detail").get(pk=tranche_id)
    user = User.objects.get(pk=user_id)
    with spoken():
        return releasing.release_tranche(row, by=user, at=make.ASKED, rail="mobile_money").state


def two_releases(without: frozenset[str], payable: tuple[Tranche, list[User]]) -> dict[str, str]:
    row, payers = payable
    with TemporaryDirectory() as place:
        outcomes = race(release, [(without, place, row.pk, user.pk) for user in payers])
    assert PaymentInstruction.objects.count() == 1, outcomes
    assert LedgerEntry.objects.filter(kind="in_transit").count() == 1, outcomes
    return dict(outcomes)


def test_under_the_lock_the_second_treasurer_reads_a_plain_sentence(payable: tuple[Tranche, list[User]]) -> None:
    outcomes = two_releases(frozenset(), payable)
    assert set(outcomes) == {"ok", "StepRefused"}
    assert outcomes["StepRefused"]


def test_without_the_lock_the_second_treasurer_falls_over_a_constraint(payable: tuple[Tranche, list[User]]) -> None:
    assert set(two_releases(frozenset({LOCK}), payable)) == {"ok", "IntegrityError"}


def instruct(place: str, tranche_id: int, number: int) -> str:
    """A program of somebody else's, which knows no lock, tells a rail."""
    row = Tranche.objects.get(pk=tranche_id)
    with transaction.atomic():
        values = {"amount_minor": row.amount_minor, "currency": "USD", "payload_hash": row.approved_hash}
        values |= {"bank_detail_id": row.bank_detail_id, "prepared_by_id": row.approved_by_id}
        PaymentInstruction.objects.seed(
            [PaymentInstruction(tranche=row, rail="mobile_money", key=f"X{number}", prepared_at=make.ASKED, **values)]
        )
        arrive(place, str(number))
        await_others(place, 2)
    return "told"


def instructed_twice(row: Tranche) -> int:
    with TemporaryDirectory() as place:
        race(instruct, [(place, row.pk, number) for number in (1, 2)])
    return PaymentInstruction.objects.count()


OPEN_ONCE = ("disbursements_paymentinstruction", "(tranche_id)")


def test_the_constraint_alone_lets_one_instruction_stand(payable: tuple[Tranche, list[User]]) -> None:
    assert instructed_twice(payable[0]) == 1


def test_without_the_constraint_two_stand(payable: tuple[Tranche, list[User]]) -> None:
    with gone(ALL, OPEN_ONCE):
        assert instructed_twice(payable[0]) == 2


def save_again(without: frozenset[str], place: str, tranche_id: int, name: str) -> str:
    """Two programs read one row and write it, each without a lock."""
    in_this_process(without)
    row = Tranche.objects.get(pk=tranche_id)
    arrive(place, name)
    await_others(place, 2, 20)
    row.certified_name = name
    row.save(update_fields=["certified_name"])
    return name


@pytest.mark.parametrize(
    ("without", "names"), [(frozenset(), ["StaleObject", "ok"]), (frozenset({CONDITION}), ["ok", "ok"])]
)
def test_the_condition_of_the_update_lets_one_stale_row_be_saved(
    without: frozenset[str], names: list[str], payable: tuple[Tranche, list[User]]
) -> None:
    with TemporaryDirectory() as place:
        outcomes = race(save_again, [(without, place, payable[0].pk, name) for name in ("one", "other")])
    assert sorted(name for name, _value in outcomes) == names


# Bank details change while somebody approves ------------------------------------------------------


def approve_or_change(without: frozenset[str], place: str, what: str, ident: int, user_id: int) -> str:
    """The change begins when the approval has read everything; the approval goes on when the change is done."""
    in_this_process(without)
    user = User.objects.get(pk=user_id)
    if what == "approve":

        def read(name: str, **_about: Any) -> None:
            if name == "approve":
                arrive(place, "read")
                await_others(place, 2, 20 if LOCK in without else 4)

        pre_transition.connect(read, sender=Tranche, weak=False)  # the gate has read the row again by now
        row = Tranche.objects.select_related("grant__application", "bank_detail").get(pk=ident)
        tranches.approve_tranche(row, by=user, at=make.ASKED)
    else:
        await_others(place, 1, 20)
        organisation = Organisation.objects.get(pk=ident)
        values = {"holder": "Umoja", "bank_name": "Other bank", "account_number": "9999"}
        banking.enter_bank_detail(organisation, by=user, at=make.ASKED, **values)
        arrive(place, "changed")
    return what


@contextmanager
def without_the_trigger(without: Iterable[str]) -> Iterator[None]:
    """The constraints of this race: no tranche steps from blocked to approved, and a change voids every approval."""
    if CONSTRAINT not in set(without):
        yield
        return
    with connection.cursor() as cursor:
        for name in ("edges", "rounds"):
            cursor.execute(f"DROP TRIGGER fund_disbursements_tranche_{name} ON disbursements_tranche")
    try:
        yield
    finally:
        triggers.lay()


def approved_for_old_details(without: frozenset[str]) -> bool:
    """Whether, in the end, an approval stands for details that were changed."""
    people = make.cast()
    row = make.checked(people, make.tranche(make.ready(people, **make.MICRO)))  # one approval is enough
    assert people.organisation is not None
    runners = [("approve", row.pk, people.approver.pk), ("change", people.organisation.pk, people.owner.pk)]
    with TemporaryDirectory() as place, without_the_trigger(without):
        outcomes = race(approve_or_change, [(without, place, *runner) for runner in runners])
    assert ("ok", "change") in outcomes, outcomes
    row.refresh_from_db()
    newest = BankDetail.objects.filter(organisation=people.organisation).order_by("-no").first()
    return row.state == "approved" and row.bank_detail != newest


@pytest.mark.parametrize("without", [pytest.param(frozenset(), id="all three"), *ALONE])
def test_an_approval_never_outlives_the_details_it_was_given_for(without: frozenset[str]) -> None:
    assert not approved_for_old_details(without)


def test_without_any_protection_an_approval_outlives_its_details() -> None:
    assert approved_for_old_details(ALL)
