"""Letters about electronic payments: the grantee hears of each turn, treasurers of what stands still."""

import pytest

from disbursements.actions import outbox, releasing
from disbursements.gateway.protocol import Rejected
from disbursements.models import Outbox, Tranche
from tests.factories import grants as make
from tests.factories.rails import Clock, SpokenRail
from tests.letterbox import by_reader, letters, lines


@pytest.fixture(autouse=True)
def reads_english(people: make.Cast) -> None:
    for user in (people.owner, people.payer):
        user.language = "en"
        user.save(update_fields=["language"])


def test_the_grantee_hears_that_it_left_and_that_it_did_not_arrive(
    people: make.Cast, approved: Tranche, rail: SpokenRail
) -> None:
    rail.answers = [Rejected("WALLET_LIMIT", "Full.")]
    with letters() as found:
        releasing.release_tranche(approved, by=people.payer, at=make.ASKED, rail=rail.code)
    assert sorted(message.subject for message in found if message.to == [people.owner.email]) == [
        f"{approved.grant.ref}: tranche 1 could not be paid yet",
        f"{approved.grant.ref}: tranche 1 is on its way",
    ]


def test_treasurers_are_told_of_parked_work(people: make.Cast, released: Tranche, clock: Clock) -> None:
    with letters() as found:
        outbox.park_errand(Outbox.objects.get(), at=clock())
    box = by_reader(found)
    assert set(box) == {"treasurer@example.org", "treasurer2@example.org", "second@example.org", "admin@example.org"}
    assert lines(box[people.payer.email])[0] == "A payment rail gives no answer: please look"
