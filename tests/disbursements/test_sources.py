"""Whose money a payment spends: the oldest first, back to whom it came from, and each part named on the page."""

from dataclasses import dataclass

from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from disbursements.actions import funding, spending, tranches
from disbursements.models import Earmark, LedgerLine, Tranche
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.sources import Lot, _pieces, _unspent, _without, lots, sources_of
from tests.factories import applications
from tests.factories import grants as make
from tests.signing_in import sign_in

FIRST = 1_097_800  # the first of three tranches


@dataclass
class Given:
    amount_minor: int


@given(st.lists(st.integers(1, 10**9), max_size=8), st.integers(0, 10**10), st.integers(1, 10**10))
def test_parts_of_what_was_given_never_overlap_and_always_sum(gifts: list[int], start: int, amount: int) -> None:
    said = _pieces([Given(minor) for minor in gifts], start, amount)  # type: ignore[arg-type]
    assert sum(part for _one, part in said) == amount
    covered = sum(part for one, part in said if one is not None)
    assert covered == max(0, min(start + amount, sum(gifts)) - min(start, sum(gifts)))
    before = _pieces([Given(minor) for minor in gifts], 0, start) if start else []  # type: ignore[arg-type]
    assert sum(part for one, part in before if one is not None) + covered == min(start + amount, sum(gifts))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.data())
def test_what_is_left_of_receipts_is_the_newest_part(gifts: list[int], data: st.DataObject) -> None:
    left = data.draw(st.integers(0, sum(gifts)))
    short = data.draw(st.integers(0, left))
    rows = sorted(_unspent(1, list(enumerate(gifts)), left), key=lambda lot: lot.no)
    assert sum(lot.left for lot in rows) == left
    assert all(lot.left == gifts[lot.no] for lot in rows[1:])
    assert sum(lot.left for lot in _without(rows, short)) == left - short
    assert _without([Lot(1, 1, 5), Lot(2, None, 5)], 7) == [Lot(2, None, 3)]


def give(people: make.Cast, name: str, amount_minor: int, wish: Earmark | None = None) -> int:
    donor = funding.add_donor(by=people.officer, at=make.RECEIVED, name=name, kind="foundation")
    values = {"amount_minor": amount_minor, "currency": "USD", "received_date": make.RECEIVED.date(), "earmark": wish}
    funding.record_contribution(donor, by=people.officer, at=make.RECEIVED, bank_reference=name, **values)
    return donor.pk


def test_a_payment_names_whose_money_it_spends(people: make.Cast, client: Client) -> None:
    wish = funding.add_earmark(by=people.officer, code="lualaba", label="Lualaba", provinces=["Lualaba"])
    old, second = give(people, "Old", 400_000), give(people, "Second", 300_000)
    meant = give(people, "Meant", 500_000, wish)
    row = make.sent(people, make.tranche(make.ready(people)))

    def said() -> list[tuple[int | None, str | None, int]]:
        return [(one.donor.pk, one.earmark and one.earmark.code, one.amount_minor) for one in sources_of(row)]  # type: ignore[union-attr]

    assert said() == [(meant, "lualaba", 500_000), (old, None, 400_000), (second, None, FIRST - 900_000)]
    assert [one.contribution.bank_reference for one in sources_of(row)] == ["Meant", "Old", "Second"]  # type: ignore[union-attr]
    assert verify_ledger().problems == []
    sign_in(client, people.payer)
    page = client.get(row.get_absolute_url())
    assert [name in page.content.decode() for name in ("Old", "Second", "Meant")] == [True, True, True]
    client.logout()
    sign_in(client, people.owner)
    assert client.get(row.get_absolute_url()).context["sources"] == []
    client.logout()
    _comes_back(people, row, second)


def _comes_back(people: make.Cast, row: Tranche, second: int) -> None:
    """Arrived, then a part is refunded: it goes to those who paid last. Sent back: to all who paid."""
    tranches.confirm_receipt(row, by=people.owner, at=make.ASKED + make.DAY, received_date=make.ASKED.date())
    values = {"amount_minor": 700, "received_date": make.ASKED.date(), "bank_reference": "BACK"}
    spending.record_refund(row.grant, by=people.approver, at=make.ASKED + make.DAY, **values)
    back = LedgerLine.objects.filter(entry__kind="refund", account__code="bank")
    assert list(back.values_list("donor", "amount_minor")) == [(second, 700)]
    assert verify_ledger().problems == []


def test_what_the_bank_sends_back_is_the_donors_again(people: make.Cast) -> None:
    old = give(people, "Old", 400_000)
    before = lots("USD", None)
    row = make.sent(people, make.tranche(make.ready(people)))
    assert [lot.donor for lot in lots("USD", None)].count(old) == 0
    third = applications.person("treasurer3@example.org", "treasurer")
    tranches.reverse_tranche(row, by=third, at=make.ASKED, bank_date=make.ASKED.date(), reason="Wrong number")
    assert lots("USD", None)[:1] == before
    cost = {"amount_minor": 400_100, "currency": "USD", "cost_date": make.ASKED.date(), "bank_reference": "C-1"}
    funding.record_cost(by=people.approver, at=make.ASKED, **cost)
    assert LedgerLine.objects.filter(account__code="costs").count() == 2
    assert verify_ledger().problems == []
