"""Pages: each reader reaches what they need, sees why not, and a form leads to the step."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disbursements.actions import banking, funding, holds, spending, tranches
from disbursements.models import Grant, Tranche
from fundmgmt.inbox import waiting_for
from fundmgmt.models import User
from tests.factories import applications as make_people
from tests.factories import grants as make
from tests.factories import signing as hand
from tests.signing_in import sign_in

pytestmark = pytest.mark.usefixtures("standing_grant")


def client_of(user: User) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    user.language = "en"
    user.save(update_fields=["language"])
    sign_in(client, user)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"disbursements:{name}", args=args)


def page(user: User, address: str, status: int = 200) -> str:
    response = client_of(user).get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


def test_every_page_opens_for_its_readers(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    tranches.issue_order(row, by=people.payer, at=make.ASKED)
    auditor = make_people.person("auditor@example.org", "auditor")
    viewer = make_people.person("viewer@example.org", "donor_viewer")
    for user in (people.owner, people.officer, people.approver, people.payer, people.lead, auditor):
        for address in (grant.get_absolute_url(), url("agreement", grant.ref), row.get_absolute_url(), url("grants")):
            assert grant.ref in page(user, address)
    for address in (url("queue"), url("ledger"), url("donors"), url("fund")):
        assert "USD" in page(people.payer, address) or address == url("donors")
        page(people.owner, address, 404)
    assert "150,000.00" in page(viewer, url("fund"))
    page(viewer, url("ledger"), 404)
    page(viewer, grant.get_absolute_url(), 404)
    assert "adds up" in page(auditor, url("verify_ledger"))
    assert client_of(people.payer).get(url("ledger") + "?format=csv").status_code == 200
    donor = funding.Donor.objects.get()
    for address in (
        url("donor", donor.ref),
        url("pledge", donor.pledges.get().ref),
        url("donor_new"),
        url("pledge_new", donor.ref),
        url("contribution_new", donor.ref),
        url("cost_new"),
        url("rate_new"),
    ):
        page(people.payer, address)
    page(people.officer, url("awards"))


def test_steps_tell_why_not(people: make.Cast, grant: Grant) -> None:
    row = make.checked(people, make.tranche(grant))
    mine = page(people.approver, f"{row.get_absolute_url()}steps/approve/")
    assert "Different people at each step" in mine
    refused = page(people.checker, f"{row.get_absolute_url()}steps/approve/", 403)
    assert "not among your roles" in refused
    gone = page(people.payer, f"{row.get_absolute_url()}steps/send/", 403)
    assert "not possible" in gone


REQUEST = {
    "spent_stated_minor": "0",
    "certified_name": "Amina Kabongo",
    "certified_role": "Coordination",
    "accepted": "on",
}


def test_a_tranche_travels_through_the_forms(people: make.Cast, grant: Grant) -> None:
    row = make.tranche(grant)
    today = dt.datetime.now(dt.UTC).date()
    grant_steps = (
        (people.owner, "request", REQUEST),
        (people.checker, "check_request", {"reason": ""}),
        (people.second, "approve", {"reason": ""}),
        (people.approver, "approve", {"reason": ""}),
        (people.payer, "issue_order", {}),
        (people.payer, "send", {"bank_reference": "RAW-77", "bank_date": today.isoformat()}),
        (people.owner, "confirm", {"received_minor": "10 978,00", "received_date": today.isoformat()}),
    )
    for user, step, data in grant_steps:
        row.refresh_from_db()
        answer = client_of(user).post(f"{row.get_absolute_url()}steps/{step}/", {**data, "version": row.version})
        assert answer.status_code == 302, (step, answer.content.decode()[:3000])
    row.refresh_from_db()
    assert row.state == "confirmed"


def test_a_stale_form_sends_nothing(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    data = {"bank_reference": "X", "bank_date": make.ASKED.date().isoformat(), "version": row.version - 1}
    answer = client_of(people.payer).post(f"{row.get_absolute_url()}steps/send/", data)
    assert answer.status_code in {409, 422}
    assert b"X" in answer.content
    row.refresh_from_db()
    assert row.state == "approved"


def test_the_grantee_reads_why_it_is_blocked(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    make.report(people, grant, 1, 685_000)
    row = make.checked(people, make.tranche(grant, 2), make.ASKED + 90 * make.DAY)
    for user in (people.owner, people.approver):
        text = page(user, row.get_absolute_url())
        assert "At least 80" in text
        assert "6,850.00" in text
        assert "62.4" in text


def test_only_the_lead_reads_the_words_of_a_safeguarding_hold(people: make.Cast, grant: Grant) -> None:
    holds.suspend_grant(grant, by=people.lead, at=make.ASKED, kind="safeguarding", reason="Secret words.")
    hold = grant.holds.get()
    assert "Secret words" in page(people.lead, hold.get_absolute_url())
    for user in (people.officer, people.approver):
        assert "Secret words" not in page(user, hold.get_absolute_url())
        assert "Secret words" not in page(user, grant.get_absolute_url())
    page(people.owner, hold.get_absolute_url(), 404)
    assert "Secret" not in page(people.owner, grant.get_absolute_url())
    assert "Payments are stopped for now" in page(people.owner, grant.get_absolute_url())


def test_bank_details_are_masked_but_whole_for_the_call_back(people: make.Cast, grant: Grant) -> None:
    detail = banking.enter_bank_detail(
        people.organisation,
        by=people.owner,
        at=make.ASKED,
        holder="Umoja",
        bank_name="B",
        account_number="555 666 7788",
    )
    assert "5556667788" not in page(people.owner, detail.get_absolute_url())
    assert "7788" in page(people.owner, detail.get_absolute_url())
    assert "5556667788" in page(people.checker, url("bank_detail_verify", detail.pk))
    page(people.owner, url("bank_detail_verify", detail.pk), 403)
    page(people.owner, url("bank_detail_new", people.organisation.ref))
    page(people.officer, url("bank_detail_new", people.organisation.ref), 404)


def test_what_waits_for_each_person(people: make.Cast, grant: Grant) -> None:
    today = make.ASKED.date()
    assert [str(i.what) for i in waiting_for(people.owner, today) if i.ref.startswith("GR")] == [
        "Ask for your next tranche"
    ]
    row = make.requested(people, make.tranche(grant))
    assert "Check the request for a tranche" in [str(i.what) for i in waiting_for(people.checker, today)]
    tranches.check_tranche(row, by=people.checker, at=make.ASKED)
    assert "Approve the release of a tranche" in [str(i.what) for i in waiting_for(people.approver, today)]
    tranches.approve_tranche(row, by=people.second, at=make.ASKED)
    assert "Approve the release of a tranche" not in [str(i.what) for i in waiting_for(people.second, today)]
    tranches.approve_tranche(row, by=people.approver, at=make.ASKED)
    assert "Send a tranche" in [str(i.what) for i in waiting_for(people.payer, today)]
    assert "Send a tranche" not in [str(i.what) for i in waiting_for(people.approver, today)]


def test_strangers_see_nothing(people: make.Cast, grant: Grant) -> None:
    stranger = make_people.person("stranger@example.org")
    for address in (grant.get_absolute_url(), make.tranche(grant).get_absolute_url(), url("grants"), url("fund")):
        page(stranger, address, 404)
    assert Client().get(url("fund")).status_code == 302
    assert list(Grant.objects.visible_to(stranger)) == []
    assert list(Tranche.objects.visible_to(stranger)) == []


def test_a_grant_is_opened_from_the_list_of_awards(people: make.Cast) -> None:
    make.donor(people)
    award = make.awarded(people)
    assert award.ref in page(people.officer, url("awards"))
    data = {
        "schedule": "50/40/10",
        "start_date": "2026-07-01",
        "end_date": "2027-03-31",
        "language": "fr",
        "due_diligence_until_date": "2028-01-01",
        "version": award.version,
    }
    answer = client_of(people.officer).post(url("open_grant", award.ref), data)
    assert answer.status_code == 302, answer.content.decode()[:4000]
    grant = Grant.objects.get(application=award)
    assert [t.amount_minor for t in grant.tranches.all()] == [1_372_250, 1_097_800, 274_450]
    signing = f"{grant.get_absolute_url()}steps/sign/"
    assert "Contrat" in page(people.owner, signing) or "agreement" in page(people.owner, signing)
    data = {"typed_name": "Amina", "accepted": "on", "code": hand.asked(grant, by=people.owner, at=timezone.now())}
    assert client_of(people.owner).post(signing, {**data, "version": grant.version}).status_code == 422
    whole = {**data, "typed_name": "Amina Kabongo", "version": grant.version}
    assert client_of(people.owner).post(signing, whole).status_code == 302
    grant.refresh_from_db()
    counter = f"{grant.get_absolute_url()}steps/countersign/"
    page(people.officer, counter, 403)
    assert client_of(people.signer).post(counter, {"version": grant.version}).status_code == 302
    grant.refresh_from_db()
    assert grant.state == "signed"


def test_reported_spending_and_refund_pages(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    spending.record_spent(grant, 1, {1: 1_000_000}, by=people.checker, at=make.ASKED)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    data = {"amount_minor": "978.00", "received_date": today, "bank_reference": "R-9", "version": grant.version}
    assert client_of(people.officer).post(url("refund", grant.ref), data).status_code == 302
    assert grant.refunds.get().amount_minor == 97_800
    assert "978.00" in page(people.officer, grant.get_absolute_url())
