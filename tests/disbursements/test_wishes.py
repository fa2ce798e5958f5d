"""A donor's wish warns at the award, at a tranche and at what was spent, each time with its reason."""

import pytest
from django.db.models import F
from django.test import Client

from disbursements.actions import funding, grants
from disbursements.models import Earmark, Purse
from disbursements.queries.wishes import award_warnings, spent_warnings, tranche_warnings
from tests.factories import grants as make
from tests.signing_in import sign_in

USD = "\N{NO-BREAK SPACE}USD"


def give(people: make.Cast, wish: Earmark | None, amount_minor: int, reference: str) -> None:
    donor = funding.add_donor(by=people.officer, at=make.RECEIVED, name=reference, kind="foundation")
    values = {"amount_minor": amount_minor, "currency": "USD", "received_date": make.RECEIVED.date(), "earmark": wish}
    funding.record_contribution(donor, by=people.officer, at=make.RECEIVED, bank_reference=reference, **values)


@pytest.fixture
def wishes(people: make.Cast) -> tuple[Earmark, Earmark]:
    other = funding.add_earmark(by=people.officer, code="far", label="Tanganyika", provinces=["Tanganyika"])
    here = funding.add_earmark(by=people.officer, code="here", label="Lualaba", provinces=["Lualaba"])
    return other, here


def test_an_award_is_warned_of_with_what_is_kept_for_others(people: make.Cast, wishes: tuple[Earmark, Earmark]) -> None:
    other, here = wishes
    give(people, other, 5_000_000, "Far")
    give(people, here, 500_000, "Here")
    award = make.awarded(people)
    said = [one.text for one in award_warnings(award, make.AWARD, "USD")]
    assert said == [
        f"22,445.00{USD} of the award is not covered by money that may be used for this project.",
        f"50,000.00{USD} is kept for “Tanganyika”.",
    ]
    assert [one.text for one in award_warnings(award, 500_000, "USD")] == []


def test_a_tranche_warns_of_money_that_another_grant_counts_on(
    people: make.Cast, wishes: tuple[Earmark, Earmark], client: Client
) -> None:
    grant = make.ready(people)
    give(people, wishes[0], 900_000, "Far")
    give(people, wishes[1], 2_000_000, "Here")
    assert tranche_warnings(make.tranche(grant)) == []  # nobody asked for it yet
    row = make.requested(people, make.tranche(grant))
    assert tranche_warnings(row) == []
    Purse.objects.filter(code="-").update(paid_minor=F("received_minor"))
    Purse.objects.filter(code="here").update(committed_minor=F("received_minor"))
    assert [one.text for one in tranche_warnings(row)] == [
        f"10,978.00{USD} of it, meant for “Lualaba”, is counted on by another grant too."
    ]
    Purse.objects.filter(code="here").update(paid_minor=F("received_minor"))
    warned = [one.text for one in tranche_warnings(row)]
    assert warned == [
        f"10,978.00{USD} of this tranche is not covered by money that may be used for this project.",
        f"9,000.00{USD} is kept for “Tanganyika”.",
    ]
    sign_in(client, people.payer)
    assert len(client.get(row.get_absolute_url()).context["warnings"]) == len(warned)


def test_money_paid_for_a_wish_and_not_spent_is_told_when_the_project_is_over(
    people: make.Cast, wishes: tuple[Earmark, Earmark], client: Client
) -> None:
    give(people, wishes[1], 600_000, "Here")
    grant = make.ready(people)
    make.confirmed(people, make.tranche(grant))
    make.report(people, grant, 1, 400_000)
    assert spent_warnings(grant) == []
    grants.end_grant(grant, by=people.signer, at=make.ASKED + 70 * make.DAY)
    assert [one.text for one in spent_warnings(grant)] == [
        f"Of 6,000.00{USD} meant for “Lualaba” accepted reports tell 4,000.00{USD} as spent."
    ]
    grant.application.province = "Tanganyika"
    assert [one.text for one in spent_warnings(grant)] == [
        f"6,000.00{USD} meant for “Lualaba” was paid to this project, which does not fit that wish any more."
    ]
    sign_in(client, people.payer)
    assert len(client.get(grant.get_absolute_url()).context["warnings"]) == 1
    client.logout()
    sign_in(client, people.owner)
    assert client.get(grant.get_absolute_url()).context["warnings"] == []
