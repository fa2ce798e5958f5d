"""A payment that counted as failed or withdrawn, and that the bank's statement shows as paid after all."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from disbursements import panels
from disbursements.actions import batches, days, lines, releasing, tranches
from disbursements.models import Contribution, Grant, StatementLine, Tranche
from disbursements.queries.candidates import known, proposals
from disbursements.queries.days import bridge_on
from disbursements.queries.funds import balances, owed_back, total_of
from disbursements.queries.ledger import held_in, verify_ledger
from disbursements.states import AccountCode, EntryKind
from fundmgmt.access import Refused
from fundmgmt.models import StepRefused, User
from tests.factories import bank as papers
from tests.factories import batches as put
from tests.factories import grants as make
from tests.factories.bank import Entry
from tests.signing_in import sign_in

JULY, FIRST = dt.date(2026, 7, 1), 1_097_800
WHY = "The bank says that it carried out the first order."


def rest(people: make.Cast, *entries: Entry) -> list[StatementLine]:
    """A statement with what came in, and `entries`: the lines of the entries."""
    came = Entry(dt.date(2026, 2, 3), 15_000_000, "", Contribution.objects.get().bank_reference)
    file = put.imported(people, put.sheet(came, *entries, start=dt.date(2026, 2, 1)), "camt053")
    return put.lines_of(file)[1:]


@pytest.fixture
def withdrawn(people: make.Cast, grant: Grant) -> Tranche:
    """Approved; its order on paper was printed and is said not to have reached the bank."""
    put.own_accounts()
    row = make.approved(people, make.tranche(grant))
    tranches.issue_order(row, by=people.payer, at=make.ASKED)
    return releasing.withdraw_order(row, by=people.payer, at=make.ASKED, reason="Lost on the way.")


@pytest.fixture
def failed(people: make.Cast, grant: Grant) -> Tranche:
    """Released in a batch; the bank said that it did not carry it out."""
    row = make.approved(people, make.tranche(grant))
    batch = put.released(people, put.opened(people, row))
    told = batch.items.get().instruction
    return batches.record_bank_refusal(told, by=people.approver, at=make.ASKED, reason="Account unknown.")


def late(row: Tranche, no: int = 1, day: dt.date = JULY) -> Entry:
    return Entry(day, -FIRST, f"DISB-{row.pk}-V{no}", f"BK{no}", "Umoja")


def propose(people: make.Cast, line: StatementLine, kind: str, by: User | None = None) -> StatementLine:
    what = [one.code for one in proposals(line) if one.kind == kind]
    return lines.propose_line(line, by=by or people.approver, at=put.LATER, what=what[0], reason=WHY)


def close(people: make.Cast) -> None:
    about = {"account": papers.ACCOUNT["USD"], "currency": "USD", "day": dt.date(2026, 7, 15)}
    days.close_day(by=people.payer, at=put.LATER, **about)


@pytest.mark.parametrize("how", ["withdrawn", "failed"])
def test_it_is_the_payment_of_the_tranche_when_nothing_else_went_out(
    people: make.Cast, request: pytest.FixtureRequest, how: str
) -> None:
    row: Tranche = request.getfixturevalue(how)
    (line,) = rest(people, late(row))
    assert (line.state, [one.kind for one in proposals(line)][:2]) == ("open", ["late", "overpaid"])
    propose(people, line, "late", people.payer)
    with pytest.raises(Refused, match="A second person confirms it"):
        lines.confirm_line(line, by=people.payer, at=put.LATER, reason=WHY)
    with pytest.raises(Refused, match="You approved this payment"):
        lines.confirm_line(line, by=people.approver, at=put.LATER, reason=WHY)
    lines.refuse_proposal(line, by=people.approver, at=put.LATER, reason="The approver proposes it.")
    propose(people, line, "late")
    with pytest.raises(Refused):
        lines.confirm_line(line, by=people.officer, at=put.LATER, reason=WHY)
    lines.confirm_line(line, by=people.payer, at=put.LATER, reason=WHY)
    row.refresh_from_db()
    told = row.instructions.get()
    assert (row.state, row.paid_by, row.bank_date, row.bank_reference) == ("sent", people.payer, JULY, "BK1")
    assert (told.state, told.again_by, line.entry.kind, line.entry.day) == ("paid", None, EntryKind.IN_TRANSIT, JULY)
    assert (held_in(AccountCode.TRANSIT, "USD"), owed_back()) == (FIRST, {})
    assert [one.kind for one in known("USD") if one.kind == "payment"] == []
    assert (verify_ledger().problems, bridge_on("USD", put.ON).rest) == ([], 0)
    close(people)
    tranches.confirm_receipt(row, by=people.owner, at=put.LATER, received_date=JULY)
    assert verify_ledger().problems == []


def test_what_bars_any_other_payment_bars_this_one_too(people: make.Cast, withdrawn: Tranche) -> None:
    (line,) = rest(people, late(withdrawn))
    propose(people, line, "late")
    second = tranches.issue_order(withdrawn, by=people.payer, at=make.ASKED).instructions.last()
    with pytest.raises(StepRefused, match="Another payment of this tranche is out"):
        lines.confirm_line(line, by=people.payer, at=put.LATER, reason=WHY)
    releasing.withdraw_order(withdrawn, by=people.payer, at=make.ASKED, reason="Torn up.")
    tranches.void_approval(withdrawn, by=people.approver, at=make.ASKED, reason="Look again.")
    with pytest.raises(StepRefused, match="not approved for this amount and payee now"):
        lines.confirm_line(line, by=people.payer, at=put.LATER, reason=WHY)
    tranches.approve_tranche(withdrawn, by=people.second, at=make.ASKED)
    tranches.approve_tranche(withdrawn, by=people.approver, at=make.ASKED)
    lines.confirm_line(line, by=people.payer, at=put.LATER, reason=WHY)
    withdrawn.refresh_from_db()
    states = list(withdrawn.instructions.order_by("pk").values_list("state", flat=True))
    assert (withdrawn.state, states, second.key[-2:]) == ("sent", ["paid", "failed"], "v2")
    assert verify_ledger().problems == []


def test_paid_once_too_often_is_owed_until_it_has_come_back(people: make.Cast, failed: Tranche, client: Client) -> None:
    releasing.decide_again(failed, by=people.payer, at=make.ASKED, reason="The account was right after all.")
    tranches.pay_tranche(failed, by=people.payer, at=make.ASKED, bank_reference="BK2", bank_date=JULY)
    before = total_of(balances(), "USD")
    half, more = Entry(put.ON, 500_000, "", "BK3", "Umoja"), Entry(put.ON, FIRST - 500_000, "", "BK4", "Umoja")
    first, second, one, two = rest(people, late(failed), late(failed, 2), half, more)
    assert (second.state, second.kind) == ("matched", "payment")
    assert [found.kind for found in proposals(first)][:1] == ["overpaid"]
    propose(people, first, "overpaid")
    lines.confirm_line(first, by=people.payer, at=put.LATER, reason=WHY)
    failed.refresh_from_db()
    told = list(failed.instructions.order_by("pk").values_list("state", flat=True))
    after = total_of(balances(), "USD")
    assert (failed.state, told, owed_back()) == ("sent", ["failed", "paid"], {failed.grant_id: FIRST})
    assert (before.available - after.available, before.cash - after.cash) == (FIRST, FIRST)
    assert verify_ledger().problems == []
    User.objects.update(language="en")
    for person in (people.payer, people.owner):
        asked = [item for item in panels.waiting(person, put.LATER.date()) if "10,978.00" in str(item.why)]
        assert [item.url for item in asked] == [failed.grant.get_absolute_url()]
        page = sign_in(client, person).get(asked[0].url)
        assert "paid once too often" in page.content.decode()
    fund = sign_in(client, people.payer).get(reverse("disbursements:fund"))
    assert "To be given back by payees" in fund.content.decode()
    propose(people, one, "recovered")
    lines.confirm_line(one, by=people.payer, at=put.LATER)
    assert owed_back() == {failed.grant_id: FIRST - 500_000}
    propose(people, two, "recovered")
    lines.confirm_line(two, by=people.payer, at=put.LATER)
    end = total_of(balances(), "USD")
    assert (owed_back(), end.available, end.cash) == ({}, before.available, before.cash)
    assert (verify_ledger().problems, bridge_on("USD", put.ON).rest) == ([], 0)
    close(people)
