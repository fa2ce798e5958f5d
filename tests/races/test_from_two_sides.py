"""What two people write at once, from two sides: whoever is second waits and sees what the first did."""

from __future__ import annotations

from tempfile import TemporaryDirectory

import pytest
from django.db import connection

from disbursements.actions import closing, funding, grants, tranches, wording
from disbursements.models import Grant, Pledge
from disbursements.queries.ledger import verify_ledger
from fundmgmt.models import User
from tests.factories import grants as make
from tests.factories.wording import proposed
from tests.races.harness import Outcome, race
from tests.races.removing import after, arrive, await_others

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer at a time and hides these races"
    ),
]
AT = make.ASKED + 200 * make.DAY
HALF_WAY = {  # what the first has done when the second begins
    "fulfil": (funding, "_receipt_lines"),
    "write_off": (funding, "received_of"),
    "close": (closing, "refunded_of"),
    "propose": (wording, "next_code"),
}


def step(what: str, ident: int, user_id: int) -> None:
    by, day = User.objects.get(pk=user_id), AT.date()
    proof = {"by": by, "at": AT, "bank_reference": f"X-{user_id}", "amount_minor": 5_000}
    if what == "fulfil":
        row = Pledge.objects.select_related("donor").get(pk=ident)
        funding.record_contribution(row.donor, pledge=row, currency="USD", received_date=day, **proof)
    elif what == "write_off":
        funding.write_off_pledge(Pledge.objects.get(pk=ident), by=by, at=AT, reason="It will not come.")
    elif what == "close":
        closing.close_grant(Grant.objects.get(pk=ident), by=by, at=AT)
    elif what == "propose":
        proposed(by, AT)
    else:
        closing.list_asset(Grant.objects.get(pk=ident), by=by, at=AT, what="Pump", value_minor=60_000)


def one_of(place: str, first: bool, what: str, ident: int, user_id: int) -> str:
    """The second begins when the first is half way, and is through before it unless a lock keeps it."""
    if first:

        def half_way() -> None:
            arrive(place, "first")
            await_others(place, 2, 1)

        after(*HALF_WAY[what], half_way)
    else:
        await_others(place, 1, 20)
    step(what, ident, user_id)
    arrive(place, "second")
    return what


def both(first: tuple[str, int, int], second: tuple[str, int, int]) -> list[Outcome]:
    with TemporaryDirectory() as place:
        outcomes = race(one_of, [(place, True, *first), (place, False, *second)])
    assert verify_ledger().problems == []
    return sorted(outcomes)


@pytest.fixture
def people() -> make.Cast:
    return make.cast()


@pytest.fixture
def pledge(people: make.Cast) -> Pledge:
    row = funding.record_pledge(make.donor(people), by=people.officer, at=AT, amount_minor=8_000, currency="USD")
    return funding.sign_pledge(row, by=people.officer, at=AT)


def test_two_contributions_for_one_pledge_take_no_more_off_it_than_was_promised(
    people: make.Cast, pledge: Pledge
) -> None:
    done = both(("fulfil", pledge.pk, people.officer.pk), ("fulfil", pledge.pk, people.checker.pk))
    assert done == [("ok", "fulfil")] * 2
    pledge.refresh_from_db()
    assert pledge.state == "paid"


def test_a_contribution_beside_the_end_of_its_pledge(people: make.Cast, pledge: Pledge) -> None:
    done = both(("write_off", pledge.pk, people.approver.pk), ("fulfil", pledge.pk, people.checker.pk))
    assert [name for name, _said in done] == ["NoSuchStep", "ok"]
    pledge.refresh_from_db()
    assert (pledge.state, pledge.contributions.count()) == ("written_off", 0)


def test_nothing_is_listed_on_a_grant_while_it_closes(people: make.Cast) -> None:
    grant = make.ready(people)
    for row in grant.tranches.all():
        tranches.cancel_tranche(row, by=people.officer, at=AT, reason="Ended early.")
    grants.end_grant(grant, by=people.officer, at=AT, ended_date=AT.date())
    grants.begin_closing(grant, by=people.officer, at=AT)
    grant.closure_items.update(settled_at=AT)
    done = both(("close", grant.pk, people.officer.pk), ("list", grant.pk, people.owner.pk))
    assert [name for name, _said in done] == ["StepRefused", "ok"]
    grant.refresh_from_db()
    assert (grant.state, grant.assets.count()) == ("closed", 0)


def test_two_wordings_proposed_at_once_do_not_bear_one_number(people: make.Cast) -> None:
    done = both(("propose", 0, people.officer.pk), ("propose", 0, people.checker.pk))
    assert [name for name, _said in done] == ["StaleObject", "ok"]
