"""Which rail carries what to whom, paper beside it, the pages, and the database's own refusals."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from disbursements.actions import banking, ledger, outbox, releasing, tranches
from disbursements.gateway.protocol import Rejected
from disbursements.models import Outbox, PaymentInstruction, Tranche
from disbursements.queries.batches import waiting_tranches
from disbursements.queries.rails import ceiling_of, offers, why_not
from disbursements.states import AccountCode, EntryKind, RailCode
from fundmgmt.formats.words import money
from fundmgmt.inbox import waiting_for
from fundmgmt.models import StepRefused
from tests.factories import grants as make
from tests.factories.rails import Clock, SpokenRail, instruction, run
from tests.signing_in import sign_in

MOBILE = RailCode.MOBILE_MONEY


# What fits whom ------------------------------------------------------------------------------------


def test_only_rails_that_fit_are_offered_and_the_others_are_explained(people: make.Cast, approved: Tranche) -> None:
    found = {offer.code: offer for offer in offers(approved, make.ASKED.date())}
    assert found["mobile_money"].fits
    assert "mobile wallet" in found["paper_order"].reason
    assert list(waiting_tranches(people.payer)) == []  # nor does a batch for the bank reach a wallet


def test_a_bank_account_is_not_paid_by_mobile_money(people: make.Cast, rail: SpokenRail) -> None:
    row = make.approved(people, make.tranche(make.ready(people)))
    found = {offer.code: offer for offer in offers(row, make.ASKED.date())}
    assert found["paper_order"].fits
    with pytest.raises(StepRefused, match="does not reach the bank account"):
        releasing.release_tranche(row, by=people.payer, at=make.ASKED, rail=MOBILE)
    with pytest.raises(StepRefused, match="not set up"):
        releasing.release_tranche(row, by=people.payer, at=make.ASKED, rail="carrier_pigeon")


def test_mobile_money_above_its_ceiling_is_refused(people: make.Cast, rail: SpokenRail) -> None:
    row = make.approved(people, make.tranche(make.ready(people, pay_to=make.wallet, **make.MICRO)))
    with pytest.raises(StepRefused, match=r"never split to stay under a limit") as refused:
        releasing.release_tranche(row, by=people.payer, at=make.ASKED, rail=MOBILE)
    assert refused.value.field == "rail"
    assert "500.00" in str(refused.value)
    assert not PaymentInstruction.objects.exists()
    client = Client()
    people.payer.language = "en"
    people.payer.save(update_fields=["language"])
    sign_in(client, people.payer)
    url = f"{row.get_absolute_url()}steps/release/"
    assert url in client.get(row.get_absolute_url()).content.decode()
    told = client.get(url).content.decode().replace("\u00a0", " ")
    for words in (
        "500.00 USD",
        "2,500.00 USD",
        "7,200.00 USD",
        "Most that mobile money may carry",
        "/rules/mobile_money",
    ):
        assert words in told


@pytest.mark.parametrize(("name", "text"), [("day", "in a day"), ("month", "in a month")])
def test_splitting_to_dodge_a_ceiling_is_refused(people: make.Cast, rail: SpokenRail, name: str, text: str) -> None:
    limits = {"once": 800_000, "day": 1_000_000, "month": 1_000_000} | {name: 800_000}
    make.wallet_limits(people, {"USD": limits})
    grant = make.ready(people, pay_to=make.wallet, **make.MICRO)
    first = make.approved(people, make.tranche(grant))
    releasing.release_tranche(first, by=people.payer, at=make.ASKED, rail=MOBILE)
    second = make.tranche(grant, 2)
    second.bank_detail = first.bank_detail
    assert text in why_not(MOBILE, second, make.ASKED.date())
    told = ceiling_of(second, make.ASKED.date())
    assert told is not None
    assert [amount for _label, amount in told.facts] == [
        money(minor, "USD") for minor in (*limits.values(), 720_000, 720_000, 180_000)
    ]
    assert "SC-2026-01/9" in told.origin
    assert "Splitting" in why_not(MOBILE, second, make.ASKED.date())
    later = make.ASKED + (make.DAY if name == "day" else 30 * make.DAY)
    assert why_not(MOBILE, second, later.date()) == ""


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "mobile_wallet", "account_number": "0810 000 123", "bank_name": "Airtel"}, "account_number"),
        ({"kind": "mobile_wallet", "account_number": "+243810000123", "bank_name": "Post"}, "bank_name"),
        ({"kind": "connected_account", "account_number": "DE12 3456", "bank_name": ""}, "account_number"),
        ({"kind": "bank_account", "account_number": "1", "bank_name": " "}, "bank_name"),
    ],
)
def test_each_kind_of_detail_has_its_form(people: make.Cast, values: dict[str, str], field: str) -> None:
    with pytest.raises(StepRefused) as refused:
        banking.enter_bank_detail(people.organisation, by=people.owner, at=make.SIGNED, holder="Umoja", **values)
    assert refused.value.field == field


def test_a_wallet_is_not_for_larger_grants(people: make.Cast) -> None:
    make.ready(people)
    with pytest.raises(StepRefused, match="micro grants only"):
        make.wallet(people)
    banking.enter_bank_detail(
        people.organisation,
        by=people.owner,
        at=make.SIGNED,
        kind="connected_account",
        holder="Host",
        bank_name="",
        account_number="acct_1Abc234",
    )


# Paper beside it -----------------------------------------------------------------------------------


def test_a_printed_order_blocks_other_ways_until_it_is_withdrawn(people: make.Cast, rail: SpokenRail) -> None:
    row = make.approved(people, make.tranche(make.ready(people)))
    tranches.issue_order(row, by=people.payer, at=make.ASKED)
    with pytest.raises(StepRefused, match="withdrawn first"):
        releasing.release_tranche(row, by=people.payer, at=make.ASKED, rail=MOBILE)
    with pytest.raises(StepRefused, match="withdraws it first"):
        tranches.cancel_tranche(row, by=people.officer, at=make.ASKED, reason="x")
    releasing.withdraw_order(row, by=people.payer, at=make.ASKED, reason="Torn up: the printer smeared it.")
    with pytest.raises(StepRefused, match="No payment order"):
        releasing.withdraw_order(row, by=people.payer, at=make.ASKED, reason="x")
    tranches.issue_order(row, by=people.payer, at=make.ASKED)
    assert [i.key for i in row.instructions.order_by("pk")] == [f"disb:{row.pk}:v1", f"disb:{row.pk}:v2"]


def test_an_order_with_the_old_account_is_not_used_for_the_new_one(people: make.Cast) -> None:
    row = make.approved(people, make.tranche(make.ready(people)))
    tranches.issue_order(row, by=people.payer, at=make.ASKED)
    make.bank(people, "777 0001", make.ASKED)
    late = make.ASKED + 4 * make.DAY
    row.refresh_from_db()
    tranches.unblock_tranche(row, by=people.checker, at=late)
    row = tranches.approve_tranche(make.tranche(row.grant), by=people.second, at=late)
    tranches.approve_tranche(row, by=people.approver, at=late)
    with pytest.raises(StepRefused, match="other details is out"):
        tranches.issue_order(row, by=people.payer, at=late)


# On the page ---------------------------------------------------------------------------------------


def test_the_payer_releases_on_the_page(people: make.Cast, approved: Tranche, rail: SpokenRail) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    people.payer.language = "en"
    people.payer.save(update_fields=["language"])
    sign_in(client, people.payer)
    page = client.get(approved.get_absolute_url()).content.decode()
    assert "Release the payment" in page
    assert "Print the payment order" not in page
    url = f"{approved.get_absolute_url()}steps/release/"
    asked = client.get(url).content.decode()
    assert "Mobile money" in asked, asked
    assert "has given a mobile wallet" in asked
    refused = client.post(url, {"rail": "paper_order", "version": approved.version})
    assert refused.status_code == 422
    assert client.post(url, {"rail": MOBILE, "version": approved.version}).status_code == 302
    approved.refresh_from_db()
    assert approved.state == "sent"
    assert "Mobile money" in client.get(approved.get_absolute_url()).content.decode()


def test_parked_work_waits_for_treasurers(people: make.Cast, released: Tranche, rail: SpokenRail, clock: Clock) -> None:
    row = Outbox.objects.get()
    outbox.park_errand(row, at=clock())
    waiting = [item for item in waiting_for(people.payer, make.ASKED.date()) if item.url == row.get_absolute_url()]
    assert [str(item.what) for item in waiting] == ["Look at parked work for a payment rail"]
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(people.payer)
    assert client.get(row.get_absolute_url()).status_code == 200
    assert row.key in client.get(reverse("disbursements:work")).content.decode()
    assert client.post(row.get_absolute_url(), {"reason": "Looked at it."}).status_code == 302
    row.refresh_from_db()
    assert row.state == "waiting"
    client.force_login(people.owner)
    assert client.get(row.get_absolute_url()).status_code == 404


# The database itself -------------------------------------------------------------------------------


def _sql(text: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, values)


def test_raw_sql_cannot_send_without_an_instruction(people: make.Cast, approved: Tranche) -> None:
    sent = (
        "UPDATE disbursements_tranche SET state = 'sent', paid_by_id = %s, sent_at = %s, bank_date = %s,"
        " bank_reference = 'X' WHERE id = %s"
    )
    values = (people.payer.pk, make.ASKED, make.ASKED.date(), approved.pk)
    about = {"grant": approved.grant, "tranche": approved}
    lines = ledger.pair(AccountCode.TRANSIT, AccountCode.BANK, approved.amount_minor, "USD", **about)
    with transaction.atomic():
        ledger.post_entry(EntryKind.IN_TRANSIT, approved, lines, by=people.payer, at=make.ASKED)
    with pytest.raises(IntegrityError, match="without an instruction"):
        _sql(sent, *values)


def test_raw_sql_cannot_take_back_what_may_be_paid(released: Tranche) -> None:
    with pytest.raises(IntegrityError, match="not taken back"):
        _sql("UPDATE disbursements_tranche SET state = 'approved' WHERE id = %s", released.pk)


@pytest.mark.parametrize("column", ["amount_minor", "key", "rail"])
def test_raw_sql_cannot_change_what_a_rail_was_told(released: Tranche, column: str) -> None:
    with pytest.raises(IntegrityError, match="never changed"):
        _sql(f"UPDATE disbursements_paymentinstruction SET {column} = '7' WHERE id = %s", instruction().pk)


def test_raw_sql_cannot_instruct_again_without_a_person(released: Tranche, rail: SpokenRail, clock: Clock) -> None:
    rail.answers = [Rejected("X", "No.")]
    run(clock)
    columns = "tranche_id, thread, version, rail, amount_minor, currency, bank_detail_id, payload_hash, prepared_by_id,"
    columns += " prepared_at, rail_reference, state"
    copied = columns.replace(" state", " 'prepared'")
    with pytest.raises(IntegrityError, match="proven failure"):
        _sql(
            f"INSERT INTO disbursements_paymentinstruction (key, {columns}) SELECT %s, {copied}"
            " FROM disbursements_paymentinstruction",
            f"disb:{released.pk}:v2",
        )
