"""Donors: a second person's check, parts of pledges and when they are late, who may read a statement."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from disbursements.actions import donors, funding
from disbursements.actions.donors import check_donor
from disbursements.models import Donor, DonorCheck, Pledge
from disbursements.queries.donors import donors_to_check, late_parts, money_of, parts_of
from fundmgmt.access import Refused
from fundmgmt.models import StepRefused, WrittenOnce
from tests.factories import applications
from tests.factories import grants as make
from tests.signing_in import sign_in

DAY = make.ASKED.date()
CHECK = {
    "outcome": "clear",
    "lists_note": "List of 1 July: no name",
    "checked_date": DAY,
    "until_date": dt.date(2027, 7, 1),
}


def promised(people: make.Cast) -> Pledge:
    donor = funding.add_donor(by=people.officer, at=make.RECEIVED, name="Kijani", kind="foundation")
    parts = [(dt.date(2026, 3, 1), 60_000), (dt.date(2026, 6, 1), 30_000), (dt.date(2026, 8, 1), 10_000)]
    pledge = funding.record_pledge(
        donor, by=people.officer, at=make.RECEIVED, amount_minor=100_000, currency="USD", instalments=parts
    )
    return funding.sign_pledge(pledge, by=people.officer, at=make.RECEIVED)


def pay(people: make.Cast, pledge: Pledge, amount_minor: int, reference: str) -> None:
    funding.record_contribution(
        pledge.donor,
        by=people.officer,
        at=make.ASKED,
        amount_minor=amount_minor,
        currency="USD",
        received_date=make.RECEIVED.date(),
        bank_reference=reference,
        pledge=pledge,
    )


def test_parts_are_filled_in_order_and_say_how_they_stand(people: make.Cast) -> None:
    pledge = promised(people)
    pay(people, pledge, 70_000, "A")
    said = [(part.state, part.came_minor, part.left.minor) for part in parts_of([pledge], DAY, 31)]
    assert said == [("paid", 60_000, 0), ("late", 10_000, 20_000), ("soon", 0, 10_000)]
    assert [part.state for part in parts_of([pledge], DAY, 30)] == ["paid", "late", "waits"]
    assert [(part.pledge, part.left.minor) for part in late_parts(DAY)] == [(pledge, 20_000)]
    pledge.refresh_from_db()
    funding.write_off_pledge(pledge, by=people.approver, at=make.ASKED, reason="The donor closed.")
    assert [part.state for part in parts_of([pledge], DAY, 30)] == ["paid", "written_off", "written_off"]
    assert late_parts(DAY) == []


def test_a_second_person_checks_and_a_refusal_binds(people: make.Cast) -> None:
    pledge = promised(people)
    donor = pledge.donor
    assert list(donors_to_check(DAY, 0)) == [donor]
    with pytest.raises(Refused, match="second person"):
        check_donor(donor, by=people.officer, at=make.ASKED, **CHECK)
    with pytest.raises(StepRefused, match="ahead"):
        check_donor(donor, by=people.checker, at=make.RECEIVED, **CHECK)
    row = check_donor(donor, by=people.checker, at=make.ASKED, **CHECK)
    donor.refresh_from_db()
    assert (donor.checked_until_date, list(donors_to_check(DAY, 0))) == (CHECK["until_date"], [])
    with pytest.raises(WrittenOnce):
        DonorCheck.objects.filter(pk=row.pk).update(outcome="refused")
    pay(people, pledge, 1_000, "A")
    refusal = {**CHECK, "outcome": "refused"}
    with pytest.raises(StepRefused, match="Write why"):
        check_donor(donor, by=people.checker, at=make.ASKED, **refusal)
    check_donor(donor, by=people.checker, at=make.ASKED, reason="Listed since June.", **refusal)
    with pytest.raises(StepRefused, match="not accepted"):
        pay(people, pledge, 1_000, "B")


def test_the_forms_say_who_reads_and_what_is_due(people: make.Cast, client: Client) -> None:
    donor = promised(people).donor
    viewer = applications.person("viewer@example.org", "donor_viewer")
    with pytest.raises(StepRefused, match="Donor viewer"):
        donors.name_reader(donor, by=people.officer, at=make.ASKED, person=people.owner)
    sign_in(client, people.checker)
    address = reverse("disbursements:donor_readers", args=[donor.ref])
    assert client.post(address, {"person": viewer.pk}).status_code == 302
    assert list(donor.readers.all()) == [viewer]
    assert client.post(address, {"person": viewer.pk, "off": "on"}).status_code == 302
    assert list(donor.readers.all()) == []
    told: dict[str, Any] = {"amount": "900.00", "currency": "USD", "pledged_date": "2026-07-01"}
    address = reverse("disbursements:pledge_new", args=[donor.ref])
    assert client.post(address, {**told, "instalments": "soon 300"}).status_code == 422
    parts = "2027-01-31 600.00\n2027-06-30 300.00\n"
    assert client.post(address, {**told, "instalments": parts}).status_code == 302
    kept = Pledge.objects.get(amount_minor=90_000).instalments.values_list("due_date", "amount_minor")
    assert list(kept) == [(dt.date(2027, 1, 31), 60_000), (dt.date(2027, 6, 30), 30_000)]
    address = reverse("disbursements:donor_check", args=[donor.ref])
    check = {"outcome": "clear", "lists_note": "None found", "checked_date": "2026-07-01", "until_date": "2028-07-01"}
    assert client.post(address, check).status_code == 302
    page = client.get(donor.get_absolute_url()).content.decode()
    assert [words in page for words in ("None found", "PL-", 'id="checks"')] == [True, True, True]


def test_the_money_of_a_donor_adds_up(people: make.Cast) -> None:
    grant = make.ready(people)
    make.sent(people, make.tranche(grant))
    cost = {"amount_minor": 700, "currency": "USD", "cost_date": DAY, "bank_reference": "C-1"}
    funding.record_cost(by=people.approver, at=make.ASKED, **cost)
    money = money_of(Donor.objects.get())
    account = money.accounts[0]
    whole = (account.received.minor, account.to_grants.minor, account.costs.minor, account.left.minor)
    assert whole == (15_000_000, 1_097_800, 700, 15_000_000 - 1_097_800 - 700)
    assert [(use.name, use.amount.minor) for use in money.uses] == [(f"{grant.ref}/1", 1_097_800)]
